"""What the maps of a comparison say: titles, units, classes of their keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geoalloc.runs.comparison_scale import Surface

__all__ = [
    "MEASURES",
    "Label",
    "Measure",
    "change_labels",
    "changed",
    "notes",
    "plain",
    "value_labels",
]

Label = tuple[str, int, bool, str]
"""Side (none, value, less, same, more), class of it, whether at the end, and text."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """Words of what is mapped.

    Attributes
    ----------
    absent
        What is said of a hex without it.
    least, greatest
        Heads of the places where it falls and rises most.
    """

    title: str
    unit: str
    absent: str
    least: str
    greatest: str


MEASURES = {
    "unmet": Measure(
        title="unmet demand",
        unit="Late calls of the shift in a hex, weighted by grade",
        absent="not known",
        least="Unmet demand falls most",
        greatest="Unmet demand rises most",
    ),
    "minutes": Measure(
        title="minutes to the first free unit",
        unit="Minutes to the first free immediate unit",
        absent="nobody",
        least="Minutes fall most",
        greatest="Minutes rise most",
    ),
}


def plain(value: float) -> str:
    """Write a figure in full, without an exponent."""
    return np.format_float_positional(value, precision=10, trim="-")


def value_labels(name: str, surface: Surface) -> list[Label]:
    """Say what each class of values is, from little to much."""
    found = surface.breaks
    texts = _ranges(found, "all" if surface.most > 0 else "none")
    labels: list[Label] = [("value", k, False, text) for k, text in enumerate(texts)]
    if not np.isfinite(surface.amounts).all():
        labels.append(("none", 0, False, MEASURES[name].absent))
    return labels


def _ranges(breaks: Sequence[float], alone: str) -> list[str]:
    if not breaks:
        return [alone]
    middle = [f"{plain(a)} to {plain(b)}" for a, b in pairwise(breaks)]
    return [f"under {plain(breaks[0])}", *middle, f"{plain(breaks[-1])} and over"]


def change_labels(name: str, surface: Surface) -> list[Label]:
    """Say what each class of changes is, from much less to much more."""
    texts = _ranges(surface.change_breaks, "no change")
    sizes = list(enumerate(texts))[1:]
    same = f"{texts[0]} either way" if sizes else texts[0]
    labels: list[Label] = [
        ("less", k, False, f"{text} less") for k, text in sizes[::-1]
    ]
    labels.append(("same", 0, False, same))
    labels += [("more", k, False, f"{text} more") for k, text in sizes]
    return [*_ends(surface), *labels, *_nobody(name, surface)]


def _ends(surface: Surface) -> list[Label]:
    there, k = np.isfinite(surface.amounts), len(surface.change_breaks)
    found: list[Label] = []
    if (~there[:1] & there).any():
        found.append(("less", k, True, "reached, and not by the base"))
    if (there[:1] & ~there).any():
        found.append(("more", k, True, "reached by the base only"))
    return found


def _nobody(name: str, surface: Surface) -> list[Label]:
    there = np.isfinite(surface.amounts)
    missing = (~there[:1] & ~there).any()
    return [("none", 0, False, MEASURES[name].absent)] if missing else []


def notes(surface: Surface) -> tuple[str, str]:
    """Say how far values go, and how far changes do, in all scenarios."""
    most = f"Largest of all scenarios: {_short(surface.most)}."
    if not surface.change_breaks:
        return most, "No hex of any scenario differs from the base."
    return most, (
        f"Largest change of all scenarios: {_short(surface.most_change)}. The scale is "
        "the same both ways."
    )


def _short(value: float) -> str:
    return plain(float(f"{value:.2g}"))


def changed(surface: Surface, name: str) -> list[str]:
    """Say of each scenario how the whole changes, and in how many hexes."""
    return [_sentence(surface, k, name) for k in range(len(surface.amounts))]


def _sentence(surface: Surface, k: int, name: str) -> str:
    known = np.isfinite(surface.changes[k])
    before, after = surface.amounts[0][known], surface.amounts[k][known]
    if not known.any():
        return "No hex can be compared."
    if name == "unmet":
        figures = (float(before.sum()), float(after.sum()))
        told = "All hexes together {} late calls, {} in the base"
    else:
        figures = (float(before.mean()), float(after.mean()))
        told = "The mean of hexes is {} minutes, {} in the base"
    level = surface.change_breaks[0] if surface.change_breaks else np.inf
    change = surface.changes[k][known]
    less, more = int((change <= -level).sum()), int((change >= level).sum())
    same = int(known.sum()) - less - more
    whole = told.format(_three(figures[1]), _three(figures[0]))
    within = f"under {plain(level)} either way" if np.isfinite(level) else "the same"
    told = f"{whole}; less in {less:,} hexes, more in {more:,}, {within} in {same:,}"
    return f"{told}{_reached(surface, k)}."


def _reached(surface: Surface, k: int) -> str:
    """Say how many hexes only one of the two has a figure of."""
    there = np.isfinite(surface.amounts)
    lost, won = int((there[0] & ~there[k]).sum()), int((~there[0] & there[k]).sum())
    told = f"; {lost:,} reached by the base only" if lost else ""
    return f"{told}; {won:,} reached, and not by the base" if won else told


def _three(value: float) -> str:
    return plain(float(f"{value:.3g}"))
