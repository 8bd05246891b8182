import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc.allocation.duty import ShiftRules, duty, duty_minutes, require_roster
from geoalloc.allocation.opening import Committed, OpenQueue, busy, with_queue
from geoalloc.errors import DataError
from tests import naive_shift as naive

LONDON = "Europe/London"


def roster(*rows, **columns):
    frame = pd.DataFrame(rows, columns=["unit_id", "starts_at", "ends_at"])
    for column in ("starts_at", "ends_at"):
        frame[column] = pd.to_datetime(frame[column]).dt.tz_localize(
            LONDON, ambiguous=True
        )
    return frame.assign(**columns)


def hours(start, n):
    first = pd.Timestamp(start, tz=LONDON).tz_convert("UTC")
    return pd.date_range(first, periods=n, freq="h").tz_convert(LONDON)


NIGHT = ("A1", "2026-10-24 22:00", "2026-10-25 06:00")


def test_night_of_the_autumn_change_has_an_hour_more():
    found = duty_minutes(roster(NIGHT), ("A1",), hours("2026-10-24 22:00", 9))
    assert found.tolist() == [[60] * 9]
    spring = roster(("A1", "2026-03-28 22:00", "2026-03-29 06:00"))
    found = duty_minutes(spring, ("A1",), hours("2026-03-28 22:00", 8))
    assert found.tolist() == [[60] * 7 + [0]]


def test_partial_and_staggered_duties_count_their_minutes():
    rows = roster(
        ("B2", "2026-11-06 18:30", "2026-11-06 20:15"),
        ("A1", "2026-11-06 16:00", "2026-11-06 19:00"),
        ("A1", "2026-11-06 20:00", "2026-11-06 23:00"),
    )
    found = duty_minutes(rows, ("A1", "B2", "C3"), hours("2026-11-06 18:00", 4))
    assert found.tolist() == [[60, 0, 60, 60], [30, 60, 15, 0], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (
            [("A1", "2026-11-06 18:00", "2026-11-06 17:00")],
            {},
            "duty of A1 starts at 2026-11-06 18:00:00.*not before its end",
        ),
        (
            [NIGHT, ("A1", "2026-10-25 05:00", "2026-10-25 09:00")],
            {},
            "two duties of A1 overlap",
        ),
        ([NIGHT], {"break_min": 600}, "A1 has breaks of 600 minutes in a duty of 540"),
        ([NIGHT], {"briefing_min": 540}, "A1 has briefing of 540 minutes"),
    ],
)
def test_roster_that_cannot_be_worked_is_refused(rows, columns, message):
    with pytest.raises(DataError, match=message):
        require_roster(roster(*rows, **columns))


def test_roster_without_a_time_zone_or_of_a_stranger_is_refused():
    plain = roster(NIGHT).assign(starts_at=pd.Timestamp("2026-10-24 22:00"))
    with pytest.raises(DataError, match="starts_at of the roster must be instants"):
        require_roster(plain)
    with pytest.raises(DataError, match="holds 'A1', which is no unit"):
        duty_minutes(roster(NIGHT), ("B2",), hours("2026-10-24 22:00", 8))
    naked = hours("2026-10-24 22:00", 8).tz_localize(None)
    with pytest.raises(DataError, match="periods have no time zone"):
        duty_minutes(roster(NIGHT), ("A1",), naked)


@pytest.fixture(scope="module")
def day():
    return naive.make_day(0, units=(2, 0))


def test_minutes_of_the_roster_are_those_of_the_duty(day):
    minutes = np.array([[60] * 6, [0, 30, 60, 60, 60, 60]])
    present = minutes > 0
    day = dataclasses.replace(
        day, supply=dataclasses.replace(day.supply, present=present)
    )
    rules = ShiftRules(duty_min=minutes, briefing_min=15, breaks=0)
    found = duty(day, rules)
    assert found.minutes.tolist() == [[45] + [60] * 5, [0, 15, 60, 60, 60, 60]]
    assert found.activity[1, 0] == "off"


