"""Figures of the whole area, and what a reader of its hotspots must know."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, IndexArray
from geoalloc.hexes import HexGrid
from geoalloc.hotspots.autocorrelation import morans_i
from geoalloc.hotspots.bandwidth import support
from geoalloc.hotspots.concentration import concentration
from geoalloc.hotspots.objects import Area, Options
from geoalloc.hotspots.past import Past

__all__ = ["area", "notes", "spacing_m"]

_LEAST_FOR_MORAN = 4  # hexes
_TIMES_THE_MIDDLE = 3.0  # of a span of times: over it, some times may be wrong
_FEW_HEXES = 3.0  # of land that hotspots may take: under it, finer hexes are due


def spacing_m(grid: HexGrid) -> float:
    """Distance between the centers of neighbors, of the hexes' mean area."""
    return math.sqrt(float(grid.area_km2.mean()) * 2e6 / math.sqrt(3.0))


def area(
    grid: HexGrid,
    past: Past,
    count: IndexArray,
    *,
    called: tuple[BoolArray, BoolArray],
    options: Options,
) -> Area:
    """Sum up the whole area.

    Parameters
    ----------
    count : (n_hexes,)
        Incidents.
    called : (n_hexes,) each
        Whether Gi* calls a hex, and whether its rate is surely over so many times
        the area's.
    """
    land = grid.land_km2
    spread = concentration(count.astype(np.float64), land)
    enough = len(grid) >= _LEAST_FOR_MORAN
    moran = morans_i(grid, count.astype(np.float64)) if enough else None
    calendar = past.calendar
    timed = calendar.days == calendar.days
    return Area(
        incidents=int(count.sum()),
        outside=past.n_outside,
        hexes=len(grid),
        hexes_used=int((count > 0).sum()),
        significant=int((called[0] | called[1]).sum()),
        clustered=int(called[0].sum()),
        exceeding=int(called[1].sum()),
        places=past.places.x_m.size,
        land_km2=float(land.sum()),
        months=calendar.months if timed else np.nan,
        start=_instant(calendar.start, options),
        end=_instant(calendar.end, options),
        rate=float(count.sum() / land.sum() / calendar.months),
        rate_unit="incidents per km² and month" if timed else "incidents per km²",
        windows=calendar.names,
        gini=spread.gini,
        half_share=spread.area_holding(0.5),
        concentration=spread.sentence,
        morans_i=moran.i if moran else np.nan,
        morans_p=moran.p if moran else np.nan,
    )


def _instant(local: pd.Timestamp, options: Options) -> pd.Timestamp | None:
    if pd.isna(local):
        return None
    placed = local.tz_localize(
        options.time_zone, ambiguous=True, nonexistent="shift_forward"
    )
    return placed.tz_convert("UTC")


def notes(
    grid: HexGrid, past: Past, n_hotspots: int, total: Area, options: Options
) -> tuple[str, ...]:
    """Say what a reader must know, a sentence each."""
    return (
        "Retrospective: where incidents were recorded, not a forecast of where they "
        "will be.",
        *_on_finding(grid, n_hotspots, total, options),
        *_on_times(past, total, options),
        *_on_places(past, spacing_m(grid), options),
    )


def _on_finding(
    grid: HexGrid, n_hotspots: int, total: Area, options: Options
) -> Iterator[str]:
    if total.outside:
        yield f"{_incidents(total.outside)} outside the area, not counted."
    if not total.significant:
        yield (
            "No hex holds more than chance would put there: with these incidents no "
            "hotspot can be told."
        )
    elif not n_hotspots:
        yield (
            f"{total.significant:,} hexes hold more than chance would put there, but "
            "none of them is among the densest: there is no hotspot."
        )
    room = options.area_share * total.land_km2 / float(grid.area_km2.mean())
    if room < _FEW_HEXES:
        yield (
            f"{options.area_share:.1%} of the land is {max(room, 0.1):.1f} hexes: a "
            "finer resolution or a larger area share tells more."
        )


def _on_times(past: Past, total: Area, options: Options) -> Iterator[str]:
    unknown = int(past.local.isna().sum())
    if total.start is None:
        yield "No incident has a time: rates are of the whole period, unknown."
        return
    if unknown:
        yield f"{_incidents(unknown)} without a time, counted in no window."
    yield from _on_left_out(past)
    if past.span_days > _TIMES_THE_MIDDLE * max(past.middle_days, 1.0):
        yield (
            f"Times span {past.span_days:,.0f} days, and the middle 98 % of them "
            f"{past.middle_days:,.0f}: a few may be wrong, and rates and windows are "
            "of the whole; give a period."
        )
    if past.monthly:
        yield "Times are known only to the month: there are no peak hours."
    elif not past.hour_known.any():
        yield "Times are known only to the day: there are no peak hours."
    if options.missing_months:
        yield (
            f"No data of {_runs(options.missing_months)}: rates leave that time out."
        )
    if 0 < len(total.windows) < options.windows or not total.windows:
        yield (
            f"The period is too short for {options.windows} windows: persistence is "
            + (f"of {len(total.windows)}." if total.windows else "not told.")
        )


def _on_left_out(past: Past) -> Iterator[str]:
    if past.n_other_time:
        yield (
            f"{_incidents(past.n_other_time)} from before the period or after it, and "
            f"{'is' if past.n_other_time == 1 else 'are'} left out."
        )
    if past.n_missing:
        yield (
            f"{_incidents(past.n_missing)} from a month that is said to be missing, "
            f"and {'is' if past.n_missing == 1 else 'are'} left out."
        )


def _incidents(number: int) -> str:
    return f"{number:,} incident is" if number == 1 else f"{number:,} incidents are"


def _runs(months: tuple[str, ...]) -> str:
    """Write months that follow each other as "2021-12 to 2023-12"."""
    periods = pd.PeriodIndex(months, freq="M").sort_values()
    number = np.cumsum(np.r_[0, np.diff(periods.astype("int64")) != 1])
    ends = [periods[number == k][[0, -1]] for k in range(number[-1] + 1)]
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in ends)


def _on_places(past: Past, spacing_m: float, options: Options) -> Iterator[str]:
    bandwidth_m = options.bandwidth_m or 0.0
    sentence = support(past.places).sentence(bandwidth_m)
    if sentence:
        yield sentence
    if bandwidth_m < spacing_m:
        yield (
            f"A bandwidth of {bandwidth_m:g} m reaches no neighbor of a hex, "
            f"{spacing_m:.0f} m away: the density is little more than a count."
        )
    if options.half_life_days is not None:
        yield (
            f"The density weighs incidents by age, with a half-life of "
            f"{options.half_life_days:g} days; counts do not."
        )
