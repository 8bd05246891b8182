"""How much of a patrol is likely to be made, and what it gives each hotspot.

A unit is taken to alternate between waiting and calls: it is at a call a share
``busy`` of the time, and while it waits calls come as a Poisson process, at
``calls_per_h / (1 - busy)`` an hour. A visit is begun if the unit is free when it
sets out and no call comes on the way; a call ends it, and it is not taken up again.
"""

from math import exp, expm1

import numpy as np
import pandas as pd

from geoalloc.allocation._patrol_slots import Slot, Spell, counts, hours
from geoalloc.allocation._patrol_types import PatrolRequest

VISIT_TYPES = {
    "call_sign": "str",
    "kind": "str",
    "hotspot": "str",
    "unit_index": "int64",
    "hotspot_index": "int64",
    "post": "int64",
    "spell": "int64",
    "begins_min": "int64",
    "ends_min": "int64",
    "drive_min": "float64",
    "peak": "bool",
    "begun": "float64",
    "made": "float64",
    "cut_short": "float64",
    "expected_min": "float64",
}
_HOUR = 60


def chances(
    request: PatrolRequest, unit: int, begins: int, drive_min: float
) -> dict[str, float]:
    """Give the chances of one visit, from the hour that it begins in."""
    units, visit_min = request.units, float(request.rules.visit_min)
    period = begins // _HOUR
    free = 1.0 - float(units.busy[unit, period])
    if free <= 0.0:
        return {"begun": 0.0, "made": 0.0, "cut_short": 0.0, "expected_min": 0.0}
    rate = float(units.calls_per_h[unit, period]) / (_HOUR * free)
    begun = free * exp(-rate * drive_min)
    made = begun * exp(-rate * visit_min)
    spent = -expm1(-rate * visit_min) / rate if rate > 0 else visit_min
    return {
        "begun": begun,
        "made": made,
        "cut_short": begun - made,
        "expected_min": begun * spent,
    }


def likely(request: PatrolRequest, spell: Spell) -> float:
    """Mean share of a visit that is made in a spell, the drive left aside."""
    periods = range(spell.opens // _HOUR, -(-spell.closes // _HOUR))
    shares = [
        chances(request, spell.unit, _HOUR * t, 0.0)["expected_min"] for t in periods
    ]
    return float(np.mean(shares)) / request.rules.visit_min


def dosage(
    request: PatrolRequest, wanted: list[Slot], visits: pd.DataFrame
) -> pd.DataFrame:
    """Compare minutes wanted, planned and expected by hotspot and period."""
    n_periods = request.shift_min // _HOUR
    places = sorted({slot.hotspot for slot in wanted})
    planned = np.zeros((len(request.hotspots), n_periods))
    expected = np.zeros_like(planned)
    columns = ("hotspot_index", "begins_min", "ends_min", "expected_min")
    for row in visits[list(columns)].itertuples():
        length = row.ends_min - row.begins_min
        for t in range(row.begins_min // _HOUR, -(-row.ends_min // _HOUR)):
            part = min(row.ends_min, _HOUR * (t + 1)) - max(row.begins_min, _HOUR * t)
            planned[row.hotspot_index, t] += part
            expected[row.hotspot_index, t] += part / length * row.expected_min
    asked = _wanted(request, places, n_periods)
    rows = [
        (request.hotspots[i].name, t, asked[k, t], planned[i, t], expected[i, t])
        for k, i in enumerate(places)
        for t in range(n_periods)
    ]
    names = ["hotspot", "period", "wanted_min", "planned_min", "expected_min"]
    return pd.DataFrame(rows, columns=names).astype({"hotspot": "str"})


def _wanted(request: PatrolRequest, places: list[int], n_periods: int) -> np.ndarray:
    """Spread the minutes that are wanted evenly over the hours that they are for."""
    asked = np.zeros((len(places), n_periods))
    for k, i in enumerate(places):
        spot = request.hotspots[i]
        parts = zip(counts(request, spot), hours(request, spot), strict=True)
        for count, spans in parts:
            mine = sorted(
                {m // _HOUR for begins, ends in spans for m in range(begins, ends + 1)}
            )
            if mine:
                asked[k, mine] += count * request.rules.visit_min / len(mine)
    return asked


def by_hotspot(
    request: PatrolRequest,
    places: list[int],
    spare: list[Spell],
    visits: pd.DataFrame,
) -> pd.DataFrame:
    """Sum what each hotspot gets, and say why it does not get the rest."""
    rows = []
    for i in places:
        spot, mine = request.hotspots[i], visits[visits["hotspot_index"] == i]
        length = request.rules.visit_min
        rows.append(
            {
                "hotspot": spot.name,
                "wanted": spot.visits,
                "planned": len(mine),
                "expected": float(mine["made"].sum()),
                "wanted_min": spot.visits * length,
                "planned_min": len(mine) * length,
                "expected_min": float(mine["expected_min"].sum()),
                "drive_min": float(mine["drive_min"].sum()),
                "units": ", ".join(dict.fromkeys(mine["call_sign"])),
                "why_not": _why_not(request, i, spare, len(mine)),
            }
        )
    return pd.DataFrame(rows).astype({"units": "str", "why_not": "str"})


def _why_not(request: PatrolRequest, i: int, spare: list[Spell], n_made: int) -> str:
    spot, rules = request.hotspots[i], request.rules
    missing = spot.visits - n_made
    if not missing:
        return ""
    head = f"{missing} of {spot.visits} visits not made: "
    most = sum(counts(request, spot))
    if n_made == most:
        return f"{head}only {most} fit, {rules.apart_min} minutes apart"
    may = [s for s in spare if request.may_patrol(s.unit, i)]
    if not may:
        return f"{head}no unit that may patrol there can be spared"
    out, back = request.travel.out_min[:, i], request.travel.back_min[i]
    longest = rules.longest_drive_min
    near = [s for s in may if out[s.post] <= longest and back[s.post] <= longest]
    if not near:
        return f"{head}no unit to spare is within {longest:g} minutes"
    lengths = [
        s.closes - s.opens - np.ceil(out[s.post]) - np.ceil(back[s.post]) for s in near
    ]
    if max(lengths) < rules.visit_min:
        return f"{head}no spell of spare time is long enough for the drive and a visit"
    return (
        f"{head}the units to spare nearby make visits worth more, or have no time "
        f"{rules.apart_min} minutes from the others"
    )


def by_unit(request: PatrolRequest, visits: pd.DataFrame) -> pd.DataFrame:
    """Sum what each unit does on patrol, its ways back to the post included."""
    rows = []
    for unit, mine in visits.groupby("unit_index", sort=True):
        last = mine.groupby("spell").tail(1)
        spots, posts = last["hotspot_index"].to_numpy(), last["post"].to_numpy()
        back = request.travel.back_min[spots, posts].sum()
        rows.append(
            {
                "call_sign": request.units.call_sign[int(unit)],
                "kind": request.units.kind[int(unit)],
                "visits": len(mine),
                "patrol_min": len(mine) * request.rules.visit_min,
                "drive_min": float(mine["drive_min"].sum() + back),
                "expected_min": float(mine["expected_min"].sum()),
            }
        )
    names = ["call_sign", "kind", "visits", "patrol_min", "drive_min", "expected_min"]
    types = {"call_sign": "str", "kind": "str"}
    return pd.DataFrame(rows, columns=names).astype(types)