def test_breaks_keep_clear_of_the_ends_and_in_their_window(day):
    rules = ShiftRules(break_margin=1, break_blocks=2, no_break_under_h=0)
    assert np.flatnonzero(duty(day, rules).begins[0]).tolist() == [1, 2, 3]
    window = dataclasses.replace(rules, break_window=np.array([[2, 5], [0, 4]]))
    begins = duty(day, window).begins
    assert np.flatnonzero(begins[0]).tolist() == [2, 3]
    assert np.flatnonzero(begins[1]).tolist() == [1, 2]


def test_short_duty_has_no_break(day):
    found = duty(day, ShiftRules(no_break_under_h=6.5, break_margin=1))
    assert found.breaks.tolist() == [0, 0]
    assert not found.unrested.any()


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            {"break_blocks": 5, "no_break_under_h": 0, "break_margin": 1},
            "unit 0 has 6 hours of duty, of which the blocks from 1 to 5 cannot hold 1",
        ),
        (
            {"briefing_min": 200, "close_down_min": 160, "names": ("A1", "B2")},
            "A1 has 360 minutes of duty, and 360 of briefing, handover and close-down",
        ),
        ({"names": ("A1",)}, "the rules name 1 units, the supply has 2"),
        ({"break_window": np.zeros((3, 2))}, r"break_window has shape \(3, 2\)"),
        ({"duty_min": np.zeros((2, 5))}, r"duty_min has shape \(2, 5\), needs"),
        ({"duty_min": np.full((2, 6), 90)}, "duty_min must be from 0 to 60 minutes"),
    ],
)
def test_rules_that_do_not_fit_the_units_are_refused(day, rules, message):
    with pytest.raises(DataError, match=message):
        duty(day, ShiftRules(**rules))


def queue_of(service, where, age):
    return OpenQueue(
        service=np.array(service), hex=np.array(where), age_min=np.array(age, float)
    )


def test_open_calls_load_the_first_period_and_count_while_in_time(day):
    limit = day.classes[0].limit_min[5]
    found = with_queue(day, queue_of([0, 0, 1], [5, 5, 8], [0.0, limit, 3.0]))
    first, was = found.classes[0], day.classes[0]
    assert first.arrivals[0, 5] - was.arrivals[0, 5] == pytest.approx(1.0)
    service_h = was.load.sum() / was.arrivals.sum()
    assert first.load[0, 5] - was.load[0, 5] == pytest.approx(2 * service_h)
    assert first.arrivals[1:].tolist() == was.arrivals[1:].tolist()
    later = with_queue(day, queue_of([1], [8], [3.0]), from_period=2)
    assert later.classes[1].arrivals[2, 8] > day.classes[1].arrivals[2, 8]
    assert later.classes[0] is day.classes[0]


def test_committed_units_become_free_at_the_nearest_post(day):
    until, origin = busy(
        day,
        Committed(
            unit=np.array([1]), hex=day.post_hex[[4]], until_min=np.array([12.5])
        ),
    )
    assert until.tolist() == [0, 13]
    assert origin.tolist() == [-1, day.catchment[day.post_hex[4]]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda d: queue_of([0], [1, 2], [1.0]), "1 classes, 2 hexes and 1 ages"),
        (lambda d: with_queue(d, queue_of([2], [1], [1.0])), "class 2; there are 0 to"),
        (lambda d: with_queue(d, queue_of([0], [99], [1.0])), "names hex 99"),
        (
            lambda d: busy(
                d,
                Committed(
                    unit=np.array([7]), hex=np.array([0]), until_min=np.array([1.0])
                ),
            ),
            "names unit 7; there are 0 to 1",
        ),
        (
            lambda d: Committed(
                unit=np.array([1, 1]), hex=np.zeros(2, int), until_min=np.ones(2)
            ),
            "committed unit is named twice",
        ),
    ],
)
def test_opening_that_is_none_is_refused(day, make, message):
    with pytest.raises(DataError, match=message):
        make(day)
