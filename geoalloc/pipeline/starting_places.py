"""Names for places where nobody has given any: the streets of the incidents."""

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc.hexes import HexGrid
from geoalloc.incidents.quality import GENERIC_PLACES

__all__ = ["street_places"]

_PREFIX = r"^(?:on or near|near|at)\s+"
# What would point at a door: 4521 Main St, 1200 block of Elm, 12-14 High Street.
_DOOR = r"^\d+[\w/-]*\s+(?:block\s+(?:of\s+)?)?"
_UNNAMED = {"", "no location", "unknown", *(name.lower() for name in GENERIC_PLACES)}
_LEAST = 10  # incidents, for a street to be a name on the map
_MOST = 80  # names, each a post at which a unit may stand


def street_places(
    incidents: gpd.GeoDataFrame, grid: HexGrid, *, most: int = _MOST
) -> gpd.GeoDataFrame:
    """Name places by the streets where most incidents were recorded.

    The streets with the most incidents, none nearer to one before it than an even
    spread would have them; each stands where its incidents are recorded most often.
    House numbers are cut off, and a street of fewer than ten incidents is not named.
    Nothing is known of people there: ``population`` is 0.

    Parameters
    ----------
    incidents
        ``schemas.INCIDENTS``, of which ``place`` and points are read.
    most
        Names at the most.

    Returns
    -------
    places
        ``name``, ``population``, ``spread_km``, ``geometry``; empty if the incidents
        name no street.
    """
    text = incidents["place"].astype("str").where(incidents["place"].notna(), "")
    named = pd.DataFrame(
        {
            "name": text.map({raw: _street(raw) for raw in text.unique()}),
            "x": incidents.geometry.x.to_numpy(),
            "y": incidents.geometry.y.to_numpy(),
        }
    )
    named = named[named["name"] != ""]
    per_spot = named.groupby(["name", "x", "y"], as_index=False).size()
    total = per_spot.groupby("name")["size"].sum()
    # One spot a street: where most is recorded, of ties the most westerly.
    spots = per_spot.sort_values(
        ["name", "size", "x", "y"], ascending=[True, False, True, True]
    ).drop_duplicates("name")
    spots = spots.assign(total=total.loc[spots["name"]].to_numpy())
    spots = spots[spots["total"] >= _LEAST].sort_values(
        ["total", "name"], ascending=[False, True]
    )
    chosen = _apart(spots, grid, most)
    return gpd.GeoDataFrame(
        {"name": chosen["name"].to_numpy(), "population": 0, "spread_km": 0.0},
        geometry=gpd.points_from_xy(chosen["x"], chosen["y"]),
        crs=4326,
    )


def _street(text: str) -> str:
    """Give the bare name of a street; empty if the text names none."""
    name = pd.Series([text.strip()], dtype="str")
    name = name.str.replace(_PREFIX, "", regex=True, case=False)
    name = name.str.replace(_DOOR, "", regex=True, case=False).str.strip()
    bare = str(name.iloc[0])
    if bare.lower() in _UNNAMED or not any(c.isalpha() for c in bare):
        return ""
    if bare.isupper() and len(bare) > len("M25"):
        bare = bare.title()
    # Title case of a source that capitalizes what follows an apostrophe.
    return bare.replace("'S", "'s")


def _apart(spots: pd.DataFrame, grid: HexGrid, most: int) -> pd.DataFrame:
    if spots.empty:
        return spots
    points = gpd.GeoSeries(gpd.points_from_xy(spots["x"], spots["y"]), crs=4326).to_crs(
        grid.crs
    )
    x_m, y_m = points.x.to_numpy(), points.y.to_numpy()
    apart_m = 1000.0 * np.sqrt(grid.land_km2.sum() / most) / 2.0
    kept: list[int] = []
    for k in range(len(spots)):
        away = np.hypot(x_m[kept] - x_m[k], y_m[kept] - y_m[k])
        if (away >= apart_m).all():
            kept.append(k)
        if len(kept) == most:
            break
    return spots.iloc[kept]
