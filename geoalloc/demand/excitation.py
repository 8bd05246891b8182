"""Where: incidents draw others near them, for a while (self-excitation)."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.forecasting import Explanation, Surface, require_past
from geoalloc.demand.history import History
from geoalloc.demand.stepping import Past, Rings, past_of, rings_of, steps_ahead
from geoalloc.demand.surfaces import DensitySurface
from geoalloc.errors import DataError
from geoalloc.kernels import excitation as kernels
from geoalloc.kernels import threads

_DOUBT, _FLOOR = 20.0, 1.0  # incidents put to the account of the density, and of even
_LEAST_CHANGE, _MOST_STEPS = 1e-4, 100
_PARTS = 8  # of the targets, for threads
_SAID = 0.005  # of incidents that follow others: less is not said as a share
_OWN = 3  # parts before those of what followed: density, count, even


@dataclass(frozen=True)
class ExcitedSurface:
    """A self-exciting point process on the hexes, in steps of days or months.

    An incident comes of the background (the kernel density of the past, each hex's
    own count, an even floor) or follows one of the last eight weeks (six months,
    where only months are known) in its hex or up to three rings around it, a
    kilometer. How many follow at each lag and ring is no curve given beforehand, but
    estimated with the background by expectation and maximization, from the incidents
    of the last year; within a ring, what follows lies evenly over the land. The
    density is then made anew of the incidents, each weighted by the probability that
    it came of the background. In each step the shares of hexes are compared, not the
    numbers, so that a rise or fall of the whole area is not taken for incidents that
    draw others.

    Attributes
    ----------
    bandwidth_m
        Radius of the quartic kernel of the density.

    References
    ----------
    Mohler, G. O. and others (2011), Journal of the American Statistical Association
    106(493), 100-108.
    Marsan, D. and Lengliné, O. (2008), Science 319(5866), 1076-1079.
    """

    bandwidth_m: float = 400.0

    def __post_init__(self) -> None:
        if not (self.bandwidth_m > 0 and np.isfinite(self.bandwidth_m)):
            raise DataError(f"bandwidth_m must be above 0, got {self.bandwidth_m}")

    def surface(
        self, history: History, origin: pd.Timestamp, end: pd.Timestamp
    ) -> Surface:
        """Forecast from what was known at the origin, until the end.

        If nothing happened in the last year, it is the density alone.

        Raises
        ------
        DataError
            If no incident is known at the origin, or it is outside of the data.
        """
        require_past(history, origin, least_days=1)
        past = past_of(history, origin)
        if not past.target.any():
            return DensitySurface(self.bandwidth_m).surface(history, origin, end)
        whole = history.whole or history
        rings = whole.made("rings of excitation", lambda: rings_of(whole.grid))
        background = Background.of(history, past, self.bandwidth_m)
        excited = Excited.of(past, rings, len(history.grid))
        followed = excited.at_targets()
        even = np.full(_OWN + followed.shape[1], 1.0 / (_OWN + followed.shape[1]))
        weight, own = _fit(background, followed, even)
        # Once more, the density without those that followed others.
        background = background.thinned(own)
        weight, _ = _fit(background, followed, weight)
        n_steps = steps_ahead(history, origin, end)
        follows, known = excited.ahead(n_steps)
        where = np.column_stack([background.everywhere(), follows])
        # Those that will follow incidents not known yet come as the density has it.
        moved = weight[_OWN:] * (1.0 - known)
        weight_ahead = np.concatenate([weight[:_OWN], weight[_OWN:] * known])
        weight_ahead[0] += moved.sum()
        share = where @ weight_ahead
        return Surface(
            share=share / share.sum(),
            explanation=_explain(weight, past, rings.n_rings, self.bandwidth_m),
        )


@dataclass(frozen=True, kw_only=True)
class Background:
    """Density of the past, own count and even spread, over all and at the targets.

    What happened in the step of a target itself is left out of what explains it.
    """

    history: History
    past: Past
    bandwidth_m: float
    weight: FloatArray  # of each incident known

    @classmethod
    def of(cls, history: History, past: Past, bandwidth_m: float) -> "Background":
        """Let every incident known count one."""
        weight = np.ones(past.cell.size)
        return cls(history=history, past=past, bandwidth_m=bandwidth_m, weight=weight)

    def thinned(self, own: FloatArray) -> "Background":
        """Weigh incidents by the probability that they came of the background.

        Those older than the targets get the mean probability.
        """
        count = self.past.cell_count[self.past.target]
        of_cell = np.full(self.past.cell_hex.size, (own @ count) / count.sum())
        of_cell[self.past.target] = own
        mean = (own @ count) / count.sum()
        weight = np.where(self.past.cell >= 0, of_cell[self.past.cell], mean)
        return replace(self, weight=weight)

    def everywhere(self) -> FloatArray:
        """Give the three shares of each hex, (n_hexes, 3)."""
        grid = self.history.grid
        density, count = self._sums
        even = grid.land_km2 / grid.land_km2.sum()
        return np.column_stack([density / density.sum(), count / count.sum(), even])

    def at_targets(self) -> FloatArray:
        """Give the three shares at each target, (n_targets, 3)."""
        grid, past, target = self.history.grid, self.past, self.past.target
        density, count = self._sums
        incidents = np.flatnonzero(past.cell >= 0)
        places = self.history.places.of[: past.cell.size]
        itself = self._at_home()[places[incidents]] * self.weight[incidents]
        n_cells = past.cell_hex.size
        by_cell = np.bincount(past.cell[incidents], itself, n_cells)
        at, step = past.cell_hex[target], past.cell_step[target]
        first = int(step.min())
        in_step = np.bincount(step - first, past.cell_count[target])[step - first]
        total = density.sum() * (1.0 - in_step / count.sum())
        others = count.sum() - in_step
        near = np.maximum(density[at] - by_cell[target], 0.0)
        own = count[at] - past.cell_count[target]
        even = grid.land_km2 / grid.land_km2.sum()
        shares = [
            np.divide(near, total, out=np.zeros_like(near), where=others > 0),
            np.divide(own, others, out=np.zeros_like(near), where=others > 0),
            even[at],
        ]
        return np.column_stack(shares)

    @cached_property
    def _sums(self) -> tuple[FloatArray, FloatArray]:
        history, known = self.history, self.past.cell.size
        places = history.places
        mass = np.bincount(places.of[:known], self.weight, minlength=len(places))
        operator = history.operator(self.bandwidth_m)
        density = operator.apply_to_places(mass.astype(np.float64)).expected
        count = np.bincount(history.position[:known], minlength=len(history.grid))
        return density, count.astype(np.float64)

    def _at_home(self) -> FloatArray:
        """Give how much of an incident at each place its own hex gets, (n_places,)."""
        whole = self.history.whole or self.history
        return whole.made(
            ("at home", self.bandwidth_m), lambda: _at_home(whole, self.bandwidth_m)
        )


def _at_home(history: History, bandwidth_m: float) -> FloatArray:
    home = history.place_position
    matrix = history.operator(bandwidth_m).matrix
    share = np.asarray(matrix[home, np.arange(home.size)]).ravel()
    return np.asarray(share * history.grid.land_km2[home])


@dataclass(frozen=True, kw_only=True)
class Excited:
    """What follows what: for each ring and class of lags, the shares of hexes."""

    past: Past
    rings: Rings
    n_hexes: int
    spread: FloatArray  # (n_steps, n_rings + 1) given by the incidents of a step
    first: int  # step of the first row

    @classmethod
    def of(cls, past: Past, rings: Rings, n_hexes: int) -> "Excited":
        """Sum up what the hexes around the incidents of each step get."""
        first = int(past.cell_step.min())
        given = rings.given()[past.cell_hex] * past.cell_count[:, None]
        spread = np.zeros((past.now - first, rings.n_rings + 1))
        np.add.at(spread, past.cell_step - first, given)
        return cls(past=past, rings=rings, n_hexes=n_hexes, spread=spread, first=first)

    def at_targets(self) -> FloatArray:
        """Give the shares at the targets, (n_targets, (n_rings + 1) * n_lags)."""
        past, n_lags = self.past, len(self.past.classes)
        hexes, steps = past.cell_hex[past.target], past.cell_step[past.target]
        sums = np.zeros((hexes.size, self.rings.n_rings + 1, n_lags))
        start = np.searchsorted(past.cell_hex, np.arange(self.n_hexes + 1))
        edges = np.linspace(0, hexes.size, _PARTS + 1).astype(np.int64)

        def work(part: int) -> None:
            kernels.before(
                edges[part],
                edges[part + 1],
                hexes,
                steps,
                self.rings.near,
                start,
                past.cell_step,
                past.cell_count,
                past.lag_of,
                sums,
            )

        threads.run(work, range(_PARTS))
        sums[:, 1:] *= self.rings.land[hexes, None, None]
        total = np.array([self._total(step) for step in range(self.first, past.now)])
        total = total[steps - self.first]
        shares = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
        return shares.reshape(hexes.size, -1)

    def ahead(self, n_steps: int) -> tuple[FloatArray, FloatArray]:
        """Give the shares over the steps to come of what follows the incidents known.

        Returns
        -------
        share : (n_hexes, (n_rings + 1) * n_lags)
        known : ((n_rings + 1) * n_lags,)
            Share of the lags before the steps to come that are known.
        """
        past, n_lags = self.past, len(self.past.classes)
        n_rings = self.rings.n_rings + 1
        back = past.now - past.cell_step
        mass = np.zeros((n_lags, self.n_hexes))
        lags = np.zeros((2, n_lags))
        for ahead in range(min(n_steps, past.classes[-1])):
            lag = back + ahead
            some = lag <= past.classes[-1]
            lag_class = past.lag_of[lag[some]]
            np.add.at(mass, (lag_class, past.cell_hex[some]), past.cell_count[some])
            held = past.lag_of[1 + ahead :]
            lags[0] += np.bincount(held, minlength=n_lags)
        lags[1] = np.bincount(past.lag_of[1:], minlength=n_lags) * n_steps
        share = np.stack([matrix @ mass.T for matrix in self.rings.matrices], axis=1)
        share = share.reshape(self.n_hexes, n_rings * n_lags)
        total = share.sum(axis=0)
        share = np.divide(share, total, out=np.zeros_like(share), where=total > 0)
        known = np.tile(lags[0] / lags[1], n_rings) * (total > 0)
        return share, known

    def _total(self, step: int) -> FloatArray:
        """Sum over the hexes what follows in a step, (n_rings + 1, n_lags)."""
        total = np.zeros((self.spread.shape[1], len(self.past.classes)))
        for lag in range(1, self.past.lag_of.size):
            if step - lag >= self.first:
                total[:, self.past.lag_of[lag]] += self.spread[step - lag - self.first]
        return total


def _fit(
    background: Background, followed: FloatArray, start: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Weigh the parts; give too how probably each target came of the background.

    Returns
    -------
    weight : (n_parts,)
        Density, own count, even, then each ring and class of lags.
    own : (n_targets,)
    """
    own = background.at_targets()
    parts = np.column_stack([own, followed])
    count = background.past.cell_count[background.past.target]
    doubt = np.zeros((2, parts.shape[1]))
    doubt[0, 0] = doubt[1, 2] = 1.0
    weight = kernels.weights(
        np.vstack([parts, doubt]),
        np.concatenate([count, [_DOUBT, _FLOOR]]),
        start,
        _LEAST_CHANGE,
        _MOST_STEPS,
    )
    mixed = parts @ weight
    return weight, (parts[:, :_OWN] @ weight[:_OWN]) / mixed


def _explain(
    weight: FloatArray, past: Past, n_rings: int, bandwidth_m: float
) -> Explanation:
    follows = weight[_OWN:].reshape(n_rings + 1, -1)
    branching = follows.sum()
    longest = f"{past.classes[-1]} {past.unit}"
    several = branching >= _SAID
    said = f"{100 * branching:.0f} % of" if several else "Hardly any"
    sentence = f"{said} incidents follow another nearby within {longest}"
    if several:
        same = 100 * follows[0].sum() / branching
        sentence += f" ({same:.0f} % of them in the same hex)"
    parts = {
        f"density of {bandwidth_m:g} m": weight[0],
        "count of all the past": weight[1],
        "even": weight[2],
    }
    low = 1
    for k, high in enumerate(past.classes):
        lag = f"{low} to {high}" if low < high else f"{high}"
        unit = past.unit if high > 1 else past.unit.removesuffix("s")
        parts[f"follows after {lag} {unit}"] = follows[:, k].sum()
        low = high + 1
    return Explanation.of(sentence + "; the rest comes of the long run.", parts)
