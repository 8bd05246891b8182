"""What a plan is worth in words: how far to trust it, what more or less would buy."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoalloc.runs import Run
from geoalloc.schemas import GRADES
from geoalloc.summary import _lines

_MORE, _PER_CENT, _RULE, _MOVES = "one more unit", "one per cent less", "rule", "moves"
_NAME = 38  # letters of what is priced
_WHERE = 34  # letters of a kind of border
_NOTES = 3  # rules that are not kept
_TOLD = 0.0005  # late calls; less is not worth words, nor seen by the model
_PLACES = 5  # named of those that are out of reach
_WHOLE_AREA = "all"


def trust(record: Mapping[str, Any]) -> list[str]:
    """Say how the model stands to the simulation, and when the rules break down."""
    said = [
        text
        for text in (record.get("honesty") or {}).get("sentences", [])
        if text != record.get("safety")
    ]
    lines = [
        _lines.hanging("" if k else "Honesty", text) for k, text in enumerate(said)
    ]
    factor = (record.get("shift_plan") or {}).get("load_factor")
    if said and factor:
        planned = record["shift_plan"].get("planned_load_factor", factor)
        text = (
            f"Load factor {planned:.2f} to plan with, which simulated best, and "
            f"{factor:.2f} to tell of the plan, at which model and simulation agree "
            "on its posts before breaks."
        )
        lines.append(_lines.hanging("", text))
    if record.get("safety"):
        lines.append(_lines.hanging("Safety", record["safety"]))
    return lines


def shift(record: Mapping[str, Any]) -> list[str]:
    """Say how the hours are laid out, who patrols, and what journeys rest on."""
    lines = []
    laid_out = record.get("shift_plan")
    if laid_out:
        said = _hours(laid_out)
        lines += [_lines.hanging("Hours", said)] if said else []
        broken = laid_out.get("notes", [])
        if broken:
            more = f"; and {len(broken) - _NOTES:,} more" if broken[_NOTES:] else ""
            text = "; ".join(broken[:_NOTES]) + more
            lines.append(_lines.hanging("Not kept", text))
    if record.get("patrol"):
        lines.append(_lines.hanging("Patrol", record["patrol"]["sentence"]))
    if record.get("travel"):
        notes = [record["travel"]["source"], *record["travel"]["notes"]]
        lines.append(_lines.hanging("Travel", "; ".join(notes)))
    return lines


def _hours(laid_out: Mapping[str, Any]) -> str:
    breaks, reposts = laid_out["breaks"], laid_out["reposts"]
    tried = breaks if isinstance(breaks, list) else []
    said = [] if tried or not breaks else [_counted(breaks, "break")]
    said += [_counted(reposts, "re-post")] if reposts else []
    for key, words in (
        ("off_post_h", "unit-hours off post to brief and close down"),
        ("overtime_h", "unit-hours of overtime"),
    ):
        if laid_out.get(key):
            said.append(f"{laid_out[key]:,.1f} {words}")
    lent = laid_out.get("lent_h") or {}
    said += [
        f"{hours:,.1f} unit-hours lent by {kind} (abstraction)"
        for kind, hours in lent.items()
    ]
    text = ", ".join(said)
    if tried:
        late = (
            f"{one['plan']}{_with(one)} {_figure(one['weighted_unmet'])}"
            for one in tried
        )
        text += f"{'. ' if text else ''}Late calls (weighted): {'; '.join(late)}"
    return text


def _with(one: Mapping[str, Any]) -> str:
    """Tell how many re-posts a plan has, unless its name does."""
    n = one["reposts"]
    told = not n or one["plan"].startswith(f"{n} ")
    return "" if told else f" ({n})"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def reach(record: Mapping[str, Any]) -> list[str]:
    """Name the places that are too far from any unit."""
    told = {
        "beyond": ("Too far", "beyond the longest acceptable travel"),
        "unreachable": ("No road", "that no unit can reach"),
    }
    return [
        _lines.hanging(title, _places(record[key], words))
        for key, (title, words) in told.items()
        if record.get(key) and record[key]["hexes"]
    ]


def _places(found: Mapping[str, Any], words: str) -> str:
    n, places = found["hexes"], found["places"]
    text = f"{n:,} inhabited {'hex' if n == 1 else 'hexes'} {words}"
    if places:
        text += f": {', '.join(places[:_PLACES])}"
    more = len(places) - _PLACES
    return text + (f" and {more:,} more" if more > 0 else "")


def prices(run: Run) -> list[str]:
    """Rank what more or less of something would buy over the whole shift.

    A row of one hour of the shift is left to ``prices.csv``; so is one that the model
    sees no gain in, which for patrol says nothing of its worth.
    """
    table = run.prices[run.prices["period"].isna() & (run.prices["gain"] >= _TOLD)]
    if table.empty:
        return []
    parts = [
        ("One more unit would save", _best(table, _MORE, 3)),
        ("One per cent less of this would save", _best(table, _PER_CENT, 5)),
        ("The dearest rules; eased by a step, each would save", _dearest(table)),
    ]
    lines = ["What more or less would buy, in late calls a shift (weighted)"]
    lines.append(_lines.hanging("", _weights(run.record)))
    for title, rows in parts:
        if rows:
            lines += [f"  {title}", *rows]
    moves = table[table["what"] == _MOVES]
    if len(moves):
        pairs = zip(moves["item"], moves["gain"], strict=True)
        text = ", ".join(f"{item} {_figure(gain)}" for item, gain in pairs)
        lines.append(
            _lines.folded(
                f"  Moves from where units are, or else their stations, save: {text}",
                "    ",
            )
        )
    return lines


def _weights(record: Mapping[str, Any]) -> str:
    """Explain the weights, once."""
    grades = record.get("scenario", {}).get("grades", {})
    said = [f"{g} {grades[g]['weight']:g}" for g in GRADES if g in grades]
    scale = ", ".join(said) if said else "an urgent one more than others"
    return (
        "Weighted: each late call counts by its grade "
        f"({scale}). By the model; simulated where said, with a 95 % interval."
    )


def _best(table: pd.DataFrame, what: str, most: int) -> list[str]:
    rows = table[table["what"] == what]
    rows = rows.sort_values(["gain", "item"], ascending=[False, True]).head(most)
    return [_priced(row.item, row.gain, _simulated(row)) for row in rows.itertuples()]


def _dearest(table: pd.DataFrame) -> list[str]:
    rows = table[table["what"] == _RULE]
    rows = rows.sort_values(["gain", "item"], ascending=[False, True]).head(3)
    return [
        _priced(f"{row.item} ({row.change})", row.gain) for row in rows.itertuples()
    ]


def _priced(name: str, gain: float, tail: str = "") -> str:
    first, *rest = _lines.cut(name, _NAME)
    line = f"    {first:<{_NAME}}  {_figure(gain):>7}{tail}"
    return line if not rest else "\n".join([line, *(f"      {more}" for more in rest)])


def _simulated(row: Any) -> str:  # noqa: ANN401 - a row of prices
    if pd.isna(row.simulated):
        return ""
    between = f" ({_figure(row.low)} to {_figure(row.high)})"
    return f"  simulated {_figure(row.simulated)}" + (
        between if pd.notna(row.low) and pd.notna(row.high) else ""
    )


def _figure(value: float) -> str:
    """Write a figure to two digits, and what rounds to nothing as 0."""
    size = abs(value)
    if size < _TOLD:
        return "0"
    digits = 0 if size >= 9.95 else 1 if size >= 0.995 else 2 if size >= 0.0995 else 3
    return f"{value:,.{digits}f}"


def borders(run: Run) -> list[str]:
    """Take what borders cost apart: in whom to send, in stations, in posts.

    Calls saved are those that are late where units stand at their own stations and
    borders hold, which is the first row.
    """
    table = run.borders[run.borders["district"] == _WHOLE_AREA]
    if table.empty:
        return []
    lines = [
        "What borders cost: late immediate calls a shift, simulated on the same calls",
        "  (posts only: best posts, and borders stay; both: best posts and no borders)",
        f"  {'':<{_WHERE}}{'late':>7}  saved (95 % interval)",
    ]
    for row in table.itertuples():
        name = row.component[:_WHERE]
        known = pd.notna(row.low) and pd.notna(row.high)
        between = f" ({row.low:.1f} to {row.high:.1f})" if known else ""
        lines.append(f"  {name:<{_WHERE}}{row.late:>7.1f}  {row.saved:.1f}{between}")
    return lines
