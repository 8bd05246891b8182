"""What a backtest was made from, and what is printed of it."""

import dataclasses
import datetime as dt
import hashlib
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

import geoalloc
from geoalloc._types import BoolArray
from geoalloc.boundaries import Boundaries
from geoalloc.demand import History
from geoalloc.evaluation import Backtest
from geoalloc.evaluation.rolling import described
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Gathered, Reading
from geoalloc.incidents.integrity_rows import spans
from geoalloc.pipeline import hotspot_records, stages
from geoalloc.pipeline.backtest_requests import BacktestRequest
from geoalloc.pipeline.hotspot_records import Setting
from geoalloc.pipeline.requests import FOOTPRINT

__all__ = ["Tried", "backtest_words", "notes", "record", "run_id"]

FORMAT_VERSION = 1
_NAIVE = "naive"
_WIDE = 88
_HITS = re.compile(r"hit_rate_[\d.]+")


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What was asked, read and cut into groups."""

    request: BacktestRequest
    gathered: Gathered
    area: Boundaries | None
    grid: HexGrid
    reading: Reading
    left_out: BoolArray
    history: History
    groups: dict[str, History]

    @property
    def setting(self) -> Setting:
        """The same as of hotspots, for what both tell of their inputs."""
        return Setting(
            request=self.request.incidents,
            gathered=self.gathered,
            area=self.area,
            grid=self.grid,
            reading=self.reading,
            chosen=~self.left_out,
        )


def run_id(request: BacktestRequest, inputs: dict[str, str]) -> str:
    """Name a run by what it is made from: what is asked, inputs and version."""
    asked = {
        each.name: getattr(request, each.name)
        for each in dataclasses.fields(request)
        if each.name not in ("incidents", "workers", "dask", "tls")
    }
    asked["forecasters"] = request.forecaster_names
    made_of = [hotspot_records.run_id(request.incidents, inputs), asked]
    text = json.dumps(made_of, sort_keys=True, ensure_ascii=False, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def record(tried: Tried, result: Backtest, run: str) -> dict[str, Any]:
    """Gather what a backtest was made from, ready for JSON."""
    reading, request = tried.reading, tried.request
    every = request.horizon if request.every is None else request.every
    made_at = dt.datetime.now(dt.UTC).replace(microsecond=0)
    start, end = reading.period
    return {
        "format_version": FORMAT_VERSION,
        "run_id": run,
        "name": request.incidents.title,
        "made_at": made_at.isoformat(),
        "version": geoalloc.__version__,
        "versions": stages.versions(),
        "marking": request.incidents.marking,
        "synthetic": reading.synthetic,
        "area": FOOTPRINT if tried.area is None else f"boundary {tried.area.source}",
        "resolution": tried.grid.resolution,
        "hexes": len(tried.grid),
        "period": {"from": start.isoformat(), "to": end.isoformat()},
        "missing_months": list(reading.missing_months),
        "time_zone": tried.gathered.time_zone,
        "source": tried.gathered.source,
        "columns": tried.gathered.told,
        "n_read": reading.n_read,
        "n_used": len(tried.history),
        "discovered": _discovered(tried),
        "groups": {name: _categories(each) for name, each in tried.groups.items()},
        "every": described(every),
        "settings": json.loads(json.dumps(result.settings, default=list)),
        "notes": list(result.notes),
        "attribution": hotspot_records.attribution(tried.setting),
    }


def notes(tried: Tried, result: Backtest) -> Iterator[str]:
    """Say what is to be known of the reading, a sentence each."""
    asked, n = tried.request.n_origins, len(result.settings["origins"])
    if n < asked:
        yield f"{asked} origins were asked for; the data have {n} with enough past."
    if tried.area is None:
        yield (
            "No boundary was given: the area is the footprint of the incidents, on "
            "which every share of the land depends."
        )
    if tried.reading.missing_months:
        months = spans(tried.reading.missing_months)
        yield f"No incident was read of {months}: no window that touches it is scored."
    yield from hotspot_records.unlocated(tried.reading)
    discovered = _discovered(tried)
    if discovered:
        told = ", ".join(f"{name} ({n:,})" for name, n in discovered.items())
        yield (
            f"Left out of training and scores, since police discover them: {told}. "
            "Their hours of work remain."
        )
    if not tried.history.timed:
        yield (
            "Only months are known of most incidents: nothing here says when in a "
            "month, week or day they fall."
        )


def backtest_words(result: Backtest) -> str:
    """Write the leaderboard, who wins, and what must be known, as text."""
    lines = [_head(result)]
    for group in dict.fromkeys(result.leaderboard["group"]):
        mine = result.leaderboard[result.leaderboard["group"] == group]
        lines += ["", f"{group} ({result.settings['groups'][group]:,} incidents)"]
        lines += _table(mine, result.settings["focus"])
        lines += [textwrap.fill(line, _WIDE) for line in _verdict(mine)]
        lines += _hours(mine, result.rhythm[result.rhythm["group"] == group])
    if result.notes:
        lines += ["", *(textwrap.fill(note, _WIDE) for note in result.notes)]
    return "\n".join(lines)


def _head(result: Backtest) -> str:
    origins = result.settings["origins"]
    return textwrap.fill(
        f"{len(origins)} origins from {origins[0][:10]} to {origins[-1][:10]}, each "
        f"forecast for {result.settings['horizon']} from what was known by then. In "
        f"brackets, {result.settings['confidence']:.0%} intervals by a block bootstrap "
        "over origins.",
        _WIDE,
    )


def _table(mine: pd.DataFrame, focus: float) -> list[str]:
    percent = f"{100 * focus:g}"
    board = mine.set_index(["forecaster", "measure"])
    names = list(dict.fromkeys(mine["forecaster"]))
    first = max(len("forecaster"), *(len(name) for name in names))
    lines = [
        f"  {'forecaster':{first}}  {'log score':>22}  {f'hits at {percent} %':>20}  "
        f"{'CRPS':>8}  {'seconds':>7}"
    ]
    order = sorted(names, key=lambda n: -board.loc[(n, "log_score"), "value"])
    for name in order:
        log, hits = (board.loc[(name, m)] for m in ("log_score", f"hit_rate_{percent}"))
        crps, seconds = (board.loc[(name, m), "value"] for m in ("crps", "seconds"))
        lines.append(
            f"  {name:{first}}  {_figure(log, 3):>22}  {_figure(hits, 3):>20}  "
            f"{crps:8.5f}  {seconds:7.2f}"
        )
    return lines


def _hours(mine: pd.DataFrame, rhythm: pd.DataFrame) -> list[str]:
    """Tell the scores of hours, where they are known."""
    told = {
        "Hexes and hours together, log score": mine[
            mine["measure"] == "log_score_hours"
        ].set_index("forecaster"),
        "Hours of the week alone, log score": rhythm.rename(
            columns={"log_score": "value"}
        ).set_index("model"),
    }
    return [
        textwrap.fill(
            f"  {title}: "
            + "; ".join(f"{name} {_figure(row, 3)}" for name, row in rows.iterrows()),
            _WIDE,
        )
        for title, rows in told.items()
        if len(rows)
    ]


def _figure(row: pd.Series, digits: int) -> str:
    value = f"{row['value']:.{digits}f}"
    if row["low"] != row["low"]:
        return value
    return f"{value} ({row['low']:.{digits}f}, {row['high']:.{digits}f})"


def _verdict(mine: pd.DataFrame) -> Iterator[str]:
    """Say by the main measures who is better than the naive count, and who is not."""
    others = mine[mine["forecaster"] != _NAIVE]
    log_score = others[others["measure"] == "log_score"]
    yield from (f"  By log score {said}" for said in _standings(log_score))
    shares: dict[str, list[str]] = {}
    for measure, rows in others.groupby("measure", sort=False):
        if _HITS.fullmatch(str(measure)):
            for said in _standings(rows):
                shares.setdefault(said, []).append(str(measure).rpartition("_")[2])
    for said, each in shares.items():
        yield f"  By hits at {', '.join(each)} % {said}"


def _standings(rows: pd.DataFrame) -> Iterator[str]:
    better = rows.loc[rows["skill_low"] > 0, "forecaster"]
    worse = rows.loc[rows["skill_high"] < 0, "forecaster"]
    if len(better):
        yield f"better than the naive count: {', '.join(better)}."
    elif len(rows):
        yield "nothing is better than the naive count beyond doubt."
    if len(worse):
        yield f"the naive count wins over {', '.join(worse)}."


def _discovered(tried: Tried) -> dict[str, int]:
    counts = tried.reading.incidents["category"][tried.left_out].value_counts()
    return {str(name): int(n) for name, n in sorted(counts.items()) if n}


def _categories(history: History) -> list[str]:
    return [history.categories[code] for code in sorted(set(history.category.tolist()))]
