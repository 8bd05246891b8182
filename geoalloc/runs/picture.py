"""What anyone may see of a run: places and counts, and nothing of the plan."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoalloc import hexes
from geoalloc._types import BoolArray, IndexArray
from geoalloc.errors import DataError, UsageError
from geoalloc.runs import picture_words
from geoalloc.runs.run import Run
from geoalloc.runs.suppression import LEAST, Withheld, withhold

__all__ = ["PublicPicture", "public"]

ALL = "all"
"""Stands for every group of categories in ``districts`` and ``years``."""

_HOLDS = 0.95  # of the incidents lie in hexes whose totals are told
_DIGITS = 2  # of expected demand
_AREAS = ("force", "district", "place", "river", "coast", "road")


@dataclass(frozen=True, kw_only=True)
class PublicPicture:
    """Recorded incidents and expected demand by place, small counts kept back.

    A count is missing where it is kept back: it is under 5, or would give such a
    count away; the two are not told apart.

    Attributes
    ----------
    facts
        Texts and numbers of the whole: ``name``, ``marking``, ``synthetic``,
        ``version``, ``resolution``, ``time_zone``, ``attribution``, ``period``
        (``from``, ``to``: ISO instants; ``text``), ``shift`` (in words), ``groups``,
        ``total``, ``notes``.
    hexes
        ``hex_id``, ``district`` (that of most of its land), ``place``, ``grid_ref``,
        ``area_km2``, ``land_km2``, ``incidents``, and of the forecast ``expected``,
        ``low``, ``high`` (two digits; missing where the incidents are kept back);
        EPSG:4326.
    groups
        ``hex_id``, ``group`` of categories, ``incidents``.
    districts
        ``district``, ``group`` (``all`` for the sum), ``incidents``; of whole hexes.
    years
        ``year``, ``months`` of it in the data, ``group``, ``incidents``.
    areas
        ``kind`` (force, district, place, river, coast, road), ``name``,
        ``population``, ``town``; EPSG:4326.
    """

    facts: dict[str, Any]
    hexes: gpd.GeoDataFrame
    groups: pd.DataFrame
    districts: pd.DataFrame
    years: pd.DataFrame
    areas: gpd.GeoDataFrame


def public(run: Run, marking: str | None = None) -> PublicPicture:
    """Make of a run what anyone may see.

    Hexes are those of the parent resolution, or a coarser one, until those whose
    totals are told hold 95 % of the incidents. Categories are put into groups. Counts
    are kept back as ``runs.suppression`` says. No hotspot is part of it: those that
    are patrolled could be told from those that were left out.

    Parameters
    ----------
    marking
        Of the picture; that of the run if absent. Only OFFICIAL may be public, and
        to give it to a run that is marked higher is a person's decision.

    Raises
    ------
    UsageError
        If the marking is not OFFICIAL.
    DataError
        If there are fewer than 5 incidents.
    """
    _require_official(str(run.record["marking"]), marking)
    total = int(run.incident_summary["incidents"].sum())
    if total < LEAST:
        raise DataError(
            f"run {run.record['run_id']} has {total} incidents in its area: a public "
            f"picture needs {LEAST} at least"
        )
    group = picture_words.groups(run.incident_summary, LEAST)
    counted = run.incident_summary.assign(group=group.to_numpy())
    names = sorted(set(group))
    merged = _merged(run, counted, names)
    shown = _hexes(run, merged)
    ids = shown["hex_id"].to_numpy()
    return PublicPicture(
        facts=picture_words.facts(run.record, merged.resolution, names, total),
        hexes=shown,
        groups=_long({"hex_id": ids}, names, _masked(merged.counts, merged.kept.cells)),
        districts=_by_district(merged, names),
        years=_years(counted, names),
        areas=_areas(run),
    )


def _require_official(found: str, wanted: str | None) -> None:
    if wanted is None and found != "OFFICIAL":
        raise UsageError(
            f"the run is marked {found}: a public picture of it is a person's decision "
            "to release, given with --marking OFFICIAL"
        )
    if wanted not in (None, "OFFICIAL"):
        raise UsageError(
            f"a public picture is marked OFFICIAL, and cannot be marked {wanted}"
        )


@dataclass(frozen=True, kw_only=True)
class _Merged:
    """Counts of merged hexes by group, (n_hexes, n_groups), and what is kept back."""

    resolution: int
    districts: pd.Series
    counts: IndexArray
    kept: Withheld


def _merged(run: Run, counted: pd.DataFrame, names: list[str]) -> _Merged:
    """Merge hexes until enough can be told of them."""
    resolution = int(run.record["resolution"])
    while True:
        resolution = max(resolution - 1, 0)
        districts = _districts_of(run.hexes, resolution)
        parent = hexes.parents(counted["hex_id"].to_numpy(), resolution)
        wide = _wide(counted.assign(parent=parent), "parent", names)
        counts = wide.reindex(districts.index, fill_value=0).to_numpy(np.int64)
        kept = withhold(counts, districts)
        held = int(counts.sum(axis=1)[~kept.totals].sum())
        if held >= _HOLDS * counts.sum() or resolution == 0:
            return _Merged(
                resolution=resolution, districts=districts, counts=counts, kept=kept
            )


def _wide(counted: pd.DataFrame, row: str, names: list[str]) -> pd.DataFrame:
    """Lay counts out with a column for each group."""
    table = counted.pivot_table(
        index=row, columns="group", values="incidents", aggfunc="sum", fill_value=0
    )
    return table.reindex(columns=names, fill_value=0)


def _masked(counts: IndexArray, kept_back: BoolArray) -> IndexArray:
    return np.where(kept_back, -1, counts)


def _districts_of(fine: pd.DataFrame, resolution: int) -> pd.Series:
    """District of each merged hex: that of most of its land, the first of equals."""
    land = (fine["area_km2"] * fine["land_share"]).to_numpy()
    parent = hexes.parents(fine["hex_id"].to_numpy(), resolution)
    frame = pd.DataFrame({"parent": parent, "district": fine["district"], "land": land})
    by = frame.groupby(["parent", "district"], sort=True)["land"].sum().reset_index()
    by = by.sort_values(["parent", "land"], ascending=[True, False], kind="stable")
    return by.drop_duplicates("parent").set_index("parent")["district"]


def _by_district(merged: _Merged, names: list[str]) -> pd.DataFrame:
    sums = pd.DataFrame(merged.counts).groupby(merged.districts.to_numpy()).sum()
    known = _masked(sums.to_numpy(np.int64), merged.kept.part_cells)
    whole = _masked(sums.sum(axis=1).to_numpy(np.int64), merged.kept.part_totals)
    table = np.column_stack([whole, known])
    return _long({"district": sums.index.to_numpy()}, [ALL, *names], table)


def _years(counted: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Count by year; the sums of groups are told, as in the table of districts."""
    counted = counted.assign(year=counted["month"].str.slice(0, 4).astype(np.int64))
    wide = _wide(counted, "year", names)
    months = counted.groupby("year")["month"].nunique()
    counts = wide.to_numpy(np.int64)
    kept = withhold(counts, pd.Series(ALL, index=wide.index))
    whole = _masked(counts.sum(axis=1), kept.totals)
    table = np.column_stack([whole, _masked(counts, kept.cells)])
    labels = {"year": wide.index.to_numpy(), "months": months.to_numpy(np.int64)}
    return _long(labels, [ALL, *names], table)


