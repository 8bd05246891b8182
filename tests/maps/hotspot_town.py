"""What was found in a town of a few dozen hexes: one busy corner, and a lone hex."""

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc.hotspots import Area, Found, Options

START = pd.Timestamp("2025-01-01T00:00Z").as_unit("us")
END = pd.Timestamp("2026-01-01T00:00Z").as_unit("us")


def words(text, default):
    return default if text is None else text


def groups(grid):
    """Seven hexes in the middle, and one at the end."""
    middle = len(grid) // 2
    around = grid.neighbors[middle]
    return [np.sort(np.append(around[around >= 0], middle)), np.array([len(grid) - 1])]


def make_hexes(grid):
    n = len(grid)
    count = np.arange(n) % 3
    rank = np.zeros(n, dtype=np.int64)
    for k, group in enumerate(groups(grid), start=1):
        count[group] = 10 * (3 - k)
        rank[group] = k
    per_km2 = count / (grid.area_km2 * grid.land_share) / 12
    tier = np.where(rank == 1, 3, np.where(rank == 2, 1, 0))
    classes = np.array(["persistent", "emerging", "former", "none"])
    return gpd.GeoDataFrame(
        {
            "hex_id": grid.hex_id,
            "area_km2": grid.area_km2,
            "land_share": grid.land_share,
            "incidents": count,
            "expected": count.astype(float),
            "per_km2": per_km2,
            "z": count - 2.0,
            "p": np.where(tier > 0, 1e-6, 0.4),
            "p_adjusted": np.where(tier > 0, 1e-5, 0.9),
            "tier": tier,
            "significant": tier > 0,
            "exceedance": np.where(count > 5, 0.999, 0.25),
            "persistence": pd.Series(classes[np.arange(n) % 4], dtype="str"),
            "hotspot": rank,
        },
        geometry=grid.polygons,
        crs="EPSG:4326",
    )


def make_hotspots(grid, text):
    cells = groups(grid)
    return gpd.GeoDataFrame(
        {
            "rank": np.array([1, 2]),
            "hex_ids": [grid.hex_id[group].tolist() for group in cells],
            "incidents": [140.0, 10.0],
            "rate": [3.1, 1.2],
            "share": [0.6, 0.043],
            "area_km2": [5.1, 0.7],
            "area_share": [0.2, 0.03],
            "times": [3.0, 1.4],
            "p_value": [1e-6, 0.031],
            "exceedance": [0.9999, 0.74],
            "category": [words(text, "violent-crime"), words(text, "drugs")],
            "category_share": [0.6, np.nan],
            "peak_hours": [words(text, "Fri 22:00-01:00"), words(text, "")],
            "peak_basis": ["recorded", "none"],
            "hour_shares": [[0.2, 0.1] + 20 * [0.02] + [0.1, 0.2], []],
            "day_shares": [[0.1, 0.1, 0.1, 0.1, 0.3, 0.2, 0.1], []],
            "persistence": [words(text, "persistent"), words(text, "emerging")],
            "windows": [words(text, "5 of 6"), words(text, "2 of 6")],
            "institution": [words(text, ""), words(text, "hospital")],
            "place": [words(text, "Zeal Street"), words(text, "Abbey Road")],
            "grid_ref": [words(text, "ST 588 729"), words(text, "ST 601 750")],
            "latitude": grid.latitude[[group[0] for group in cells]],
            "longitude": grid.longitude[[group[0] for group in cells]],
        },
        geometry=[grid.polygons[group[0]] for group in cells],
        crs="EPSG:4326",
    )


def make_area(grid, text):
    return Area(
        incidents=230,
        outside=4,
        hexes=len(grid),
        hexes_used=20,
        significant=8,
        clustered=7,
        exceeding=6,
        places=90,
        land_km2=float((grid.area_km2 * grid.land_share).sum()),
        months=12.0,
        start=START,
        end=END,
        rate=0.6,
        rate_unit=words(text, "incidents per km² and month"),
        windows=(words(text, "2025-01-01 to 2025-06-30"), "2025-07-01 to 2025-12-31"),
        gini=0.71,
        half_share=0.083,
        concentration="",
        morans_i=0.31,
        morans_p=0.002,
    )


def make_found(grid, text=None):
    """The toy finding; with ``text``, every text of it is that text."""
    return Found(
        hotspots=make_hotspots(grid, text),
        hexes=make_hexes(grid),
        area=make_area(grid, text),
        grid=grid,
        options=Options(bandwidth_m=800.0),
        notes=(words(text, "A note."),),
    )


def make_record(text=None):
    return {
        "name": words(text, "Toyshire"),
        "marking": words(text, "OFFICIAL"),
        "attribution": words(text, "Open Government Licence"),
        "period": {
            "from": "2025-01-01",
            "to": "2025-12-31",
            "text": words(text, "1 January 2025 to 31 December 2025"),
        },
        "time_zone": "Europe/London",
        "n_read": 1250,
        "n_used": 230,
        "rejects": {words(text, "no coordinates"): 1016, "outside the area": 4, "x": 0},
        "categories": {words(text, "violent-crime"): 200, "drugs": 30},
        "bandwidth_m": 800.0,
        "kernel": words(text, "quartic"),
        "resolution": 8,
        "notes": [words(text, "A note.")],
        "synthetic": False,
        "made_at": "2026-07-02T18:00:00+00:00",
        "run_id": "0a1b2c3d",
        "version": words(text, "0.2.0"),
        "area": words(text, "boundary toyshire.geojson"),
    }
