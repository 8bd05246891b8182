"""Run folders: written whole or not at all, read back as they were."""

import dataclasses
import json
import os

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from geoalloc import hexes, runs
from geoalloc.errors import DataError, SchemaError, UsageError
from geoalloc.runs import folder as folders


@pytest.fixture
def folder(toy_run, tmp_path):
    return runs.write(toy_run, tmp_path / "run", {"map.html": "<p>map</p>"})


def test_what_is_written_is_read_back(toy_run, folder):
    again = runs.read(folder)
    assert again.record == json.loads(json.dumps(toy_run.record))
    for field in dataclasses.fields(runs.Run):
        before, after = getattr(toy_run, field.name), getattr(again, field.name)
        if isinstance(before, gpd.GeoDataFrame):
            assert set(before.columns) == set(after.columns)
            assert len(before) == len(after)
            assert before.crs == after.crs
        elif isinstance(before, pd.DataFrame):
            pd.testing.assert_frame_equal(before, after, rtol=1e-6)


def test_every_file_of_the_format_is_there(folder):
    assert {path.name for path in folder.iterdir()} == {
        "areas.gpkg",
        "border_value.parquet",
        "borders.csv",
        "borders.parquet",
        "compared_cover.parquet",
        "cover.parquet",
        "demand.parquet",
        "demand_flow.csv",
        "demand_flow.parquet",
        "hexes.parquet",
        "hotspots.parquet",
        "incident_summary.parquet",
        "map.html",
        "moves.parquet",
        "plan-hexes.geoparquet",
        "plan.csv",
        "plan.gpkg",
        "plan.parquet",
        "posts.geojson",
        "posts.gpx",
        "prices.csv",
        "prices.parquet",
        "rejects.parquet",
        "run.json",
        "scores.parquet",
        "units.parquet",
        "visits.csv",
        "visits.parquet",
    }