def _long(labels: dict[str, Any], names: list[str], table: IndexArray) -> pd.DataFrame:
    """Write a table row by row; -1 is what is kept back."""
    repeated = {key: np.repeat(of, len(names)) for key, of in labels.items()}
    group = pd.array(names * len(table), dtype="str")
    incidents = pd.array(table.ravel(), dtype="Int64")
    frame = pd.DataFrame({**repeated, "group": group, "incidents": incidents})
    return frame.assign(incidents=frame["incidents"].mask(frame["incidents"] < 0))


def _hexes(run: Run, merged: _Merged) -> gpd.GeoDataFrame:
    fine = run.hexes.assign(
        parent=hexes.parents(run.hexes["hex_id"].to_numpy(), merged.resolution),
        land_km2=run.hexes["area_km2"] * run.hexes["land_share"],
    )
    ids = merged.districts.index.to_numpy(np.uint64)
    outline = hexes.polygons(ids)
    named = _named(fine, ids, outline)
    sums = fine.groupby("parent")[["area_km2", "land_km2"]].sum().loc[ids]
    expected = _expected(run, fine, ids)
    expected[merged.kept.totals] = np.nan
    incidents = pd.array(merged.counts.sum(axis=1), dtype="Int64")
    incidents[merged.kept.totals] = pd.NA
    frame = pd.DataFrame({"hex_id": ids, "district": merged.districts.to_numpy()})
    frame = frame.assign(
        place=named["place"].to_numpy(),
        grid_ref=named["grid_ref"].to_numpy(),
        area_km2=sums["area_km2"].to_numpy(),
        land_km2=sums["land_km2"].to_numpy(),
        incidents=incidents,
    )
    frame = frame.join(expected.reset_index(drop=True))
    return gpd.GeoDataFrame(frame, geometry=outline, crs="EPSG:4326")


def _named(fine: pd.DataFrame, ids: np.ndarray, outline: np.ndarray) -> pd.DataFrame:
    """Name and grid reference of the hex nearest to the middle of each merged one."""
    middle = shapely.get_coordinates(shapely.centroid(outline))
    own = shapely.centroid(hexes.polygons(fine["hex_id"].to_numpy()))
    at = np.searchsorted(ids, fine["parent"].to_numpy())
    away = shapely.get_coordinates(own) - middle[at]
    away[:, 0] *= np.cos(np.radians(middle[at, 1]))
    order = fine.assign(away=np.hypot(*away.T).round(9))
    order = order.sort_values(["parent", "away", "hex_id"], kind="stable")
    return order.drop_duplicates("parent").set_index("parent").loc[ids]


def _expected(run: Run, fine: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    """Sum what is expected over the shift, to two digits."""
    bounds = ["incidents", "low", "high"]
    by_hex = run.demand.groupby("hex_id")[bounds].sum()
    parent = fine.set_index("hex_id")["parent"]
    summed = by_hex.groupby(parent.loc[by_hex.index].to_numpy()).sum()
    summed = summed.reindex(ids, fill_value=0.0)
    rounded = summed.map(lambda value: float(f"{value:.{_DIGITS}g}"))
    return rounded.rename(columns={"incidents": "expected"})


def _areas(run: Run) -> gpd.GeoDataFrame:
    chosen = run.areas[run.areas["kind"].isin(_AREAS)]
    return chosen.sort_values(["kind", "name"], kind="stable").reset_index(drop=True)
