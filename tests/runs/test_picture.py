"""A public picture holds places and counts, and nothing of the plan."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import hexes, runs
from geoalloc.errors import DataError, UsageError
from geoalloc.runs import picture_words
from geoalloc.runs.suppression import LEAST, Withheld
from tests import naive_suppression as naive
from tests.peeled import holding


@pytest.fixture(scope="module")
def picture(toy_run):
    return runs.public(toy_run)


def secrets(run):
    """Posts, call signs, home beats, question and name of a run."""
    named = {*run.plan["post"], *run.posts["post"], *run.units["unit_id"]}
    named |= {*run.hexes["home_beat"], run.record["question"], run.record["run_id"]}
    return named | {*run.posts["reason"]}


def test_no_public_file_holds_a_post_or_a_unit(toy_run, released):
    wanted = secrets(toy_run)
    assert len(wanted) > 10
    places = toy_run.areas.loc[toy_run.areas["kind"] == "place", "name"]
    assert wanted.isdisjoint(places)
    for path in sorted(released["public"].iterdir()):
        assert holding(path, wanted) == set(), path.name


def test_the_same_search_finds_them_in_the_files_of_an_operational_release(
    toy_run, released
):
    units, posts = set(toy_run.posts["unit_id"]), set(toy_run.posts["post"])
    for name in ("map.html", "plan.gpkg", "posts.gpx", "posts.geojson", "posts.csv"):
        found = holding(released["operational"] / name, units | posts)
        assert found == units | posts, name
    firsts = set(toy_run.cover["first_unit"].dropna())
    found = holding(released["operational"] / "hexes.geoparquet", units)
    assert found
    assert found <= firsts


def test_a_public_release_has_these_files_and_no_other(released):
    assert {path.name for path in released["public"].iterdir()} == {
        "districts.csv",
        "groups.csv",
        "hexes.csv",
        "hexes.geoparquet",
        "map.html",
        "public.gpkg",
        "release.json",
        "years.csv",
    }


def test_counts_are_those_of_the_run(toy_run, picture):
    at = hexes.parents(
        toy_run.incident_summary["hex_id"].to_numpy(), picture.facts["resolution"]
    )
    group = picture_words.groups(toy_run.incident_summary, LEAST)
    wanted = toy_run.incident_summary.groupby([at, group.to_numpy()])["incidents"].sum()
    shown = picture.groups.dropna()
    assert len(shown) > 5
    for row in shown.itertuples():
        assert row.incidents == wanted[row.hex_id, row.group] >= LEAST
    totals = wanted.groupby(level=0).sum()
    for row in picture.hexes.dropna(subset="incidents").itertuples():
        assert row.incidents == totals[row.hex_id] >= LEAST


def test_no_count_under_five_is_told_anywhere(picture):
    for frame in (picture.hexes, picture.groups, picture.districts, picture.years):
        assert (frame["incidents"].dropna() >= LEAST).all()


def test_what_is_kept_back_follows_from_none_of_the_tables(toy_run):
    """Of a few incidents, so that a linear program can look at every hidden count."""
    few = toy_run.incident_summary.sort_values(["hex_id", "category", "month"])
    few = few.iloc[::9].reset_index(drop=True)
    run = dataclasses.replace(toy_run, incident_summary=few)
    found = runs.public(run)
    at = hexes.parents(few["hex_id"].to_numpy(), found.facts["resolution"])
    group = picture_words.groups(few, LEAST)
    names = found.facts["groups"]
    table = few.assign(at=at, group=group.to_numpy()).pivot_table(
        index="at", columns="group", values="incidents", aggfunc="sum", fill_value=0
    )
    table = table.reindex(found.hexes["hex_id"], fill_value=0)[names]
    parts = found.hexes["district"].tolist()
    rows = found.groups["incidents"].isna().to_numpy().reshape(len(table), -1)
    by_part = found.districts["incidents"].isna().to_numpy()
    by_part = by_part.reshape(len(set(parts)), -1)
    hidden = Withheld(
        cells=rows,
        totals=found.hexes["incidents"].isna().to_numpy(),
        part_cells=by_part[:, 1:],
        part_totals=by_part[:, 0],
    )
    assert rows.any()
    assert not rows.all()
    kept_back = naive.bounds(table.to_numpy(), parts, hidden)
    for what, true, low, high in kept_back[:: max(1, len(kept_back) // 40)]:
        assert high - low > 0.5, (what, true)


def test_a_forecast_is_told_where_its_incidents_are_and_to_two_digits(toy_run, picture):
    frame = picture.hexes
    pd.testing.assert_series_equal(
        frame["expected"].isna(), frame["incidents"].isna(), check_names=False
    )
    at = hexes.parents(toy_run.demand["hex_id"].to_numpy(), picture.facts["resolution"])
    sums = toy_run.demand.groupby(at)[["incidents", "low", "high"]].sum()
    shown = frame.dropna(subset="expected").set_index("hex_id")
    for name, of in (("expected", "incidents"), ("low", "low"), ("high", "high")):
        np.testing.assert_allclose(shown[name], sums.loc[shown.index, of], rtol=0.05)
        assert all(float(f"{x:.2g}") == x for x in shown[name])


def test_hexes_are_merged_to_their_parents_or_coarser(toy_run, picture):
    finest = toy_run.record["resolution"]
    assert picture.facts["resolution"] < finest
    held = picture.hexes["incidents"].sum() / picture.facts["total"]
    assert held >= 0.95
    land = (toy_run.hexes["area_km2"] * toy_run.hexes["land_share"]).sum()
    assert picture.hexes["land_km2"].sum() == pytest.approx(land)


def test_years_and_districts_add_up_to_the_whole(picture):
    total = picture.facts["total"]
    for frame in (picture.districts, picture.years):
        whole = frame[frame["group"] == "all"]
        if whole["incidents"].notna().all():
            assert whole["incidents"].sum() == total


def test_only_areas_that_tell_nothing_of_the_force_are_drawn(picture):
    kinds = set(picture.areas["kind"])
    assert kinds <= {"force", "district", "place", "river", "coast", "road"}
    assert {"district", "place"} <= kinds


def test_a_sensitive_run_is_released_only_by_a_persons_word(toy_run):
    record = toy_run.record | {"marking": "OFFICIAL-SENSITIVE"}
    run = dataclasses.replace(toy_run, record=record)
    with pytest.raises(UsageError, match="decision to release, given with --marking"):
        runs.public(run)
    assert runs.public(run, "OFFICIAL").facts["marking"] == "OFFICIAL"
    with pytest.raises(UsageError, match="cannot be marked OFFICIAL-SENSITIVE"):
        runs.public(run, "OFFICIAL-SENSITIVE")


def test_too_few_incidents_make_no_picture(toy_run):
    few = toy_run.incident_summary.iloc[:1].assign(incidents=np.array([4]))
    run = dataclasses.replace(toy_run, incident_summary=few)
    with pytest.raises(DataError, match="has 4 incidents in its area"):
        runs.public(run)


def test_five_incidents_make_one_that_tells_the_total_alone(toy_run):
    few = toy_run.incident_summary.iloc[:2].assign(incidents=np.array([4, 1]))
    found = runs.public(dataclasses.replace(toy_run, incident_summary=few))
    assert found.facts["total"] == 5
    assert len(found.facts["groups"]) == 1
    assert (found.hexes["incidents"].dropna() >= 5).all()


def test_categories_of_any_file_become_groups():
    names = ["burglary", "fly-tipping", "noise", "robbery", "violent-crime"]
    frame = pd.DataFrame({"category": names, "incidents": [9, 6, 1, 2, 4]})
    found = picture_words.groups(frame, 5)
    assert found.tolist() == ["Burglary", "Fly tipping", *["Other"] * 3]


def test_of_more_than_eight_groups_the_smallest_are_put_together():
    names = [f"kind-{k}" for k in range(12)]
    frame = pd.DataFrame({"category": names, "incidents": range(20, 32)})
    found = picture_words.groups(frame, 5)
    assert found.tolist() == ["Other"] * 5 + [f"Kind {k}" for k in range(5, 12)]
