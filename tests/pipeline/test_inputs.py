"""From a scenario's keys to what the stages take, worked by hand."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoalloc import boundaries, demand, gazetteer, hexes, hotspots, scenario
from geoalloc.errors import DataError
from geoalloc.pipeline import (
    assumptions,
    force,
    inputs,
    layers,
    problems,
    records,
    tables,
)


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def area(toy):
    return boundaries.read(toy.area.boundary)


@pytest.fixture(scope="module")
def reading(toy, area):
    return inputs.read_incidents(toy, area)


@pytest.fixture(scope="module")
def grid(toy, area):
    return hexes.cover(area.outline, toy.area.resolution)


@pytest.fixture(scope="module")
def labels(toy, area, grid):
    return gazetteer.label(grid, area, urban_population=15_000)


@pytest.fixture(scope="module")
def expected(toy, area, grid, reading):
    return demand.expect(
        inputs.history(toy, reading, grid),
        inputs.as_of(toy),
        inputs.periods(toy),
        assumptions.model(toy, area),
        surfaces=layers.surfaces(toy, grid, area, {}),
        forecaster=demand.forecaster("naive"),
    ).demand


@pytest.fixture(scope="module")
def setting(toy, grid, area, labels, expected):
    return problems.setting(toy, grid, area, labels=labels, expected=expected)


@pytest.fixture(scope="module")
def problem(toy, area, labels, expected, setting):
    return problems.problem(toy, area, labels, expected, setting)


def on(toy, start, hours=4):
    values = toy.resolved()
    values["shift"] = {"starts_at": start, "hours": hours}
    values["as_of"] = "2026-01-01"
    return scenario.parse(values)


@pytest.mark.parametrize(
    ("start", "first", "local"),
    [
        ("2026-11-20T20:00:00", "2026-11-20 20:00", [20, 21, 22, 23]),
        ("2026-07-03T23:00:00", "2026-07-03 22:00", [23, 0, 1, 2]),
        # The hour from 01:00 comes twice: the first one is meant.
        ("2026-10-25T01:00:00", "2026-10-25 00:00", [1, 1, 2, 3]),
        # 01:00 does not come at all.
        ("2026-03-29T00:00:00", "2026-03-29 00:00", [0, 2, 3, 4]),
        ("2026-03-29T01:00:00", "2026-03-29 01:00", [2, 3, 4, 5]),
    ],
)
def test_a_shift_has_its_hours_whatever_the_clocks_do(toy, start, first, local):
    found = inputs.periods(on(toy, start))
    assert found[0] == pd.Timestamp(first, tz="UTC")
    assert list(found.hour) == local
    assert set(np.diff(found.tz_convert("UTC"))) == {np.timedelta64(1, "h")}


def test_as_of_is_midnight_local(toy):
    values = toy.resolved() | {"as_of": "2026-07-01"}
    found = inputs.as_of(scenario.parse(values))
    assert found == pd.Timestamp("2026-06-30 23:00", tz="UTC")


def test_a_month_counts_if_it_is_over_by_as_of(toy, area, grid, tmp_path):
    """Months only: a constant level must not depend on the day of as_of."""
    header = "Crime ID,Month,Longitude,Latitude,Location,Crime type\n"
    rows = "".join(
        f"{month}-{k},2026-{month:02d},{-2.75 + 0.002 * k},51.37,Toy Road,Burglary\n"
        for month in range(4, 11)
        for k in range(100)
    )
    (tmp_path / "2026-10-toy-street.csv").write_text(header + rows, encoding="utf-8")
    levels, used = [], []
    for as_of in ("2026-10-01", "2026-09-14", "2026-09-17", "2026-10-31"):
        values = toy.resolved() | {"as_of": as_of}
        values["incidents"] |= {"source": "data.police.uk", "path": str(tmp_path)}
        case = scenario.parse(values)
        past = inputs.read_incidents(case, area)
        used.append(len(past.incidents))
        history = inputs.history(case, past, grid)
        assert inputs.origin(case, history) <= inputs.as_of(case)
        assert history.known(inputs.origin(case, history)) == len(history)
        levels.append(len(past.incidents) / np.diff(history.covered).sum())
    assert used == [600, 500, 500, 600]
    assert max(levels) / min(levels) == pytest.approx(1.0, abs=0.01)


def test_the_located_share_is_of_the_rows_that_could_be_used(toy, reading, grid):
    found = inputs.history(toy, reading, grid).located_share
    counts = reading.counts.set_index("category")
    for category, share in found.items():
        row = counts.loc[category]
        assert share == pytest.approx(
            row["used"] / (row["used"] + row["no_coordinates"])
        )
    assert found["anti-social-behaviour"] == 1.0
    assert found["drugs"] < 0.95


def test_a_missing_month_is_not_covered(toy, reading, grid):
    gappy = dataclasses.replace(reading, missing_months=("2026-08",))
    whole, found = (inputs.history(toy, r, grid).covered for r in (reading, gappy))
    assert len(whole) == 4
    assert np.diff(whole).sum() - np.diff(found).sum() == pytest.approx(31)


def test_the_origin_is_as_of_or_the_end_of_the_data_before_it(toy, reading, grid):
    history = inputs.history(toy, reading, grid)
    late = scenario.parse(toy.resolved() | {"as_of": "2026-11-15"})
    assert inputs.origin(late, history) == pd.Timestamp("2026-11-01", tz="UTC")
    early = scenario.parse(toy.resolved() | {"as_of": "2026-09-01"})
    assert inputs.origin(early, history) == inputs.as_of(early)


def test_an_offence_reported_long_after_it_ended_sends_no_unit(toy, reading, grid):
    late = reading.incidents.copy()
    reported = late["reported_at"].fillna(late["started_at"])
    late["reported_at"] = reported
    late["ended_at"] = reported
    late.loc[late.index[:100], "ended_at"] -= pd.Timedelta(days=40)
    late["started_at"] = late["ended_at"]
    past = dataclasses.replace(reading, incidents=late)
    assert (~inputs.recent(toy, past)).sum() == 100
    assert len(inputs.history(toy, past, grid)) == len(late) - 100
    values = toy.resolved()
    values["demand"]["non_recent_days"] = 41
    assert inputs.recent(scenario.parse(values), past).all()


def test_standards_leave_out_the_handling_of_the_call(problem, labels):
    urban = labels["urban"].to_numpy()
    assert urban.any()
    assert (~urban).any()
    immediate = problem.classes[0]
    np.testing.assert_array_equal(immediate.limit_min, np.where(urban, 13.0, 18.0))
    assert (immediate.speed_factor, immediate.cap_min) == (1.2, 40)
    assert immediate.call_handling_min == 2
    assert [c.grade for c in problem.classes] == [
        "immediate",
        "priority",
        "routine",
        "routine",
    ]
    assert [c.kinds for c in problem.classes] == [
        ("response",),
        ("response",),
        ("response",),
        ("response", "pcso"),
    ]


def test_a_late_call_weighs_as_much_as_its_callers_are_vulnerable(
    toy, area, labels, expected, setting, problem
):
    doubled = dataclasses.replace(expected, weighted=2.0 * expected.incidents)
    found = problems.problem(toy, area, labels, doubled, setting)
    for plain, weighed in zip(problem.classes, found.classes, strict=True):
        assert weighed.weight == pytest.approx(2.0 * plain.weight)
    assert [c.weight for c in problem.classes] == [1, 0.3, 0.05, 0.05]


def answered(toy, area, grid, reading, **keys):
    """What is expected where every category, and every layer, has these keys too."""
    values = toy.resolved()
    tables = [*values["demand"]["categories"].values(), *values["demand"]["layers"]]
    for table in tables:
        table |= keys
    changed = scenario.parse(values)
    return demand.expect(
        inputs.history(changed, reading, grid),
        inputs.as_of(changed),
        inputs.periods(changed),
        assumptions.model(changed, area),
        surfaces=layers.surfaces(changed, grid, area, {}),
        forecaster=demand.forecaster("naive"),
    )


@pytest.mark.parametrize(("sd", "ratio"), [(None, 0.8), (25.0, None), (0.0, 0.0)])
def test_the_spread_on_scene_reaches_the_simulation_by_class(
    toy, area, grid, labels, reading, setting, sd, ratio
):
    """Of 50 minutes for categories, of 60 for the layer: within and between them."""
    expected = answered(toy, area, grid, reading, on_scene_sd_min=sd).demand
    found = problems.problem(toy, area, labels, expected, setting)
    for stream, service in enumerate(found.classes[:3]):
        mean = expected.on_scene_min(stream)
        layer = (mean - 50) / 10  # share of the calls that are the layer's
        of_both = [25.0, 25.0] if ratio is None else [50 * ratio, 60 * ratio]
        within = (1 - layer) * of_both[0] ** 2 + layer * of_both[1] ** 2
        between = layer * (1 - layer) * 10**2
        assert 0 < layer < 1
        assert service.on_scene_cv == pytest.approx(np.sqrt(within + between) / mean)


def test_needs_and_corrections_of_a_scenario_change_demand_as_they_say(
    toy, area, grid, labels, reading, setting
):
    values = toy.resolved()["demand"]["categories"]
    plain = answered(toy, area, grid, reading)
    keys = {"officers": 3.0, "skills": ["taser"], "vulnerability": 2.0}
    more = answered(toy, area, grid, reading, **keys)
    crew = assumptions.crew(toy)
    assert more.demand.workload_h.sum() == pytest.approx(
        3.0 / crew * plain.demand.workload_h.sum()
    )
    officer_h = (plain.sources["workload_h"] * 3.0).sum()  # one unit an incident
    assert more.skills["officer_h"].tolist() == pytest.approx([officer_h])
    with pytest.raises(DataError, match="needs the skills taser, which no unit"):
        problems.problem(toy, area, labels, more.demand, setting)
    armed = toy.resolved()
    for group in armed["units"]:
        group["skills"] = ["taser"]
    skilled = scenario.parse(armed)
    at = dataclasses.replace(setting, force=force.tonight(skilled, area))
    weighed = problems.problem(skilled, area, labels, more.demand, at).classes
    expected = {"immediate": 2, "priority": 0.6, "routine": 0.1, "routine-pcso": 0.1}
    for c in weighed:
        assert c.weight == pytest.approx(expected[c.name.split()[0]])
        assert (c.skills, c.officers) in {((), 1), (("taser",), 3)}
    calls = sum(c.arrivals.sum() for c in weighed)
    assert calls == pytest.approx(more.demand.incidents.sum())
    work = sum(c.load.sum() for c in weighed)
    found = more.demand.discovered_h.sum()  # what police find takes units as well
    assert work == pytest.approx(more.demand.workload_h.sum() + found)
    assert values["burglary"]["recorded_share"] == 1.0
    for category in values.values():
        category["recorded_share"] = 0.5
    halved = answered(
        scenario.parse(
            toy.resolved()
            | {"demand": toy.resolved()["demand"] | {"categories": values}}
        ),
        area,
        grid,
        reading,
    )
    lines = [found.flow.set_index("line")["incidents"] for found in (plain, halved)]
    filed = lines[0].filter(like="recorded, with").sum()
    assert lines[1]["not on file (share recorded)"] == pytest.approx(filed)
    assert lines[1].filter(like="recorded, with").sum() == pytest.approx(filed)
    assert halved.demand.discovered_h == pytest.approx(2 * plain.demand.discovered_h)


def test_a_drive_has_the_scenarios_price(toy, problem):
    assert problem.deadhead == toy.allocation.minute_price > 0
    assert problem.load_factor == 1.1  # until it is calibrated


def test_each_kind_of_unit_is_told_of_its_own_calls(toy_run, problem, setting):
    once = toy_run.plan.drop_duplicates("unit_id").set_index("unit_id")
    reason = once.loc["P-WES-01", "reason"]
    post = list(setting.posts["name"]).index(once.loc["P-WES-01", "post"])
    minutes = problem.travel_min[[post]].toarray()[0]
    own = problem.classes[3]
    near = (minutes > 0) & (minutes <= own.reach_min)
    near &= problem.hex_beat == problem.station_beat[0]
    calls = own.arrivals.sum(axis=0)[near].sum()
    assert reason.startswith(f"In standard reach of {calls:.1f} expected routine calls")
    response = once.drop(index="P-WES-01")["reason"]
    assert response.str.contains("expected immediate calls").all()


def test_discovered_hours_lengthen_every_call(problem, expected):
    work = expected.workload_h.sum(axis=0)
    hourly = work.sum(axis=(0, 2))
    lost = 1 + expected.discovered_h / hourly
    assert (lost > 1).all()
    for stream, service in enumerate(problem.classes):
        np.testing.assert_allclose(service.load, work[stream] * lost[:, None])
    total = sum(c.load.sum() for c in problem.classes)
    assert total == pytest.approx(work.sum() + expected.discovered_h.sum())
    by_calls = sum(c.arrivals.sum() * c.on_scene_min / 60 for c in problem.classes)
    assert by_calls == pytest.approx(total)


def test_travel_reaches_as_far_as_the_longest_dispatch(
    toy, grid, area, labels, expected
):
    values = toy.resolved()
    for name, cap in (("immediate", 15), ("priority", 12), ("routine", 10)):
        values["grades"][name]["dispatch_cap_min"] = cap
    values["allocation"]["post_reach_min"] = 5
    near = problems.setting(
        scenario.parse(values),
        grid,
        area,
        labels=labels,
        expected=expected,
    )
    # 15 minutes with blue lights at 1.2 times the speed are 18 without.
    assert 17 < near.travel_min.data.max() <= 18


def test_posts_are_within_reach_of_the_station(toy, problem, setting):
    position = setting.posts["position"].to_numpy()
    minutes = setting.travel_min[:2].toarray()[:, position]
    finite = np.isfinite(problem.station_min)
    np.testing.assert_allclose(problem.station_min[finite], minutes[finite])
    assert problem.station_min[finite].max() <= toy.allocation.post_reach_min
    assert finite[0, 0]
    assert finite[1, 1]


def test_the_minimum_is_asked_of_its_district(problem):
    assert problem.district_names == ("West", "East")
    (quota,) = problem.quotas
    assert (quota.name, quota.least, quota.most) == ("minimum cover of East", 1, None)
    east = problem.hex_district[problem.post_hex] == 1
    assert quota.posts.tolist() == east.tolist()
    assert quota.units.tolist() == [kind == "response" for kind in problem.supply.kind]


def test_call_signs_tell_kind_and_station(setting):
    assert list(setting.units["unit_id"]) == [
        "R-WES-01",
        "R-WES-02",
        "R-WES-03",
        "R-EAS-01",
        "R-EAS-02",
        "P-WES-01",
    ]
    assert setting.units["ends_at"].iloc[0] == pd.Timestamp(
        "2026-11-20 23:00", tz="UTC"
    )


def test_snap_points_at_institutions_make_no_hotspot(toy, grid, area, reading):
    middle = area.outline.centroid
    here = grid.locate(np.array([middle.y]), np.array([middle.x]))[0]
    cluster = np.r_[here, grid.neighbors[here][grid.neighbors[here] >= 0]]
    at = np.tile(cluster, 100)
    wanted = reading.incidents["category"].isin(toy.hotspots.categories)
    crowd = reading.incidents[wanted].head(at.size).copy()
    crowd["place"] = "On or near Police Station"
    points = gpd.points_from_xy(grid.longitude[at], grid.latitude[at], crs=4326)
    crowd = crowd.set_geometry(points[: len(crowd)])
    incidents = pd.concat([reading.incidents, crowd], ignore_index=True)
    crowded = dataclasses.replace(reading, incidents=incidents)
    found = [
        tables.hotspot_frame(case, grid, area, crowded, tables.located(grid, crowded))
        for case in (toy, excluding(toy, ["police station"]))
    ]
    assert any(grid.hex_id[here] in spot for spot in found[0]["hex_ids"])
    assert set(found[0]["institution"]) >= {"police station"}
    assert found[0]["incidents"].sum() > found[1]["incidents"].sum()
    assert set(found[1]["institution"]) <= {""}


def excluding(toy, words):
    values = toy.resolved()
    values["hotspots"]["excluded_places"] = words
    return scenario.parse(values)


def test_the_hotspots_of_a_plan_are_those_that_find_finds(grid, area, reading, toy):
    at = tables.located(grid, reading)
    frame = tables.hotspot_frame(toy, grid, area, reading, at)
    wanted = reading.incidents["category"].isin(toy.hotspots.categories)
    options = hotspots.Options(
        bandwidth_m=toy.hotspots.bandwidth_m,
        area_share=toy.hotspots.area_share,
        most=toy.hotspots.most,
        time_zone=toy.time_zone,
        period=reading.period,
    )
    found = hotspots.find(reading.incidents[wanted], grid, options, places=area.places)
    pd.testing.assert_frame_equal(
        frame, pd.DataFrame(found.hotspots.drop(columns="geometry"))
    )
    # Four months of exact times are cut into six windows of equal days.
    assert set(frame["windows"].str[-4:]) == {"of 6"}


def test_categories_that_leave_no_incident_make_no_hotspots(grid, area, reading, toy):
    values = toy.resolved()
    values["hotspots"]["excluded_places"] = [" "]
    nowhere = scenario.parse(values)
    with pytest.raises(DataError, match=r"hotspots\.categories"):
        tables.hotspot_frame(
            nowhere, grid, area, reading, tables.located(grid, reading)
        )


def test_the_run_id_does_not_depend_on_where_a_file_lies(toy, area, reading):
    found = records.inputs_of(area, reading, {})
    values = toy.resolved()
    values["area"]["boundary"] = "/elsewhere/toyshire.geojson"
    assert records.run_id(scenario.parse(values), found) == records.run_id(toy, found)
    assert records.run_id(toy, found | {"more": "0"}) != records.run_id(toy, found)


def test_hexes_finer_than_the_snap_points_are_warned_of(grid, area):
    places = {"rows_per_place": 20.0, "unique": 5_000, "p90_spacing_m": 400.0}
    coarse = records.snap_point_note(grid, places)
    fine = records.snap_point_note(hexes.cover(area.outline, 9), places)
    assert "5,000 snap points" in coarse
    assert "finer than that supports" not in coarse
    assert "finer than that supports" in fine
    assert records.snap_point_note(grid, places | {"rows_per_place": 1.1}) == ""