def test_two_writes_of_one_run_are_the_same_bytes(toy_run, folder, tmp_path):
    again = runs.write(toy_run, tmp_path / "again", {"map.html": "<p>map</p>"})
    for path in sorted(folder.iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_the_same_run_is_replaced_and_leaves_nothing_behind(toy_run, folder):
    (folder / "stray.txt").write_text("from before", encoding="utf-8")
    runs.write(toy_run, folder, {})
    assert not (folder / "stray.txt").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_another_thing_of_that_name_is_refused(toy_run, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        runs.write(toy_run, tmp_path / "run", {})
    assert (tmp_path / "run" / "thesis.txt").read_text("utf-8") == "years of work"


def test_another_run_of_that_name_is_refused(toy_run, folder):
    other = dataclasses.replace(toy_run, record=toy_run.record | {"run_id": "another"})
    with pytest.raises(UsageError, match="is not run another"):
        runs.write(other, folder, {})
    assert runs.read_record(folder / "run.json")["run_id"] == toy_run.record["run_id"]


def test_force_sets_another_thing_aside(toy_run, tmp_path):
    target = tmp_path / "run"
    for number in (1, 2):
        target.mkdir()
        (target / "thesis.txt").write_text("years of work", encoding="utf-8")
        runs.write(toy_run, target, {}, force=True)
        kept = tmp_path / f"run.before-{number}" / "thesis.txt"
        assert kept.read_text(encoding="utf-8") == "years of work"
        assert (target / "run.json").exists()
        for path in target.iterdir():
            path.unlink()
        target.rmdir()


def test_a_write_that_fails_leaves_nothing_half_made(toy_run, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs.folder, "text", full)
    with pytest.raises(DataError, match="cannot be written: No space left"):
        runs.write(toy_run, tmp_path / "run", {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such folder")
def test_a_folder_that_cannot_be_made_is_refused_in_one_sentence(toy_run, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be written"):
        runs.write(toy_run, tmp_path / "file" / "run", {})


def test_a_spreadsheet_runs_no_cell(toy_run, tmp_path):
    plan = toy_run.plan.assign(reason="=HYPERLINK(1)", post="@SUM(A1)")
    plan["home_station"] = "-2+3"
    folder = runs.write(dataclasses.replace(toy_run, plan=plan), tmp_path / "run", {})
    read = pd.read_csv(folder / "plan.csv", encoding="utf-8-sig")
    assert set(read["reason"]) == {"'=HYPERLINK(1)"}
    assert set(read["post"]) == {"'@SUM(A1)"}
    assert set(read["home_station"]) == {"'-2+3"}


def test_the_csv_says_how_it_is_marked_and_when_locally(toy_run, folder):
    read = pd.read_csv(folder / "plan.csv", encoding="utf-8-sig")
    assert set(read["marking"]) == {"OFFICIAL - EXERCISE - SYNTHETIC"}
    assert sorted(set(read["period"])) == [
        f"2026-11-20 {hour}:00" for hour in (20, 21, 22)
    ]
    assert pyogrio.read_info(folder / "plan.gpkg", layer="posts")["layer_metadata"] == {
        "MARKING": "OFFICIAL - EXERCISE - SYNTHETIC"
    }


def test_a_swap_that_fails_puts_the_old_run_back(toy_run, folder, monkeypatch):
    before = (folder / "run.json").read_bytes()
    real, calls = os.replace, []

    def second_fails(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(13, "Permission denied")
        real(source, target)

    monkeypatch.setattr(runs.folder.os, "replace", second_fails)
    with pytest.raises(DataError, match="Permission denied"):
        runs.write(toy_run, folder, {})
    assert (folder / "run.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["run"]


def test_a_strange_record_is_no_run_to_replace(toy_run, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        runs.write(toy_run, tmp_path / "run", {})


def test_hexes_in_the_csv_are_those_of_h3(toy_run, folder):
    read = pd.read_csv(folder / "plan.csv", encoding="utf-8-sig")
    expected = hexes.to_strings(toy_run.plan["post_hex"].to_numpy())
    assert list(read["post_hex"]) == expected


def test_the_flow_of_demand_is_a_marked_table_too(toy_run, folder):
    read = pd.read_csv(folder / "demand_flow.csv", encoding="utf-8-sig")
    assert set(read["marking"]) == {"OFFICIAL - EXERCISE - SYNTHETIC"}
    np.testing.assert_allclose(
        read["incidents"], toy_run.demand_flow["incidents"], rtol=1e-5, atol=1e-12
    )
    last = read.iloc[-1]
    assert last["incidents"] == pytest.approx(toy_run.demand["incidents"].sum(), 1e-5)


def test_the_geopackage_holds_posts_beats_and_hexes(toy_run, folder):
    layers = [name for name, _ in pyogrio.list_layers(folder / "plan.gpkg")]
    assert layers == ["posts", "beats", "compared_posts", "hexes", "layer_styles"]
    hexes_layer = gpd.read_file(folder / "plan.gpkg", layer="hexes")
    expected = toy_run.demand.groupby("grade")["incidents"].sum()
    assert hexes_layer["expected_immediate"].sum() == pytest.approx(
        expected["immediate"]
    )
    assert hexes_layer["unmet"].sum() == pytest.approx(toy_run.cover["unmet"].sum())


def test_a_frame_that_breaks_its_contract_makes_no_run(toy_run):
    with pytest.raises(SchemaError, match="units frame: officers"):
        dataclasses.replace(toy_run, units=toy_run.units.assign(officers=0))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no run record"),
        ("{", "cannot be read as a run record"),
        ('{"format_version": 99}', "is of run format 99"),
        ("[]", "is of run format None"),
        ('{"format_version": 1}', "is not a whole run record: it has no run_id"),
    ],
)
def test_a_record_that_is_no_record_is_refused(tmp_path, text, message):
    if text is not None:
        (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        runs.read_record(tmp_path / "run.json")


def test_a_folder_with_a_file_missing_is_refused(folder):
    (folder / "cover.parquet").unlink()
    with pytest.raises(DataError, match="is not a whole run folder"):
        runs.read(folder)


def test_a_table_is_written_as_pandas_writes_it(tmp_path):
    frame = pd.DataFrame(
        {
            "text": ["plain", 'a "quote", and a comma', "two\nlines", "=1+1", None],
            "figure": [1e-7, 123456789.0, np.nan, -0.1 - 0.2, 1.0],
            "whole": [1, 2, 3, 4, 5],
            "flag": [True, False, True, False, True],
        }
    )
    folders.table(frame, tmp_path / "ours.csv")
    folders.neutral(frame).to_csv(
        tmp_path / "theirs.csv",
        index=False,
        encoding="utf-8-sig",
        float_format="%.6g",
        lineterminator="\n",
    )
    ours = (tmp_path / "ours.csv").read_bytes()
    assert ours == (tmp_path / "theirs.csv").read_bytes()
    assert b"'=1+1" in ours


def test_tables_for_readers_have_local_times_and_no_formula(toy_run, folder):
    zone = toy_run.record["shift"]["time_zone"]
    prices = pd.read_csv(folder / "prices.csv", encoding="utf-8-sig", dtype="str")
    expected = (
        toy_run.prices["period"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M")
    )
    found = prices["period"]
    assert found.notna().tolist() == expected.notna().tolist()
    assert found.dropna().tolist() == expected.dropna().tolist()
    assert not prices["change"].str.startswith(("'", "+", "-", "=")).any()
