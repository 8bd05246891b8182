"""How far recorded incidents can be trusted: an item for each way they mislead.

Each item has a grade by a rule that is written beside it, what was found, and what
to do about it. The rules are rules of thumb but for those that name a source; they
say where to look, and not whether a police force records well.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shapely.geometry.base import BaseGeometry

from geoalloc.incidents.cleaning import judge, reading_of
from geoalloc.incidents.gather import Gathered
from geoalloc.incidents.integrity_areas import recorded_area
from geoalloc.incidents.integrity_mix import duplicates, shifts
from geoalloc.incidents.integrity_places import coordinates, outside, places
from geoalloc.incidents.integrity_points import rebuilds
from geoalloc.incidents.integrity_rows import Grade, Rows
from geoalloc.incidents.integrity_times import dates, default_times, lag, months
from geoalloc.incidents.quality import quality

__all__ = ["inspect"]

_WORST = (Grade.POOR, Grade.WATCH, Grade.UNKNOWN, Grade.GOOD)


def inspect(
    gathered: Gathered,
    within: BaseGeometry | None = None,
    *,
    paths: Sequence[Path] = (),
) -> dict[str, Any]:
    """Report on the integrity of incident files.

    Parameters
    ----------
    gathered
        The files as read.
    within
        The area, EPSG:4326; None takes every place.
    paths
        Of the files: a CSV file that names areas beside the coordinates tells where
        the rows without coordinates are.

    Returns
    -------
    figures
        Ready for JSON: those of `quality`, and ``items``, each with ``key, title,
        grade`` (good, watch, poor or unknown), ``finding, rule, action, figures``;
        the worst first.

    Raises
    ------
    DataError
        If no row can be used.
    """
    options = dataclasses.replace(gathered.options, within=within)
    judged = judge(gathered.table, options)
    reading = reading_of(judged, options)
    rows = Rows(
        judged=judged,
        has_category=gathered.has_category,
        recorded_area=recorded_area(paths, judged.table),
        time_zone=gathered.time_zone,
        bounded=within is not None,
    )
    points = rebuilds(rows)
    breaks = points.figures["breaks"]
    items = [
        coordinates(rows),
        months(rows),
        points,
        shifts(rows),
        duplicates(rows),
        lag(rows),
        default_times(rows),
        dates(rows),
        places(reading, breaks[-1]["month"] if breaks else None),
        outside(rows),
    ]
    items.sort(key=lambda item: _WORST.index(item.grade))
    told = [dataclasses.asdict(item) for item in items]
    return quality(reading) | {"read_as": gathered.told, "items": told}
