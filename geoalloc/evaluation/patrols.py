"""Whether records made by patrol would send patrol back to where it was.

Where police look they find, and what they find is recorded: a forecaster trained on
it may send them there again and again, whatever happens elsewhere. Here the truth is
known, because it is made up, from the surface of the data themselves; so that one can
see how far a forecaster leaves it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from geoalloc import hexes, scores
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.demand import Forecaster, History
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid

__all__ = ["Feedback", "FeedbackParams", "feedback"]

SETTINGS = ("with discovered", "reported only")
_LARGEST = 1_500  # hexes
_FINEST = 9  # resolution
_GROWN = 0.05  # of the true share, from which what is expected has left it
_STEP = pd.DateOffset(days=28)
_STEP_DAYS = 28.0


@dataclass(frozen=True, kw_only=True)
class FeedbackParams:
    """How a force that believes its records is simulated.

    Attributes
    ----------
    steps
        Of 28 days, with a forecast and a patrol each.
    past_steps
        Before them, in which incidents were reported and nobody patrolled.
    area_share
        Of the land that is patrolled.
    reported_share
        Of the incidents that the public reports; the rest is recorded only if police
        discover it. An assumption: no record tells.
    discovered_share
        Of the unreported incidents that patrol discovers where it is; an assumption.
    incidents
        A step, at the most: more do not change what is found.
    patrol
        "first" patrols the hexes that come first; "drawn" sends so many ``patrols``
        to hexes drawn in proportion to what is expected there.
    seeds
        Of the simulations; each serves all settings, which are thus paired.
    """

    steps: int = 12
    past_steps: int = 13
    area_share: float = 0.05
    reported_share: float = 0.5
    discovered_share: float = 0.5
    incidents: int = 1_000
    patrol: Literal["first", "drawn"] = "first"
    patrols: int = 1
    seeds: tuple[int, ...] = (1, 2, 3)

    def __post_init__(self) -> None:
        if min(self.steps, self.past_steps, self.patrols) < 1 or self.incidents < 1:
            raise DataError(
                "steps, past_steps, patrols and incidents must be at least 1, got "
                f"{self.steps}, {self.past_steps}, {self.patrols} and {self.incidents}"
            )
        for name in ("reported_share", "discovered_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise DataError(f"{name} must be 0 to 1, got {getattr(self, name)}")
        if not 0 < self.area_share < 1:
            raise DataError(
                f"area_share must be above 0 and under 1, got {self.area_share}"
            )
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise DataError(f"give seeds, each once, got {list(self.seeds)}")


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """How far a forecaster leaves the truth, if it believes what patrol discovers.

    Attributes
    ----------
    frame
        ``forecaster, setting`` ("with discovered", "reported only"), ``step`` from 1,
        of the hexes that were patrolled first: ``true_share`` of the incidents that
        happen, ``expected_share, recorded_share`` (of those recorded that step) and
        ``patrol_share`` (of the patrolled land), means over seeds; ``ratio`` of the
        expected share to the true one, ``low`` and ``high`` the least and the
        greatest over seeds.
    runs_away
        Whether, with discovered incidents, the ratio ends above that of reported
        incidents alone, by a twentieth or more under every seed.
    sentence
        What a planner should know.
    settings
        Of the simulation, ready for JSON.
    """

    frame: pd.DataFrame
    runs_away: bool
    sentence: str
    settings: dict[str, Any]


def feedback(
    history: History,
    forecaster: Forecaster,
    params: FeedbackParams = FeedbackParams(),
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Feedback:
    """Simulate a force that patrols where its own records send it.

    The true rates are those of the data, on hexes coarse enough that there are no
    more than 1,500. Each step the forecaster is trained anew on what has been
    recorded, patrol goes where it says, reported incidents are recorded everywhere,
    and discovered ones where patrol was.

    Parameters
    ----------
    progress
        Called with the steps done, and all.

    Raises
    ------
    DataError
        If the forecaster cannot forecast from the simulated past.

    References
    ----------
    Ensign, D., Friedler, S. A., Neville, S., Scheidegger, C. and Venkatasubramanian,
    S. (2018), Runaway feedback loops in predictive policing, Proceedings of Machine
    Learning Research 81, 160-171.
    """
    if params.reported_share == 0:
        raise DataError(
            "reported_share must be above 0: before patrols begin, nothing else is "
            "recorded that a forecaster could learn from"
        )
    grid, rate = _truth(history, params)
    total = params.steps * len(SETTINGS) * len(params.seeds)
    rows: list[tuple[Any, ...]] = []
    for setting in SETTINGS:
        for seed in params.seeds:
            world = _World(grid=grid, rate=rate, params=params, seed=seed)
            for row in _lived(world, forecaster, setting):
                rows.append((setting, seed, *row))
                if progress is not None:
                    progress(len(rows), total)
    columns = ["setting", "seed", "step", *_SHARES]
    runs = pd.DataFrame(rows, columns=columns)
    runs["ratio"] = runs["expected_share"] / runs["true_share"]
    last = runs[runs["step"] == params.steps].set_index(["setting", "seed"])["ratio"]
    apart = (last.loc[SETTINGS[0]] - last.loc[SETTINGS[1]]).to_numpy()
    frame = _frame(runs, forecaster.name)
    return Feedback(
        frame=frame,
        runs_away=bool((apart >= _GROWN).all()),
        sentence=_sentence(frame, apart, params),
        settings={
            "resolution": grid.resolution,
            "hexes": len(grid),
            "incidents_a_step": round(float(rate.sum()), 1),
            "step_days": _STEP_DAYS,
            "ratio_limit": _limit(frame, params),
        }
        | {name: getattr(params, name) for name in params.__dataclass_fields__},
    )


_SHARES = ("true_share", "expected_share", "recorded_share", "patrol_share")


@dataclass(frozen=True, kw_only=True)
class _World:
    """True incidents a step by hex, and the dice."""

    grid: HexGrid
    rate: FloatArray
    params: FeedbackParams
    seed: int


def _truth(history: History, params: FeedbackParams) -> tuple[HexGrid, FloatArray]:
    """Put the incidents of the data on a coarse grid: true incidents a step by hex."""
    fine = history.grid
    resolution = min(fine.resolution, _FINEST)
    grid = fine if resolution == fine.resolution else hexes.cover(fine.area, resolution)
    while len(grid) > _LARGEST:
        resolution -= 1
        grid = hexes.cover(fine.area, resolution)
    at = grid.locate(fine.latitude, fine.longitude)[history.position]
    count = np.bincount(at[at >= 0], minlength=len(grid)).astype(np.float64)
    count[grid.land_km2 <= 0] = 0.0
    days = float((history.covered[:, 1] - history.covered[:, 0]).sum())
    a_step = min(count.sum() / days * _STEP_DAYS, float(params.incidents))
    return grid, count / count.sum() * a_step


def _lived(
    world: _World, forecaster: Forecaster, setting: str
) -> Iterator[tuple[int, float, float, float, float]]:
    """Live through the steps: forecast, patrol, record; give the shares of each."""
    rng = np.random.default_rng(world.seed)
    params, grid, rate = world.params, world.grid, world.rate
    ledger = _Ledger(grid)
    nowhere = np.zeros(len(grid), dtype=np.bool_)
    for step in range(params.past_steps):
        ledger.add(*recorded(rate, nowhere, params, rng), step, rng)
    first: BoolArray | None = None
    for step in range(1, params.steps + 1):
        now = params.past_steps + step - 1
        past = ledger.history(now, with_discovered=setting == SETTINGS[0])
        share = forecaster.forecast(past, ledger.instant(now), _STEP).surface.share
        patrolled = _patrolled(share, grid, params, rng)
        first = patrolled if first is None else first
        reported, discovered = recorded(rate, patrolled, params, rng)
        ledger.add(reported, discovered, now, rng)
        believed = reported + discovered * (setting == SETTINGS[0])
        yield (
            step,
            float(rate[first].sum() / rate.sum()),
            float(share[first].sum()),
            float(believed[first].sum() / max(believed.sum(), 1)),
            float(grid.land_km2[first & patrolled].sum())
            / float(grid.land_km2[patrolled].sum()),
        )


def _patrolled(
    share: FloatArray, grid: HexGrid, params: FeedbackParams, rng: np.random.Generator
) -> BoolArray:
    if params.patrol == "drawn":
        drawn = rng.choice(share.size, size=params.patrols, p=share / share.sum())
        return np.bincount(drawn, minlength=share.size) > 0
    land = grid.land_km2
    density = np.divide(share, land, out=np.zeros(land.size), where=land > 0)
    return scores.chosen(density, land, area_share=params.area_share) > 0


def recorded(
    rate: FloatArray,
    patrolled: BoolArray,
    params: FeedbackParams,
    rng: np.random.Generator,
) -> tuple[IndexArray, IndexArray]:
    """Draw what happens in a step, and what of it is recorded.

    Returns
    -------
    reported, discovered : (n_hexes,)
        By the public everywhere; by police of the rest, where they patrol.
    """
    happened = rng.poisson(rate)
    reported = rng.binomial(happened, params.reported_share)
    found = rng.binomial(happened - reported, params.discovered_share)
    return reported, np.where(patrolled, found, 0)


class _Ledger:
    """What has been recorded so far, at the centers of hexes."""

    _START = pd.Timestamp("2000-01-03", tz="UTC")

    def __init__(self, grid: HexGrid) -> None:
        self._grid = grid
        self._parts: list[tuple[IndexArray, FloatArray, BoolArray]] = []

    def instant(self, step: int) -> pd.Timestamp:
        """Give the start of a step."""
        return self._START + step * pd.Timedelta(days=_STEP_DAYS)

    def add(
        self,
        reported: IndexArray,
        discovered: IndexArray,
        step: int,
        rng: np.random.Generator,
    ) -> None:
        """Record the incidents of a step, at any times of it."""
        at = np.arange(len(self._grid))
        position = np.concatenate([np.repeat(at, reported), np.repeat(at, discovered)])
        by_public = np.arange(position.size) < reported.sum()
        day = np.sort(rng.random(position.size))
        mixed = rng.permutation(position.size)
        first = (self.instant(step) - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
        days = first + _STEP_DAYS * day
        self._parts.append((position[mixed], days, by_public[mixed]))

    def history(self, steps: int, *, with_discovered: bool) -> History:
        """Give what is known after so many steps."""
        position, day, reported = (
            np.concatenate(each) for each in zip(*self._parts, strict=True)
        )
        kept = reported | with_discovered
        grid, position, day = self._grid, position[kept], day[kept]
        span = [self.instant(0), self.instant(steps)]
        epoch = pd.Timestamp(0, tz="UTC")
        return History(
            grid=grid,
            position=position,
            x_m=grid.x_m[position],
            y_m=grid.y_m[position],
            started=day,
            ended=day,
            category=np.zeros(position.size, dtype=np.int64),
            categories=("incident",),
            reported=np.ones(position.size, dtype=np.bool_),
            covered=np.array([[(at - epoch) / pd.Timedelta(days=1) for at in span]]),
            time_zone="UTC",
        )


def _frame(runs: pd.DataFrame, name: str) -> pd.DataFrame:
    by = runs.groupby(["setting", "step"], sort=False)
    frame = by[[*_SHARES, "ratio"]].mean()
    frame["low"], frame["high"] = by["ratio"].min(), by["ratio"].max()
    frame = frame.reset_index()
    frame.insert(0, "forecaster", pd.Series([name] * len(frame), dtype="str"))
    return frame


def _limit(frame: pd.DataFrame, params: FeedbackParams) -> float:
    """Give the ratio that the records come to, were patrol never to move.

    Of what happens there, reported and discovered incidents are recorded, elsewhere
    reported ones alone. If nobody reported, it would be all of the records: what the
    public reports is what keeps feedback within bounds.
    """
    true = float(frame["true_share"].iloc[0])
    here = params.reported_share + (1 - params.reported_share) * params.discovered_share
    return here / (here * true + params.reported_share * (1 - true))


def _sentence(frame: pd.DataFrame, apart: FloatArray, params: FeedbackParams) -> str:
    name = frame["forecaster"].iloc[0]
    by = frame.set_index(["setting", "step"])["ratio"]
    (start, end), (calm_start, calm_end) = (
        (by[setting, 1], by[setting, params.steps]) for setting in SETTINGS
    )
    return (
        f"Of the hexes patrolled first {name} expected {start:.2f} times their true "
        f"share, and {end:.2f} times after {params.steps} steps of 28 days if trained "
        f"on discovered incidents too; on reported ones alone {calm_start:.2f} and "
        f"{calm_end:.2f}: {_verdict(apart)}. If patrol stayed there for good, the "
        f"records would come to {_limit(frame, params):.2f} times the true share "
        f"(simulated, {params.reported_share:.0%} reported and "
        f"{params.discovered_share:.0%} of the rest discovered where patrol goes, both "
        "assumed)."
    )


def _verdict(apart: FloatArray) -> str:
    """Say what the ratios with discovered incidents less those without tell."""
    low, high = apart.min(), apart.max()
    if low >= _GROWN:
        least, most = f"{low:.2f}", f"{high:.2f}"
        by = least if least == most else f"{least} to {most}"
        return (
            f"what patrol discovers adds {by} to what is expected where it goes, so "
            "leave discovered incidents out"
        )
    if max(-low, high) < _GROWN:
        return f"the two cannot be told apart here, by {_GROWN:g} or more"
    if high <= -_GROWN:
        return "what patrol discovers lowers what is expected where it goes"
    return "the seeds disagree whether what patrol discovers adds to it"
