"""What is mapped of a comparison, in classes that are the same for all its scenarios.

The page, the printed maps and a desktop GIS break their classes here: a color means
the same wherever it stands.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.runs.comparison import Comparison
from geoalloc.runs.scale import breaks

__all__ = [
    "LESS",
    "MORE",
    "NEUTRAL",
    "Surface",
    "names_of_places",
    "planned",
    "surfaces",
]

LESS = ("#b9d4ee", "#74a7da", "#2c6cb3", "#0a3672")
"""Where a scenario has less than the base, from little less to much less."""

NEUTRAL = "#f1efe9"
"""Where nothing changes, or less than the first break."""

MORE = ("#f8d2a6", "#e59548", "#b9550d", "#702800")
"""Where a scenario has more than the base; apart from `LESS` to any eye for color."""

_MINUTES = (0.2, 0.4, 0.6, 0.8)  # shares of the hexes below the breaks
_MINUTE = 1.0  # a change that people feel
_SIDE = len(MORE) - 1  # breaks beside the first


@dataclass(frozen=True, kw_only=True)
class Surface:
    """One measure of all scenarios on all hexes.

    Attributes
    ----------
    amounts : (n_scenarios, n_hexes)
        Rows as `planned`, the base first; columns as ``comparison.hexes``; nan where
        there is none.
    changes : (n_scenarios, n_hexes)
        Amounts less those of the base; nan where either is missing.
    breaks
        Of amounts, ascending and over 0: a class is from one break to under the next.
    most
        Largest amount.
    change_breaks
        Of changes without their sign: what is under the first has no color.
    most_change
        Largest change without its sign, which is in the last class.
    """

    amounts: FloatArray
    changes: FloatArray
    breaks: tuple[float, ...]
    most: float
    change_breaks: tuple[float, ...]
    most_change: float


def planned(comparison: Comparison) -> list[str]:
    """Name the scenarios that could be planned, the base first."""
    frame = comparison.scenarios
    there = frame.loc[frame["status"] == "planned", "scenario"].tolist()
    base = comparison.record["base"]
    return sorted(there, key=lambda name: name != base)


def surfaces(comparison: Comparison) -> dict[str, Surface]:
    """Lay out what is mapped of all scenarios.

    Returns
    -------
    surfaces
        ``unmet`` in late calls of the shift and hex, weighted; its classes break where
        5, 20, 50 and 80 % of the sum over all scenarios lie below, which
        ``runs.scale.breaks`` rounds. ``minutes`` to the first free immediate unit,
        broken at whole minutes into fifths of the hexes of all scenarios. Changes
        of both are broken as unmet demand is, without their sign; but a change of a
        minute has a color always.
    """
    names = planned(comparison)
    unmet = _laid_out(comparison, names, "unmet")
    minutes = _laid_out(comparison, names, "minutes")
    found = _known(unmet)
    return {
        "unmet": _surface(unmet, _within(breaks(found, found), found), math.inf),
        "minutes": _surface(minutes, _fifths(_known(minutes)), _MINUTE),
    }


def _laid_out(comparison: Comparison, names: list[str], measure: str) -> FloatArray:
    cells, hex_id = comparison.cells, comparison.hexes["hex_id"]
    number, different = pd.factorize(cells["scenario"])
    row = pd.Index(names).get_indexer(different)[number]
    column = pd.Index(hex_id).get_indexer(cells["hex_id"])
    there = (row >= 0) & (column >= 0)
    found = np.full((len(names), len(hex_id)), np.nan)
    found[row[there], column[there]] = cells[measure].to_numpy(np.float64)[there]
    return found


def _surface(values: FloatArray, found: tuple[float, ...], least: float) -> Surface:
    """Lay out amounts and changes, of which one of ``least`` or more has a color."""
    changes = values - values[:1]
    sizes = np.abs(_known(changes))
    ends = _within(breaks(sizes, sizes), sizes)
    if ends and ends[0] > least:
        ends = (least, *ends[:_SIDE])
    return Surface(
        amounts=values,
        changes=changes,
        breaks=found,
        most=float(_known(values).max(initial=0.0)),
        change_breaks=ends,
        most_change=float(sizes.max(initial=0.0)),
    )


def _known(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _fifths(minutes: FloatArray) -> tuple[float, ...]:
    if not minutes.size:
        return ()
    whole = {float(round(q)) for q in np.quantile(minutes, _MINUTES).tolist()}
    return tuple(sorted(minute for minute in whole if minute > 0))


def _within(found: list[float], values: FloatArray) -> tuple[float, ...]:
    """Keep the breaks that the largest value reaches, which rounding may put beyond."""
    most = float(values.max(initial=0.0))
    kept = tuple(each for each in found if each <= most)
    if kept or most <= 0:
        return kept
    place = 10.0 ** (math.floor(math.log10(most)) - 1)
    return (float(f"{math.floor(most / place * (1 - 1e-12)) * place:.2g}"),)


def names_of_places(hexes: pd.DataFrame) -> list[str]:
    """Say where each hex is: its place, and the district unless it is the same."""
    return [
        place if place == district else f"{place}, {district}"
        for place, district in zip(hexes["place"], hexes["district"], strict=True)
    ]
