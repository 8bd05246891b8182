"""Comparison: scenarios planned and simulated against a base, and what sets them apart.

Frames hold text as ``str``, figures as ``float64``, counts as ``int64``. A figure that
a scenario does not have (one that could not be planned has none) is missing, not 0.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

__all__ = ["Comparison"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Scenarios against a base.

    Attributes
    ----------
    record
        What ``record.json`` holds. ``name``, ``base``, ``run_id``, ``made_at``,
        ``version``, ``marking``, ``handling``, ``purpose``, ``synthetic``,
        ``attribution``; ``settings`` (``shifts``, ``least_shifts``, ``most_shifts``,
        ``half_width`` asked for and ``reached`` of ``measure`` and ``group``,
        ``confidence``, ``seed``, ``contrasts`` in the family, ``method``);
        ``workers`` (``description``, ``peak_mb`` of the largest, ``notes``);
        ``scenarios``, by name: ``changes`` (sentences, as against the base),
        ``inputs`` (SHA-256 by name), ``notes``, ``feedback`` (a sentence),
        ``timings`` (seconds by stage), ``key`` (of the cache) and ``scenario`` as
        resolved; ``inputs``, ``versions``, ``notes``, ``timings``.
    scenarios
        In the order asked for, base first: ``scenario, question, expected, lever,
        status`` (planned, infeasible, failed), ``why`` (empty where planned),
        ``mode, objective, units, officers`` (response and others on duty),
        ``response_officers, officer_hours, cost`` (of the shift, in the scenario's
        currency), ``moves`` (units posted away from their station), ``drive_min``
        (in all), ``equity`` (largest late share of a district over that of the
        force, simulated), ``demand`` (incidents of the shift that units go to),
        ``workload_h, model_unmet, gap, load_factor, shifts, seconds, cached`` (bool:
        nothing was worked out anew), ``coupled`` (bool: on the calls of the base,
        thinned and added to), ``curve`` (bool: differs from the base in nothing but
        how many units there are).
    figures
        ``scenario, measure, group, value, low, high``: as simulated, each with its
        own 95 % interval. Groups are a grade, a kind of unit, all; or
        "<grouping> <label>, <grade>".
    differences
        Of each scenario from the base: ``scenario, measure, group, base_value, value,
        difference, low, high`` (95 % for this one alone), ``simultaneous_low,
        simultaneous_high`` (95 % for all of the family at once), ``p, p_adjusted,
        headline`` (bool: in the family), ``verdict`` (better, worse, not
        distinguishable; empty where a measure has no good side), ``sentence``.
    groups
        ``scenario, grouping, group, measure, value, low, high``. Measures: ``people,
        hexes, incidents`` (expected in the shift), ``per_1000_people, covered_share``
        (of the demand, with a unit within its standard), ``late_share, response_min,
        patrol_min_per_1000_people, patrol_min_per_incident``; low and high are
        missing of what is not simulated.
    disparities
        ``scenario, grouping, measure, worst, best`` (groups), ``ratio, low, high``.
    curve
        ``scenario, officers, unmet, low, high, elbow`` (bool), by officers.
    hexes
        ``hex_id`` (uint64, sorted), ``place, district, urban`` (bool).
    cells
        ``scenario, hex_id, unmet`` (late calls of the shift, weighted, by the model),
        ``minutes`` (to the first free immediate unit; float32, missing: nobody).
    posts
        ``scenario, unit_id, kind, post, longitude, latitude`` in the first hour.
    areas
        As in a run.
    """

    record: dict[str, Any]
    scenarios: pd.DataFrame
    figures: pd.DataFrame
    differences: pd.DataFrame
    groups: pd.DataFrame
    disparities: pd.DataFrame
    curve: pd.DataFrame
    hexes: pd.DataFrame
    cells: pd.DataFrame
    posts: pd.DataFrame
    areas: gpd.GeoDataFrame
