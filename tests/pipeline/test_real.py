"""The main job on three real months of Avon and Somerset, at a coarse resolution."""

import shutil

import pandas as pd
import pytest
import shapely

from geoalloc import boundaries, hexes, pipeline, scenario

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def three_months(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("street")
    for month in ("2021-07", "2021-08", "2021-09"):
        name = f"{month}-avon-and-somerset-street.csv.gz"
        shutil.copy(real_data / "avon-and-somerset" / "street" / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def run(three_months, repository):
    wanted = scenario.read(repository / "scenarios" / "avon-and-somerset-real.toml")
    return pipeline.plan(wanted.changed(incidents=three_months, resolution=7))


def test_rows_are_those_of_the_files(run, three_months):
    raw = pd.concat(pd.read_csv(path) for path in sorted(three_months.iterdir()))
    data = run.record["data"]
    assert data["rows_read"] == len(raw)
    unlocated = raw["Longitude"].isna().sum()
    refused = data["rejected"]
    no_place = refused["no coordinates"] + refused["duplicate: without coordinates"]
    # A copy of a row without a place is a copy first.
    assert unlocated - refused["duplicate: a copy"] <= no_place <= unlocated
    assert data["rows_used"] > 0.85 * len(raw)


def test_hexes_hold_the_incidents_that_pandas_and_shapely_find(
    run, three_months, repository
):
    raw = pd.concat(pd.read_csv(path) for path in sorted(three_months.iterdir()))
    asb = raw[raw["Crime type"] == "Anti-social behaviour"]  # never a duplicate
    area = boundaries.read(repository / "boundaries" / "avon-and-somerset.geojson")
    inside = shapely.intersects_xy(area.outline, asb["Longitude"], asb["Latitude"])
    summary = run.incident_summary
    ours = summary[summary["category"] == "anti-social-behaviour"]["incidents"].sum()
    assert ours == inside.sum()


def test_the_plan_is_of_the_area_and_better_than_one_with_borders(run):
    scores = run.scores.set_index(["plan", "measure", "group"])
    borderless = scores.loc[("borderless", "late", "immediate")]
    bordered = scores.loc[("bordered", "late", "immediate")]
    assert borderless["high"] < bordered["low"]
    assert run.record["solver"]["gap"] < 0.02
    assert run.record["workload_shares"]["scaled"] > 0.01


def test_the_output_says_what_it_was_made_from(run):
    assert not run.record["synthetic"]
    rhythm = run.record["forecast"]["rhythm"]
    assert rhythm["measured"] == []
    assert "known only to the month" in rhythm["sentence"]
    assert "data.police.uk" in run.record["attribution"]
    assert (run.hotspots["peak_hours"] == "").all()
    assert (run.hotspots["peak_basis"] == "assumed").all()
    assert run.hotspots["hour_shares"].map(sum).to_numpy() == pytest.approx(1.0)


def test_violence_and_institutions_make_no_hotspot(run):
    assert "violent-crime" not in set(run.hotspots["category"])


def test_the_flow_of_demand_ends_in_what_the_plan_answers(run):
    flow = run.demand_flow.set_index("line")
    last = flow.iloc[-1]
    assert last["incidents"] == pytest.approx(run.demand["incidents"].sum())
    assert last["workload_h"] == pytest.approx(run.demand["workload_h"].sum())
    assert flow.iloc[:-1]["incidents"].sum() == pytest.approx(last["incidents"])
    assert flow.loc["recorded, without coordinates", "incidents"] > 0
    taken = flow[flow["incidents"] < 0]
    assert (taken["immediate"] == 0).all()


def test_every_hex_is_in_the_record(run):
    assert run.record["hexes"] == len(run.hexes)
    assert hexes.to_strings(run.hexes["hex_id"].to_numpy()[:1])[0].startswith("87")
