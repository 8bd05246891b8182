import pickle

import numpy as np
import pandas as pd
import pytest

from geoalloc.errors import DataError
from tests import naive_forecasts as naive
from tests.demand import scattered

WHEN = scattered.origin("2020-03-11 07:00")


@pytest.fixture(scope="module")
def timed(town_grid):
    return scattered.history(town_grid, timed=True)


def test_incident_is_known_once_its_window_has_ended(town_grid):
    made = scattered.history(town_grid)
    inside = scattered.origin("2020-03-20")
    assert made.known(inside) == made.known(scattered.origin("2020-03-01"))
    assert made.known(inside) < made.known(scattered.origin("2020-04-01"))


def test_incident_at_the_very_instant_of_an_origin_is_of_what_comes(town_grid):
    start = scattered.day("2020-01-01")
    made = scattered.at_hexes(
        town_grid, [1, 2, 3], [start + 9, start + 10, start + 11], start=start, end=1e5
    )
    when = scattered.origin("2020-01-11")
    assert made.known(when) == 1
    assert made.count(when, when + pd.Timedelta(days=1))[2] == 1
    assert made.known_count(when).sum() == 1


def test_what_was_known_of_times_is_told_from_the_past_alone(timed):
    changed = scattered.mutated_future(timed, WHEN)
    assert changed.coarse
    assert not changed.timed
    assert not changed.coarse_at(WHEN)
    assert changed.timed_at(WHEN)


def test_places_keep_their_order_whatever_comes_later(timed):
    changed = scattered.mutated_future(timed, WHEN)
    spots = []
    for made in (timed, changed):
        of = np.unique(made.places.of[: made.known(WHEN)])
        spots.append((made.places.x_m[of].tolist(), made.places.y_m[of].tolist()))
    assert spots[0] == spots[1]


def test_part_stands_on_the_places_of_its_whole(timed):
    part = timed.only(["burglary"])
    np.testing.assert_array_equal(part.places.x_m[part.places.of], part.x_m)
    np.testing.assert_array_equal(part.places.y_m[part.places.of], part.y_m)
    assert part.operator(1_500.0) is timed.operator(1_500.0)
    assert part.whole is timed
    again = part.only(["burglary"])
    assert again.whole is timed
    np.testing.assert_array_equal(timed.x_m[again.rows], again.x_m)


def test_incidents_left_out_are_forgotten(timed):
    kept = timed.where(timed.category == 1)
    assert kept.whole is None
    assert kept.only(["burglary"]).whole is kept
    part = timed.only(["burglary"])
    assert part.where(np.ones(len(part), dtype=bool)).whole is None


def test_places_are_in_the_hexes_of_their_incidents(timed):
    assert (timed.place_position[timed.places.of] == timed.position).all()


def test_known_counts_are_those_of_a_loop(timed):
    now = naive.day(WHEN)
    assert timed.known_count(WHEN).tolist() == naive.count(timed, now)
    since = timed.known_count(WHEN, now - 90.0)
    assert since.tolist() == naive.count(timed, now, now - 90.0)


def test_known_mass_is_that_of_a_loop(timed):
    found = timed.known_mass(WHEN, [np.inf, 30.0])
    for row, half_life in zip(found, (np.inf, 30.0), strict=True):
        expected = naive.known_points(timed, naive.day(WHEN), half_life)
        places = timed.places
        for x, y, mass in zip(places.x_m, places.y_m, row, strict=True):
            assert mass == pytest.approx(expected.get((x, y), 0.0))


def test_only_the_last_made_of_a_kind_are_kept(timed):
    made = []

    def ask(key):
        return timed.lately("letters", key, lambda: made.append(key) or key, keep=2)

    assert [ask(key) for key in "abab"] == list("abab")
    assert made == ["a", "b"]
    ask("c")  # a goes: it was asked for longest ago
    ask("b")
    ask("a")
    assert made == ["a", "b", "c", "a"]


def test_what_can_be_made_again_is_not_sent_along(timed):
    part = timed.only(["burglary"])
    part.operator(1_500.0)
    sent = pickle.loads(pickle.dumps(part))
    assert not sent._made
    assert not sent.whole._made
    np.testing.assert_array_equal(sent.x_m, part.x_m)
    np.testing.assert_array_equal(sent.rows, part.rows)


def test_months_are_told_from_instants(town_grid, timed):
    assert scattered.history(town_grid).coarse
    assert not timed.coarse
    assert timed.timed


def test_category_that_never_occurs_is_refused_by_name(timed):
    with pytest.raises(DataError, match="no incident is of category 'fraud'; there"):
        timed.only(["fraud"])


def test_covered_days_leave_out_what_was_never_published(town_grid):
    made = scattered.history(town_grid, missing=(6,))
    start, end = scattered.origin("2019-06-01"), scattered.origin("2019-09-01")
    assert made.covered_days(start, end) == pytest.approx(30 + 31)
