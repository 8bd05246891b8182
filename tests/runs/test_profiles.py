"""What each profile holds of a run, and what it does not."""

import dataclasses
import json

import pytest

from geoalloc import maps, runs
from geoalloc.errors import UsageError
from geoalloc.runs.profiles import PROFILES

REST = ("hexes", "demand", "hotspots", "units", "visits", "areas", "beats")
GONE = (
    "prices",
    "borders",
    "border_value",
    "compared_cover",
    "compared_posts",
    "scores",
    "moves",
    "demand_flow",
    "incident_summary",
    "rejects",
)


@pytest.fixture(scope="module")
def briefed(toy_run):
    return runs.profiled(toy_run, "briefing")


def test_operational_holds_all(toy_run):
    found = runs.profiled(toy_run, "operational")
    for field in dataclasses.fields(runs.Run):
        if field.name != "record":
            assert getattr(found, field.name) is getattr(toy_run, field.name)
    assert found.record == toy_run.record | {"profile": "operational"}


def test_a_briefing_keeps_what_officers_are_told(toy_run, briefed):
    for name in REST:
        assert getattr(briefed, name) is getattr(toy_run, name)
    kept = ["unit_id", "period", "post", "activity", "grid_ref"]
    assert briefed.plan[kept].equals(toy_run.plan[kept])
    waits = ["hex_id", "first_unit", "minutes", "wait_min"]
    assert briefed.cover[waits].equals(toy_run.cover[waits])


def test_a_briefing_has_no_reckoning(briefed):
    for name in GONE:
        assert len(getattr(briefed, name)) == 0, name
    assert not briefed.cover["unmet"].any()
    assert not briefed.cover["none_free"].any()
    for key in ("solver", "comparison", "honesty", "inputs", "seeds", "timings"):
        assert key not in briefed.record
    assert briefed.record["profile"] == "briefing"


def test_the_reasons_of_a_briefing_tell_no_late_calls(toy_run, briefed):
    told = "\n".join([*toy_run.plan["reason"], *toy_run.posts["reason"]])
    assert "late calls (weighted)" in told
    kept = "\n".join([*briefed.plan["reason"], *briefed.posts["reason"]])
    for word in ("late", "weighted", "cost"):
        assert word not in kept
    assert kept.count("expected") == told.count("expected")


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        (
            "In standard reach of 2.0 expected immediate calls this shift; A-1 reaches "
            "most of them too, 1.2 other units on average; without it 0.39 more late "
            "calls (weighted); needed for minimum cover of East.",
            "In standard reach of 2.0 expected immediate calls this shift; A-1 reaches "
            "most of them too, 1.2 other units on average; needed for minimum cover of "
            "East.",
        ),
        (
            "Moves at 22:00 from A to B because it then has 2.0 expected immediate "
            "calls in standard reach, and 0.20 more would be late (weighted) there.",
            "Moves at 22:00 from A to B because it then has 2.0 expected immediate "
            "calls in standard reach.",
        ),
        (
            "Break from 23:00, which costs 0.01 late calls (weighted); the hour from "
            "22:00 would cost 0.55.",
            "Break from 23:00.",
        ),
    ],
)
def test_a_reason_loses_its_price_and_nothing_else(toy_run, reason, kept):
    run = dataclasses.replace(toy_run, plan=toy_run.plan.assign(reason=reason))
    assert set(runs.profiled(run, "briefing").plan["reason"]) == {kept}


def test_a_briefing_changes_nothing_of_the_run_it_is_cut_from(toy_run):
    before = json.dumps(toy_run.record, sort_keys=True)
    cut = runs.profiled(toy_run, "briefing")
    cut.record["shift"]["time_zone"] = "elsewhere"
    assert json.dumps(toy_run.record, sort_keys=True) == before
    assert toy_run.cover["unmet"].any()


@pytest.mark.parametrize("profile", ["operational", "briefing"])
def test_a_map_is_made_of_either(toy_run, profile):
    assert maps.plan_map(runs.profiled(toy_run, profile)).startswith("<!DOCTYPE html>")


def test_public_is_no_part_of_a_run(toy_run):
    with pytest.raises(UsageError, match=r"make it with runs\.public"):
        runs.profiled(toy_run, "public")


def test_an_unknown_profile_is_refused_with_those_there_are(toy_run):
    with pytest.raises(UsageError, match="operational, briefing, public"):
        runs.profiled(toy_run, "secret")
    assert PROFILES == ("operational", "briefing", "public")
