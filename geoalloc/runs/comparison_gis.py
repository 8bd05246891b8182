"""A comparison as a GeoPackage: hexes of all scenarios, and where units stand by."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import hexes
from geoalloc.runs import comparison_scale as scale
from geoalloc.runs import exports, qgis
from geoalloc.runs.comparison import Comparison

__all__ = ["change_classes", "columns_of", "geopackage_of_comparison", "hexes_compared"]

_MOST = 900  # scenarios: SQLite has 2,000 columns at the most, and two are of each


def columns_of(names: Sequence[str]) -> dict[str, str]:
    """Turn names of scenarios into what a column of any program may be called.

    Letters, digits and underscores, all lower case; a number tells those apart that
    would be the same.
    """
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "scenario"
        column, number = plain, 2
        while column in found.values():
            column, number = f"{plain}_{number}", number + 1
        found[name] = column
    return found


def hexes_compared(comparison: Comparison) -> gpd.GeoDataFrame:
    """Lay out hexes with the unmet demand of every scenario, for a desktop GIS.

    Returns
    -------
    hexes
        ``hex_id`` as text, ``place``, ``district``, ``urban``; for each scenario that
        could be planned, up to 900, ``unmet_<scenario>``; for each but the base
        ``diff_<scenario>``, which is that less the base. EPSG:4326.
    """
    names = scale.planned(comparison)[:_MOST]
    surface = scale.surfaces(comparison)["unmet"]
    column = columns_of(names)
    ids = comparison.hexes["hex_id"].to_numpy(np.uint64)
    measures = {f"unmet_{column[n]}": surface.amounts[k] for k, n in enumerate(names)}
    measures |= {
        f"diff_{column[n]}": surface.changes[k] for k, n in enumerate(names) if k
    }
    frame = pd.concat(
        [
            comparison.hexes.reset_index(drop=True).assign(
                hex_id=hexes.to_strings(ids)
            ),
            pd.DataFrame(measures),
        ],
        axis=1,
    )
    return gpd.GeoDataFrame(frame, geometry=hexes.polygons(ids), crs="EPSG:4326")


def geopackage_of_comparison(
    comparison: Comparison, path: Path, marked: str, day: str
) -> None:
    """Write hexes and posts of all scenarios as layers that open in their style.

    ``hexes`` opens as the change of the first scenario beside the base; a style of
    the same classes for every other map is stored with it.

    Parameters
    ----------
    marked
        Protective marking, in the metadata of each layer.
    day
        ISO date that the file carries.
    """
    cells = hexes_compared(comparison)
    posts = comparison.posts
    at = gpd.points_from_xy(posts["longitude"], posts["latitude"])
    stand = gpd.GeoDataFrame(
        posts.drop(columns=["longitude", "latitude"]), geometry=at, crs="EPSG:4326"
    )
    layers, styles = {"hexes": cells}, _styles(comparison)
    if len(posts):
        layers = {"posts": stand} | layers
        kinds = qgis.kinds("posts", "kind", posts["kind"].tolist(), "unit_id")
        styles = [kinds, *styles]
    exports.geopackage(path, layers, styles, marked, day)


def _styles(comparison: Comparison) -> list[qgis.Style]:
    names = scale.planned(comparison)[:_MOST]
    surface = scale.surfaces(comparison)["unmet"]
    column, base = columns_of(names), comparison.record["base"]
    found = [
        change_classes(
            f"{name} less {base}: late calls of the shift",
            f"diff_{column[name]}",
            surface,
            default=k == 0,
        )
        for k, name in enumerate(names[1:])
    ]
    for name in names:
        title = f"{name}: late calls of the shift"
        style = qgis.classes(
            "hexes", title, f"unmet_{column[name]}", surface.breaks, surface.most
        )
        found.append(replace(style, default=not found))
    return found


def change_classes(
    name: str, attribute: str, surface: scale.Surface, *, default: bool
) -> qgis.Style:
    """Draw a change in the classes of all scenarios, blue for less, brown for more."""
    most = surface.most_change * 1.001 or 1.0
    ends = [*surface.change_breaks, max(most, *surface.change_breaks, 0.0)]
    n = len(surface.change_breaks)
    strong = range(len(scale.MORE) - n, len(scale.MORE))  # fewer classes keep the end
    sides = list(zip(pairwise(ends), strong, strict=True))
    rules = [
        _rule(f"{-high:.3g} to {-low:.3g}", -high, -low, scale.LESS[k])
        for (low, high), k in reversed(sides)
    ]
    rules.append(
        _rule(f"under {ends[0]:.3g} either way", -ends[0], ends[0], scale.NEUTRAL)
    )
    rules += [
        _rule(f"+{low:.3g} to +{high:.3g}", low, high, scale.MORE[k])
        for (low, high), k in sides
    ]
    return qgis.Style(
        layer="hexes",
        name=name,
        rules=tuple(rules),
        attribute=attribute,
        default=default,
    )


def _rule(title: str, low: float, high: float, fill: str) -> qgis.Rule:
    return qgis.Rule(title=title, low=low, high=high, fill=fill, stroke="#ffffff")
