"""Where: a mixture of surfaces, weighted by how well each did on past windows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.components import EVEN, Components, components
from geoalloc.demand.forecasting import Explanation, Surface, require_past
from geoalloc.demand.history import History, day_of
from geoalloc.demand.windows import Window, past_windows
from geoalloc.errors import DataError

__all__ = ["MixtureSurface", "mixing_weights"]

PRIOR_INCIDENTS = 20.0
EVEN_SHARE = 0.001  # at least: what has never happened there may happen
_EM_STEPS = 10
_NEWTON_STEPS = 100
_TOLERANCE = 1e-10  # of the log likelihood of one incident
_KEPT = 36  # windows of which the values at hexes hit are held
_SAID = 0.005


@dataclass(frozen=True)
class MixtureSurface:
    """A stacked mixture of counts and densities of the past, over an even floor.

    The weights are those under which the incidents of past windows were likeliest,
    each component worked out from what was known when its window began. Weights are
    drawn to a prior as by so many more incidents (of a Dirichlet distribution), so
    that few incidents do not choose a surface, and of none it is the prior alone.

    Attributes
    ----------
    windows
        Number of past windows.
    prior_incidents
        Incidents that the prior is worth.

    References
    ----------
    Wolpert, D. H. (1992), Neural Networks 5, 241-259 (stacking).
    Smyth, P. and Wolpert, D. (1999), Machine Learning 36, 59-83 (of densities).
    """

    windows: int = 12
    prior_incidents: float = PRIOR_INCIDENTS

    def __post_init__(self) -> None:
        if self.windows < 1:
            raise DataError(f"windows must be at least 1, got {self.windows}")
        if not (self.prior_incidents > 0 and np.isfinite(self.prior_incidents)):
            raise DataError(
                f"prior_incidents must be above 0, got {self.prior_incidents}"
            )

    def surface(
        self, history: History, origin: pd.Timestamp, end: pd.Timestamp
    ) -> Surface:
        """Weigh the components by past windows, and mix them at the origin.

        Raises
        ------
        DataError
            If no incident was known at the origin, or it is outside of the data.
        """
        require_past(history, origin, least_days=1)
        past = past_windows(history, origin, end, most=self.windows)
        ahead = components(history, origin)
        pairs = [_hits(history, window) for window in reversed(past)]
        count = np.concatenate([np.empty(0), *(c for c, _ in pairs)])
        value = np.concatenate(
            [np.empty((len(ahead.names), 0)), *(v for _, v in pairs)], axis=1
        )
        weight = mixing_weights(value, count, self.prior_incidents * ahead.prior)
        weight *= 1.0 - EVEN_SHARE
        weight[ahead.names.index(EVEN)] += EVEN_SHARE
        return Surface(
            # Not by a library of linear algebra, whose sums depend on its threads.
            share=np.einsum("k,kh->h", weight, ahead.share),
            explanation=_explained(ahead, weight, len(past), float(count.sum())),
        )


def mixing_weights(
    value: FloatArray, count: FloatArray, prior: FloatArray
) -> FloatArray:
    """Find the weights of a mixture under which counts are likeliest.

    The posterior mode under a Dirichlet prior, of which there is one: a few steps of
    expectation-maximization, which near the mode would crawl, then Newton's.

    Parameters
    ----------
    value : (n_components, n_hits)
        Share that each component expected where something happened; some component
        expected each.
    count : (n_hits,)
        What happened.
    prior : (n_components,)
        Incidents that the prior gives to each component, all above 0.

    Returns
    -------
    weight : (n_components,)
        Above 0; sums to 1.

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977), Journal of the Royal
    Statistical Society B 39, 1-38.
    Kim, Y., Carbonetto, P., Stephens, M. and Anitescu, M. (2020), Journal of
    Computational and Graphical Statistics 29, 261-273 (the problem without the sum).
    """
    weight = prior / prior.sum()
    if count.size == 0:
        return weight
    value = value / value.max(axis=0)  # the mode is the same, the numbers are near 1
    for _ in range(_EM_STEPS):
        gained = weight * _slope(value, weight, count) + prior
        weight = gained / gained.sum()
    total = float(count.sum() + prior.sum())
    loss = _loss(value, weight, count, prior)
    for _ in range(_NEWTON_STEPS):
        gradient = total - _slope(value, weight, count) - prior / weight
        step = -np.linalg.solve(_curvature(value, weight, count, prior), gradient)
        promised = -float(gradient @ step)
        if promised < _TOLERANCE * total:
            break
        size = min(1.0, 0.95 / max(float((-step / weight).max()), 1e-300))
        # Halved until the step does what it promised in part (Armijo).
        while (new := _loss(value, weight + size * step, count, prior)) > (
            loss - 1e-4 * size * promised
        ) and size > 1e-12:
            size /= 2.0
        weight, loss = weight + size * step, new
    return np.asarray(weight / weight.sum())


def _loss(
    value: FloatArray, weight: FloatArray, count: FloatArray, prior: FloatArray
) -> float:
    """Minus log posterior, with the sum of the weights as if Poisson: it becomes 1."""
    mixed = np.einsum("k,kh->h", weight, value)
    total = count.sum() + prior.sum()
    said = (count * np.log(mixed)).sum() + (prior * np.log(weight)).sum()
    return float(total * weight.sum() - said)


def _slope(value: FloatArray, weight: FloatArray, count: FloatArray) -> FloatArray:
    mixed = np.einsum("k,kh->h", weight, value)
    return np.asarray(np.einsum("kh,h->k", value, count / mixed))


def _curvature(
    value: FloatArray, weight: FloatArray, count: FloatArray, prior: FloatArray
) -> FloatArray:
    mixed = np.einsum("k,kh->h", weight, value)
    by_hit = count / mixed**2
    found = np.diag(prior / weight**2)
    for k in range(weight.size):
        row = np.einsum("jh,h->j", value[k:], value[k] * by_hit)
        found[k, k:] += row
        found[k + 1 :, k] += row[1:]
    return found


def _hits(history: History, window: Window) -> tuple[FloatArray, FloatArray]:
    """Give the counts of a window where there were any, and what was expected there.

    Only incidents that were known when the window ended: of the others nobody could
    have learnt then, and one window serves all later origins.
    """
    start, end = window

    def make() -> tuple[FloatArray, FloatArray]:
        count = history.known_count(end, day_of(start))
        at = np.flatnonzero((count > 0) & (history.grid.land_km2 > 0))
        return count[at], components(history, start).share[:, at]

    return history.lately("hits", (start.value, end.value), make, keep=_KEPT)


def _explained(
    ahead: Components, weight: FloatArray, windows: int, incidents: float
) -> Explanation:
    of = pd.Series(weight).groupby(list(ahead.families), sort=False).sum()
    of = of.sort_values(ascending=False, kind="stable")
    said = [f"{each:.0%} {family}" for family, each in of.items() if each >= _SAID]
    learnt = (
        f"as did best on {incidents:,.0f} incidents of {windows} past "
        f"window{'s' * (windows != 1)}"
        if windows
        else "chosen in advance, since the past is too short to learn from"
    )
    order = np.argsort(-weight, kind="stable")
    return Explanation.of(
        f"{', '.join(said).replace('%', ' %')}: {learnt}.",
        {ahead.names[k]: float(weight[k]) for k in order},
    )
