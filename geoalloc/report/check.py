"""The page of ``geoalloc check``: how far recorded incidents can be trusted."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from geoalloc.report import _chart
from geoalloc.report._page import Block, Chart, Facts, Flag, Fold, Section, Table, page

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["check_page"]

_GRADES = ("poor", "watch", "unknown", "good")
_ROWS = 60  # of a table of months


def check_page(figures: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """Write the data-integrity report as one HTML file.

    Parameters
    ----------
    figures
        As ``incidents.inspect`` gives them.
    record
        ``name``, of the area or the files; ``marking``; ``version`` of geoalloc.
    """
    items = {item["key"]: item for item in figures["items"]}
    sections = [
        Section(title="In short", blocks=_short(figures)),
        *(
            Section(
                title=f"{item['title']}: {item['grade']}",
                blocks=[*_item(item), *_shown(items, item["key"], figures)],
            )
            for item in figures["items"]
        ),
        Section(title="What was read", blocks=_read(figures, record)),
    ]
    return page(
        f"Integrity of the data: {record['name']}",
        sections,
        marking=str(record["marking"]),
        lead=_lead(figures),
        synthetic=bool(figures["synthetic"]),
    )


def _lead(figures: Mapping[str, Any]) -> str:
    grades = [item["grade"] for item in figures["items"]]
    told = [f"{grades.count(g)} {g}" for g in _GRADES if g in grades]
    return (
        f"{figures['rows']:,} rows in {_files(figures)}, "
        f"{figures['used']:,} used ({figures['used_share']:.1%}). Of {len(grades)} "
        f"items: {', '.join(told)}."
    )


def _files(figures: Mapping[str, Any]) -> str:
    n = len(figures["sources"])
    return f"{n} file{'s' * (n > 1)}"


def _short(figures: Mapping[str, Any]) -> list[Block]:
    rows = [(item["title"], item["grade"], item["action"]) for item in figures["items"]]
    return [
        Table(
            caption="What to do, the worst first. What was found stands below with "
            "each item, and the rule of thumb by which it is graded.",
            columns=("item", "grade", "to do"),
            rows=rows,
            marked=frozenset(i for i, row in enumerate(rows) if row[1] == "poor"),
        )
    ]


def _item(item: Mapping[str, Any]) -> list[Block]:
    found: Block = item["finding"]
    if item["grade"] == "poor":
        found = Flag(sentence=item["finding"])
    return [
        found,
        Facts(
            pairs=[("What to do", item["action"]), ("How it is graded", item["rule"])]
        ),
    ]


def _shown(
    items: Mapping[str, Any], key: str, figures: Mapping[str, Any]
) -> Sequence[Block]:
    """Draw and list what is behind an item, where that says more than a sentence."""
    behind = items[key]["figures"]
    if key == "coordinates":
        return _coordinates(behind) if behind["unlocated"] else []
    if key == "months":
        return [_months(figures["months"]["rows"])]
    if key == "shifts" and behind["effects"]:
        return _shifts(behind)
    if key == "rebuilds" and behind["months"]:
        return [_rebuilds(behind)]
    return []


def _coordinates(behind: Mapping[str, Any]) -> list[Block]:
    rows = [
        (
            row["category"],
            f"{row['rows']:,}",
            f"{row['unlocated']:,}",
            f"{row['share']:.1%}",
            f"{row['mix']:.1%}",
            f"{row['mix_located']:.1%}",
        )
        for row in behind["categories"]
    ]
    blocks: list[Block] = [_unlocated(behind)] if len(behind["months"]) > 1 else []
    return [
        *blocks,
        Table(
            caption="Incidents by category, how many have no coordinates, and the "
            "category's share of all incidents and of those that have.",
            columns=(
                "category",
                "incidents",
                "without",
                "share",
                "of all",
                "of located",
            ),
            rows=rows,
        ),
        Fold(
            title="By category and month",
            blocks=[_by_category_and_month(behind["category_months"])],
        ),
    ]


def _unlocated(behind: Mapping[str, Any]) -> Chart:
    months = behind["months"]
    with _chart.settings():
        figure, (axes,) = _chart.grid(height=200)
        values = [np.nan if v is None else 100 * v for v in months.values()]
        _bars(axes, list(months), values)
        axes.axhline(15, color=_chart.SOFT, linestyle=(0, (4, 3)), linewidth=1)
        axes.set_ylabel("% without coordinates")
        return _chart.chart(
            figure,
            "unlocated",
            alt="Bars by month of the share of incidents without coordinates; the "
            "figures are in the table by category and month.",
            caption="Incidents without coordinates by month, %. Dashed: 15 %, from "
            "where maps change significantly.",
        )


def _by_category_and_month(shares: Mapping[str, Mapping[str, float | None]]) -> Table:
    months = list(next(iter(shares.values())))
    shown = [m for m in months if any(s[m] is not None for s in shares.values())]
    return Table(
        caption="Share without coordinates, %"
        + (f", the last {_ROWS} months." if len(shown) > _ROWS else "."),
        columns=("month", *shares),
        rows=[
            (month, *(_hundredth(s[month]) for s in shares.values()))
            for month in shown[-_ROWS:]
        ],
    )


def _hundredth(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def _months(rows: Mapping[str, int]) -> Chart:
    with _chart.settings():
        figure, (axes,) = _chart.grid(height=190)
        _bars(axes, list(rows), list(rows.values()))
        axes.set_ylabel("rows read")
        missing = [month for month, n in rows.items() if not n]
        return _chart.chart(
            figure,
            "months",
            alt=f"Bars of the rows read by month: {len(rows)} months, "
            f"{len(missing)} of them without a row.",
            caption="Rows read by month.",
        )


def _shifts(behind: Mapping[str, Any]) -> list[Block]:
    rows = [
        (
            each["month"],
            each["before"],
            f"{each['effect']:.2f}",
            each["category"],
            f"{each['from']:.1%}",
            f"{each['to']:.1%}",
        )
        for each in behind["shifts"]
    ]
    with _chart.settings():
        figure, (axes,) = _chart.grid(height=190)
        _bars(axes, list(behind["effects"]), list(behind["effects"].values()))
        for level in (0.1, 0.3):
            axes.axhline(level, color=_chart.SOFT, linestyle=(0, (4, 3)), linewidth=1)
        axes.set_ylabel("effect w")
        axes.set_ylim(0, max(0.32, *(1.1 * e for e in behind["effects"].values())))
        chart = _chart.chart(
            figure,
            "shifts",
            alt="Bars by month of how far the mix of categories differs from the month "
            f"before; {len(rows)} months reach 0.1 beyond chance.",
            caption="How far the mix of categories differs from the month before, "
            "Cohen's w. Dashed: small (0.1) and medium (0.3).",
        )
    if not rows:
        return [chart]
    return [
        chart,
        Table(
            caption="Months that differ from the one before, the category that changed "
            "most, and its share of incidents.",
            columns=("month", "before", "effect w", "category", "from", "to"),
            rows=rows,
        ),
    ]


def _rebuilds(behind: Mapping[str, Any]) -> Chart:
    with _chart.settings():
        figure, (axes,) = _chart.grid(height=190)
        _bars(
            axes, list(behind["months"]), [100 * s for s in behind["months"].values()]
        )
        axes.set_ylabel("% of places seen before")
        axes.set_ylim(0, 100)
        named = ", ".join(each["month"] for each in behind["breaks"])
        return _chart.chart(
            figure,
            "rebuilds",
            alt="Bars by month of the share of places that occurred before"
            + (f"; it breaks off in {named}." if named else "; it breaks off nowhere."),
            caption="Share of a month's places that occurred in the 12 months "
            "with rows before it, %; the first three months and the two after a "
            "break have none.",
        )


def _bars(axes: "Axes", months: list[str], values: Sequence[float]) -> None:
    """Draw a bar a month, in the order of the calendar and with its gaps."""
    at = np.asarray(months, dtype="datetime64[M]").astype(int)
    axes.bar(at, values, width=0.8, color=_chart.STYLES[0].color)
    axes.grid(visible=False, axis="x")
    span = np.arange(at.min(), at.max() + 1)
    step = next(s for s in (1, 3, 6, 12, 24, 60, 120) if len(span) / s <= 12)
    ticks = span[span % step == 0] if step > 1 else span
    axes.set_xticks(ticks, ticks.astype("datetime64[M]").astype(str))


def _read(figures: Mapping[str, Any], record: Mapping[str, Any]) -> list[Block]:
    first, end = figures["period"]
    rejected = [(name, f"{n:,}") for name, n in figures["rejected"].items()]
    blocks: list[Block] = [
        Facts(
            pairs=[
                ("Period", f"{first[:10]} up to {end[:10]}"),
                ("Times", "exact" if figures["timed"] else "months only"),
                ("Read as", figures["read_as"]),
                ("Made by", f"geoalloc {record['version']}"),
            ]
        )
    ]
    if rejected:
        blocks.append(
            Table(
                caption="Rows refused, by reason.",
                columns=("reason", "rows"),
                rows=rejected,
            )
        )
    sources = Table(
        caption="Files in the order read.",
        columns=("file", "rows", "SHA-256"),
        rows=[(s["name"], f"{s['rows']:,}", s["sha256"]) for s in figures["sources"]],
    )
    return [*blocks, Fold(title="Files", blocks=[sources])]
