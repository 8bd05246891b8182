"""The whole line on Toyshire: what must agree from one end to the other."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyproj
import pytest
from shapely.geometry import shape

from geoalloc import (
    evaluation,
    gazetteer,
    hexes,
    pipeline,
    runs,
    scenario,
    schemas,
    summary,
)
from geoalloc.errors import DataError, InfeasibleError, ScenarioError
from geoalloc.pipeline import tables, timetables
from geoalloc.runs import devices


def variant(toy_scenario, tmp_path, text, name="variant"):
    path = tmp_path / f"{name}.toml"
    path.write_text(f'extends = "{toy_scenario.as_posix()}"\n{text}', encoding="utf-8")
    return scenario.read(path)


def test_every_row_read_is_used_or_refused(toy_run):
    data = toy_run.record["data"]
    assert data["rows_read"] == data["rows_used"] + sum(data["rejected"].values())
    assert len(toy_run.rejects) == sum(data["rejected"].values())
    assert toy_run.incident_summary["incidents"].sum() == data["rows_used"]


def test_nothing_from_as_of_on_is_used_and_it_is_counted(toy_scenario, tmp_path):
    """The sample of four months, planned as of a day in the third."""
    text = toy_scenario.read_text(encoding="utf-8")
    sample = tmp_path / "sample.csv"
    pipeline.write_sample(scenario.read(toy_scenario), sample)
    path = tmp_path / "early.toml"
    path.write_text(
        text.replace('source = "sample"', 'source = "table"\npath = "sample.csv"')
        .replace("as_of = 2026-11-01", "as_of = 2026-09-10")
        .replace(
            "seed = 3",
            '[incidents.columns]\nid = "Reference"\nreported_at = "Call received"\n'
            'longitude = "Longitude"\nlatitude = "Latitude"\ncategory = "Type"',
        ),
        encoding="utf-8",
    )
    run = pipeline.plan(scenario.read(path))
    data = run.record["data"]
    raw = pd.read_csv(sample)
    assert data["rejected"]["not before as_of"] > 0.3 * len(raw)
    assert data["rows_read"] == data["rows_used"] + sum(data["rejected"].values())
    assert run.incident_summary["month"].max() == "2026-09"
    assert run.incident_summary["incidents"].sum() == data["rows_used"]
    assert data["period_end"].startswith("2026-09-10T00:00")
    used = sum(row["used"] for row in data["categories"])
    assert used == data["rows_used"]


def test_cover_speaks_of_every_hex_hour_and_grade(toy_run):
    key = ["hex_id", "period", "grade"]
    demand = toy_run.demand.set_index(key)["incidents"]
    cover = toy_run.cover.set_index(key)
    assert cover.index.is_unique
    assert set(cover.index) == set(demand.index)
    expected = demand.reindex(cover.index) * cover["none_free"]
    np.testing.assert_allclose(cover["unmet"], expected, rtol=1e-9, atol=1e-12)


def test_the_models_late_calls_are_those_of_the_cover(toy_run):
    scores = toy_run.scores.set_index(["plan", "measure", "group"])["model"]
    by_grade = toy_run.cover.groupby("grade")["unmet"].sum()
    for grade in schemas.GRADES:
        assert scores["borderless", "late", grade] == pytest.approx(by_grade[grade])


def test_calls_are_those_of_the_demand_in_model_and_simulation(toy_run):
    scores = toy_run.scores.set_index(["plan", "measure", "group"])
    by_grade = toy_run.demand.groupby("grade")["incidents"].sum()
    for mode in ("borderless", "bordered"):
        for grade in schemas.GRADES:
            row = scores.loc[(mode, "calls", grade)]
            assert row["model"] == pytest.approx(by_grade[grade])
            # 40 shifts: a 95 % interval of the mean, and a little more
            width = row["high"] - row["low"]
            assert abs(row["simulated"] - row["model"]) < width


def test_both_plans_answer_the_same_calls(toy_run):
    calls = toy_run.scores[toy_run.scores["measure"] == "calls"]
    by_plan = calls.pivot_table(index="group", columns="plan", values="simulated")
    np.testing.assert_array_equal(by_plan["borderless"], by_plan["bordered"])


def test_every_unit_stands_somewhere_every_hour_and_says_why(toy_run):
    plan = toy_run.plan
    assert len(plan) == len(toy_run.units) * 3
    assert set(plan["unit_id"]) == set(toy_run.units["unit_id"])
    assert plan["reason"].str.len().min() > 20
    assert set(plan["grid_ref"].str.match(r"^[A-Z]{2} \d{3} \d{3}$")) == {True}


def test_nothing_that_an_officer_reads_shows_a_bare_hex(toy_run):
    words = toy_run.plan[["post", "reason", "home_station"]].to_numpy().ravel()
    for text in hexes.to_strings(toy_run.hexes["hex_id"].to_numpy()):
        assert not any(text in word for word in words)


def test_minimum_cover_is_kept(toy_run):
    district = toy_run.hexes.set_index("hex_id")["district"]
    once = toy_run.plan.drop_duplicates("unit_id")
    response = once[once["kind"] == "response"]
    assert (response["post_hex"].map(district) == "East").sum() >= 1


def test_pcsos_count_only_towards_routine_calls(toy_run):
    for column in ("first_unit", "second_unit"):
        sent = toy_run.cover.dropna(subset=[column])
        kinds = sent.groupby("grade")[column].agg(
            lambda ids: any(i.startswith("P-") for i in set(ids))
        )
        assert not kinds["immediate"]
        assert not kinds["priority"]


def test_tonights_beats_are_the_hexes_that_a_unit_is_first_to(toy_run):
    first = toy_run.cover[
        (toy_run.cover["grade"] == "immediate")
        & (toy_run.cover["period"] == toy_run.cover["period"].min())
    ].dropna(subset=["first_unit"])
    for beat in toy_run.beats.itertuples():
        mine = first[first["first_unit"] == beat.unit_id]
        area = hexes.dissolve(mine["hex_id"].to_numpy()).area
        assert beat.geometry.area == pytest.approx(area)


def test_moves_are_of_units_away_from_their_station(toy_run):
    once = toy_run.plan.drop_duplicates("unit_id").set_index("unit_id")
    home = once["home_station"] + " police station"
    away = once.index[once["post"] != home]
    assert set(toy_run.moves["unit_id"]) == set(away)


def test_a_second_plan_is_the_same_but_for_when_it_was_made(
    toy_run, toy_scenario, tmp_path
):
    again = pipeline.plan(scenario.read(toy_scenario))
    when = {key: toy_run.record[key] for key in ("made_at", "timings")}
    again = dataclasses.replace(again, record=again.record | when)
    folders = [
        runs.write(run, tmp_path / name, pipeline.products(run))
        for run, name in ((toy_run, "a"), (again, "b"))
    ]
    for path in sorted(folders[0].iterdir()):
        one, two = (folder / path.name for folder in folders)
        assert one.read_bytes() == two.read_bytes(), path.name


def test_a_run_is_repeated_from_its_record(toy_run):
    again = pipeline.plan(
        scenario.parse(toy_run.record["scenario"]), same_inputs_as=toy_run.record
    )
    assert again.record["run_id"] == toy_run.record["run_id"]
    pd.testing.assert_frame_equal(again.plan, toy_run.plan)


def test_a_run_is_not_repeated_from_other_inputs(toy_run):
    changed = dict(toy_run.record["inputs"])
    changed["boundary toyshire.geojson"] = "0" * 64
    with pytest.raises(DataError, match=r"first 'boundary toyshire\.geojson'"):
        pipeline.plan(
            scenario.parse(toy_run.record["scenario"]),
            same_inputs_as={"inputs": changed},
        )


def test_the_run_id_names_what_the_run_is_made_from(toy_run, toy_scenario, tmp_path):
    ids = {toy_run.record["run_id"]}
    for number, text in enumerate(
        ('name = "toy2"\n', "[simulation]\nseed = 9\n", "[incidents]\nseed = 4\n")
    ):
        changed = variant(toy_scenario, tmp_path, text, f"v{number}")
        ids.add(pipeline.plan(changed).record["run_id"])
    assert len(ids) == 4


def test_borders_never_help_in_the_model(toy_run):
    scores = toy_run.scores.set_index(["plan", "measure", "group"])["model"]
    weight = {"immediate": 1.0, "priority": 0.3, "routine": 0.05}
    late = [
        sum(w * scores[mode, "late", grade] for grade, w in weight.items())
        for mode in ("borderless", "bordered")
    ]
    gap = toy_run.record["solver"]["gap"]
    assert late[0] <= late[1] * (1 + gap) + 1e-6


def test_the_summary_speaks_first_of_people_waiting(toy_run):
    text = summary.plan(toy_run)
    assert text.splitlines()[0] == "OFFICIAL."
    assert "Immediate:" in text.splitlines()[4]
    assert "SYNTHETIC" in text
    assert f"{toy_run.record['data']['rows_read']:,} read" in text
    for reason in toy_run.record["data"]["rejected"]:
        assert reason in text


def test_the_summary_gives_each_plan_its_own_figures(toy_run):
    scores = toy_run.scores.set_index(["plan", "measure", "group"])["simulated"]
    line = summary.plan(toy_run).splitlines()[4]
    own, other = (scores[m, "late", "immediate"] for m in ("borderless", "bordered"))
    assert f"{own:.1f} (" in line.split(" late borderless")[0]
    assert f"{other:.1f} (" in line.split(" late borderless")[1].split(" bordered")[0]
    night = scores["borderless", "late_1_in_20", "immediate"]
    assert line.endswith(f"1 night in 20, {night:.0f} late or more")
    assert f"within {scores['borderless', 'response_p90_min', 'immediate']:.0f}" in line


def test_the_summary_tells_the_hours_that_are_lost_to_discovered_incidents(toy_run):
    hours = toy_run.record["discovered_hours"]
    assert hours > 0
    lost = f"besides, {hours:.1f} unit-hours lost to what police discover"
    assert lost in summary.plan(toy_run)
    none = toy_run.record | {"discovered_hours": 0.0}
    text = summary.plan(dataclasses.replace(toy_run, record=none))
    assert "besides" not in text


def test_a_grade_without_calls_is_not_said_to_be_out_of_reach(toy_run):
    scores = toy_run.scores.copy()
    row = (scores["measure"] == "calls") & (scores["group"] == "routine")
    scores.loc[row, "simulated"] = 0.0
    text = summary.plan(dataclasses.replace(toy_run, scores=scores))
    assert "Routine:     no call expected\n" in text


def test_calls_saved_are_the_paired_difference(toy_run):
    scores = toy_run.scores.set_index(["plan", "measure", "group"])
    saved = scores.loc[("borderless", "late_saved", "immediate")]
    late = [scores.loc[(m, "late", "immediate")] for m in ("bordered", "borderless")]
    difference = late[0]["simulated"] - late[1]["simulated"]
    assert saved["simulated"] == pytest.approx(difference)
    # The plans answer the same calls: the pair is known better than the two apart.
    apart = np.hypot(*(row["high"] - row["simulated"] for row in late))
    assert saved["high"] - saved["simulated"] < apart


@pytest.mark.parametrize(
    ("low", "middle", "high", "said"),
    [
        (14.7, 15.2, 15.7, "15.2 (14.7 to 15.7) fewer immediate calls late than"),
        (-15.7, -15.2, -14.7, "15.2 (14.7 to 15.7) more immediate calls late than"),
        (-1.0, 0.2, 1.4, "than can be told"),
        (0.0, 0.0, 0.0, "than can be told"),
    ],
)
def test_the_difference_is_said_in_the_right_direction(
    toy_run, low, middle, high, said
):
    scores = toy_run.scores.copy()
    row = scores["measure"] == "late_saved"
    scores.loc[row, ["low", "simulated", "high"]] = [low, middle, high]
    text = summary.plan(dataclasses.replace(toy_run, scores=scores))
    assert said in text


def test_the_simulation_is_believed_against_the_model():
    def judged(name, late):
        calls = np.full((4, 1), 9)
        outcome = evaluation.Outcome(
            scores=pd.DataFrame(), calls=calls, late=np.array(late)[:, None]
        )
        classes = (SimpleNamespace(grade="immediate"),)
        return timetables.Tonight(
            name=name,
            planned=None,
            problem=SimpleNamespace(classes=classes),
            solved=None,
            shift=None,
            table=None,
            value=None,
            outcome=outcome,
        )

    worse, better = judged("borderless", [5, 6, 5, 6]), judged("bordered", [1, 2, 1, 2])
    assert tables.warnings([better, worse]) == []
    assert (
        tables.warnings([judged("bordered", [5, 6]), judged("borderless", [1, 2])])
        == []
    )
    (said,) = tables.warnings([worse, better])
    assert "4.0 (4.0 to 4.0) fewer immediate calls late bordered" in said


def test_both_solves_are_on_record(toy_run):
    for key in ("solver", "comparison"):
        assert 0 <= toy_run.record[key]["gap"] <= 0.05
        assert toy_run.record[key]["bound"] <= toy_run.record[key]["objective"] + 1e-9


def test_a_unit_at_its_station_has_driven_nowhere(toy_run):
    once = toy_run.plan.drop_duplicates("unit_id")
    home = once["post"] == once["home_station"] + " police station"
    assert (once.loc[home, "travel_min"] == 0).all()
    assert (once.loc[~home, "travel_min"] > 0).all()


def test_what_comes_after_as_of_changes_no_figure(toy_scenario, tmp_path):
    """Blank the coordinates of every later row: the demand is the same."""
    sample = tmp_path / "sample.csv"
    pipeline.write_sample(scenario.read(toy_scenario), sample)
    text = (
        toy_scenario.read_text(encoding="utf-8")
        .replace('source = "sample"', 'source = "table"\npath = "sample.csv"')
        .replace("as_of = 2026-11-01", "as_of = 2026-09-10")
        .replace(
            "seed = 3",
            '[incidents.columns]\nid = "Reference"\nreported_at = "Call received"\n'
            'longitude = "Longitude"\nlatitude = "Latitude"\ncategory = "Type"',
        )
    )
    path = tmp_path / "leak.toml"
    path.write_text(text, encoding="utf-8")
    whole = pipeline.plan(scenario.read(path))
    raw = pd.read_csv(sample, dtype=str)
    raw.loc[raw["Call received"] >= "2026-09-10", ["Longitude", "Latitude"]] = ""
    raw.to_csv(sample, index=False)
    blanked = pipeline.plan(scenario.read(path))
    pd.testing.assert_frame_equal(blanked.demand, whole.demand)
    pd.testing.assert_frame_equal(blanked.plan, whole.plan)


def test_areas_hold_every_layer_of_the_boundaries(toy_run, town):
    counts = toy_run.areas["kind"].value_counts()
    assert counts["district"] == 2
    assert counts["station"] == 2
    assert counts["force"] == 1
    force = toy_run.areas[toy_run.areas["kind"] == "force"].geometry.iloc[0]
    assert shape(force).equals(town.outline)


def test_a_minimum_that_cannot_be_had_says_what_is_short(toy_scenario, tmp_path):
    wanted = variant(toy_scenario, tmp_path, "[allocation.minimum_cover]\nEast = 9\n")
    with pytest.raises(InfeasibleError, match="East"):
        pipeline.plan(wanted)


def test_a_minimum_for_an_unknown_district_names_it(toy_scenario, tmp_path):
    wanted = variant(toy_scenario, tmp_path, "[allocation.minimum_cover]\nNorth = 1\n")
    with pytest.raises(ScenarioError, match=r"'North'.* there are West, East"):
        pipeline.plan(wanted)


def test_a_unit_without_a_station_is_refused(toy_scenario, tmp_path):
    text = (
        '[[units]]\nkind = "response"\nstation = "Nowhere"\ncount = 1\nofficers = 2\n'
    )
    with pytest.raises(ScenarioError, match=r"'Nowhere'.*Westford, Easton"):
        pipeline.plan(variant(toy_scenario, tmp_path, text))


def test_hotspots_leave_out_what_the_scenario_excludes(toy_run):
    assert set(toy_run.hotspots["category"]) <= {
        "anti-social-behaviour",
        "burglary",
        "vehicle-crime",
    }
    assert list(toy_run.hotspots["rank"]) == [1, 2, 3, 4, 5][: len(toy_run.hotspots)]


def test_a_hotspot_counts_the_incidents_inside_it(toy_run):
    summary_frame = toy_run.incident_summary
    wanted = summary_frame[
        summary_frame["category"].isin(
            ["anti-social-behaviour", "burglary", "vehicle-crime"]
        )
    ]
    for spot in toy_run.hotspots.itertuples():
        inside = wanted["hex_id"].isin(np.array(spot.hex_ids, dtype=np.uint64))
        assert spot.incidents == wanted.loc[inside, "incidents"].sum()


def test_units_are_drawn_where_their_grid_reference_says(toy_run):
    for posts in (toy_run.posts, toy_run.compared_posts):
        metres = posts.geometry.to_crs(27700)
        written = [
            gazetteer.grid_reference(x, y)
            for x, y in zip(metres.x, metres.y, strict=True)
        ]
        assert written == posts["grid_ref"].tolist()


def test_a_device_is_led_to_where_the_grid_reference_says(toy_run):
    stays = json.loads(devices.geojson(toy_run))["features"]
    to_metres = pyproj.Transformer.from_crs(4326, 27700, always_xy=True)
    assert stays
    for stay in stays:
        x, y = to_metres.transform(*stay["geometry"]["coordinates"])
        assert gazetteer.grid_reference(x, y) == stay["properties"]["grid_ref"]
