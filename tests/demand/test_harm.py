"""Harm: weights against the published table, and choices compared by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc import demand
from geoalloc.errors import DataError
from geoalloc.incidents.categories import category_slug


@pytest.mark.data
def test_weights_are_those_of_the_published_offences(real_data):
    name = "harm-weights/derived_ons_css_mean_weight_by_policeuk_category.csv"
    table = pd.read_csv(real_data / name)
    table = table[table["force"] == "Avon and Somerset"]
    slugs = table["Policeuk_Cat"].map(category_slug)
    published = dict(zip(slugs, table["ons_css_mean_weight"], strict=True))
    assert published | {"anti-social-behaviour": 0.0} == demand.SEVERITY


def test_weights_cannot_be_changed():
    with pytest.raises(TypeError):
        demand.SEVERITY["robbery"] = 1.0


def test_the_same_surface_overlaps_wholly():
    surface = np.arange(200.0)
    found = demand.stability(surface, 5 * surface, np.ones(200))
    assert found.overlap == 1.0
    assert found.stable
    assert "changes little" in found.sentence


def test_other_places_do_not_overlap_and_that_is_flagged():
    counts = np.arange(200.0)
    found = demand.stability(counts, counts[::-1].copy(), np.ones(200))
    assert found.overlap == 0.0
    assert not found.stable
    assert "a decision about priorities" in found.sentence


def test_the_overlap_is_of_land_and_hexes_are_ranked_per_km2():
    land = np.array([1.0, 2.0, 1.0, 1.0, 1.0, 4.0])
    counts = np.array([5.0, 8.0, 1.0, 0.0, 0.0, 0.0])  # 5, 4, 1 a km2
    harm = np.array([0.0, 9.0, 0.0, 5.0, 0.0, 4.0])  # 4.5 and 5 a km2
    # Three of ten km2: hexes 0 and 1 by counts, 3 and 1 by harm.
    found = demand.stability(counts, harm, land, area_share=0.3)
    assert found.overlap == pytest.approx(2 / 3)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 60), share=st.floats(0.01, 1.0))
def test_the_overlap_is_that_of_hexes_taken_one_by_one(seed, n, share):
    rng = np.random.default_rng(seed)
    land = rng.integers(1, 4, n).astype(float)
    counts, harm = rng.integers(0, 3, (2, n)).astype(float)
    counts[0] = harm[-1] = 1.0

    def top(surface):
        chosen, held = set(), 0.0
        for h in sorted(range(n), key=lambda h: (-surface[h] / land[h], h)):
            if chosen and held + land[h] > share * land.sum() * (1 + 1e-12):
                break
            chosen.add(h)
            held += land[h]
        return chosen

    both = sum(land[h] for h in top(counts) & top(harm))
    expected = both / sum(land[h] for h in top(counts))
    found = demand.stability(counts, harm, land, area_share=share)
    assert found.overlap == pytest.approx(expected)


def test_without_any_weight_nothing_is_known():
    found = demand.stability(np.ones(9), np.zeros(9), np.ones(9))
    assert np.isnan(found.overlap)
    assert not found.stable
    assert "not known" in found.sentence


@pytest.mark.parametrize(
    ("harm", "share", "words"),
    [
        (np.ones(3), 0.1, "they must be of the same hexes"),
        (np.array([1.0, -1.0]), 0.1, "negative, nan or infinite"),
        (np.ones(2), 0.0, "area_share must be above 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(harm, share, words):
    with pytest.raises(DataError, match=words):
        demand.stability(np.ones(2), harm, np.ones(2), area_share=share)


def test_an_area_without_land_is_refused():
    with pytest.raises(DataError, match="no hex has any land"):
        demand.stability(np.ones(2), np.ones(2), np.zeros(2))
