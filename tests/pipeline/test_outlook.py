import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from geoalloc import boundaries, demand, pipeline, report, runs, scenario
from geoalloc.errors import ScenarioError, UsageError
from geoalloc.pipeline import outlook as look
from tests.conftest import toy_text

PLANNING = """
[outlook]
months = 6
growth = {East = 0.04}

[investigations.categories.burglary]
hours = 9
screened_out = 0.35
pip = 1

[[investigations.open_cases]]
district = "West"
pip = 3
cases = 2
hours_left = 300
"""


def read(town_file, folder, text=PLANNING):
    path = folder / "toy.toml"
    path.write_text(toy_text(town_file) + text, encoding="utf-8")
    return scenario.read(path)


@pytest.fixture(scope="module")
def run(town_file, tmp_path_factory):
    return pipeline.look_ahead(read(town_file, tmp_path_factory.mktemp("look")))


@pytest.fixture(scope="module")
def small(run):
    """The run with few categories: a page draws each."""
    kept = ["all", "burglary", "drugs"]
    frames = {
        name: frame[frame["category"].isin(kept)]
        for name in ("frame", "past", "backtest")
        for frame in [getattr(run.ahead, name)]
    }
    return dataclasses.replace(run, ahead=dataclasses.replace(run.ahead, **frames))


def test_the_run_follows_the_scenario(run):
    assert run.record["months"] == ["2026-11", "2027-04"]
    assert set(run.ahead.frame["district"]) == {"all", "East", "West"}
    frame = run.casework.frame
    own = frame[(frame["category"] == "burglary")]
    assert not own["assumed"].any()
    assert own["screened_out"].sum() == pytest.approx(0.35 * own["crimes"].sum())
    grown = run.ahead.frame
    later = grown[(grown["district"] == "East") & (grown["lead"] == 6)]
    assert (later["assumed"] > 0).all()
    assert run.record["synthetic"] is True


def test_the_shares_observed_scaled_and_assumed_are_said(run):
    shares = run.record["shares"]
    assert sum(shares.values()) == pytest.approx(1.0)
    assert 0 < shares["assumed"] < 0.05
    words = pipeline.outlook_words(run)
    assert f"{shares['assumed']:.1%} are growth that the scenario assumes" in words
    assert "of the officer-hours rest on casework that this package assumes" in words
    assert words.startswith("OFFICIAL")
    assert words.splitlines()[1].startswith("Incidents are made up")


def test_months_that_are_missing_are_said():
    reading = SimpleNamespace(missing_months=("2019-07", "2021-10", "2021-11"))
    (said,) = look._missing(reading)
    assert said.startswith("No incident was read of 2019-07, 2021-10 to 2021-11:")
    assert look._missing(SimpleNamespace(missing_months=())) == []


def test_discovered_categories_of_the_scenario_are_held(run):
    frame = run.ahead.frame
    assert set(frame.loc[frame["discovered"], "category"]) == {"drugs"}


def test_the_folder_holds_tables_page_and_record(run, tmp_path):
    target = runs.write_outlook(run, tmp_path / "o", {"outlook.html": "<p>"})
    names = ["outlook", "outlook_past", "outlook_backtest"]
    names += ["investigations", "investigation_totals"]
    expected = {f"{name}.{kind}" for name in names for kind in ("csv", "parquet")}
    assert {f.name for f in target.iterdir()} == expected | {
        "outlook.html",
        "record.json",
    }
    table = pd.read_csv(target / "outlook.csv", encoding="utf-8-sig")
    assert (table["marking"] == "OFFICIAL").all()
    assert table["mean"].to_numpy() == pytest.approx(
        run.ahead.frame["mean"].to_numpy(), rel=1e-5
    )
    record = json.loads((target / "record.json").read_text(encoding="utf-8"))
    assert record["run_id"] == run.record["run_id"]
    assert record["scenario"]["outlook"]["months"] == 6


def test_a_folder_of_another_run_is_refused(run, tmp_path):
    runs.write_outlook(run, tmp_path / "o", {})
    other = dataclasses.replace(run, record=run.record | {"run_id": "00000000"})
    with pytest.raises(UsageError, match="is there already and is not run 00000000"):
        runs.write_outlook(other, tmp_path / "o", {})
    runs.write_outlook(run, tmp_path / "o", {})
    runs.write_outlook(other, tmp_path / "o", {}, force=True)
    assert (tmp_path / "o.before-1").is_dir()


def test_the_same_scenario_gives_the_same_outlook(run, town_file, tmp_path):
    again = pipeline.look_ahead(read(town_file, tmp_path))
    assert again.record["run_id"] == run.record["run_id"]
    pd.testing.assert_frame_equal(again.ahead.frame, run.ahead.frame)
    pd.testing.assert_frame_equal(again.casework.totals, run.casework.totals)


def test_the_same_run_gives_the_same_page(small):
    assert pipeline.outlook_products(small) == pipeline.outlook_products(small)


def test_the_page_says_what_it_rests_on_and_asks_for_nothing(small):
    page = pipeline.outlook_products(small)["outlook.html"]
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    for words in (
        "should hold 4 of 5",
        "How wrong such forecasts were",
        "drugs (held, in no total)",
        small.record["basis"],
        "Not backtested",
    ):
        assert words in page


def test_names_from_data_stay_text(small):
    run = small
    bad = "<script>alert(1)</script>"
    frames = {
        name: getattr(run.ahead, name).replace({"category": {"burglary": bad}})
        for name in ("frame", "past", "backtest")
    }
    why = {bad: demand.Explanation.of(bad, {bad: 1.0})}
    ahead = dataclasses.replace(
        run.ahead, explanations=run.ahead.explanations | why, **frames
    )
    page = report.outlook_page(ahead, run.casework, run.record | {"name": bad})
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_more_months_are_asked_for_on_the_way(town_file, tmp_path):
    found = pipeline.look_ahead(read(town_file, tmp_path), months=2)
    assert found.record["months"] == ["2026-11", "2026-12"]
    with pytest.raises(ScenarioError, match="months"):
        pipeline.look_ahead(read(town_file, tmp_path), months=40)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[outlook]\ngrowth = {North = 0.1}\n", "outlook.growth names the district"),
        ("[outlook]\ngrowth = {East = 0.7}\n", "growth"),
        ("[outlook]\nmonths = 0\n", "months"),
        (
            "[investigations.categories.anti-social-behaviour]\n"
            "hours = 1\nscreened_out = 0\npip = 1\n",
            "is no crime and has no investigation",
        ),
        (
            "[investigations.categories.burglary]\nhours = 1\nscreened_out = 0\n"
            "pip = 4\n",
            "pip",
        ),
        (
            '[[investigations.open_cases]]\ndistrict = "North"\npip = 1\ncases = 1\n'
            "hours_left = 1\n",
            "investigations.open_cases names the district 'North'",
        ),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(text, message, town_file, tmp_path):
    with pytest.raises(ScenarioError, match=message):
        pipeline.look_ahead(read(town_file, tmp_path, text))


def test_without_any_casework_there_are_no_investigations(small):
    page = report.outlook_page(small.ahead, None, small.record)
    assert "Investigations" not in page
    words = pipeline.outlook_words(dataclasses.replace(small, casework=None))
    assert "Investigations" not in words


def test_the_scenario_that_is_shipped_shows_growth_and_investigations():
    path = Path(__file__).parents[2] / "scenarios" / "friday-late.toml"
    given = scenario.read(path)
    area = boundaries.read(given.area.boundary)
    assert given.outlook.growth
    assert given.investigations.categories
    assert given.investigations.open_cases
    look._require_districts(given, area)
