"""Hours of investigators shared out: rules, tables, words."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoalloc import boundaries, pipeline, scenario
from geoalloc.errors import DataError, ScenarioError, UsageError
from geoalloc.pipeline import investigating, outlook
from tests.conftest import toy_text

TEAMS = """
[investigators]
officer_hours = 90
mode = "borderless"
hours_per_trip = 5

[[investigators.teams]]
name = "West CID"
district = "West"
hours = 1300
pip = 2

[[investigators.teams]]
name = "East volume"
district = "East"
hours = 120
pip = 1

[[investigators.teams]]
name = "Major crime"
district = "West"
hours = 100
pip = 3
"""
OPEN = """
[[investigations.open_cases]]
district = "East"
pip = 2
cases = 12
hours_left = 10
"""
HOLDER = """
[[investigators.holders]]
district = "East"
pip = 2
team = "Major crime"
"""


def scenario_file(town_file, folder, text):
    path = folder / "toy.toml"
    path.write_text(toy_text(town_file) + text, encoding="utf-8")
    return path


def share(town_file, folder, text=TEAMS, **changes):
    given = scenario.read(scenario_file(town_file, folder, text))
    return pipeline.share_casework(given, **changes)


@pytest.fixture(scope="module")
def run(town_file, tmp_path_factory):
    return share(town_file, tmp_path_factory.mktemp("share"))


@pytest.fixture(scope="module")
def ahead(town_file, tmp_path_factory):
    path = scenario_file(town_file, tmp_path_factory.mktemp("look"), TEAMS)
    return outlook.look_ahead(scenario.read(path), months=1)


def test_every_hour_of_the_outlook_is_served_or_not(run, ahead):
    asked = ahead.casework.totals
    whole = asked[(asked["district"] == "all") & (asked["pip"] == 0)]["hours"].sum()
    served = run.plan.assignments["hours"].sum()
    assert run.record["asked_h"] == pytest.approx(whole)
    assert served + run.record["unserved_h"] == pytest.approx(whole)
    by = asked[(asked["district"] != "all") & (asked["pip"] > 0)]
    by = by.set_index(["district", "pip"])["hours"]
    table = run.unserved.set_index(["district", "pip"])["hours"]
    assert table.to_dict() == pytest.approx(by[by > 0].to_dict())


def test_drives_between_districts_take_hours_and_those_within_none(run):
    rows = run.plan.assignments
    base = run.plan.teams.set_index("team")["district"]
    home = rows["team"].map(base) == rows["district"]
    assert (rows.loc[home, "travel_h"] == 0).all()
    away = rows[~home]
    assert len(away)
    minutes = 60 * 5 * away["travel_h"] / away["hours"] / 2
    # 12.5 km as the crow flies, with detours, at 30 to 55 km/h and by one bridge.
    assert minutes.between(15, 40).all()
    assert np.ptp(minutes) == pytest.approx(0, abs=1e-6)


def test_borders_are_compared_and_cost_hours(run, town_file, tmp_path):
    whole = run.borders.set_index("district").loc["all"]
    assert whole["bordered_h"] > whole["borderless_h"]
    assert whole["borderless_h"] == pytest.approx(run.record["unserved_h"])
    bordered = TEAMS.replace('"borderless"', '"bordered"')
    kept = share(town_file, tmp_path, bordered)
    assert kept.record["mode"] == "bordered"
    assert kept.record["unserved_h"] == pytest.approx(whole["bordered_h"])
    base = kept.plan.teams.set_index("team")["district"]
    rows = kept.plan.assignments
    assert (rows["team"].map(base) == rows["district"]).all()


def test_one_more_investigator_buys_what_adding_a_team_buys(run, town_file, tmp_path):
    new = TEAMS + (
        '\n[[investigators.teams]]\nname = "new"\ndistrict = "East"\nhours = 90\n'
        "pip = 2\n"
    )
    more = share(town_file, tmp_path, new)
    bought = run.one_more.set_index(["pip", "district"]).loc[(2, "East"), "buys"]
    saved = run.record["weighted_unserved_h"] - more.record["weighted_unserved_h"]
    assert bought == pytest.approx(saved, abs=1e-3)
    assert run.record["one_more_hours"] == 90


def test_hours_of_teams_count_for_each_month(run, town_file, tmp_path):
    two = share(town_file, tmp_path, months=2)
    assert two.plan.teams["hours"].tolist() == [2600, 240, 200]
    assert two.record["months"] == ["2026-11", "2026-12"]
    assert two.record["one_more_hours"] == 180
    assert two.record["asked_h"] > 1.5 * run.record["asked_h"]


def test_open_cases_stay_with_their_holder(town_file, tmp_path):
    found = share(town_file, tmp_path, TEAMS + OPEN + HOLDER)
    held = found.plan.assignments.query("holder != ''")
    assert held["team"].tolist() == ["Major crime"]
    # Twelve cases of ten hours over six months, as far as drives leave hours.
    assert held["hours"].iloc[0] == pytest.approx(20)


def test_the_base_is_the_station_with_the_most_officers(town, town_grid, toy_scenario):
    given = scenario.read(toy_scenario)
    bases = investigating._bases(given, town, town_grid)
    assert bases["base"].tolist() == [
        "Westford police station",
        "Easton police station",
    ]


def test_of_two_stations_that_with_more_officers_is_the_base(
    town_file, town_grid, tmp_path
):
    area = boundaries.read(town_file)
    # Both stations in one district: the beat of the second is the first's.
    stations = area.stations.assign(beat="West beat")
    one = boundaries.Boundaries(
        **{**vars(area), "stations": stations.iloc[::-1].reset_index(drop=True)}
    )
    path = scenario_file(town_file, tmp_path, TEAMS)
    bases = investigating._bases(scenario.read(path), one, town_grid)
    # Westford has three crews of two and a PCSO, Easton two crews of two.
    assert bases["base"].tolist() == ["Westford police station", "its middle"]


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", ScenarioError, r"add the table \[investigators\]"),
        (TEAMS.replace('"East"', '"North"'), ScenarioError, "the district 'North'"),
        (
            TEAMS + HOLDER.replace("Major crime", "Minor crime"),
            ScenarioError,
            "names the team 'Minor crime'",
        ),
        (
            TEAMS + HOLDER.replace("East", "North"),
            ScenarioError,
            "names the district 'North'",
        ),
    ],
)
def test_teams_that_cannot_be_are_refused_before_the_work(
    text, kind, message, town_file, tmp_path, monkeypatch
):
    monkeypatch.setattr(outlook, "look_ahead", None)
    with pytest.raises(kind, match=message):
        share(town_file, tmp_path, text)


def test_work_that_nobody_holds_or_may_do_is_refused(town_file, tmp_path):
    with pytest.raises(DataError, match="nobody holds the open cases"):
        share(town_file, tmp_path, TEAMS + OPEN)
    low = TEAMS.replace("pip = 2", "pip = 1").replace("pip = 3", "pip = 1")
    with pytest.raises(DataError, match="no team is accredited for PIP 2"):
        share(town_file, tmp_path, low)


def test_months_are_those_of_an_outlook(town_file, tmp_path):
    with pytest.raises(ScenarioError, match="months"):
        share(town_file, tmp_path, months=37)


def test_the_words_hold_every_table_and_what_is_assumed(run):
    words = pipeline.casework_words(run)
    assert words.startswith("OFFICIAL\nIncidents are made up")
    for team in run.plan.teams["team"]:
        assert team in words
    for said in (
        f"{run.record['unserved_h']:,.0f} are not served",
        f"{run.record['largest_ratio']:.0%}",
        "bordered, the busiest team spends",
        "PIP 3",
        "Westford police station for West, Easton police station for East",
        "are assumptions of this package, not figures of a force",
    ):
        assert said in words
    assert " -0" not in words


def test_the_csv_holds_every_hour_with_the_marking(run, tmp_path):
    pipeline.write_casework(run, tmp_path / "hours.csv")
    with (tmp_path / "hours.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["marking"] for row in rows} == {"OFFICIAL"}
    for what, hours in (
        ("assigned", run.plan.assignments["hours"].sum()),
        ("not served", run.record["unserved_h"]),
    ):
        found = sum(float(r["hours"]) for r in rows if r["what"] == what)
        assert found == pytest.approx(hours, rel=1e-4)
    with pytest.raises(UsageError, match="is there already"):
        pipeline.write_casework(run, tmp_path / "hours.csv")


def test_the_json_holds_no_nan(run):
    for name, rows in run.as_json().items():
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            values = [value for row in rows for value in row.values()]
            assert not any(value != value for value in values), name


def test_the_same_scenario_gives_the_same_hours(run, town_file, tmp_path):
    again = share(town_file, tmp_path)
    pd.testing.assert_frame_equal(again.plan.assignments, run.plan.assignments)
    assert again.record["run_id"] == run.record["run_id"]


def test_the_scenario_that_is_shipped_has_teams_in_every_district():
    path = Path(__file__).parents[2] / "scenarios" / "friday-late.toml"
    given = scenario.read(path)
    area = boundaries.read(given.area.boundary)
    investigating.require_names(given, area)
    teams = given.investigators.teams
    for district in area.districts["name"]:
        assert {t.pip for t in teams if t.district == district} >= {1, 2}
    assert [t.pip for t in teams].count(3) == 1
    held = {(h.district, h.pip) for h in given.investigators.holders}
    assert {(c.district, c.pip) for c in given.investigations.open_cases} <= held
