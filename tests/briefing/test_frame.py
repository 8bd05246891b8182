"""What stands on every sheet is what the record says."""

import copy
import datetime as dt

import pytest

from geoalloc.briefing.frame import Frame
from tests.briefing.conftest import with_record

VALID = {"from": "2026-01-09T22:00:00+00:00", "to": "2026-01-10T01:00:00+00:00"}


@pytest.fixture
def run(toy):
    return with_record(toy, valid=VALID)


def test_frame_holds_all_that_a_sheet_must_say(run):
    frame = Frame.of(run)
    small = " ".join(frame.small_print)
    assert frame.marking == "OFFICIAL-SENSITIVE"
    assert frame.handling == "Destroy after the shift"
    assert "Valid from Fri 9 Jan 2026, 22:00 to Sat 10 Jan 2026, 01:00" in small
    assert "Destroy after 7 February 2026" in small  # 28 days after the end
    assert "Made Fri 9 Jan 2026, 18:00, run 0a1b2c3d" in small
    assert "Incidents of 1 January 2024 to 31 December 2025" in small
    assert "retrospective" in small
    assert "Open Government Licence" in small


def test_exercise_and_synthetic_are_marked(run):
    marked = with_record(run, purpose="exercise", synthetic=True)
    assert Frame.of(marked).marking == "OFFICIAL-SENSITIVE - EXERCISE - SYNTHETIC"


def test_times_are_local(run):
    summer = {"from": "2026-07-01T21:00:00+00:00", "to": "2026-07-02T05:00:00Z"}
    frame = Frame.of(with_record(run, valid=summer))
    assert frame.validity.endswith("Wed 1 Jul 2026, 22:00 to Thu 2 Jul 2026, 06:00")


def test_missing_months_are_told(run):
    data = copy.deepcopy(run.record["data"]) | {"missing_months": ["2024-07"]}
    assert Frame.of(with_record(run, data=data)).data_period.endswith("without 2024-07")
    many = {"missing_months": ["2024-07", "2024-11", "2024-12", "2025-01"]}
    told = Frame.of(with_record(run, data=data | many)).data_period
    assert told.endswith("without 2024-07, 2024-11 to 2025-01")


def test_the_day_to_destroy_follows_the_record(run):
    said = {**run.record["briefing"], "destroy_after_days": 0}
    frame = Frame.of(with_record(run, briefing=said))
    assert frame.destroy_after == "10 January 2026"


@pytest.mark.parametrize(
    ("hour", "notice"),
    [(21, "NOT YET VALID"), (23, ""), (26, "EXPIRED")],
)
def test_a_sheet_printed_out_of_time_says_so(run, hour, notice):
    now = dt.datetime(2026, 1, 9, tzinfo=dt.UTC) + dt.timedelta(hours=hour)
    assert Frame.of(run, now=now).notice.startswith(notice)
    assert bool(Frame.of(run, now=now).notice) == bool(notice)
    assert Frame.of(run).notice == ""


def test_the_file_is_dated_by_its_data(run):
    assert Frame.of(run).as_of == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
