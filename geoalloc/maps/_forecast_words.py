"""What the page says of the forecast: what it was made from, and how good it is."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoalloc.maps import _words

_TITLES = ("", "Calls", "Deployed", "Unit-hours")


def face(record: Mapping[str, Any]) -> list[str]:
    """Write what must stand beside the map and not in a fold."""
    made = record["forecast"]
    told = [f"Time of the week: {made['rhythm']['sentence']}."]
    stability = made["stability"]
    if stability["overlap"] is not None and not stability["stable"]:
        told.append(stability["sentence"])
    return told


def made_from(record: Mapping[str, Any], flow: pd.DataFrame) -> dict[str, Any]:
    """Write where demand comes from and goes, and why the forecast is as it is.

    Returns
    -------
    told
        ``terms`` (pairs), ``head`` and ``rows`` of a table, of which the last row is
        the sum, and ``why`` (pairs of a category and sentences).
    """
    made = record["forecast"]
    terms = [
        ("Forecaster", made["forecaster"]),
        ("Backtest", made["backtest"]["sentence"]),
        ("Time of week", made["rhythm"]["sentence"]),
        ("Days", made["calendar"]),
        ("Calls or harm", made["stability"]["sentence"]),
        ("Expected", _calls(made["calls"])),
    ]
    return {
        "terms": [(term, text) for term, text in terms if text],
        "head": list(_TITLES),
        "rows": [_line(row) for row in flow.itertuples(index=False)],
        "why": _why(made["explanations"]),
    }


def _calls(calls: Mapping[str, Mapping[str, float]]) -> str:
    """Write the calls of a night with the bounds of 9 nights in 10."""
    told = [
        f"{_words.count(of['mean'])} {grade} ({of['low']:.0f}–{of['high']:.0f})"  # noqa: RUF001
        for grade, of in calls.items()
    ]
    return f"{', '.join(told)}; in brackets 9 nights in 10"


def _line(row: Any) -> list[str]:  # noqa: ANN401 - a row of the flow
    deployed = row.incidents - row.none
    name = f"{row.line} ({row.basis})" if row.basis else row.line
    figures = (row.incidents, deployed, row.workload_h)
    return [name, *(_signed(value) for value in figures)]


def _signed(value: float) -> str:
    """Write a figure with its sign if less is left by it; 0 as 0."""
    text = f"{abs(value):,.{0 if abs(value) >= 99.95 else 1}f}"
    if float(text.replace(",", "")) == 0:
        return "0"
    return f"−{text}" if value < 0 else text  # noqa: RUF001


def _why(explanations: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    by_category: dict[str, list[str]] = {}
    for told in explanations:
        by_category.setdefault(told["category"], []).append(told["sentence"])
    return [
        (_words.kind(category), " ".join(sentences))
        for category, sentences in by_category.items()
    ]
