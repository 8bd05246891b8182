"""What a plan is worth, for the page: prices, borders, and how far to trust it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.maps import _encode, _mesh, _scale, _words
from geoalloc.runs import Run
from geoalloc.schemas import GRADES

_MORE, _PER_CENT, _RULE, _MOVES = "one more unit", "one per cent less", "rule", "moves"
_ALL = "all"
_MOST = 8  # rows of a table
_TOLD = 0.0005  # late calls; less is not worth words, nor seen by the model
_PLACES = 5  # named of those that are out of reach


def trust(record: Mapping[str, Any]) -> list[str]:
    """Say how the model stands to the simulation, and when the rules break down."""
    said = list((record.get("honesty") or {}).get("sentences", []))
    safety = record.get("safety")
    return [
        *([safety] if safety else []),
        *(text for text in said if text and text != safety),
    ]


def reach(record: Mapping[str, Any]) -> list[str]:
    """Name the places that are too far from any unit."""
    words = {
        "beyond": "beyond the longest acceptable travel",
        "unreachable": "that no unit can reach",
    }
    return [
        _places(record[key], text)
        for key, text in words.items()
        if record.get(key) and record[key]["hexes"]
    ]


def _places(found: Mapping[str, Any], words: str) -> str:
    n, places = found["hexes"], found["places"]
    text = f"{n:,} inhabited {'hex' if n == 1 else 'hexes'} {words}"
    if places:
        text += f": {', '.join(places[:_PLACES])}"
    more = len(places) - _PLACES
    return text + (f" and {more:,} more." if more > 0 else ".")


def tables(run: Run) -> list[dict[str, Any]]:
    """Write what more or less would buy, and what borders cost, as tables.

    Returns
    -------
    tables
        ``title``, ``head``, ``rows`` of texts, and ``note``; none of what is unknown.
    """
    prices = run.prices[run.prices["period"].isna() & (run.prices["gain"] >= _TOLD)]
    made = [
        _priced(prices, _MORE, "One more unit saves", ("Kind and station", "Saved")),
        _priced(prices, _PER_CENT, "One per cent less saves", ("Of", "Saved")),
        _priced(
            prices[prices["gain"] > 0],
            _RULE,
            "A rule eased by a step saves",
            ("Rule", "Saved"),
        ),
        _moves(prices),
        _borders(run.borders),
    ]
    shown = [table for table in made if table["rows"]]
    if len(prices) and shown:
        shown[0]["note"] = _weights(run.record)
    return shown


def _weights(record: Mapping[str, Any]) -> str:
    """Explain once what the figures of the tables count."""
    grades = record.get("scenario", {}).get("grades", {})
    said = [f"{g} {_words.plain(grades[g]['weight'])}" for g in GRADES if g in grades]
    scale = f", each by its grade ({', '.join(said)})" if said else ""
    return f"In late incidents a shift, weighted{scale}, by the model; so those below."


def _priced(
    prices: pd.DataFrame, what: str, title: str, head: tuple[str, str]
) -> dict[str, Any]:
    rows = prices[prices["what"] == what]
    rows = rows.sort_values(["gain", "item"], ascending=[False, True]).head(_MOST)
    judged = bool(rows["simulated"].notna().any())
    cells = [
        [
            f"{row.item} ({row.change})" if what == _RULE else row.item,
            figure(row.gain),
            *([_simulated(row)] if judged else []),
        ]
        for row in rows.itertuples()
    ]
    titles = [*head, *(["Simulated (95%)"] if judged else [])]
    return {"title": title, "head": titles, "rows": cells, "note": ""}


def _simulated(row: Any) -> str:  # noqa: ANN401 - a row of prices
    if pd.isna(row.simulated):
        return ""
    if pd.isna(row.low) or pd.isna(row.high):
        return figure(row.simulated)
    between = f"{figure(row.low)}–{figure(row.high)}"  # noqa: RUF001
    return f"{figure(row.simulated)} ({between})"


def _moves(prices: pd.DataFrame) -> dict[str, Any]:
    """Keep the order of the frame: fewer moves first."""
    rows = prices[prices["what"] == _MOVES]
    cells = [[row.item, figure(row.gain)] for row in rows.itertuples()]
    head = ["Moves", "Saved"]
    return {"title": "Moves save", "head": head, "rows": cells, "note": ""}


def _borders(table: pd.DataFrame) -> dict[str, Any]:
    """Set districts against what is done without borders; the whole area first."""
    named = dict.fromkeys(table["component"])  # what is compared with saves nothing
    worth = table.groupby("component")["saved"].agg(lambda saved: bool(saved.any()))
    components = [one for one in named if worth[one]]
    districts = sorted(set(table["district"]), key=lambda name: (name != _ALL, name))
    pairs = zip(table["district"], table["component"], strict=True)
    saved = dict(zip(pairs, table["saved"], strict=True))
    rows = [
        [
            "Whole area" if district == _ALL else district,
            *(figure(saved.get((district, one))) for one in components),
        ]
        for district in districts
    ]
    note = (
        "Late immediate calls a shift fewer than with borders and units at their "
        "stations, simulated. With posts only, borders stay."
    )
    head = ["District", *components]
    return {"title": "What borders cost", "head": head, "rows": rows, "note": note}


def figure(value: float | None) -> str:
    """Write a figure to two digits; what rounds to nothing as 0, what is missing so."""
    if value is None or not np.isfinite(value):
        return "–"  # noqa: RUF001
    size = abs(value)
    if size < _TOLD:
        return "0"
    digits = 0 if size >= 9.95 else 1 if size >= 0.995 else 2 if size >= 0.0995 else 3
    return f"{'−' if value < 0 else ''}{size:,.{digits}f}"  # noqa: RUF001


def border_value(run: Run) -> dict[str, Any] | None:
    """Write what borders cost each hex, and mark the hexes that they help.

    Returns
    -------
    column
        ``size`` (see ``_encode.levels``) and ``helped`` (runs of 0 and 1), and what a
        legend needs; nothing where the value is unknown or nought in every hex.
    """
    saved = np.zeros(len(run.hexes))
    ids = run.hexes["hex_id"].to_numpy()
    at = _mesh.positions(ids, run.border_value["hex_id"].to_numpy())
    saved[at[at >= 0]] = run.border_value["saved"].to_numpy(np.float64)[at >= 0]
    if not saved.any():
        return None
    cost: FloatArray = np.maximum(saved, 0.0)
    classes = _scale.classes(cost, cost)
    least = classes["breaks"][0] if classes["breaks"] else 0.0
    helped = (saved < 0) & (saved <= -least)
    if helped.any() and classes["breaks"]:
        classes["labels"][0] += " either way"
    gained = float(-np.minimum(saved, 0.0).sum())
    note = f"In all, borders cost {figure(float(saved.sum()))} a shift"
    if gained > 0:
        note += f": {figure(float(cost.sum()))} where they cost, less {figure(gained)}"
        note += " where they help"
    return {
        "size": _encode.levels(np.abs(saved)),
        "helped": _encode.runs((saved < 0).astype(np.int64)),
        "classes": classes,
        "marked": bool(helped.any()),
        "unit": "late immediate calls that borders cost the hex this shift "
        "(by the model)",
        "note": f"{note}. 5, 20, 50 and 80% of the cost lie below the breaks.",
    }
