"""Backtest forecasters on what they were not told."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geoalloc.demand import Forecaster, History, forecaster
from geoalloc.errors import DataError
from geoalloc.evaluation import blocks, leaderboard
from geoalloc.evaluation.blocks import Block, Frames
from geoalloc.evaluation.leaderboard import NAIVE
from geoalloc.evaluation.results import Backtest
from geoalloc.evaluation.rolling import Rolling, described
from geoalloc.workers import Store, Workers

__all__ = ["backtest"]

_MANY = 10  # comparisons, of which chance may well decide one
_BLOCK = 10  # origins: what is lost at the most when a backtest is stopped
Progress = Callable[[int, int, float], None]


def backtest(
    groups: Mapping[str, History],
    forecasters: Mapping[str, Forecaster],
    rolling: Rolling,
    *,
    workers: Workers | None = None,
    progress: Progress | None = None,
    store: Path | None = None,
) -> Backtest:
    """Score forecasters on windows that follow each origin, and rank them.

    The naive count always takes part. Incidents that police discovered are left out.
    A forecaster that cannot forecast a group at one of the origins is not ranked in
    it, and a note says why. Scores are the same with and without workers, but for the
    seconds that forecasts took.

    Parameters
    ----------
    groups
        Histories by name: of a category, of some, of all.
    forecasters
        By the names under which they are ranked.
    workers
        See ``workers.hired``: processes or a Dask cluster. Each keeps to one thread,
        so that seconds compare.
    progress
        Called with the origins done, the origins in all, and the seconds that are
        left at the pace so far.
    store
        Folder in which finished blocks of origins are kept: a backtest that was
        stopped takes them up again.

    Raises
    ------
    DataError
        If there is no group, no incident in any window of one, a forecaster can
        forecast none of the groups, or hours are not known but a period is asked for.
    """
    if not groups:
        raise DataError("there is no group of incidents to backtest: name at least one")
    kept = {name: _reported(name, history) for name, history in groups.items()}
    _require_hours(kept, rolling)
    field = {NAIVE: forecaster(NAIVE)} | dict(forecasters)
    tasks = _tasks(kept, field, rolling)
    kept_blocks = None if store is None else Store(Path(store))
    found = _worked(tasks, workers, _told(progress, tasks), kept_blocks)
    by_group: dict[str, list[Frames]] = {name: [] for name in kept}
    for task, frames in zip(tasks, found, strict=True):
        by_group[task.group].append(frames)
    merged = {name: _merged(parts) for name, parts in by_group.items()}
    notes = _require_some_forecast(merged, field)
    ranked = {
        name: _ranked(name, kept[name], frames, rolling)
        for name, frames in merged.items()
    }
    joined = {name: _joined(ranked, name) for name in next(iter(ranked.values()))}
    left_out = {n: len(h) - len(kept[n]) for n, h in groups.items()}
    return Backtest(
        **joined,
        settings=_settings(kept, field, rolling),
        notes=(
            *notes,
            *_notes(left_out, rolling, joined["leaderboard"]),
            *([] if kept_blocks is None else kept_blocks.broken),
            *([] if workers is None else workers.notes),
        ),
    )


def _require_hours(groups: Mapping[str, History], rolling: Rolling) -> None:
    if rolling.period is None or any(history.timed for history in groups.values()):
        return
    raise DataError(
        "of most incidents the hour is not known: no period of "
        f"{described(rolling.period)} can be scored; leave it out"
    )


def _reported(name: str, history: History) -> History:
    if history.reported.all():
        return history
    if not history.reported.any():
        raise DataError(
            f"every incident of {name!r} was discovered by police, and such incidents "
            "are not forecast: choose others"
        )
    return history.where(history.reported)


def _tasks(
    groups: Mapping[str, History],
    forecasters: Mapping[str, Forecaster],
    rolling: Rolling,
) -> list[Block]:
    origins = rolling.origins
    return [
        Block(
            group=name,
            history=history,
            forecasters=forecasters,
            rolling=rolling,
            origins=origins[at : at + _BLOCK],
            explained=origins[-1],
        )
        for name, history in groups.items()
        for at in range(0, len(origins), _BLOCK)
    ]


def _told(progress: Progress | None, tasks: list[Block]) -> Callable[..., None]:
    """Count the origins that are done, and tell of them and the time left."""
    total = sum(len(task.origins) for task in tasks)
    done = worked = 0
    start = time.perf_counter()

    def told(n: int, *, taken_up: bool = False) -> None:
        nonlocal done, worked
        done += n
        # What was finished before took no time, and says nothing of the pace.
        worked += n * (not taken_up)
        if progress is not None and (worked or done == total):
            spent = time.perf_counter() - start
            progress(done, total, spent / max(worked, 1) * (total - done))

    return told


def _worked(
    tasks: list[Block],
    workers: Workers | None,
    told: Callable[..., None],
    store: Store | None,
) -> list[Frames]:
    """Work on the blocks that were not finished before; give all in their order."""
    keys = _keys(tasks) if store is not None else []
    found: dict[int, Frames] = {}
    for k, key in enumerate(keys):
        frames = None if store is None else blocks.taken(store, key)
        if frames is not None:
            found[k] = frames
            told(len(tasks[k].origins), taken_up=True)
    missing = [k for k in range(len(tasks)) if k not in found]
    for at, frames in _fresh([tasks[k] for k in missing], workers, told):
        k = missing[at]
        found[k] = frames
        if store is not None:
            store.keep(keys[k], {}, frames)
    return [found[k] for k in range(len(tasks))]


def _fresh(
    tasks: list[Block], workers: Workers | None, told: Callable[[int], None]
) -> Iterator[tuple[int, Frames]]:
    """Give the blocks by position, as they are finished."""
    if workers is None or workers.alone:
        for at, task in enumerate(tasks):
            yield at, blocks.work(task, lambda: told(1))
        return
    for at, frames in workers.each(blocks.work, tasks, label="backtest"):
        told(len(tasks[at].origins))
        yield at, frames


def _keys(tasks: list[Block]) -> list[str]:
    digests = {task.group: task.history for task in tasks}
    of = {name: blocks.digest(history) for name, history in digests.items()}
    return [task.key(of[task.group]) for task in tasks]


def _merged(parts: list[Frames]) -> Frames:
    return {
        name: pd.concat([part[name] for part in parts], ignore_index=True)
        for name in parts[0]
    }


def _require_some_forecast(
    merged: Mapping[str, Frames], forecasters: Mapping[str, Forecaster]
) -> list[str]:
    """Require that each forecaster can forecast a group; note which it cannot."""
    notes = []
    for name in forecasters:
        failed = {}
        for group, frames in merged.items():
            rows = frames["failures"]
            failed[group] = rows[rows["forecaster"] == name]
        reasons = {g: rows for g, rows in failed.items() if len(rows)}
        if len(reasons) == len(merged) or (name == NAIVE and reasons):
            sentence = next(iter(reasons.values()))["sentence"].iloc[0]
            raise DataError(f"the forecaster {name!r} cannot be backtested: {sentence}")
        notes += [
            f"{name} is not ranked in {group}: at {rows['origin'].iloc[0]:%Y-%m-%d}, "
            f"{rows['sentence'].iloc[0]}."
            for group, rows in reasons.items()
        ]
    return notes


def _ranked(
    group: str, history: History, frames: Frames, rolling: Rolling
) -> dict[str, pd.DataFrame]:
    """Pool and rank the scores of a group, less those who could not forecast it."""
    failed = set(frames["failures"]["forecaster"])
    frames = {
        name: frame[~frame["forecaster"].isin(failed)]
        if "forecaster" in frame
        else frame
        for name, frame in frames.items()
    }
    scores = frames["scores"]
    if not scores["incidents"].sum() > 0:
        raise DataError(
            f"no incident of {group!r} fell in any of the {len(rolling.origins)} "
            "windows: choose other origins, or leave the group out"
        )
    focus = f"stability_{100 * rolling.focus:g}"
    stable = leaderboard.stabilities(frames["chosen"], history.grid, focus)
    incidents = scores.drop_duplicates("origin").set_index("origin")["incidents"]
    stable = stable.assign(incidents=stable["origin"].map(incidents))
    scores = pd.concat([scores, stable], ignore_index=True) if len(stable) else scores
    return {
        "scores": leaderboard.valued(scores).assign(group=group),
        "leaderboard": leaderboard.board(scores, rolling).assign(group=group),
        "curves": leaderboard.curves(frames["curves"]).assign(group=group),
        "calibration": leaderboard.calibrated(frames["calibration"], rolling).assign(
            group=group
        ),
        "rhythm": leaderboard.rhythms(frames["rhythm"], rolling).assign(group=group),
        "explanations": frames["explanations"].assign(group=group),
    }


_ORDER = {
    "scores": ("group forecaster origin measure value incidents numerator denominator"),
    "leaderboard": (
        "group forecaster measure value low high skill skill_low skill_high best "
        "level_with_best"
    ),
    "curves": "group forecaster area_share hit_rate",
    "calibration": "group forecaster what nominal coverage low high",
    "rhythm": "group model log_score low high incidents",
    "explanations": "group forecaster of sentence part weight",
}


def _joined(
    ranked: Mapping[str, Mapping[str, pd.DataFrame]], name: str
) -> pd.DataFrame:
    frame = pd.concat([each[name] for each in ranked.values()], ignore_index=True)
    return frame[_ORDER[name].split()]


def _settings(
    groups: Mapping[str, History],
    forecasters: Mapping[str, Forecaster],
    rolling: Rolling,
) -> dict[str, Any]:
    first = next(iter(groups.values()))
    period = rolling.period
    return {
        "groups": {name: len(history) for name, history in groups.items()},
        "forecasters": list(forecasters),
        "origins": [origin.isoformat() for origin in rolling.origins],
        "horizon": described(rolling.horizon),
        "period_h": None if period is None else period / pd.Timedelta(hours=1),
        "area_shares": list(rolling.area_shares),
        "focus": rolling.focus,
        "confidence": rolling.confidence,
        "seed": rolling.seed,
        "resamples": rolling.resamples,
        "block_origins": rolling.block_origins,
        "resolution": first.grid.resolution,
        "hexes": len(first.grid),
        "land_km2": float(first.grid.land_km2.sum()),
        "time_zone": first.time_zone,
        "timed": {name: bool(history.timed) for name, history in groups.items()},
    }


def _notes(
    left_out: Mapping[str, int], rolling: Rolling, board: pd.DataFrame
) -> Iterator[str]:
    n = len(rolling.origins)
    if n < 8:
        yield (
            f"{n} origin{'s are' * (n > 1) or ' is'} few: the intervals tell little."
        )
    if rolling.overlapping > 1:
        yield (
            f"Up to {rolling.overlapping} windows overlap, so that they tell less than "
            f"their number: origins are drawn in blocks of {rolling.block_origins}, "
            "and intervals may still be too narrow."
        )
    compared = int(board.loc[board["measure"] == "log_score", "skill_low"].count())
    if compared >= _MANY:
        yield (
            f"Each interval is of one comparison: of the {compared} with the naive "
            f"count by each measure, one in {1.0 / (1.0 - rolling.confidence):.0f} "
            "would seem better or worse by chance alone."
        )
    for name, count in left_out.items():
        if count:
            yield (
                f"{count:,} incidents of {name} that police discovered were left out: "
                "more looking makes more of them."
            )
