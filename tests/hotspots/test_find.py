"""find: a planted hotspot comes back as it was planted, and noise stays noise."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc import hexes, hotspots, schemas
from geoalloc.errors import CrsError, DataError
from geoalloc.hotspots import Options
from tests.naive_hotspots import peaks

PER_HEX = 40
YEAR = pd.date_range("2025-01-01", "2026-01-01", freq="MS", tz="UTC")


@pytest.fixture(scope="module")
def grid(town):
    return hexes.cover(town.outline, 9)


@pytest.fixture(scope="module")
def planted(grid):
    """Seven hexes with forty incidents each, all of a Friday night, over thin noise."""
    rng = np.random.default_rng(5)
    inner = np.flatnonzero((grid.neighbors >= 0).all(axis=1))
    middle = inner[inner.size // 2]
    cluster = np.sort(np.r_[middle, grid.neighbors[middle]])
    noise = rng.integers(0, len(grid), 600)
    at = np.r_[np.repeat(cluster, PER_HEX), noise]
    n = cluster.size * PER_HEX
    fridays = pd.date_range("2025-01-03 23:30", periods=52, freq="7D", tz="UTC")
    times = np.r_[
        fridays[np.arange(n) % 52].to_numpy(),
        pd.Timestamp("2025-01-01").to_numpy()
        + rng.integers(0, 365 * 86_400, noise.size).astype("timedelta64[s]"),
    ]
    frame = gpd.GeoDataFrame(
        {
            "category": ["burglary"] * n + ["theft"] * noise.size,
            "place": ["On or near High Street"] * n + ["On or near Park"] * noise.size,
            "started_at": pd.DatetimeIndex(times, tz="UTC").as_unit("us"),
            "suspect": "not to be read",
        },
        geometry=gpd.points_from_xy(grid.longitude[at], grid.latitude[at]),
        crs="EPSG:4326",
    )
    return frame, cluster


@pytest.fixture(scope="module")
def found(planted, grid):
    return hotspots.find(planted[0], grid)


def test_a_planted_hotspot_is_found_and_described(planted, found, grid):
    incidents, cluster = planted
    top = found.hotspots.iloc[0]
    assert set(top["hex_ids"]) >= set(grid.hex_id[cluster].tolist())
    position = grid.locate(incidents.geometry.y, incidents.geometry.x)
    group = grid.positions(np.array(top["hex_ids"], dtype=np.uint64))
    inside = np.isin(position, group)
    land = grid.land_km2
    assert top["incidents"] == inside.sum()
    assert top["share"] == pytest.approx(inside.mean())
    assert top["area_km2"] == pytest.approx(land[group].sum())
    months = 365 / (365.25 / 12)
    assert top["rate"] == pytest.approx(inside.sum() / land[group].sum() / months)
    assert top["times"] == pytest.approx(top["rate"] / found.area.rate)
    assert top["category"] == "burglary"
    assert top["category_share"] == pytest.approx(280 / inside.sum())
    assert top["peak_hours"] == "Fri 21:00-00:00"
    local = incidents["started_at"].dt.tz_convert(found.options.time_zone)[inside]
    assert top["peak_basis"] == "recorded"
    for name, of, n in (("hour", local.dt.hour, 24), ("day", local.dt.day_of_week, 7)):
        counted = [int((of == k).sum()) / inside.sum() for k in range(n)]
        assert top[f"{name}_shares"] == pytest.approx(counted)
    assert top["place"] == "High Street"
    assert (top["persistence"], top["windows"]) == ("persistent", "6 of 6")
    assert top["exceedance"] > 0.999
    assert top["p_value"] < 1e-6
    middle = grid.x_m[group].mean(), grid.y_m[group].mean()
    at = gpd.points_from_xy([top["longitude"]], [top["latitude"]], crs=4326)
    back = at.to_crs(grid.crs)[0]
    assert (back.x, back.y) == pytest.approx(middle, abs=0.01)


def test_what_is_found_keeps_its_contract(found):
    table = pd.DataFrame(found.hotspots.drop(columns="geometry"))
    schemas.check(table, schemas.HOTSPOTS)
    assert list(found.hotspots["rank"]) == list(range(1, len(table) + 1))
    assert list(found.hotspots["incidents"]) == sorted(table["incidents"])[::-1]


def test_hexes_and_hotspots_tell_the_same(found, grid):
    frame = found.hexes
    assert list(frame["hex_id"]) == list(grid.hex_id)
    for spot in found.hotspots.itertuples():
        rows = frame[frame["hotspot"] == spot.rank]
        assert list(rows["hex_id"]) == spot.hex_ids
        assert rows["incidents"].sum() == spot.incidents
        assert rows["p_adjusted"].min() == spot.p_value
        assert rows["significant"].all()
        assert spot.geometry.equals_exact(hexes.dissolve(rows["hex_id"].to_numpy()), 0)
    assert (frame["hotspot"] > 0).sum() == sum(map(len, found.hotspots["hex_ids"]))
    assert frame["expected"].sum() == pytest.approx(found.area.incidents)
    assert frame["incidents"].sum() == found.area.incidents
    again = frame["expected"] / grid.land_km2.clip(1e-12) / found.area.months
    land = grid.land_km2 > 0.01
    np.testing.assert_allclose(frame["per_km2"][land], again[land], rtol=1e-9)


def test_a_hex_is_significant_by_gi_star_or_by_its_own_rate(found, grid):
    frame, count = found.hexes, found.hexes["incidents"].to_numpy()
    steps = hotspots.stepwise(grid, count, rate=0.05)
    own = hotspots.exceedance(count, grid.land_km2, times=2.0).probability >= 0.95
    assert list(frame["p_adjusted"]) == list(steps.p_adjusted)
    assert list(frame["significant"]) == list((steps.step > 0) | own)
    assert list(frame["tier"] > 0) == list(steps.p_adjusted <= 0.05)
    area = found.area
    assert (area.clustered, area.exceeding) == ((steps.step > 0).sum(), own.sum())
    assert area.significant == frame["significant"].sum()


def test_a_lone_place_is_a_hotspot_that_gi_star_alone_would_miss(grid):
    rng = np.random.default_rng(3)
    even = rng.choice(len(grid), 400, p=grid.land_km2 / grid.land_km2.sum())
    inner = np.flatnonzero((grid.neighbors >= 0).all(axis=1))
    at = np.r_[even, np.full(60, inner[inner.size // 3])]
    points = gpd.points_from_xy(grid.longitude[at], grid.latitude[at])
    found = hotspots.find(gpd.GeoDataFrame(geometry=points, crs="EPSG:4326"), grid)
    assert found.area.clustered == 0
    assert grid.hex_id[at[-1]] in found.hotspots["hex_ids"].iloc[0]
    assert found.hotspots["exceedance"].iloc[0] > 0.95


def test_hotspots_are_contiguous_dense_and_significant(found, grid):
    frame = found.hexes
    land, order = grid.land_km2, np.argsort(-frame["per_km2"], kind="stable")
    before = np.cumsum(land[order]) - land[order]
    dense = np.zeros(len(grid), dtype=bool)
    dense[order[before < 0.01 * land.sum()]] = True
    chosen = dense & frame["significant"].to_numpy()
    count = frame["incidents"].to_numpy()
    groups = peaks(grid.neighbors, frame["per_km2"].to_numpy(), land, chosen, 2.0)
    expected = sorted(groups, key=lambda group: (-count[group].sum(), group[0]))
    got = [
        grid.positions(np.array(ids, dtype=np.uint64)).tolist()
        for ids in found.hotspots["hex_ids"]
    ]
    assert got == expected[:20]


def test_noise_makes_a_hotspot_on_one_map_in_twenty_at_the_most(town_grid):
    rng = np.random.default_rng(11)
    n_wrong, even = 0, town_grid.land_km2 / town_grid.land_km2.sum()
    for _ in range(20):
        at = rng.choice(len(town_grid), 1_500, p=even)
        points = gpd.points_from_xy(town_grid.longitude[at], town_grid.latitude[at])
        noise = gpd.GeoDataFrame(geometry=points, crs="EPSG:4326")
        found = hotspots.find(noise, town_grid)
        n_wrong += found.area.significant > 0
        if not found.area.significant:
            assert len(found.hotspots) == 0
            assert any("more than chance" in note for note in found.notes)
    assert n_wrong <= 3  # of a binomial of mean 1, more are 1.6 % likely


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_incidents_does_not_matter(planted, found, grid, seed):
    turned = planted[0].sample(frac=1, random_state=seed).reset_index(drop=True)
    again = hotspots.find(turned, grid)
    pd.testing.assert_frame_equal(
        pd.DataFrame(again.hotspots), pd.DataFrame(found.hotspots), rtol=1e-9
    )


def test_any_crs_and_other_columns_make_no_difference(planted, found, grid):
    again = hotspots.find(planted[0].drop(columns="suspect").to_crs(27700), grid)
    assert list(again.hotspots["hex_ids"]) == list(found.hotspots["hex_ids"])


def test_without_times_or_categories_the_rest_is_still_told(planted, grid):
    bare = planted[0][["geometry"]]
    found = hotspots.find(bare, grid)
    top = found.hotspots.iloc[0]
    assert (top["category"], top["peak_hours"], top["persistence"]) == ("", "", "")
    assert top["windows"] == ""
    clock = (top["peak_basis"], top["hour_shares"], top["day_shares"])
    assert clock == ("none", [], [])
    assert np.isnan(top["category_share"])
    assert top["rate"] == pytest.approx(top["incidents"] / top["area_km2"])
    assert found.area.rate_unit == "incidents per km²"
    assert found.area.start is None
    assert any("No incident has a time" in note for note in found.notes)


def test_a_half_life_moves_the_density_and_not_the_counts(planted, found, grid):
    late = hotspots.find(planted[0], grid, Options(half_life_days=30))
    assert list(late.hexes["incidents"]) == list(found.hexes["incidents"])
    assert late.hexes["expected"].sum() == pytest.approx(found.area.incidents)
    assert not np.allclose(late.hexes["expected"], found.hexes["expected"])


def test_a_missing_month_is_no_part_of_the_rate(planted, found, grid):
    rest = planted[0][planted[0]["started_at"].dt.month != 6]
    less = hotspots.find(
        rest,
        grid,
        Options(period=(YEAR[0], YEAR[-1]), missing_months=("2025-06",)),
    )
    assert less.area.months == pytest.approx((365 - 30) / (365.25 / 12))
    assert any("2025-06" in note for note in less.notes)
    dated_in_june = hotspots.find(planted[0], grid, less.options)
    assert dated_in_june.area == less.area
    n_june = len(planted[0]) - len(rest)
    said = f"{n_june} incidents are from a month that is said to be missing"
    assert any(said in note for note in dated_in_june.notes)


def test_what_is_outside_the_period_is_in_no_count_density_or_rate(planted, grid):
    frame, half = planted[0], pd.Timestamp("2025-07-01", tz="UTC")
    within = frame["started_at"] < half
    options = Options(period=(YEAR[0], half))
    all_given = hotspots.find(frame, grid, options)
    alone = hotspots.find(frame[within], grid, options)
    assert all_given.area == alone.area
    assert all_given.area.incidents == within.sum()
    for name in ("hexes", "hotspots"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(all_given, name)), pd.DataFrame(getattr(alone, name))
        )
    said = "are from before the period or after it, and are left out."
    assert f"{(~within).sum()} incidents {said}" in all_given.notes
    assert not any("before the period" in note for note in alone.notes)


def test_half_of_a_year_has_about_the_rate_of_the_year(planted, found, grid):
    half = Options(period=(YEAR[0], pd.Timestamp("2025-07-01", tz="UTC")))
    rate = hotspots.find(planted[0], grid, half).area.rate
    assert rate == pytest.approx(found.area.rate, rel=0.15)


def test_a_month_is_in_a_period_that_holds_its_middle(planted, grid):
    month = planted[0]["started_at"].dt.tz_localize(None).dt.to_period("M")
    frame = planted[0].assign(
        started_at=month.dt.to_timestamp(), ended_at=(month + 1).dt.to_timestamp()
    )
    for day, last in (("2025-03-10", 2), ("2025-03-20", 3)):
        period = (YEAR[0], pd.Timestamp(day, tz="UTC"))
        found = hotspots.find(frame, grid, Options(period=period))
        assert found.area.incidents == (month.dt.month <= last).sum()


def test_incidents_without_a_time_are_counted_in_any_period(planted, grid):
    half = pd.Timestamp("2025-07-01", tz="UTC")
    frame = planted[0].copy()
    within = (frame["started_at"] < half).to_numpy()
    frame.loc[~within, "started_at"] = pd.NaT
    found = hotspots.find(frame, grid, Options(period=(YEAR[0], half)))
    assert found.area.incidents == len(frame)


@pytest.mark.parametrize("days_before", [0, 900])
def test_no_incident_of_the_period_is_an_error(planted, grid, days_before):
    start = YEAR[0] - pd.Timedelta(days_before, "D")
    options = Options(period=(start, start + pd.Timedelta(60, "D")))
    later = planted[0][planted[0]["started_at"] > YEAR[3]]
    with pytest.raises(DataError, match="incidents in the area is from the period"):
        hotspots.find(later, grid, options)


def test_a_time_far_from_all_the_others_is_told_with_both_spans(planted, found, grid):
    frame = planted[0].copy()
    frame.loc[0, "started_at"] = pd.Timestamp("1900-01-01", tz="UTC")
    times = np.sort(frame["started_at"].dt.tz_localize(None).to_numpy())
    days = [times[-1] - times[0], times[-10] - times[9]] / np.timedelta64(1, "D")
    said = f"Times span {days[0]:,.0f} days, and the middle 98 % of them {days[1]:.0f}:"
    assert any(said in note for note in hotspots.find(frame, grid).notes)
    assert not any("Times span" in note for note in found.notes)
    given = hotspots.find(frame, grid, Options(period=(YEAR[0], YEAR[-1])))
    assert not any("Times span" in note for note in given.notes)


def test_an_end_alone_is_a_time_of_the_incident(planted, found, grid):
    ends = planted[0].rename(columns={"started_at": "ended_at"})
    assert hotspots.find(ends, grid).area == found.area


def test_a_half_life_that_leaves_no_weight_is_refused(planted, grid):
    later = Options(
        half_life_days=0.05, period=(YEAR[0], YEAR[-1] + pd.Timedelta(900, "D"))
    )
    with pytest.raises(DataError, match=r"half_life_days 0\.05 leaves no incident"):
        hotspots.find(planted[0], grid, later)


def test_a_named_place_stands_before_a_street(planted, grid, town):
    found = hotspots.find(planted[0], grid, places=town.places)
    assert found.hotspots["place"].str.contains("Westford|Easton|Little Wold").all()


def test_wrong_places_are_refused_before_the_work(planted, grid, town):
    with pytest.raises(DataError, match="must have one column 'name'"):
        hotspots.find(planted[0], grid, places=town.places[["geometry"]])
    nameless = town.places.assign(name=[None] * len(town.places))
    found = hotspots.find(planted[0], grid, places=nameless)
    assert found.hotspots["place"].iloc[0] == "High Street"


def test_the_default_bandwidth_grows_with_the_hexes(town):
    fine, coarse = hexes.cover(town.outline, 10), hexes.cover(town.outline, 7)
    points = gpd.GeoSeries(gpd.points_from_xy([-2.7] * 9, [51.4] * 9), crs=4326)
    frame = gpd.GeoDataFrame(geometry=points)
    assert hotspots.find(frame, fine).options.bandwidth_m == 500
    spacing = np.sqrt(coarse.area_km2.mean() * 2e6 / np.sqrt(3))
    bandwidth_m = hotspots.find(frame, coarse).options.bandwidth_m
    assert 1.25 * spacing <= bandwidth_m < 1.25 * spacing + 10


@pytest.mark.parametrize("n", [1, 50])
def test_one_place_alone_is_a_defined_answer(grid, n):
    points = gpd.points_from_xy([-2.7] * n, [51.4] * n, crs=4326)
    found = hotspots.find(gpd.GeoDataFrame(geometry=points), grid)
    assert found.area.incidents == n
    assert found.hexes["expected"].sum() == pytest.approx(n)
    assert found.area.places == 1


def test_the_best_bandwidth_is_one_of_those_tried(planted, grid):
    choice = hotspots.best_bandwidth(planted[0], grid)
    assert choice.bandwidth_m in (400, 500, 750, 1_000, 1_500)


def with_x(frame, x):
    return frame.set_geometry(gpd.points_from_xy(x, frame.geometry.y, crs=4326))


BROKEN = {
    "no CRS": lambda frame: frame.set_crs(None, allow_override=True),
    "no point": lambda frame: frame.set_geometry(frame.geometry.where(frame.index > 0)),
    "nan": lambda frame: with_x(frame, frame.geometry.x.where(frame.index > 2, np.nan)),
    "inf": lambda frame: with_x(frame, frame.geometry.x.where(frame.index > 2, np.inf)),
    "swapped": lambda frame: frame.set_geometry(
        gpd.points_from_xy(frame.geometry.y, frame.geometry.x, crs=4326)
    ),
    "plain": lambda frame: pd.DataFrame(frame.drop(columns="geometry")),
    "no geometry": lambda frame: gpd.GeoDataFrame(frame.drop(columns="geometry")),
    "twice": lambda frame: pd.concat([frame, frame["category"]], axis=1),
    "elsewhere": lambda frame: frame.set_geometry(frame.geometry.translate(xoff=3)),
    "no time": lambda frame: frame.assign(started_at="yesterday"),
}


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("no CRS", "in no CRS"),
        ("no point", "1 of 880 incidents are no point, first at row 0"),
        ("nan", "3 of 880 incidents are no point, first at row 0"),
        ("inf", "3 of 880 incidents are no point, first at row 0"),
        ("swapped", "would with longitude and latitude swapped: swap them"),
        ("plain", "are a DataFrame without geometry"),
        ("no geometry", "are a GeoDataFrame without geometry"),
        ("twice", "have 2 columns 'category'"),
        ("elsewhere", "none of the 880 incidents lies in the area"),
        ("no time", "started_at holds str"),
    ],
)
def test_wrong_incidents_are_refused_in_one_sentence(planted, grid, how, says):
    wrong = BROKEN[how](planted[0])
    with pytest.raises(CrsError if how == "no CRS" else DataError, match=says):
        hotspots.find(wrong, grid)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("bandwidth_m", 0.0),
        ("bandwidth_m", float("nan")),
        ("half_life_days", -1.0),
        ("area_share", 0.0),
        ("area_share", 1.5),
        ("rate", 1.0),
        ("times", 0.0),
        ("windows", 1),
        ("most", 0),
    ],
)
def test_an_option_out_of_range_is_refused_by_name(option, value):
    with pytest.raises(DataError, match=f"{option} must be"):
        Options(**{option: value})


def test_a_half_life_without_times_is_refused(planted, grid):
    with pytest.raises(DataError, match="half_life_days needs times"):
        hotspots.find(planted[0][["geometry"]], grid, Options(half_life_days=9))


def test_every_option_has_its_reason():
    for field in dataclasses.fields(Options):
        assert field.metadata["why"], field.name
