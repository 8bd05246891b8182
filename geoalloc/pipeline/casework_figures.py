"""Hours of investigators as figures, to set scenarios side by side."""

import numpy as np
import pandas as pd

from geoalloc import allocation
from geoalloc.pipeline import ground, investigating, outlook, stages
from geoalloc.pipeline.ground import Ground
from geoalloc.scenario import Scenario

__all__ = ["casework_figures"]

_ALL = "all"


def casework_figures(scenario: Scenario, on: Ground | None = None) -> pd.DataFrame:
    """Share the casework of the first month ahead out, and say what is left undone.

    As ``share_casework`` for one month, in the mode of the scenario alone: a scenario
    without teams, or whose incidents have no casework, has no figure.

    Parameters
    ----------
    on
        Inputs that were read before; they are read if left out, which takes as long
        again.

    Returns
    -------
    figures
        ``measure``, ``group``, ``value``. Of the groups "PIP 1", "PIP 2", "PIP 3" (as
        far as there is work) and "all": ``investigation_h`` (asked for),
        ``investigation_unserved_h`` and ``investigation_served_share``. Of "all"
        alone: ``investigation_travel_h`` (drives and handovers) and
        ``investigation_largest_ratio`` (hours of the busiest team over those it has).

    Raises
    ------
    ScenarioError
        If a team is in a district that is not there.
    DataError
        If an input is wrong, or nobody is accredited for some work.
    """
    if not scenario.investigators.teams:
        return _frame([])
    clock = stages.Clock(stages.silent)
    on = on or ground.read(scenario, clock)
    investigating.require_names(scenario, on.area)
    one = scenario.outlook.model_copy(update={"months": 1})
    scenario = scenario.model_copy(update={"outlook": one})
    _, ahead = outlook.foreseen(scenario, on.history, on.labels)
    casework = outlook.casework_ahead(scenario, ahead)
    if casework is None:
        return _frame([])
    problem, _, _ = investigating.state(scenario, on.area, on.grid, on.labels, casework)
    return _frame(_rows(allocation.allocate_investigators(problem)))


def _rows(plan: allocation.CaseworkPlan) -> list[tuple[str, str, float]]:
    work = plan.work.assign(group=[f"PIP {pip}" for pip in plan.work["pip"]])
    by = work.groupby("group", sort=True)[["hours", "unserved_h"]].sum()
    by.loc[_ALL] = by.sum()
    rows = []
    for row in by.itertuples():
        share = 1.0 - row.unserved_h / row.hours if row.hours > 0 else np.nan
        rows += [
            ("investigation_h", row.Index, float(row.hours)),
            ("investigation_unserved_h", row.Index, float(row.unserved_h)),
            ("investigation_served_share", row.Index, float(share)),
        ]
    away = float(plan.travel_h + plan.handover_h)
    rows.append(("investigation_travel_h", _ALL, away))
    rows.append(("investigation_largest_ratio", _ALL, float(plan.largest_ratio)))
    return rows


def _frame(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["measure", "group", "value"])
    return frame.astype({"measure": "str", "group": "str", "value": "float64"})
