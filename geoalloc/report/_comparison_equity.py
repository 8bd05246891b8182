"""Who is served how under each scenario, by groups of places."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from geoalloc.evaluation import equity
from geoalloc.report import _chart
from geoalloc.report import _comparison_charts as draw
from geoalloc.report._letters import named
from geoalloc.report._page import Block, Chart, Fold, Points, Table
from geoalloc.runs import comparison_gist as gist
from geoalloc.runs import comparison_words as words
from geoalloc.runs.comparison import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "TITLES",
    "blocks",
    "measures_of",
    "notes",
    "paint",
    "ratios",
    "ratios_of",
    "shown",
    "table",
]

TITLES: Mapping[str, str] = {
    "people": "people",
    "hexes": "hexes",
    "incidents": "incidents expected in the shift",
    "per_1000_people": "incidents per 1,000 people",
    "covered_share": "demand with a unit within its standard, %",
    "late_share": "immediate calls late, %",
    "response_min": "mean response to immediate calls, min",
    "patrol_min_per_1000_people": "patrol, unit-minutes per 1,000 people",
    "patrol_min_per_incident": "patrol, unit-minutes per incident",
    "visible_h": "officer-hours of those who answer no immediate call",
}
"""Measures by group, with their units."""

_DRAWN = (
    "per_1000_people",
    "covered_share",
    "late_share",
    "response_min",
    "patrol_min_per_1000_people",
    "patrol_min_per_incident",
)
_DIGITS = {"people": 0, "hexes": 0, "per_1000_people": 2}
_RATIO = "late_share"  # the disparity that is drawn
_NAMES = 136.0  # points for names at the side of a drawing
_MOST_RATIOS = 40  # scenarios in a drawing


def blocks(comparison: Comparison) -> list[Block]:
    """Make tables and drawings by group, ratios with intervals, and what they say."""
    if comparison.groups.empty:
        return []
    base = comparison.record["base"]
    result: list[Block] = [Points(sentences=notes(comparison))]
    for grouping in dict.fromkeys(comparison.groups["grouping"]):
        rows = shown(comparison, grouping)
        result += [_drawing(rows, grouping, base), table(rows, grouping, base)]
        more = [
            table(rows, grouping, name)
            for name in dict.fromkeys(rows["scenario"])
            if name != base
        ]
        if more:
            title = f"By {grouping}, under every other scenario"
            result.append(Fold(title=title, blocks=more))
    return [*result, *_ratios(comparison)]


def notes(comparison: Comparison) -> list[str]:
    """Say what the tables can tell and cannot, what capping costs, and hours seen."""
    people = str(comparison.record.get("population", "")).strip()
    return [
        *equity.CAVEATS,
        *([people] if people else []),
        *_unmeasured(comparison),
        *_capped(comparison),
    ]


def _unmeasured(comparison: Comparison) -> list[str]:
    """Count the hours of those whose worth the model cannot see, never weigh them."""
    base = comparison.record["base"]
    by = dict(list(comparison.groups.groupby("scenario", sort=False)))
    if base not in by:
        return []
    told = {name: equity.visible_hours(rows, by[base]) for name, rows in by.items()}
    if not told[base]:
        return _estimated(comparison)
    # Only scenarios that lose or gain hours are worth a line beside that of the base.
    own = [name for name, said in told.items() if " against the base" in said]
    return [f"{name}: {told[name]}" for name in (base, *own)]


def _estimated(comparison: Comparison) -> list[str]:
    """Count those hours from officers on duty, where groups do not hold them."""
    rows = comparison.scenarios.set_index("scenario")
    base = comparison.record["base"]
    planned = rows[rows["status"] == gist.PLANNED]
    hours = planned["officer_hours"] / planned["officers"].where(
        planned["officers"] > 0
    )
    seen = (planned["officers"] - planned["response_officers"]) * hours
    if base not in seen.index:
        return []
    told = [
        "PCSOs and other officers beside response: what their presence does is not "
        f"measured. The base has about {seen[base]:,.0f} visible hours of them a shift."
    ]
    for name, mine in seen.items():
        more = mine - seen[base]
        if more == more and abs(more) >= 0.5:
            word = "more" if more > 0 else "fewer"
            told.append(
                f"{name} has about {abs(more):,.0f} {word} such visible hours a shift: "
                "the effect of that is not measured."
            )
    return told


def _capped(comparison: Comparison) -> list[str]:
    """Say what a cap on unmet demand costs all, and what it gives the worst served."""
    told = []
    base = comparison.record["base"]
    for name, one in comparison.record["scenarios"].items():
        if (
            name == base
            or not _caps(one)
            or name not in set(comparison.groups["scenario"])
        ):
            continue
        told += _price(comparison, name, base)
    return told


def _caps(one: Mapping[str, object]) -> bool:
    scenario = one.get("scenario")
    allocation = scenario.get("allocation") if isinstance(scenario, dict) else None
    return isinstance(allocation, dict) and bool(allocation.get("unmet_caps"))


def _price(comparison: Comparison, name: str, base: str) -> list[str]:
    rows = comparison.differences
    mine = rows[(rows["scenario"] == name) & (rows["measure"] == "unmet")]
    mine = mine[mine["group"] == "all"]
    if mine.empty:
        return []
    told = [f"The price of capping: {mine['sentence'].iloc[0]}"]
    worst = (
        equity.price_of_cap(
            rows,
            comparison.groups,
            scenario=name,
            base=base,
            grouping=grouping,
        )
        for grouping in dict.fromkeys(comparison.groups["grouping"])
    )
    told += [sentence for sentence in worst if sentence]
    ratios = comparison.disparities[comparison.disparities["measure"] == _RATIO]
    for grouping, each in ratios.groupby("grouping", sort=False):
        by = each.set_index("scenario")
        if {name, base} <= set(by.index):
            here, there = (_ratio(by.loc[who]) for who in (base, name))
            told.append(
                f"What {name} gives for it: by {grouping}, the worst served have "
                f"{there} times the share late of the best served, against {here}."
            )
    return told


def _ratio(row: pd.Series) -> str:
    text = f"{row['ratio']:.2f}"
    if row["low"] != row["low"] or row["high"] != row["high"]:
        return text
    return f"{text} ({row['low']:.2f} to {row['high']:.2f})"


def shown(comparison: Comparison, grouping: str) -> pd.DataFrame:
    """Take the rows of a grouping, groups in natural order, scenarios as asked for."""
    rows = comparison.groups[comparison.groups["grouping"] == grouping]
    ranks = {name: i for i, name in enumerate(equity.in_order(rows["group"]))}
    order = {name: i for i, name in enumerate(comparison.scenarios["scenario"])}
    place = rows["scenario"].map(order) * len(ranks) + rows["group"].map(ranks)
    return rows.assign(at=place).sort_values("at", kind="stable").drop(columns="at")


def measures_of(rows: pd.DataFrame) -> list[str]:
    """List the measures that are drawn, of those that are known."""
    known = set(rows.loc[rows["value"].notna(), "measure"])
    return [measure for measure in _DRAWN if measure in known]


def paint(
    figure_axes: "list[Axes]",
    rows: pd.DataFrame,
    base: str,
    columns: int,
    *,
    letters: int,
) -> None:
    """Draw a panel for each measure of a grouping, ``columns`` beside each other."""
    for k, measure in enumerate(measures_of(rows)):
        mine = rows[rows["measure"] == measure]
        scale = 100.0 if measure.endswith("_share") else 1.0
        figures = ["value", "low", "high"]
        mine = mine.assign(**{name: scale * mine[name] for name in figures})
        draw.by_group(figure_axes[k], mine, base, names=k % columns == 0)
        figure_axes[k].set_title(named(TITLES[measure], letters), fontsize=8)


def _drawing(rows: pd.DataFrame, grouping: str, base: str) -> Chart:
    groups = rows["group"].nunique()
    with _chart.settings():
        figure, axes = draw.panels(
            len(measures_of(rows)), columns=2, height=15.0 * groups + 4, left=_NAMES
        )
        paint(axes, rows, base, 2, letters=60)
        name = f"groups-{_position(rows)}"
        return _chart.chart(
            figure,
            name,
            alt=f"Demand, cover, response and patrol by {grouping}; the figures are in "
            "the tables.",
            caption=f"By {grouping}: marks are the base, with an interval where it is "
            "simulated; bars reach over all scenarios.",
        )


def _position(rows: pd.DataFrame) -> int:
    """Tell drawings apart by their first rows, not by what a user calls a group."""
    return int(rows.index[0]) if len(rows) else 0


def table(rows: pd.DataFrame, grouping: str, name: str) -> Table:
    """Lay out the figures of a scenario by the groups of a grouping."""
    mine = rows[rows["scenario"] == name]
    known = [measure for measure in TITLES if measure in set(mine["measure"])]
    at = zip(mine["group"], mine["measure"], strict=True)
    figures = mine[["value", "low", "high"]].to_numpy(dtype=float).tolist()
    by = dict(zip(at, figures, strict=True))
    return Table(
        caption=f"{name}, by {grouping}; intervals where it is simulated.",
        columns=(grouping, *(TITLES[measure] for measure in known)),
        rows=[
            (group, *(_cell(by.get((group, m)), m) for m in known))
            for group in dict.fromkeys(mine["group"])
        ],
    )


def _cell(figures: list[float] | None, measure: str) -> str:
    value, low, high = (math.nan,) * 3 if figures is None else figures
    scale = 100.0 if measure.endswith("_share") else 1.0
    n = _DIGITS.get(measure, 1)
    if not math.isfinite(value):
        return words.DASH
    text = f"{scale * value:,.{n}f}"
    if math.isfinite(low) and math.isfinite(high):
        text += f" ({scale * low:,.{n}f} to {scale * high:,.{n}f})"
    return text


def ratios(comparison: Comparison) -> list[str]:
    """List the groupings of which there is a ratio to draw."""
    rows = comparison.disparities
    return list(dict.fromkeys(rows.loc[rows["measure"] == _RATIO, "grouping"]))


def ratios_of(comparison: Comparison, grouping: str) -> pd.DataFrame:
    """Take the ratios of the share late that are drawn for a grouping, base first."""
    rows = comparison.disparities
    mine = rows[(rows["measure"] == _RATIO) & (rows["grouping"] == grouping)]
    order = {name: i for i, name in enumerate(comparison.scenarios["scenario"])}
    mine = mine.assign(number=mine["scenario"].map(order).astype("int64"))
    mine = mine.rename(columns={"ratio": "value"}).sort_values("number", kind="stable")
    return mine.head(_MOST_RATIOS)


def _ratios(comparison: Comparison) -> list[Block]:
    rows = comparison.disparities
    if rows.empty:
        return []
    drawn = [_drawn_ratios(comparison)] if ratios(comparison) else []
    listed = Table(
        caption="Ratios of the worst served group over the best served.",
        columns=("scenario", "by", "measure", "worst", "best", "ratio", "interval"),
        rows=[
            (
                row["scenario"],
                row["grouping"],
                TITLES.get(row["measure"], row["measure"]).partition(",")[0],
                str(row["worst"]),
                str(row["best"]),
                f"{row['ratio']:.2f}" if row["ratio"] == row["ratio"] else words.DASH,
                _interval(row),
            )
            for row in rows.to_dict("records")
        ],
    )
    return [*drawn, Fold(title="Ratios of every scenario", blocks=[listed])]


def _drawn_ratios(comparison: Comparison) -> Chart:
    groupings = ratios(comparison)
    each = max(len(ratios_of(comparison, grouping)) for grouping in groupings)
    with _chart.settings():
        figure, axes = draw.panels(
            len(groupings), columns=1, height=14.0 * each + 4, left=_NAMES + 40
        )
        for one, grouping in zip(axes, groupings, strict=True):
            rows = ratios_of(comparison, grouping)
            draw.by_scenario(one, rows, comparison.record["base"])
            one.set_title(named(f"By {grouping}", 60))
        return _chart.chart(
            figure,
            "disparities",
            alt="Ratio of the share of immediate calls late of the worst served group "
            "over that of the best served, by scenario; the figures are in the table.",
            caption="Share of immediate calls late of the worst served group over that "
            "of the best served, with intervals; 1 is the same for all. Dashed: the "
            "base.",
        )


def _interval(row: Mapping[str, float]) -> str:
    if row["low"] != row["low"] or row["high"] != row["high"]:
        return words.DASH
    return f"{row['low']:.2f} to {row['high']:.2f}"
