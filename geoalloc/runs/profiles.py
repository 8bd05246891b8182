"""Who may see what of a run: all of it, what is told at a briefing, or the public."""

import copy
import dataclasses
import re
from typing import Any

from geoalloc.errors import UsageError
from geoalloc.runs.run import Run

PROFILES = ("operational", "briefing", "public")
"""All of a run; what officers on duty are told; what anyone may see (``public``)."""

_EMPTY = (  # the reckoning behind a plan, and the rows that it was made from
    "demand_flow",
    "compared_cover",
    "compared_posts",
    "moves",
    "scores",
    "prices",
    "borders",
    "border_value",
    "incident_summary",
    "rejects",
)
_DROPPED = (  # of the record; what only the plan's reckoning and its analyst need
    "comparison",
    "honesty",
    "inputs",
    "patrol",
    "safety",
    "seeds",
    "shift_plan",
    "solver",
    "timings",
    "travel",
    "unreachable",
    "beyond",
    "versions",
)
_LISTS = ("explanations", "sources", "sensitivity", "skills")  # of the forecast
_TABLES = ("time_zone", "map", "briefing", "grades")  # of the scenario
_JUDGED = ("WARNING", "Bordered", "Discovered")  # notes on what a plan is worth
_PRICED = (
    re.compile(  # what a reason says of late calls, as ``allocation.reasons`` does
        r"; without it [\d.,]+ more late calls \(weighted\)"
        r"|, and [\d.,]+ more would be late \(weighted\) there"
        r"|, which costs [\d.,]+ late calls \(weighted\)"
        r"|; the hour from [^;]*? would cost \d+\.\d+"
    )
)


def profiled(run: Run, profile: str) -> Run:
    """Cut a run to what a profile may hold.

    Parameters
    ----------
    profile
        ``operational`` is all of it. ``briefing`` keeps demand, hotspots, units at
        their posts with beats, timetables, patrols, waits and home beats; it has no
        prices, value of borders, unmet demand, comparison, scores or solver.

    Returns
    -------
    run
        Frames that a profile does not hold are empty, unmet demand and the chance
        that no unit is free are 0; ``record["profile"]`` names the profile.

    Raises
    ------
    UsageError
        If the profile is unknown, or is ``public``, which is no part of a run: see
        ``runs.public``.
    """
    if profile == "operational":
        return dataclasses.replace(run, record=run.record | {"profile": profile})
    if profile == "public":
        raise UsageError(
            "the public profile holds nothing of a plan: make it with runs.public"
        )
    if profile != "briefing":
        raise UsageError(
            f"there is no profile {profile!r}: choose one of {', '.join(PROFILES)}"
        )
    empty = {name: getattr(run, name).iloc[:0].copy() for name in _EMPTY}
    told = {name: _unpriced(getattr(run, name)) for name in ("plan", "posts")}
    return dataclasses.replace(
        run,
        record=_cut(run.record) | {"profile": profile},
        cover=run.cover.assign(unmet=0.0, none_free=0.0),
        **empty,
        **told,
    )


def _unpriced(frame: Any) -> Any:  # noqa: ANN401 - a frame, with geometry or without
    """Leave out of reasons how many calls would be late."""
    reason = frame["reason"].astype("str").str.replace(_PRICED, "", regex=True)
    return frame.assign(reason=reason)


def _cut(record: dict[str, Any]) -> dict[str, Any]:
    """Keep of a record what a reader of a briefing needs."""
    kept = {key: value for key, value in record.items() if key not in _DROPPED}
    kept["forecast"] = record["forecast"] | {name: [] for name in _LISTS}
    kept["notes"] = [n for n in record["notes"] if not n.startswith(_JUDGED)]
    tables = record.get("scenario", {})
    kept["scenario"] = {name: tables[name] for name in _TABLES if name in tables}
    return copy.deepcopy(kept)
