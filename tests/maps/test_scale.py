import numpy as np
import pytest

from geoalloc.maps import _scale
from tests import naive_maps


def test_classes_keep_a_fixed_scale_of_at_most_five():
    values = np.linspace(0.001, 1.0, 1000)
    classes = _scale.classes(values, np.ones(1000))
    assert classes["breaks"] == [0.05, 0.2, 0.5, 0.8]
    assert classes["labels"][0] == "under 0.05"
    assert classes["labels"][-1] == "0.8 and over"


def test_breaks_part_the_sum_and_not_the_hexes():
    rng = np.random.default_rng(7)
    density, incidents = rng.pareto(1.0, 500), rng.pareto(1.0, 500)
    found = _scale.classes(density, incidents)["breaks"]
    assert found == naive_maps.breaks(density, incidents)


@pytest.mark.parametrize("seed", range(20))
def test_breaks_are_those_of_all_values_in_order(seed):
    rng = np.random.default_rng(seed)
    values = rng.pareto(0.5, 300) * (rng.random(300) < 0.7)  # of many sizes, some 0
    values[:100] = rng.choice([0.1, 0.100001, 7.0], 100)  # ties, and almost ties
    weights = rng.pareto(1.0, 300) * (values > 0)
    found = _scale.classes(values, weights)["breaks"]
    expected = [one for one in naive_maps.breaks(values, weights) if one > 0]
    assert found == expected


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([], ["none"]),
        ([0.0, 0.0], ["none"]),
        ([2.0] * 9, ["under 2", "2 and over"]),
        ([0.0] * 9 + [5.0], ["under 5", "5 and over"]),
        ([0.11, 0.12, 0.13, 0.14], ["under 0.11", "0.11 to 0.13", "0.13 to 0.14"]),
    ],
)
def test_labels_of_classes_are_never_alike(values, labels):
    found = _scale.classes(np.array(values), np.array(values))["labels"]
    assert found[: len(labels)] == labels
    assert len(set(found)) == len(found)
