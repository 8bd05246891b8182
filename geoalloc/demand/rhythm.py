"""When: how a week's incidents spread over its hours."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.demand.forecasting import Explanation, require_past
from geoalloc.demand.history import History, day_of
from geoalloc.demand.hours import HOURS_OF_WEEK, Hours, hours_of_week, known_hours
from geoalloc.errors import DataError
from geoalloc.incidents.spikes import MINUTES, default_times

TRUST = 100.0
"""Incidents that the profile is worth to which thin data are drawn."""

_BLOCK_DAYS = 28.0
_BLOCKS = 26  # on which the candidates are weighed: two years
_RADII_H = (2.0, 3.0, 4.0, 6.0)  # of the kernels round the week
_WORTHS = (3.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)  # incidents
_HALF_LIVES = (np.inf, 365.0)
_DAY_RADIUS_H = 3.0  # of the kernel round the day
_DAY_TRUST = 50.0  # incidents that the mean day is worth to each day of the week
_LEAST_TRUST = 1e-3  # so that before the first incident there is a profile
_EVEN = 0.01  # of any profile, so that no hour is impossible


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """Share of a week's incidents in each of its hours.

    Attributes
    ----------
    share : (168,)
        Sums to 1; the first hour is Monday 00:00 local.
    observed
        Whether it was measured; else it was assumed.
    time_zone
        Of the local hours.
    """

    share: FloatArray
    observed: bool
    time_zone: str
    explanation: Explanation

    @classmethod
    def assumed(
        cls, share: FloatArray | None, time_zone: str, *, source: str = "the scenario"
    ) -> "Rhythm":
        """Take a profile as given, (168,); None is even.

        Raises
        ------
        DataError
            If it is not 168 numbers above 0, or 0, of which one is above.
        """
        given = _profile(share)
        name = "even" if share is None else f"profile of {source}"
        sentence = (
            "Assumed, not measured: no hours are known, and every hour is alike."
            if share is None
            else f"Assumed, not measured: no hours are known, so they are of {source}."
        )
        return cls(
            share=given,
            observed=False,
            time_zone=time_zone,
            explanation=Explanation.of(sentence, {name: 1.0}),
        )

    def relative(self, instants: pd.DatetimeIndex) -> FloatArray:
        """Give how much more the hours hold than an average hour of the week.

        Parameters
        ----------
        instants : (n,)
            Starts of hours: of any time zone, or local times without one.

        Returns
        -------
        relative : (n,)
            Its mean over a week is 1.
        """
        local = instants
        if instants.tz is not None:
            local = instants.tz_convert(self.time_zone)
        return np.asarray(HOURS_OF_WEEK * self.share[hours_of_week(local)])


def rhythm(
    history: History,
    origin: pd.Timestamp,
    *,
    toward: FloatArray | None = None,
    trust: float = TRUST,
) -> Rhythm:
    """Measure the rhythm of the incidents known at an origin.

    Candidates are kernel estimates that go round the week (quartic, radius of 2, 3, 4
    and 6 hours) of all the past or of the recent past (half-life 365 days), drawn
    towards their own day's profile times their own week's (worth 3 to 3,000
    incidents), and that towards ``toward``. Each counts by how probable it made what
    came next: in each of the last 26 blocks of 28 days, of what was known before it.

    Incidents of which a window is known are spread over it; those whose time was
    entered by default are spread over the day as the others are.

    Parameters
    ----------
    history
        Of the incidents of one category, or of all.
    toward : (168,)
        Profile that stands in where data are thin, such as that of all categories;
        even if not given. It need not sum to 1.
    trust
        Number of incidents that it is worth to each candidate; what came next decides
        how much the candidates that lean on it count.

    Returns
    -------
    rhythm
        Assumed as ``toward`` if the hour of no incident is known.

    Raises
    ------
    DataError
        If no incident is known at the origin, it is outside of the data, ``toward``
        is no profile, or ``trust`` is negative or not finite.

    References
    ----------
    Dawid, A. P. (1984), Journal of the Royal Statistical Society A 147(2), 278-292
    (what came next as the judge).
    Ratcliffe, J. H. (2000), International Journal of Geographical Information Science
    14(7), 669-679 (windows).
    """
    require_past(history, origin, least_days=0)
    if not 0 <= trust < np.inf:
        raise DataError(f"trust must be a number of incidents from 0, got {trust}")
    prior = (1.0 - _EVEN) * _profile(toward) + _EVEN / HOURS_OF_WEEK
    known = known_hours(history, origin)
    if not (known.day_only == 0).any():
        return Rhythm.assumed(toward, history.time_zone, source="the profile given")
    spread = _spread(history, known, origin, prior)
    trust = max(trust, _LEAST_TRUST)
    shares, made_of = _candidates(spread.blocks, prior, trust)
    weight = _weights(shares[1:], spread.blocks)
    share = weight @ shares[0]
    return Rhythm(
        share=share / share.sum(),
        observed=True,
        time_zone=history.time_zone,
        explanation=_explain(spread, weight @ made_of, given=toward is not None),
    )


@dataclass(frozen=True, kw_only=True)
class _Spread:
    """Incidents by block of 28 days, the latest first, and hour, (n_blocks, 168)."""

    blocks: FloatArray
    defaults: dict[str, int]
    n_timed: int
    n_known: int


def _spread(
    history: History, known: Hours, origin: pd.Timestamp, prior: FloatArray
) -> _Spread:
    instant = known.minute >= 0
    n = np.bincount(known.minute[instant], minlength=MINUTES)
    default, expected = default_times(n)
    beyond = np.zeros(MINUTES + 1)  # the last is of what is no instant
    beyond[:-1][default] = 1.0 - expected[default] / n[default]
    moved = np.where(known.day_only == 1, 1.0, beyond[known.minute])
    ended = history.ended[known.row]
    block = ((day_of(origin) - ended) // _BLOCK_DAYS).astype(np.int64)
    n_blocks = int(block.max()) + 2
    blocks = _sum(block, known.hour, known.weight * (1.0 - moved), n_blocks, 168)
    days = _sum(block, known.hour // 24, known.weight * moved, n_blocks, 7)
    day = blocks.sum(axis=0).reshape(7, 24)
    mean = prior.reshape(7, 24).sum(axis=0) + day.sum(axis=0)
    profile = day + _DAY_TRUST * mean / mean.sum()
    profile /= profile.sum(axis=1, keepdims=True)
    blocks += (days[:, :, None] * profile).reshape(n_blocks, 168)
    return _Spread(
        blocks=blocks,
        defaults={
            f"{at // 60:02d}:{at % 60:02d}": int(n[at])
            for at in np.flatnonzero(default)
        },
        n_timed=1 + int(np.count_nonzero(np.diff(known.row[known.day_only == 0]))),
        n_known=history.known(origin),
    )


def _sum(
    row: IndexArray, column: IndexArray, weight: FloatArray, n_rows: int, n_columns: int
) -> FloatArray:
    total = np.bincount(row * n_columns + column, weight, n_rows * n_columns)
    return np.asarray(total, dtype=np.float64).reshape(n_rows, n_columns)


def _candidates(
    blocks: FloatArray, prior: FloatArray, trust: float
) -> tuple[FloatArray, FloatArray]:
    """Estimate from all blocks, and as it stood before each of the last ones.

    Returns
    -------
    shares : (1 + n_weighed, n_candidates, 168)
        Each sums to 1.
    made_of : (n_candidates, n_radii + 2)
        Weight, of all blocks, of the kernel of each radius, of day times week, and
        of the prior.
    """
    n = min(_BLOCKS, len(blocks) - 1) + 1
    shares, made_of = [], []
    for half_life in _HALF_LIVES:
        past = _faded(blocks, half_life)[:n]
        total = past.sum(axis=1, keepdims=True)
        base = (_separable(past) + trust * prior) / (total + trust)
        of_prior = trust / (total[0, 0] + trust)
        for k, kernel in enumerate(_KERNELS):
            smooth = past @ kernel
            for worth in _WORTHS:
                shares.append((smooth + worth * base) / (total + worth))
                drawn = worth / (total[0, 0] + worth)
                parts = np.zeros(len(_KERNELS) + 2)
                parts[[k, -2, -1]] = (
                    1.0 - drawn,
                    drawn * (1.0 - of_prior),
                    drawn * of_prior,
                )
                made_of.append(parts)
    return np.stack(shares, axis=1), np.array(made_of)


def _faded(blocks: FloatArray, half_life_days: float) -> FloatArray:
    """Sum what was known before each block, and last before the origin.

    Returns
    -------
    past : (n_blocks, 168)
        The first row is of all blocks, the next without the latest, and so on.
    """
    fade = 0.5 ** (_BLOCK_DAYS / half_life_days)
    past = np.empty_like(blocks)
    total = np.zeros(HOURS_OF_WEEK)
    for b in range(len(blocks) - 1, -1, -1):
        total = total * fade + blocks[b]
        past[b] = total
    return past


def _separable(past: FloatArray) -> FloatArray:
    """Spread the total as the day's profile times the week's."""
    week = past.reshape(-1, 7, 24)
    day = week.sum(axis=1) @ _DAY_KERNEL
    product: FloatArray = week.sum(axis=2)[:, :, None] * day[:, None, :]
    product = product.reshape(past.shape)
    total = product.sum(axis=1, keepdims=True)
    scale = past.sum(axis=1, keepdims=True) / np.where(total > 0, total, 1.0)
    return product * scale


def _weights(shares: FloatArray, blocks: FloatArray) -> FloatArray:
    """Weigh candidates by how probable they made the block after each."""
    count = blocks[: len(shares)]
    score = np.einsum("bh,bch->c", count, np.log(shares))
    weight = np.exp(score - score.max())
    return np.asarray(weight / weight.sum())


def _explain(spread: _Spread, parts: FloatArray, *, given: bool) -> Explanation:
    wider = "the wider profile" if given else "an even week"
    own = round(100.0 * (1.0 - parts[-1]))
    rest = f", the rest {wider}" if own < 100 else ""
    sentence = (
        f"Measured: {own} % the times of {spread.n_timed:,} of {spread.n_known:,} "
        f"incidents{rest}"
    )
    if spread.defaults:
        each = ", ".join(f"{n:,} at {at}" for at, n in spread.defaults.items())
        sentence += f"; times entered by default are spread over their day ({each})"
    names = [f"own hours, kernel of {radius:g} h" for radius in _RADII_H]
    names += ["own day times own week", wider]
    weights = dict(zip(names, parts.tolist(), strict=True))
    return Explanation.of(sentence + ".", weights)


def _profile(share: FloatArray | None) -> FloatArray:
    if share is None:
        return np.full(HOURS_OF_WEEK, 1.0 / HOURS_OF_WEEK)
    given = np.asarray(share, dtype=np.float64)
    if given.shape != (HOURS_OF_WEEK,):
        raise DataError(
            f"a profile of the week has 168 hours from Monday 00:00, got {given.shape}"
        )
    if not (np.isfinite(given) & (given >= 0)).all() or given.sum() == 0:
        raise DataError(
            "a profile of the week has a negative, nan or infinite hour, or none "
            "above 0"
        )
    return np.asarray(given / given.sum())


def _kernel(radius_h: float, n_hours: int) -> FloatArray:
    """Make the matrix of a quartic kernel that goes round, (n_hours, n_hours)."""
    lag = np.arange(n_hours)
    apart = np.minimum(lag, n_hours - lag)
    weight = np.maximum(1.0 - (apart / radius_h) ** 2, 0.0) ** 2
    return np.stack([np.roll(weight / weight.sum(), k) for k in lag])


_KERNELS = tuple(_kernel(radius, HOURS_OF_WEEK) for radius in _RADII_H)
_DAY_KERNEL = _kernel(_DAY_RADIUS_H, 24)


def instants(incidents: pd.DataFrame) -> pd.Series:
    """When each incident stands for demand: its report, else the middle of its window.

    Response demand follows the call; where only a window or a month is known,
    its middle stands in.
    """
    span = incidents["ended_at"] - incidents["started_at"]
    middle = (incidents["started_at"] + span / 2).fillna(incidents["started_at"])
    return incidents["reported_at"].fillna(middle.dt.as_unit("us"))
