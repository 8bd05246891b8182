import dataclasses

import numpy as np
import pytest

from geoalloc.allocation import Supply
from geoalloc.errors import DataError
from tests.lattice_town import make_town


@pytest.fixture
def problem():
    return make_town()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"post_hex": np.array([1])}, r"post_hex has shape \(1,\), needs \(7,\)"),
        ({"station_post": np.array([0, 9])}, "station_post must be from 0 to 6"),
        ({"locked": {4: 0}}, "locked units must be from 0 to 3, found 4"),
        ({"locked": {0: 7}}, "locked posts must be from 0 to 6, found 7"),
        (
            {"locked": {3: 2}, "excluded": {"pcso": np.array([2])}},
            "unit 3 may stand by nowhere: it is locked at post 2",
        ),
        ({"most_moves": 2}, "most_moves must be 0 or more and needs current"),
        ({"current": np.zeros(3, np.int64)}, r"current has shape \(3,\), needs \(4,\)"),
        ({"objective": "crimes"}, "objective is 'crimes'; there are incidents"),
        ({"kappa": 1.5}, "0 <= kappa <= 1"),
        ({"classes": ()}, "no class of service"),
        ({"station_min": np.full((2, 7), np.nan)}, "station_min is nan"),
        ({"station_min": np.full((2, 7), np.inf)}, "does not reach its own post"),
    ],
)
def test_wrong_problem_is_refused_by_name(problem, change, message):
    with pytest.raises(DataError, match=message):
        dataclasses.replace(problem, **change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"speed_factor": 0.0}, "speed_factor of class 'immediate' must be positive"),
        ({"weight": -1.0}, "weight of class 'immediate' must be 0 or more"),
        ({"load": np.full((2, 49), np.nan)}, "load of 'immediate' is nan"),
        ({"load": np.ones((3, 49))}, "must be .n_periods, n_hexes."),
    ],
)
def test_wrong_class_is_refused_by_name(problem, change, message):
    with pytest.raises(DataError, match=message):
        dataclasses.replace(problem.classes[0], **change)


def test_supply_needs_a_station_for_each_unit():
    with pytest.raises(DataError, match="2 kinds and 1 of station"):
        Supply(kind=("response", "pcso"), station=np.array([0]))
    with pytest.raises(DataError, match="no units"):
        Supply(kind=(), station=np.array([], dtype=np.int64))
