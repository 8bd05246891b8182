"""Places of incidents: those not known, those outside, and those that stand in."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.incidents.integrity_rows import (
    OTHER,
    Grade,
    Item,
    Rows,
    graded,
    percent,
    worst,
)
from geoalloc.incidents.quality import quality_of_places
from geoalloc.incidents.reading import Reading, Reason

_UNLOCATED_WATCH, _UNLOCATED_POOR = 0.05, 0.15
_SMALL = 100  # rows of a category or month, too few to grade by
_OUTSIDE = (0.01, 0.05)
_GENERIC = (0.05, 0.20)
_HEAP = (0.02, 0.05)  # of all incidents on one point


def coordinates(rows: Rows) -> Item:
    """Say how many rows have no place, and what leaving them out would bias."""
    every, none = rows.table(rows.distinct), rows.table(rows.unlocated)
    n, n_none = int(rows.distinct.sum()), int(rows.unlocated.sum())
    by_category = _by_category(rows.categories, every.sum(axis=0), none.sum(axis=0))
    by_month = _shares(rows.by_month(rows.unlocated), rows.by_month(rows.distinct))
    month_size = rows.by_month(rows.distinct)
    graded_by = [n_none / n if n else 0.0]
    graded_by += [row["share"] for row in by_category if row["rows"] >= _SMALL]
    graded_by += [s for s, m in zip(by_month, month_size, strict=True) if m >= _SMALL]
    area = _area_bias(rows)
    figures = {
        "rows": n,
        "unlocated": n_none,
        "share": n_none / n if n else None,
        "categories": by_category,
        "months": _json(dict(zip(rows.months, by_month, strict=True))),
        "category_months": {
            name: _json(
                dict(zip(rows.months, _shares(none[:, i], every[:, i]), strict=True))
            )
            for i, name in enumerate(rows.categories)
        },
        "mix_moved": sum(abs(r["mix_located"] - r["mix"]) for r in by_category) / 2,
        "areas": area,
    }
    return Item(
        key="coordinates",
        title="Rows without coordinates",
        grade=graded(max(graded_by), _UNLOCATED_WATCH, _UNLOCATED_POOR),
        finding=_coordinates_found(figures, by_category),
        rule=(
            "Good if under 5 % have none in all, in every category and in every month "
            f"of {_SMALL} rows or more; poor from 15 %: below 85 % located, maps of "
            "crime change significantly (Ratcliffe 2004, International Journal of "
            "Geographical Information Science 18)."
        ),
        action=(
            "Nothing."
            if not n_none
            else "Scale each category up by its located share before adding up hours, "
            "which assumes that the rest lie as the located do; and read a map of the "
            "worst categories as a map of those that could be placed."
        ),
        figures=figures,
    )


def _by_category(
    names: list[str], every: IndexArray, none: IndexArray
) -> list[dict[str, Any]]:
    located = every - none
    return [
        {
            "category": name,
            "rows": int(every[i]),
            "unlocated": int(none[i]),
            "share": float(none[i] / every[i]) if every[i] else 0.0,
            "mix": float(every[i] / every.sum()),
            "mix_located": float(located[i] / located.sum()),
        }
        for i, name in enumerate(names)
    ]


def _shares(part: IndexArray, whole: IndexArray) -> FloatArray:
    return np.divide(
        part, whole, out=np.full(len(whole), np.nan), where=np.asarray(whole) > 0
    )


def _json(values: dict[str, float]) -> dict[str, float | None]:
    return {
        name: float(value) if value == value else None for name, value in values.items()
    }


def _coordinates_found(
    figures: dict[str, Any], by_category: list[dict[str, Any]]
) -> str:
    if not figures["unlocated"]:
        return f"All {figures['rows']:,} incidents have coordinates."
    told = [
        f"{figures['unlocated']:,} of {figures['rows']:,} incidents "
        f"({percent(figures['share'])}) have no coordinates."
    ]
    large = [r for r in by_category if r["rows"] >= _SMALL and r["category"] != OTHER]
    if len(large) > 1:
        most = max(large, key=lambda r: (r["share"], r["category"]))
        least = min(large, key=lambda r: (r["share"], r["category"]))
        told.append(
            f"Of {most['category']} {percent(most['share'])}, of {least['category']} "
            f"{percent(least['share'])}."
        )
        moved = max(large, key=lambda r: abs(r["mix_located"] - r["mix"]))
        told.append(
            f"Leaving them out moves {percent(figures['mix_moved'])} of the mix of "
            f"categories, most of all {moved['category']}, from "
            f"{percent(moved['mix'])} to {percent(moved['mix_located'])}."
        )
    months = {m: s for m, s in figures["months"].items() if s is not None}
    if len(months) > 1:
        last = max(months, key=lambda m: (months[m], m))
        told.append(f"The month with most is {last}, {percent(months[last])}.")
    return " ".join([*told, figures["areas"]["sentence"]])


def _area_bias(rows: Rows) -> dict[str, Any]:
    """Say where the rows without a place are, as far as the file names an area."""
    if not rows.unlocated.any():
        return {"sentence": ""}
    if rows.recorded_area is None:
        return {
            "sentence": "Where they were cannot be told: no area is given for them."
        }
    area = rows.recorded_area.astype("str").str.strip().replace("", None)
    known = area.notna().to_numpy()
    told = float((rows.unlocated & known).sum() / rows.unlocated.sum())
    every = area[rows.distinct & known].value_counts()
    none = area[rows.unlocated & known].value_counts().reindex(every.index).fillna(0)
    if told < 0.5 or len(every) < 2:
        return {
            "known_share": told,
            "sentence": "Where they were cannot be told: an area is given for "
            f"{percent(told)} of them.",
        }
    located = (every - none) / (every - none).sum()
    moved = float((located - every / every.sum()).abs().sum() / 2)
    large = every[every >= _SMALL] if (every >= _SMALL).any() else every
    share = (none / every)[sorted(large.index)]
    most = str(share.idxmax())
    return {
        "known_share": told,
        "column": str(rows.recorded_area.name),
        "moved": moved,
        "most": {"area": most, "share": float(share[most])},
        "sentence": f"By {rows.recorded_area.name}, {most} misses most "
        f"({percent(float(share[most]))}); leaving them out moves {percent(moved)} of "
        "incidents between areas.",
    }


def outside(rows: Rows) -> Item:
    """Count incidents that lie outside the area."""
    n, located = rows.tally(Reason.OUTSIDE), rows.distinct & ~rows.unlocated
    share = n / max(int(located.sum()), 1)
    sentence = f"{n:,} incidents ({percent(share)}) lie outside the area."
    return Item(
        key="outside",
        title="Incidents outside the area",
        grade=graded(share, *_OUTSIDE) if rows.bounded else Grade.UNKNOWN,
        finding=sentence if rows.bounded else "No area was given to hold them against.",
        rule="Good if under 1 %; poor from 5 %, when the area or the coordinates are "
        "likely to be wrong. Geometry decides, not the name of a force.",
        action=(
            "Leave them out, as every command does with --boundary."
            if rows.bounded
            else "Give the area with --boundary."
        ),
        figures={"rows": n, "share": share if rows.bounded else None},
    )


def places(reading: Reading, since: str | None) -> Item:
    """Say how many incidents stand on places that stand for something else.

    Parameters
    ----------
    since
        Month from which the points are those of today, or None.
    """
    if since is not None:
        first = pd.Timestamp(since).tz_localize(reading.time_zone)
        recent = reading.incidents["started_at"] >= first
        reading = dataclasses.replace(reading, incidents=reading.incidents[recent])
    fine, generic = quality_of_places(reading)
    share = float(generic["share"])
    largest = fine["largest"]
    heap = largest["rows"] / len(reading.incidents)
    name = f" ({largest['place']})" if largest["place"] else ""
    many = fine["unique"] > 1
    told = [
        f"{generic['rows']:,} incidents ({percent(share)}) are placed by a kind of "
        f"place and not by a street, {generic['institution_rows']:,} of them at police "
        "stations, hospitals and prisons."
        if generic["rows"]
        else "No place is named by its kind alone.",
        f"The largest point{name} holds {largest['rows']:,} ({percent(heap)}).",
    ]
    if many:
        told.append(
            f"{fine['unique']:,} points, the next {fine['median_spacing_m']:.0f} m "
            f"away at the median and over {fine['p90_spacing_m']:.0f} m for a tenth: "
            "detail finer than that is false precision."
        )
    if since is not None:
        told.append(f"All of this is of {since} and later, when points were the same.")
    return Item(
        key="places",
        title="Generic places and heaps",
        grade=worst(
            graded(share, *_GENERIC), graded(heap, *_HEAP) if many else Grade.GOOD
        ),
        finding=" ".join(told),
        rule="Good if under 5 % stand on generic places and no point holds 2 % of all; "
        "poor from 20 %, or 5 % on one point, which is then likely to be a default.",
        action="Look at the largest points before a hotspot is believed; leave out "
        "places where incidents are recorded and not patrolled for "
        "(geoalloc hotspots --exclude-place).",
        figures={"largest_share": heap, "generic_share": share},
    )
