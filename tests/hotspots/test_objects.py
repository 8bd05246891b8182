"""Hotspots by hand."""

import numpy as np

from geoalloc import hotspots
from tests.hotspots.test_density import scattered


def test_hotspots_are_the_densest_hexes_in_contiguous_groups(town_grid):
    per_km2 = np.zeros(len(town_grid))
    inside = np.flatnonzero((town_grid.neighbors >= 0).all(axis=1))
    first, second = inside[5], inside[-5]
    per_km2[[first, *town_grid.neighbors[first][:2]]] = [3.0, 2.0, 2.0]
    per_km2[second] = 9.0
    surface = hotspots.Density(
        per_km2=per_km2,
        expected=per_km2 * town_grid.area_km2,
        spread=per_km2,
        bandwidth_m=1.0,
        kernel="quartic",
    )
    found = hotspots.groups(town_grid, surface, area_share=0.5, most=10)
    assert [list(group) for group in found] == [
        [second],
        sorted([first, *town_grid.neighbors[first][:2]]),
    ]
    assert len(hotspots.groups(town_grid, surface, area_share=0.5, most=1)) == 1


def test_hotspots_take_the_land_allowed_and_no_whole_hex_more(town_grid):
    x, y = scattered(town_grid, 3_000)
    surface = hotspots.density(
        town_grid, hotspots.collapse(x, y), np.ones(3_000), bandwidth_m=700.0
    )
    land = town_grid.area_km2 * town_grid.land_share
    for share in (0.01, 0.05, 0.2):
        chosen = np.concatenate(
            hotspots.groups(town_grid, surface, area_share=share, most=1_000)
        )
        taken, least = land[chosen].sum(), surface.per_km2[chosen].min()
        last = chosen[surface.per_km2[chosen] == least]
        assert taken >= share * land.sum() > taken - land[last].sum()
        rest = np.setdiff1d(np.arange(len(town_grid)), chosen)
        assert surface.per_km2[chosen].min() >= surface.per_km2[rest].max()
