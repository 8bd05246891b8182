"""Hotspots by hand, and against joining sets one by one."""

import numpy as np
import pandas as pd
import pytest

from geoalloc import hotspots
from geoalloc.errors import DataError
from tests import naive_hotspots as naive
from tests.hotspots.test_density import scattered


def surface_of(grid, per_km2):
    return hotspots.Density(
        per_km2=per_km2,
        expected=per_km2 * grid.land_km2,
        spread=per_km2,
        bandwidth_m=1.0,
        kernel="quartic",
    )


def test_hotspots_are_the_densest_hexes_in_contiguous_groups(town_grid):
    per_km2 = np.zeros(len(town_grid))
    inside = np.flatnonzero((town_grid.neighbors >= 0).all(axis=1))
    first, second = inside[5], inside[-5]
    per_km2[[first, *town_grid.neighbors[first][:2]]] = [3.0, 2.0, 2.0]
    per_km2[second] = 9.0
    surface = surface_of(town_grid, per_km2)
    found = hotspots.groups(town_grid, surface, area_share=0.5, largest_km2=9.0)
    assert [list(group) for group in found] == [
        [second],
        sorted([first, *town_grid.neighbors[first][:2]]),
    ]


def test_hotspots_take_the_land_allowed_and_no_whole_hex_more(town_grid):
    x, y = scattered(town_grid, 3_000)
    surface = hotspots.density(
        town_grid, hotspots.collapse(x, y), np.ones(3_000), bandwidth_m=700.0
    )
    land = town_grid.area_km2 * town_grid.land_share
    for share in (0.01, 0.05, 0.2):
        chosen = np.concatenate(
            hotspots.groups(town_grid, surface, area_share=share, largest_km2=2.0)
        )
        taken, least = land[chosen].sum(), surface.per_km2[chosen].min()
        last = chosen[surface.per_km2[chosen] == least]
        assert taken >= share * land.sum() > taken - land[last].sum()
        rest = np.setdiff1d(np.arange(len(town_grid)), chosen)
        assert surface.per_km2[chosen].min() >= surface.per_km2[rest].max()


@pytest.mark.parametrize("largest_km2", [0.5, 4.0, 15.0, np.inf])
@pytest.mark.parametrize("seed", range(3))
def test_groups_are_those_of_joining_sets_one_by_one(town_grid, seed, largest_km2):
    rng = np.random.default_rng(seed)
    per_km2 = rng.integers(1, 30, len(town_grid)).astype(np.float64)  # some tie
    among = rng.random(len(town_grid)) < 0.7
    found = hotspots.groups(
        town_grid,
        surface_of(town_grid, per_km2),
        area_share=1.0,
        largest_km2=largest_km2,
        among=among,
    )
    expected = naive.peaks(
        town_grid.neighbors, per_km2, town_grid.land_km2, among, largest_km2
    )
    assert sorted(group.tolist() for group in found) == expected
    assert np.array_equal(np.sort(np.concatenate(found)), np.flatnonzero(among))


def test_two_peaks_are_two_hotspots_if_they_are_large_together(town_grid):
    inside = np.flatnonzero((town_grid.neighbors >= 0).all(axis=1))
    saddle = inside[inside.size // 2]
    east, west = town_grid.neighbors[saddle][[0, 3]]
    per_km2 = np.zeros(len(town_grid))
    per_km2[[saddle, east, west]] = [1.0, 3.0, 2.0]
    surface, km2 = surface_of(town_grid, per_km2), town_grid.land_km2
    both = km2[[saddle, east, west]].sum()
    for largest, expected in (
        (both + 0.01, [{saddle, east, west}]),
        (both - 0.01, [{saddle, east}, {west}]),
    ):
        found = hotspots.groups(town_grid, surface, area_share=1.0, largest_km2=largest)
        assert [set(group) for group in found] == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("area_share", value) for value in (np.nan, -1.0, 0.0, 2.0, "0.1")),
        *(("largest_km2", value) for value in (np.nan, 0.0, -1.0)),
    ],
)
def test_groups_of_no_size_are_refused(town_grid, name, value):
    surface = surface_of(town_grid, np.ones(len(town_grid)))
    sizes = {"area_share": 0.1, "largest_km2": 2.0} | {name: value}
    with pytest.raises(DataError, match=f"{name} must be .*above 0"):
        hotspots.groups(town_grid, surface, **sizes)


DAY = pd.Timestamp("2025-01-01", tz="UTC")
NAIVE = pd.Timestamp("2026-01-01")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("bandwidth_m", (0.0, -5, np.nan, np.inf, "500", True)),
        ("half_life_days", (0, np.nan, np.inf, 1e-6, "30")),
        ("area_share", (np.nan, "0.01")),
        ("largest_km2", (np.nan, "2", None)),
        ("kernel", ("box", 3, None)),
        ("rate", (0.0, 1.0, np.nan, "0.05")),
        ("times", (np.nan, np.inf, "2")),
        ("windows", (1, 6.0, 2.5, "6", True, None)),
        ("most", (0, 1.5, "20", None)),
        ("institutions", ("hospital", None, ("hospital", 3))),
        ("time_zone", ("Mars/Olympus", "", None, 0, "../UTC")),
        (
            "period",
            (
                (NAIVE, NAIVE),
                (DAY, NAIVE),
                (DAY,),
                ("2025-01-01", "2026-01-01"),
                "2025",
                (DAY, pd.NaT),
                (DAY, DAY),
                (DAY, DAY - pd.Timedelta(1, "D")),
            ),
        ),
        (
            "missing_months",
            ("2024-03", ("2024-3",), ("March 2024",), (202403,), ("2024-13",), None),
        ),
    ],
)
def test_an_option_of_the_wrong_kind_is_refused_in_one_sentence(name, values):
    for value in values:
        with pytest.raises(DataError, match=f"^{name} must [^\n]*$"):
            hotspots.Options(**{name: value})


def test_options_take_numbers_of_any_kind_and_lists():
    given = hotspots.Options(
        windows=np.int64(4),
        bandwidth_m=np.float32(400),
        largest_km2=np.inf,
        period=[DAY, DAY + pd.Timedelta(1, "D")],
        missing_months=["2024-03"],
        institutions=["school"],
    )
    assert given.missing_months == ("2024-03",)
    assert given.institutions == ("school",)
    assert isinstance(hash(given), int)
