"""What the terminal says of hours of investigation shared out."""

import pandas as pd

from geoalloc import allocation
from geoalloc.pipeline.investigating import CaseworkRun

__all__ = ["casework_words"]

_HALF_H = 0.5  # less is shown as no hour


def casework_words(run: CaseworkRun) -> str:
    """Say who investigates what, where hours lack, and what more would buy."""
    record, plan = run.record, run.plan
    first, last = record["months"]
    made_up = ["Incidents are made up: a demonstration, not evidence."]
    lines = [
        record["marking"],
        *(made_up * record["synthetic"]),
        f"{record['name']}: hours of investigation from {first} to {last}, "
        f"{record['mode']}.",
        f"Of {record['asked_h']:,.0f} officer-hours asked for, "
        f"{record['unserved_h']:,.0f} are not served; the busiest team spends "
        f"{record['largest_ratio']:.0%} of its hours; {record['travel_h']:,.0f} hours "
        f"go into drives and {record['handover_h']:,.0f} into handovers.",
        "",
        "Hours by team and district of the cases",
        *_by_team(plan),
        "",
        "Hours not served, of those asked for",
        *_lines(_lacking(run.unserved)),
        "",
        "Hours not served, bordered and borderless",
        *_lines(_both(run.borders)),
        _apart(run.borders),
        "",
        f"What one more investigator ({record['one_more_hours']:,.0f} h) of a level "
        "and base buys: weighted hours served",
        *_lines(_buys(run)),
    ]
    return "\n".join([*lines, "", *record["notes"]])


def _by_team(plan: allocation.CaseworkPlan) -> list[str]:
    """Name for each team its districts, the most hours first: a table is too wide."""
    by = plan.assignments.groupby(["team", "district"], sort=False)["hours"].sum()
    lines, width = [], plan.teams["team"].str.len().max()
    for team in plan.teams.itertuples():
        own = by[by.index.get_level_values("team") == team.team].droplevel("team")
        own = own.sort_values(ascending=False, kind="stable")
        told = [f"{name} {h:,.0f}" for name, h in own.items() if h >= _HALF_H]
        spent = f"{team.ratio:.0%} of {team.hours:,.0f}"
        lines.append(f"{team.team:<{width}}  {spent:>14}  {', '.join(told)}")
    return lines


def _lacking(unserved: pd.DataFrame) -> pd.DataFrame:
    said = [
        f"{row.unserved_h:,.0f} of {row.hours:,.0f}" for row in unserved.itertuples()
    ]
    table = unserved.assign(said=said).pivot_table(
        index="district", columns="pip", values="said", aggfunc="first"
    )
    order = unserved["district"].unique()
    return table.reindex(order).fillna("").rename(columns="PIP {}".format)


def _both(borders: pd.DataFrame) -> pd.DataFrame:
    named = {"bordered_h": "bordered", "borderless_h": "borderless", "fewer_h": "fewer"}
    table = borders.set_index("district")[list(named)].rename(columns=named)
    return (table.round() + 0.0).map("{:,.0f}".format)  # no -0


def _apart(borders: pd.DataFrame) -> str:
    whole = borders.iloc[-1]
    return "; ".join(
        f"{mode}, the busiest team spends {whole[f'{mode}_ratio']:.0%} and drives take "
        f"{whole[f'{mode}_travel_h']:,.0f} h"
        for mode in ("bordered", "borderless")
    )


def _buys(run: CaseworkRun) -> pd.DataFrame:
    table = run.one_more.pivot_table(index="district", columns="pip", values="buys")
    table = table.reindex(run.bases["district"])
    table = (table.round() + 0.0).map("{:,.0f}".format)  # no -0
    return table.rename(columns="PIP {}".format)


def _lines(table: pd.DataFrame) -> list[str]:
    """Lay a table of texts out, figures to the right, long heads in several lines."""
    names = [str(name) for name in table.index]
    first = max(len(name) for name in names)
    width = {c: max(len(str(c)), *(len(x) for x in table[c])) for c in table}
    head = " " * first + "".join(f"  {c!s:>{width[c]}}" for c in table)
    rows = [
        f"{name:<{first}}"
        + "".join(f"  {x:>{width[c]}}" for c, x in zip(table, row, strict=True))
        for name, row in zip(names, table.to_numpy().tolist(), strict=True)
    ]
    return [head.rstrip(), *(row.rstrip() for row in rows)]
