"""What a transparency record says in figures: forecast, trust, and service by group."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoalloc.evaluation import equity
from geoalloc.report._page import Block, Points, Section, Table
from geoalloc.runs import Run

_DASH = "\N{EN DASH}"
_ROWS = {
    "model_unmet": "late calls a shift by the model, weighted by grade",
    "simulated_unmet": "late calls a shift in the simulation, weighted by grade",
    "ratio": "the model's figure over the simulation's",
    "gap": "how far the plan can be from the best that the model knows",
    "rank_correlation": "rank correlation of model and simulation over trial plans",
    "utilisation": "share of their time that units are at work",
    "breakdown": "share of their time at which dispatch without borders breaks down",
}
_SHARES = ("gap", "utilisation", "breakdown")
_MEASURES = {
    "people": "residents",
    "incidents": "calls",
    "per_1000_people": "calls per 1,000",
    "covered_share": "in reach",
    "late_share": "immediate calls late",
    "patrol_min_per_1000_people": "minutes per 1,000",
    "patrol_min_per_incident": "minutes per call",
}
_FORMS = {"people": "{:,.0f}", "per_1000_people": "{:.2f}"}
_READING = (
    "Calls: expected in the shift, of those that a unit goes to. In reach: the share "
    "of them that a unit on duty could reach within the standard, were it free. "
    "Immediate calls late: simulated. Minutes: exposure to patrol, the time for which "
    "the plan posts units in hexes of the group, and that of directed visits; time at "
    "calls is not taken off. Per 1,000: residents."
)


def forecast(record: Mapping[str, Any]) -> Section:
    """Say how well the forecast did on data that it was not told of."""
    found = record["forecast"]
    test = found["backtest"]
    blocks: list[Block] = [test["sentence"]]
    if "log_score" in test:
        blocks.append(
            Table(
                caption=f"On {test['origins']} forecasts of {test['horizon']} each, "
                f"from {test['from'][:10]} up to {test['to'][:10]}. Log score: mean "
                "log of how much more than evenly the places of what happened were "
                "expected; hit rate: share of incidents in the first 1 % of the land. "
                "More is better.",
                columns=("measure", found["forecaster"], "naive count"),
                rows=[
                    ("log score", _number(test, ""), _number(test, "naive_")),
                    ("hit rate, 1 %", _percent(test, ""), _percent(test, "naive_")),
                ],
            )
        )
    blocks.append(
        Table(
            caption="Expected calls of the shift, and an interval that holds nine of "
            "ten such shifts.",
            columns=("grade", "calls", "from", "to"),
            rows=[
                (grade, *(f"{calls[key]:.0f}" for key in ("mean", "low", "high")))
                for grade, calls in found["calls"].items()
            ],
        )
    )
    told = found.get("stability", {}).get("sentence")
    blocks += [told] if told else []
    return Section(title="Scores on held-out data", blocks=blocks)


def _number(test: Mapping[str, Any], which: str) -> str:
    return f"{test[which + 'log_score']:.3f}"


def _percent(test: Mapping[str, Any], which: str) -> str:
    return f"{test[which + 'hit_rate_1']:.1%}"


def honesty(record: Mapping[str, Any]) -> Section:
    """Set what the model says of the plan beside what the simulation says."""
    told = record["honesty"]
    rows = [
        (name, *_cells(key, told["rows"][key]))
        for key, name in _ROWS.items()
        if told["rows"].get(key, {}).get("value") is not None
    ]
    blocks: list[Block] = [Points(sentences=told["sentences"])]
    if rows:
        blocks.append(
            Table(
                caption="Model and simulation; intervals of 95 % over simulated "
                "shifts, or over plans.",
                columns=("figure", "value", "from", "to"),
                rows=rows,
            )
        )
    return Section(title="How far to trust a plan", blocks=blocks)


def _cells(key: str, row: Mapping[str, float | None]) -> tuple[str, str, str]:
    form = "{:.1%}" if key in _SHARES else "{:.2f}"
    value, low, high = (
        _DASH if row.get(name) is None else form.format(row[name])
        for name in ("value", "low", "high")
    )
    return value, low, high


def fairness(run: Run, groups: pd.DataFrame, population: str) -> Section:
    """Show service by group of places, with what such a table cannot say."""
    late = _late(run)
    both = pd.concat([groups, late], ignore_index=True)
    groupings = list(dict.fromkeys(groups["grouping"]))
    blocks: list[Block] = [_READING]
    blocks += (
        [population]
        if groups.dropna(subset="value")["measure"].eq("people").any()
        else []
    )
    for grouping in groupings:
        mine = both[both["grouping"] == grouping]
        blocks.append(_table(grouping, mine))
        blocks += _apart(grouping, mine)
    shown = groups[groups["measure"] == "visible_h"]
    hours = shown[shown["grouping"] == groupings[0]]["value"].sum()
    blocks.append(
        f"PCSOs and others who answer no immediate call are posted for {hours:.0f} "
        "officer-hours. What they achieve by being seen is not measured."
    )
    blocks += _capped(run)
    blocks.append(Points(sentences=equity.CAVEATS))
    return Section(title="Fairness: service by group of places", blocks=blocks)


def _capped(run: Run) -> list[Block]:
    """Say what rules on the unmet share of a group cost all, by the model."""
    prices = run.prices[run.prices["what"] == "rule"]
    caps = prices[prices["item"].str.startswith(_CAP)]
    if caps.empty:
        return []
    table = Table(
        caption="What caps on the unmet share of a group cost: late calls a shift, "
        "weighted by grade, that would be saved by easing each, by the model.",
        columns=("largest unmet share of", "and its easing", "late calls saved"),
        rows=[
            (row.item.removeprefix(_CAP), row.change, f"{row.gain:.2f}")
            for row in caps.itertuples()
        ],
    )
    return [table]


def _late(run: Run) -> pd.DataFrame:
    """Take the late shares of immediate calls by group from the scores of a run."""
    scores = run.scores[run.scores["plan"] == run.record["mode"]]
    start = "late_share, "
    mine = scores[scores["measure"].str.startswith(start)]
    return pd.DataFrame(
        {
            "grouping": mine["measure"].str.removeprefix(start),
            "group": mine["group"].where(mine["group"] != "", equity.UNKNOWN),
            "measure": "late_share",
            "value": mine["simulated"],
            "low": mine["low"],
            "high": mine["high"],
        }
    )


def _table(grouping: str, mine: pd.DataFrame) -> Table:
    known = set(mine.dropna(subset="value")["measure"])
    columns = [name for name in _MEASURES if name in known]
    cells = {
        (row.group, row.measure): _cell(row.measure, row.value, row.low, row.high)
        for row in mine.itertuples()
    }
    return Table(
        caption=f"By {grouping}; in brackets an interval of 95 % over simulated "
        "shifts.",
        columns=(grouping, *(_MEASURES[name] for name in columns)),
        rows=[
            (group, *(cells.get((group, name), _DASH) for name in columns))
            for group in equity.in_order(mine["group"])
        ],
    )


def _cell(measure: str, value: float, low: float, high: float) -> str:
    if value != value:
        return _DASH
    if measure.endswith("_share"):
        interval = f" ({low:.1%} to {high:.1%})" if low == low else ""
        return f"{value:.1%}{interval}"
    form = _FORMS.get(measure, "{:,.0f}" if value >= 100 else "{:.1f}")
    return form.format(value)


def _apart(grouping: str, mine: pd.DataFrame) -> list[Block]:
    """Say how far the worst served group is from the best."""
    wide = mine.pivot_table(
        index="group", columns="measure", values=["value", "low", "high"], sort=False
    )
    if ("value", "late_share") not in wide:
        return []
    told = wide[
        (wide["value", "incidents"] >= equity.LEAST_CALLS)
        & wide["value", "late_share"].notna()
        & (wide.index != equity.UNKNOWN)
    ]
    if len(told) < 2:
        return []
    share = told["value", "late_share"]
    worst, best = str(share.idxmax()), str(share.idxmin())
    return [
        f"By {grouping}, immediate calls are late most often in {_in(worst)} "
        f"({_of(told, worst)}) and least often in {_in(best)} ({_of(told, best)})"
        f"{_times(told, worst, best)}."
    ]


def _in(group: str) -> str:
    if group in ("urban", "rural"):
        return f"{group} hexes"
    return f"group {group}" if group[:1].isdigit() else group


def _times(told: pd.DataFrame, worst: str, best: str) -> str:
    """Say how many times as often, if the two can be told apart."""
    low, high = told.loc[worst, ("low", "late_share")], told.loc[best, _HIGH]
    if not low > high:
        return ": their intervals overlap, so that this may be chance"
    most, least = (told.loc[g, ("value", "late_share")] for g in (worst, best))
    ratio = f", {most / least:.1f} times as often" if least > 0 else ""
    chance = ": the extremes of several groups, which chance alone sets apart a little"
    return ratio + (chance if len(told) > 2 else "")


def _of(told: pd.DataFrame, group: str) -> str:
    value, low, high = (told.loc[group, (n, "late_share")] for n in _BOUNDS)
    interval = f", {low:.1%} to {high:.1%}" if low == low else ""
    return f"{value:.1%}{interval}"


_CAP = "largest unmet share of "
_BOUNDS = ("value", "low", "high")
_HIGH = ("high", "late_share")
