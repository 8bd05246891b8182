"""Who investigates what: hours of teams shared out over cases, level and district.

First the fewest weighted hours are left unserved; then the busiest team is as little
busy as can be; then the fewest hours go into drives and handovers (lexicographic
goals: Charnes and Cooper, 1961, Management Models and Industrial Applications of
Linear Programming). Hours can be parted; cases need not be whole.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray
from geoalloc.allocation._casework_model import CaseworkModel, Shares
from geoalloc.allocation.casework import (
    CaseworkProblem,
    CaseworkTerms,
    InvestigationTeam,
    InvestigationWork,
    accredited,
    casework_of,
    hours_lost,
)
from geoalloc.errors import DataError

__all__ = [
    "CaseworkPlan",
    "CaseworkProblem",
    "CaseworkTerms",
    "InvestigationTeam",
    "InvestigationWork",
    "allocate_investigators",
    "casework_of",
    "compare_borders",
    "hours_lost",
    "value_of_investigators",
]

_NONE = 1e-4  # hours: less than half a second of work
_LEVELS = (1, 2, 3)


@dataclass(frozen=True, kw_only=True)
class CaseworkPlan:
    """Which team spends how many hours on what.

    Attributes
    ----------
    assignments
        By team and work: ``team``, ``district``, ``pip``, ``specialism``, ``holder``,
        ``moved`` (from its holder), ``hours`` (of work), ``travel_h``,
        ``handover_h``, ``cases``.
    work
        By item: ``district``, ``pip``, ``specialism``, ``holder``, ``hours``,
        ``served_h``, ``unserved_h``, ``why_not``.
    teams
        By team: ``team``, ``district``, ``hours``, ``work_h``, ``travel_h``,
        ``handover_h``, ``ratio`` (spent over available), ``cases``, ``price``
        (weighted hours that one more of its hours serves).
    unserved
        Weighted hours unserved.
    largest_ratio
        Of the busiest team.
    travel_h, handover_h
        In all.
    notes
        Sentences on teams that hold more than they have hours for.
    """

    assignments: pd.DataFrame
    work: pd.DataFrame
    teams: pd.DataFrame
    unserved: float
    largest_ratio: float
    travel_h: float
    handover_h: float
    notes: tuple[str, ...]


def allocate_investigators(problem: CaseworkProblem) -> CaseworkPlan:
    """Share out the hours of teams: least unserved, then balanced, then near.

    Every figure is worked out again from the hours, not taken from the solver.
    """
    model = CaseworkModel(problem)
    first = model.unserved()
    model.balance()
    hours = np.where(problem.may(), model.travel().hours, 0.0)
    hours = np.where(hours < _NONE, 0.0, hours)
    return _plan(problem, hours, first)


def _plan(problem: CaseworkProblem, hours: FloatArray, first: Shares) -> CaseworkPlan:
    travel = hours * np.where(hours > 0, problem.travel_share(), 0.0)
    handover = hours * problem.handover_share()
    asked = np.array([work.hours for work in problem.work])
    unserved = np.maximum(0.0, asked - hours.sum(axis=0))
    unserved[unserved < _NONE] = 0.0
    weight = np.array([work.weight for work in problem.work])
    teams = _teams(problem, (hours, travel, handover), first)
    return CaseworkPlan(
        assignments=_assignments(problem, (hours, travel, handover)),
        work=_work(problem, hours, unserved, teams),
        teams=teams,
        unserved=float(weight @ unserved),
        largest_ratio=float(teams["ratio"].max()),
        travel_h=float(travel.sum()),
        handover_h=float(handover.sum()),
        notes=_notes(problem),
    )


def _cases_per_hour(problem: CaseworkProblem) -> FloatArray:
    return np.array([w.cases / w.hours if w.hours else 0.0 for w in problem.work])


def _assignments(
    problem: CaseworkProblem, parts: tuple[FloatArray, FloatArray, FloatArray]
) -> pd.DataFrame:
    hours, travel, handover = parts
    cases = hours * _cases_per_hour(problem)
    rows = [
        {
            "team": problem.teams[t].name,
            "district": problem.work[w].district,
            "pip": problem.work[w].pip,
            "specialism": problem.work[w].specialism,
            "holder": problem.work[w].holder or "",
            "moved": problem.work[w].holder not in (None, problem.teams[t].name),
            "hours": hours[t, w],
            "travel_h": travel[t, w],
            "handover_h": handover[t, w],
            "cases": cases[t, w],
        }
        for t, w in np.argwhere(hours > 0).tolist()
    ]
    names = ["team", "district", "pip", "specialism", "holder", "moved"]
    names += ["hours", "travel_h", "handover_h", "cases"]
    text = dict.fromkeys(["team", "district", "specialism", "holder"], "str")
    return pd.DataFrame(rows, columns=names).astype(text)


def _teams(
    problem: CaseworkProblem,
    parts: tuple[FloatArray, FloatArray, FloatArray],
    first: Shares,
) -> pd.DataFrame:
    hours, travel, handover = parts
    has = np.array([team.hours for team in problem.teams])
    spent = (hours + travel + handover).sum(axis=1)
    return pd.DataFrame(
        {
            "team": [team.name for team in problem.teams],
            "district": [team.district for team in problem.teams],
            "hours": has,
            "work_h": hours.sum(axis=1),
            "travel_h": travel.sum(axis=1),
            "handover_h": handover.sum(axis=1),
            "ratio": np.divide(spent, has, out=np.zeros_like(spent), where=has > 0),
            "cases": hours @ _cases_per_hour(problem),
            "price": first.team_price,
        }
    ).astype({"team": "str", "district": "str"})


def _work(
    problem: CaseworkProblem,
    hours: FloatArray,
    unserved: FloatArray,
    teams: pd.DataFrame,
) -> pd.DataFrame:
    may = problem.may()
    rows = [
        {
            "district": work.district,
            "pip": work.pip,
            "specialism": work.specialism,
            "holder": work.holder or "",
            "hours": work.hours,
            "served_h": float(hours[:, w].sum()),
            "unserved_h": float(unserved[w]),
            "why_not": _why_not(problem, w, float(unserved[w]), may[:, w], teams),
        }
        for w, work in enumerate(problem.work)
    ]
    text = dict.fromkeys(["district", "specialism", "holder", "why_not"], "str")
    return pd.DataFrame(rows).astype(text)


def _why_not(
    problem: CaseworkProblem,
    w: int,
    unserved: float,
    may: BoolArray,
    teams: pd.DataFrame,
) -> str:
    """Say who is short of what, by name; empty if all is served."""
    if not unserved:
        return ""
    work = problem.work[w]
    head = f"{unserved:.1f} of {work.hours:.1f} hours of {work.label} are not served: "
    able = [team.name for team in problem.teams if accredited(team, work)]
    if not may.any():
        return (
            f"{head}{_listed(able)} may do such work and may not come to "
            f"{work.district}; open the border or accredit a team there"
        )
    mine = teams[may]
    full = mine.loc[mine["ratio"] >= 1.0 - 1e-6, "team"].tolist()
    loaded = [
        team.name
        for team, cases in zip(problem.teams, teams["cases"], strict=True)
        if team.most_cases is not None
        and cases >= team.most_cases - 1e-6
        and team.name in mine["team"].tolist()
        and team.name not in full
    ]
    short = []
    if full:
        short.append(f"{_listed(full)} {_has(full)} no hours left")
    if loaded:
        short.append(f"{_listed(loaded)} {_has(loaded)} the largest caseload allowed")
    others = [name for name in able if name not in mine["team"].tolist()]
    if others and work.holder and not work.may_move:
        short.append(f"{_listed(others)} may not take over live cases")
    elif others:
        short.append(f"{_listed(others)} may not come to {work.district}")
    return head + ", and ".join(short or ["an hour of it weighs nothing"])


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _notes(problem: CaseworkProblem) -> tuple[str, ...]:
    """Say which teams hold more live cases than they have hours for."""
    travel, notes = problem.travel_share(), []
    for t, team in enumerate(problem.teams):
        held = sum(
            work.hours * (1.0 + travel[t, w])
            for w, work in enumerate(problem.work)
            if work.holder == team.name and not work.may_move
        )
        if held > team.hours + _NONE:
            notes.append(
                f"{team.name} holds live cases of {held:.1f} hours, drives included, "
                f"and has {team.hours:.1f}: let {held - team.hours:.1f} hours move."
            )
    return tuple(notes)


def value_of_investigators(problem: CaseworkProblem, *, hours: float) -> pd.DataFrame:
    """Say what one more investigator buys, by level and by district of the base.

    The price is that of the linear program: what the dearest hour of work that the
    investigator may do is worth, drive and handover taken off. It holds for the first
    hours, and can only fall: ``at_most`` is the price for all of them, and ``buys`` is
    what solving again with the investigator gives.

    Parameters
    ----------
    hours
        Of the investigator.

    Returns
    -------
    values
        By ``pip`` and ``district``: ``price`` (weighted hours served by the first
        hour), ``at_most``, ``buys`` (weighted hours served). Best first.

    Raises
    ------
    DataError
        If ``hours`` are not above 0.
    """
    if not 0 < hours < np.inf:
        raise DataError(f"hours of an investigator must be above 0, got {hours}")
    first = CaseworkModel(problem).unserved()
    before = _unserved(problem, first)
    rows = []
    for pip in _LEVELS:
        for district in problem.districts:
            new = InvestigationTeam(
                name="one more", district=district, hours=hours, pip=pip
            )
            more = dataclasses.replace(problem, teams=(*problem.teams, new))
            model = CaseworkModel(more)
            worth = first.work_price / (1.0 + model.lost_share[-1])
            price = float(np.where(more.may()[-1], worth, 0.0).max())
            after = _unserved(more, model.unserved())
            rows.append((pip, district, price, price * hours, before - after))
    names = ["pip", "district", "price", "at_most", "buys"]
    table = pd.DataFrame(rows, columns=names).astype({"district": "str"})
    order = np.lexsort((np.arange(len(table)), -table["buys"].round(6)))
    return table.iloc[order].reset_index(drop=True)


def _unserved(problem: CaseworkProblem, shares: Shares) -> float:
    asked = np.array([work.hours for work in problem.work])
    weight = np.array([work.weight for work in problem.work])
    return float(weight @ np.maximum(0.0, asked - shares.hours.sum(axis=0)))


def compare_borders(problem: CaseworkProblem) -> pd.DataFrame:
    """Compare teams that stay in their district with teams that go anywhere.

    Returns
    -------
    comparison
        By district, and ``all``: ``bordered_h`` and ``borderless_h`` (hours not
        served), ``fewer_h`` (their difference); in the row ``all`` also the largest
        ratio, hours of travel and of handover of each: ``bordered_ratio``, and so on.
    """
    plans = {
        name: allocate_investigators(dataclasses.replace(problem, bordered=bordered))
        for name, bordered in (("bordered", True), ("borderless", False))
    }
    left = pd.DataFrame(
        {
            f"{name}_h": plan.work.groupby("district")["unserved_h"].sum()
            for name, plan in plans.items()
        }
    ).reindex(list(problem.districts), fill_value=0.0)
    left.loc["all"] = left.sum()
    left["fewer_h"] = left["bordered_h"] - left["borderless_h"]
    for name, plan in plans.items():
        for what, value in (
            ("ratio", plan.largest_ratio),
            ("travel_h", plan.travel_h),
            ("handover_h", plan.handover_h),
        ):
            left[f"{name}_{what}"] = np.where(left.index == "all", value, np.nan)
    return left.rename_axis("district").reset_index()
