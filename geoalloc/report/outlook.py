"""The page of ``geoalloc outlook``: what lies ahead, and how wrong such pages were."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoalloc.demand import Investigations, Outlook
from geoalloc.incidents.integrity_rows import spans
from geoalloc.report import _chart
from geoalloc.report._page import Block, Chart, Facts, Points, Section, Table, page

__all__ = ["outlook_page"]

_ALL = "all"
_LEADS = (1, 12, 24, 36)
_PAST = 60  # months drawn


def outlook_page(
    ahead: Outlook, casework: Investigations | None, record: Mapping[str, Any]
) -> str:
    """Write an outlook as one HTML file.

    Parameters
    ----------
    ahead
        Incidents by month, category and district.
    casework
        Officer-hours of investigation; None if there are none.
    record
        As ``runs.OutlookRun`` has it.
    """
    sections = [
        Section(title="How many", blocks=_how_many(ahead)),
        Section(title="By district", blocks=[_districts(ahead)]),
        *(
            [Section(title="Investigations", blocks=_cases(casework))]
            if casework
            else []
        ),
        Section(title="How wrong such forecasts were", blocks=_judged(ahead)),
        Section(title="What this was made from", blocks=_made_from(record)),
    ]
    return page(
        f"Outlook: {record['name']}",
        sections,
        marking=str(record["marking"]),
        lead=f"{record['sentence']} {record['basis']}",
        synthetic=bool(record["synthetic"]),
    )


def _how_many(ahead: Outlook) -> list[Block]:
    area = ahead.frame[ahead.frame["district"] == _ALL]
    categories = list(area["category"].unique())
    charts: list[Block] = [_fan(ahead, name, i) for i, name in enumerate(categories)]
    return [_area_table(area), *charts]


def _area_table(area: pd.DataFrame) -> Table:
    leads = [lead for lead in _LEADS if lead <= area["lead"].max()]
    months = [area.loc[area["lead"] == lead, "month"].iloc[0] for lead in leads]
    return Table(
        caption="Recorded incidents expected in the month, and the interval that "
        "should hold 4 of 5 such months.",
        columns=("category", *months),
        rows=[
            (
                _named(str(category), bool(rows["discovered"].iloc[0])),
                *(_said(rows[rows["lead"] == lead].iloc[0]) for lead in leads),
            )
            for category, rows in area.groupby("category", sort=False)
        ],
        marked=frozenset([0]),
    )


def _named(category: str, discovered: bool) -> str:
    return f"{category} (held, in no total)" if discovered else category


def _said(row: pd.Series) -> str:
    return f"{row['mean']:,.0f} ({row['low_80']:,.0f} to {row['high_80']:,.0f})"


def _fan(ahead: Outlook, category: str, at: int) -> Chart:
    """Draw the past of a category and the fan of its months to come."""
    past = ahead.past[ahead.past["category"] == category].tail(_PAST)
    area = ahead.frame[ahead.frame["district"] == _ALL]
    rows = area[area["category"] == category]
    months = [*past["month"], *rows["month"]]
    n, x = len(past), np.arange(len(months))
    # Counted with coordinates: drawn at the scale of what is forecast.
    scale = rows["observed"].sum() + rows["scaled"].sum()
    scale /= max(float(rows["observed"].sum()), 1e-9)
    covered = past["covered"].to_numpy()
    whole = np.where(covered > 0.5, covered, np.nan)
    with _chart.settings():
        figure, (axes,) = _chart.grid(height=210)
        _chart.fan(
            axes,
            x[n:],
            [(rows[f"low_{k}"], rows[f"high_{k}"]) for k in (95, 80, 50)],
            ["95 %", "80 %", "50 %"],
        )
        style = _chart.STYLES
        count = past["count"].to_numpy() * scale / whole
        _chart.line(axes, x[:n], count, style[0], label="recorded")
        _chart.line(axes, x[n:], rows["mean"], style[1], label="expected")
        ticks = [i for i, month in enumerate(months) if month.endswith("-01")]
        axes.set_xticks(ticks, [months[i][:4] for i in ticks])
        axes.set_ylim(bottom=0)
        axes.set_title(f"{category}, a month")
        axes.legend(loc="lower left", ncols=5)
        return _chart.chart(
            figure,
            f"outlook-{at}",
            alt=f"{category}: {count[-1]:,.0f} recorded in {months[n - 1]}; expected "
            f"{_said(rows.iloc[0])} in {months[n]}, {_said(rows.iloc[-1])} in "
            f"{months[-1]}.",
            caption=ahead.explanations[category].sentence,
        )


def _districts(ahead: Outlook) -> Table:
    frame = ahead.frame[ahead.frame["category"] == _ALL]
    year = frame[frame["lead"] <= 12]
    last = frame[frame["lead"] == frame["lead"].max()]
    first = frame[frame["lead"] == 1].set_index("district")
    total = year.groupby("district", sort=False)["mean"].sum()
    whole = float(total[_ALL])
    rows = [
        (
            str(name),
            _said(first.loc[name]),
            f"{mean:,.0f}",
            f"{mean / whole:.1%}",
            _said(last.set_index("district").loc[name]),
        )
        for name, mean in total.items()
    ]
    months = (frame["month"].iloc[0], last["month"].iloc[0])
    return Table(
        caption="All categories but those held. Mean, and in brackets the interval "
        "that should hold 4 of 5.",
        columns=(
            "district",
            months[0],
            f"first {year['lead'].max()} months",
            "share",
            months[1],
        ),
        rows=rows,
        marked=frozenset([0]),
    )


def _cases(casework: Investigations) -> list[Block]:
    totals = casework.totals
    months = sorted(totals["month"].unique())
    shown = [months[k - 1] for k in _LEADS if k <= len(months)]
    whole = totals[totals["district"] == _ALL]
    by_level = Table(
        caption="Officer-hours a month by PIP level, and the interval that should hold "
        "4 of 5.",
        columns=("PIP level", *shown),
        rows=[
            (
                f"PIP {pip}" if pip else "all",
                *(_hours(rows[rows["month"] == month]) for month in shown),
            )
            for pip, rows in whole.groupby("pip")
        ],
        marked=frozenset([0]),
    )
    first = totals[(totals["month"] == months[0]) & (totals["district"] != _ALL)]
    levels = sorted(level for level in totals["pip"].unique() if level)
    by_district = Table(
        caption=f"Officer-hours in {months[0]} by district.",
        columns=("district", "all", *(f"PIP {level}" for level in levels), "officers"),
        rows=[
            (
                str(name),
                *(
                    f"{rows.loc[rows['pip'] == k, 'hours'].sum():,.0f}"
                    for k in (0, *levels)
                ),
                f"{rows.loc[rows['pip'] == 0, 'officers'].sum():,.1f}",
            )
            for name, rows in first.groupby("district")
        ],
    )
    return [by_level, by_district, Points(sentences=casework.notes)]


def _hours(rows: pd.DataFrame) -> str:
    if rows.empty:
        return "0"
    row = rows.iloc[0]
    return f"{row['hours']:,.0f} ({row['low_80']:,.0f} to {row['high_80']:,.0f})"


def _judged(ahead: Outlook) -> list[Block]:
    past = ahead.backtest
    if past.empty:
        return [
            "Not backtested: no forecast of three months ahead, made from a year or "
            "more, has come due yet."
        ]
    errors = past[["error", "error_naive", "error_last_year"]]
    worse = errors["error"] > errors.min(axis=1) * (1.0 + 1e-9)
    return [
        Table(
            caption="Each month forecast from what was known 3, 6 and 12 months "
            "before. Error: mean absolute error over the mean count. Within: share "
            "of months inside the interval, which should be its name; few forecasts "
            "that overlap say little.",
            columns=(
                "category",
                "months ahead",
                "forecasts",
                "error",
                "mean of all the past",
                "same month last year",
                "within 50 %",
                "within 80 %",
                "within 95 %",
            ),
            rows=[
                (
                    str(row.category),
                    f"{row.lead:.0f}",
                    f"{row.forecasts:.0f}",
                    f"{row.error:.1%}",
                    f"{row.error_naive:.1%}",
                    f"{row.error_last_year:.1%}",
                    f"{row.coverage_50:.0%}",
                    f"{row.coverage_80:.0%}",
                    f"{row.coverage_95:.0%}",
                )
                for row in past.itertuples()
            ],
        ),
        f"In {int(worse.sum())} of {len(past)} rows one of the two simple counts did "
        "better.",
    ]


def _made_from(record: Mapping[str, Any]) -> list[Block]:
    period = [str(day)[:10] for day in record["period"]]
    missing = spans(record["missing_months"]) or "none"
    return [
        Points(sentences=list(record["notes"])),
        Facts(
            pairs=[
                ("Incidents from", f"{period[0]} to {period[1]} (before that day)"),
                ("Months missing", missing),
                ("Run", f"{record['run_id']}, geoalloc {record['version']}"),
                *([("Handling", record["handling"])] if record["handling"] else []),
                *([("Source", record["attribution"])] if record["attribution"] else []),
            ]
        ),
    ]
