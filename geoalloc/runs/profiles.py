"""Who may see what of a run: all of it, what is told at a briefing, or the public."""

import copy
import dataclasses
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
_KEPT = (
    "format_version",
    "name",
    "question",
    "run_id",
    "made_at",
    "version",
    "purpose",
    "marking",
    "handling",
    "synthetic",
    "resolution",
    "hexes",
    "mode",
    "as_of",
    "shift",
    "valid",
    "snap_point_note",
    "attribution",
    "retrospective",
    "boundary",
    "briefing",
    "map",
)
_DATA = ("source", "synthetic", "period_start", "period_end", "missing_months", "times")
_FORECAST = ("forecaster", "origin", "calls", "rhythm", "calendar")
_TABLES = ("time_zone", "map", "briefing", "grades")  # of the scenario
_JUDGED = ("WARNING", "Bordered", "Discovered")  # notes on what a plan is worth


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
    return dataclasses.replace(
        run,
        record=_cut(run.record) | {"profile": profile},
        cover=run.cover.assign(unmet=0.0, none_free=0.0),
        **empty,
    )


def _cut(record: dict[str, Any]) -> dict[str, Any]:
    """Keep of a record what a reader of a briefing needs."""
    kept = {key: record[key] for key in _KEPT if key in record}
    kept["data"] = _some(record["data"], _DATA)
    kept["forecast"] = _some(record["forecast"], _FORECAST)
    kept["notes"] = [n for n in record["notes"] if not n.startswith(_JUDGED)]
    kept["scenario"] = _some(record.get("scenario", {}), _TABLES)
    return copy.deepcopy(kept)


def _some(table: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: table[key] for key in keys if key in table}
