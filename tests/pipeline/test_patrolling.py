"""Visits of a run fit the night of the unit that makes them."""

import pandas as pd
import pytest

from geoalloc import pipeline, scenario
from tests.conftest import toy_text

BRIEFED, CLOSED = pd.Timedelta(minutes=25), pd.Timedelta(minutes=20)


@pytest.fixture(scope="module")
def run(town_file, tmp_path_factory):
    text = toy_text(town_file) + (
        "[duty]\nbriefing_min = 25\nclose_down_min = 20\n"
        "[patrol]\nhotspots = 6\nbusy_below = 1.0\napart_min = 30\n"
    )
    path = tmp_path_factory.mktemp("patrol") / "patrol.toml"
    path.write_text(text, encoding="utf-8")
    return pipeline.plan(scenario.read(path))


def away(visits):
    """When each visit takes the unit from its post, driving there among it."""
    return visits["starts_at"] - pd.to_timedelta(visits["drive_min"], unit="min")


def test_no_unit_visits_while_it_is_briefed_or_closes_down(run):
    units = run.units.set_index("unit_id")
    duty = units.loc[run.visits["unit_id"]].reset_index()
    assert len(run.visits) > 1
    assert (away(run.visits) >= duty["starts_at"] + BRIEFED).all()
    assert (run.visits["ends_at"] <= duty["ends_at"] - CLOSED).all()


def test_no_unit_visits_before_it_is_at_its_post(run):
    hours = run.plan.sort_values("period")
    first = hours.drop_duplicates("unit_id").set_index("unit_id")
    driven = pd.to_timedelta(first["travel_min"], unit="min")
    starts = run.units.set_index("unit_id")["starts_at"]
    ready = (
        (starts + BRIEFED + driven).loc[run.visits["unit_id"]].reset_index(drop=True)
    )
    assert (away(run.visits) >= ready).all()
