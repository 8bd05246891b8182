import numpy as np
import pandas as pd
import pytest

from geoalloc import boundaries, scenario
from geoalloc.errors import DataError, ScenarioError
from geoalloc.pipeline import force

HEAD = "unit_id,kind,home_station,starts_at,ends_at,officers\n"


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def area(toy):
    return boundaries.read(toy.area.boundary)


def changed(toy, **tables):
    values = toy.resolved()
    for name, table in tables.items():
        values[name] = (
            values.get(name, {}) | table if isinstance(table, dict) else table
        )
    return scenario.parse(values)


def group(**more):
    return {"kind": "response", "station": "Westford", "count": 1, "officers": 2} | more


def test_all_units_of_the_toy_are_there_all_the_time(toy, area):
    found = force.tonight(toy, area)
    assert found.present.shape == (6, 3)
    assert found.present.all()
    assert found.off_post_h == 0.0
    assert found.lent_h == {}


def test_a_unit_that_starts_later_or_leaves_is_there_for_its_hours(toy, area):
    units = [group(), group(starts_h=1.5), group(hours=1.25)]
    found = force.tonight(changed(toy, units=units), area)
    # An hour counts if half of it is left: 1.5 h in, the second hour just does.
    assert found.present.tolist() == [[1, 1, 1], [0, 1, 1], [1, 0, 0]]
    assert found.duty_min.tolist() == [[60, 60, 60], [0, 30, 60], [60, 15, 0]]


def test_briefing_and_close_down_are_counted_in_hours(toy, area):
    duty = {"briefing_min": 40.0, "close_down_min": 31.0}
    found = force.tonight(changed(toy, units=[group()] * 2, duty=duty), area)
    assert found.duty_min.tolist() == [[60, 60, 60]] * 2
    assert found.off_post_h == pytest.approx(2 * 71 / 60)


def test_briefing_longer_than_the_duty_is_refused(toy, area):
    units = [group(), group(hours=0.5)]
    wanted = changed(toy, units=units, duty={"briefing_min": 30.0})
    with pytest.raises(DataError, match=r"duty of R-WES-02 lasts 0\.5 hours"):
        force.tonight(wanted, area)


def test_a_duty_that_starts_after_the_shift_is_refused(toy, area):
    units = [group(), group(starts_h=4.0)]
    with pytest.raises(ScenarioError, match="R-WES-02 starts its duty when it is over"):
        force.tonight(changed(toy, units=units), area)


def test_single_crews_pair_up_for_the_night(toy, area):
    units = [group(officers=1, count=3), group(officers=2)]
    hours = pd.date_range(toy.shift.starts_at, periods=3, freq="h")
    night = [hours[1].time().isoformat(), hours[2].time().isoformat()]
    wanted = changed(toy, units=units, duty={"double_crewed": night})
    found = force.tonight(wanted, area)
    table = dict(zip(found.units["unit_id"], found.present.tolist(), strict=True))
    assert table == {
        "R-WES-01": [1, 0, 1],
        "R-WES-02": [1, 0, 1],
        "R-WES-03": [1, 1, 1],  # nobody is left to go with it
        "R-WES-04": [1, 1, 1],
        "R-WES-01+": [0, 1, 0],
    }
    officers = found.units["officers"].to_numpy()[:, None] * found.present
    assert officers.sum(axis=0).tolist() == [5, 5, 5]


def test_a_window_of_the_night_may_cross_midnight(toy, area):
    at = pd.Timestamp(toy.shift.starts_at)
    night = [(at - pd.Timedelta(hours=1)).time().isoformat(), "06:00:00"]
    units = [group(officers=1, count=2)]
    wanted = changed(toy, units=units, duty={"double_crewed": night})
    found = force.tonight(wanted, area)
    assert found.units["unit_id"].tolist() == ["R-WES-01+"]


def test_lent_hours_are_counted_by_kind(toy, area):
    kinds = {"neighborhood": {"serves": ["routine"], "lent": True}}
    units = [group(), group(kind="neighborhood", count=2)]
    found = force.tonight(changed(toy, units=units, kinds=kinds), area)
    assert found.lent_h == {"neighborhood": 6.0}


@pytest.fixture
def with_roster(toy, tmp_path):
    def write(rows):
        path = tmp_path / "tonight.csv"
        path.write_text(HEAD + rows, encoding="utf-8")
        return changed(toy, roster={"path": path.as_posix()})

    return write


def test_a_roster_takes_the_place_of_the_units(toy, area, with_roster):
    at = pd.Timestamp(toy.shift.starts_at)
    later = (at + pd.Timedelta(hours=1)).isoformat()
    ends = (at + pd.Timedelta(hours=9)).isoformat()
    found = force.tonight(
        with_roster(
            f"B-2,response,Easton,{later},{ends},2\n"
            f"A-1,response,Westford,{at.isoformat()},{ends},2\n"
        ),
        area,
    )
    assert found.units["unit_id"].tolist() == ["A-1", "B-2"]
    assert found.present.tolist() == [[1, 1, 1], [0, 1, 1]]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A-1,dragoon,Westford", "kind of A-1 is 'dragoon'"),
        ("A-1,response,Nowhere", "home_station of A-1 is 'Nowhere'"),
    ],
)
def test_a_roster_must_name_what_is_known(toy, area, with_roster, row, message):
    span = "2026-11-20T20:00,2026-11-20T23:00,2"
    with pytest.raises(DataError, match=message):
        force.tonight(with_roster(f"{row},{span}\n"), area)


def test_a_shift_needs_a_response_unit_on_duty(toy, area, with_roster):
    row = "A-1,response,Westford,2020-01-01T20:00,2020-01-01T23:00,2\n"
    with pytest.raises(DataError, match="no response unit is on duty in the shift"):
        force.tonight(with_roster(row), area)


def test_presence_is_at_least_half_of_the_hour(toy, area):
    rng = np.random.default_rng(3)
    for _ in range(20):
        start, length = rng.uniform(0, 2), rng.uniform(0.2, 3)
        units = [group(), group(starts_h=start, hours=length)]
        found = force.tonight(changed(toy, units=units), area)
        share = [max(0.0, min(start + length, h + 1) - max(start, h)) for h in range(3)]
        expected = [round(60 * s) >= 30 for s in share]
        there = dict(
            zip(found.units["unit_id"], found.present.tolist(), strict=True)
        ).get("R-WES-02", [False] * 3)
        assert there == expected
