"""The demand of a shift: totals worked by hand, laws that it obeys."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import demand
from geoalloc.errors import DataError
from tests.shift_toys import (
    AS_OF,
    EVENING,
    FLAT,
    HOURS,
    Known,
    expect,
    history,
    incidents,
    layer,
    model,
    response,
)


def both(grid, n_found=70):
    frames = [incidents(grid, 700), incidents(grid, n_found, "drugs", seed=1)]
    return pd.concat(frames, ignore_index=True)


def test_the_total_is_the_daily_rate_times_the_hours_of_the_shift(town_grid):
    found = expect(history(town_grid, incidents(town_grid, 700)), model()).demand
    calls = 8 * 10 / 24  # 700 in seventy days
    np.testing.assert_allclose(
        found.incidents.sum(axis=(1, 2)), calls * np.array([0.2, 0.3, 0.1, 0.0])
    )
    work = found.workload_h.sum(axis=(0, 2, 3))
    np.testing.assert_allclose(work[:3], calls * np.array([0.3, 0.45, 0.15]))
    assert found.on_scene_min(0) == pytest.approx(90.0)
    np.testing.assert_allclose(found.harm, 10 * found.incidents)


def test_the_surface_is_the_forecasters(town_grid):
    past = history(town_grid, incidents(town_grid, 300))
    found = expect(past, model())
    share = found.demand.incidents[0, 0] / found.demand.incidents[0, 0].sum()
    surface = demand.CountSurface().surface(past, AS_OF, HOURS[-1])
    np.testing.assert_allclose(share, surface.share)
    assert list(found.forecasts) == ["burglary"]
    np.testing.assert_allclose(found.forecasts["burglary"].surface.share, surface.share)


def test_the_horizon_reaches_from_as_of_to_the_end_of_the_shift(town_grid):
    found = expect(history(town_grid, incidents(town_grid, 300)), model())
    made = found.forecasts["burglary"]
    assert made.origin == AS_OF
    assert made.end == HOURS[-1] + pd.Timedelta(hours=1)


def test_the_rhythm_is_that_of_the_local_hour(town_grid):
    assumed = model(responses={"burglary": response(rhythm="evening")})
    past = history(town_grid, incidents(town_grid, 700))
    local = dataclasses.replace(past, time_zone="Europe/London")
    winter = expect(local, assumed)
    summer = expect(
        local,
        assumed,
        hours=pd.date_range("2026-07-03 18:00", periods=8, freq="h", tz="UTC"),
    )
    busy = [
        np.flatnonzero(found.demand.incidents.sum(axis=(0, 2)) > 1e-6)
        for found in (winter, summer)
    ]
    assert [list(b) for b in busy] == [[2], [1]]  # 20:00 is 19:00 UTC in summer


def test_measured_hours_outweigh_the_profile_where_it_is_trusted_little(town_grid):
    frame = incidents(town_grid, 2_000, timed=True)
    times = frame["reported_at"]
    evening = times.dt.floor("D") + pd.Timedelta(hours=18)
    late = evening + 4 * (times - times.dt.floor("h"))
    some = np.arange(len(frame)) % 2 == 0
    for column in ("reported_at", "started_at", "ended_at"):
        frame[column] = times.where(some, late)  # half from 18:00 to 22:00
    frame = frame[frame["reported_at"] < AS_OF]
    found = expect(history(town_grid, frame), model(rhythm_trust=1.0))
    hourly = found.demand.incidents.sum(axis=(0, 2))
    assert hourly[1:3].min() > 4 * hourly[6:].max()
    assert found.rhythms["burglary"].observed


def test_special_days_multiply_every_source(town_grid):
    class Double:
        def factor(self, local_hours):
            return np.where(local_hours.hour >= 20, 2.0, 1.0)

    past = history(town_grid, incidents(town_grid, 700))
    plain = expect(past, model(layers=(layer(),))).demand
    special = expect(past, model(layers=(layer(),), calendar=Double())).demand
    np.testing.assert_allclose(
        special.incidents, plain.incidents * np.array([1, 1, 2, 2, 2, 2, 1, 1])[:, None]
    )


@pytest.mark.parametrize("timed", [False, True])
def test_nothing_after_as_of_changes_anything(town_grid, timed):
    frame = incidents(town_grid, 1_400, timed=timed)
    early = pd.Timestamp("2026-02-12", tz="UTC")
    hours = HOURS - pd.Timedelta(days=28)
    later = frame["ended_at"] >= early
    moved = frame.copy()
    moved.loc[later, "geometry"] = frame.geometry[later].to_numpy()[::-1]
    moved.loc[later, "reported"] = False
    assumed = model(
        layers=(layer(surface="night-time"), layer(name="calls", surface="recorded")),
        rhythm_trust=10.0,
        shift_error=None,
    )
    found = [
        expect(history(town_grid, f), assumed, hours=hours, as_of=early)
        for f in (frame, moved, frame[~later])
    ]
    for other in found[1:]:
        np.testing.assert_array_equal(found[0].demand.incidents, other.demand.incidents)
        np.testing.assert_array_equal(
            found[0].demand.total_variance, other.demand.total_variance
        )
        pd.testing.assert_frame_equal(found[0].flow, other.flow)


def test_a_month_that_was_never_published_is_no_quiet_month(town_grid):
    whole = incidents(town_grid, 700)
    gap = (whole["ended_at"] >= "2026-02-01") & (whole["ended_at"] < "2026-03-01")
    spans = (("2026-01-01", "2026-02-01"), ("2026-03-01", "2026-03-12"))
    found = expect(history(town_grid, whole[~gap], spans=spans), model())
    expected = (~gap).sum() / 42 / 24 * 8 * 0.6
    assert found.demand.incidents.sum() == pytest.approx(expected)


def test_incidents_without_coordinates_are_scaled_for_and_said_to_be(town_grid):
    frame = incidents(town_grid, 700)
    whole = expect(history(town_grid, frame), model()).demand
    scaled = expect(history(town_grid, frame, {"burglary": 0.8}), model()).demand
    np.testing.assert_allclose(scaled.incidents, whole.incidents / 0.8)
    shares = scaled.workload_shares()
    assert shares == pytest.approx({"observed": 0.8, "scaled": 0.2, "assumed": 0.0})


def test_a_file_that_holds_half_of_the_incidents_is_scaled_to_twice(town_grid):
    past = history(town_grid, incidents(town_grid, 700), {"burglary": 0.8})
    half = model(responses={"burglary": response(recorded_share=0.5)})
    plain, doubled = expect(past, model()).demand, expect(past, half).demand
    np.testing.assert_allclose(doubled.incidents, 2 * plain.incidents)
    shares = doubled.workload_shares()
    assert shares == pytest.approx({"observed": 0.4, "scaled": 0.6, "assumed": 0.0})


def test_what_police_discover_is_not_forecast_but_its_hours_are_lost(town_grid):
    assumed = model(
        responses={"burglary": response(), "drugs": response(discovered=True)}
    )
    found = expect(history(town_grid, both(town_grid)), assumed)
    alone = expect(history(town_grid, incidents(town_grid, 700)), model())
    np.testing.assert_allclose(found.demand.incidents, alone.demand.incidents)
    # About one a day in ten weeks, six in ten deployed to, for an hour and a half.
    assert found.demand.discovered_h.sum() == pytest.approx(8 / 24 * 0.9, rel=0.3)
    assert any("police discover (drugs)" in note for note in found.notes)
    assert "drugs" not in found.forecasts


def test_a_row_that_police_discovered_is_lost_hours_too(town_grid):
    frame = incidents(town_grid, 700)
    frame["reported"] = np.arange(700) % 10 > 0
    found = expect(history(town_grid, frame), model()).demand
    told = expect(history(town_grid, frame[frame["reported"]]), model()).demand
    np.testing.assert_allclose(found.incidents, told.incidents)
    assert found.discovered_h.sum() == pytest.approx(8 / 24 * 0.9, rel=0.3)
    assert not told.discovered_h.any()


def test_a_layer_adds_its_calls_where_it_says_and_is_assumed(town_grid):
    past = history(town_grid, incidents(town_grid, 700))
    alone, found = (
        expect(past, model(layers=layers)).demand for layers in ((), (layer(),))
    )
    added = found.incidents[0, 0] - alone.incidents[0, 0]
    land = town_grid.land_km2 / town_grid.land_km2.sum()
    expected = 0.98 / len(town_grid) + 0.02 * land
    np.testing.assert_allclose(added, 10 * 0.2 * expected)
    assert found.workload_shares()["assumed"] == pytest.approx(10 / (10 + 10 / 24))


def test_a_layer_may_have_a_surface_of_its_own_name(town_grid):
    spot = np.zeros(len(town_grid))
    spot[7] = 1.0
    past = history(town_grid, incidents(town_grid, 70))
    there = layer(name="races", surface="file")
    found = expect(past, model(layers=(there,)), races=spot).demand
    assert found.incidents[0, 0].argmax() == 7


def test_a_layer_that_lies_as_recorded_follows_all_that_was_recorded(town_grid):
    """Two kinds of incident, one with half of its coordinates missing."""
    west = incidents(town_grid, 300, "burglary", seed=1)
    east = incidents(town_grid, 300, "robbery", seed=2)
    past = history(town_grid, pd.concat([west, east]), {"robbery": 0.5})
    responses = {"burglary": response(), "robbery": response(rhythm="evening")}
    calls = layer(per_day=24.0, surface="recorded")
    whole = expect(past, model(responses=responses, layers=(calls,))).demand
    alone = expect(past, model(responses=responses)).demand
    added = (whole.incidents - alone.incidents)[0, 0]
    by_kind = {
        name: expect(
            past,
            model(responses={n: response(**_none(n != name)) for n in responses}),
        ).demand.incidents[0, 0]
        for name in responses
    }
    # Every robbery stands for two: the layer lies as all expected calls do.
    share = sum(by_kind.values())
    share = share / share.sum()
    land = town_grid.land_km2 / town_grid.land_km2.sum()
    np.testing.assert_allclose(added, 0.2 * (0.98 * share + 0.02 * land), atol=1e-12)


def _none(empty):
    return {"immediate": 0.0, "priority": 0.0, "routine": 0.0} if empty else {}


def test_a_layer_follows_only_the_categories_that_it_names(town_grid):
    west = incidents(town_grid, 300, "burglary", seed=1)
    east = incidents(town_grid, 300, "robbery", seed=2)
    past = history(town_grid, pd.concat([west, east]))
    responses = {"burglary": response(), "robbery": response()}
    shaped = layer(surface="recorded", categories=("robbery",))
    assumed = model(responses=responses, layers=(shaped,))
    whole = expect(past, assumed)
    alone = expect(past, model(responses=responses))
    added = (whole.demand.incidents - alone.demand.incidents)[0, 0]
    robbery = whole.forecasts["robbery"].surface.share
    assert np.corrcoef(added, robbery)[0, 1] > 0.9999


def test_a_night_layer_lies_where_incidents_of_the_night_lie(town_grid):
    frame = incidents(town_grid, 1_000, timed=True)
    there = np.flatnonzero(town_grid.land_share == 1)[[3, 40]]
    times = frame["reported_at"]
    day = times.dt.floor("D") + (times - times.dt.floor("h"))
    night = np.arange(1_000) % 2 == 0
    hour = pd.to_timedelta(np.where(night, 22, 11), unit="h")
    for column in ("reported_at", "started_at", "ended_at"):
        frame[column] = day + hour
    at = np.where(night, there[0], there[1])
    frame = frame.set_geometry(
        frame.set_crs(None, allow_override=True)
        .geometry.from_xy(town_grid.longitude[at], town_grid.latitude[at])
        .set_crs("EPSG:4326")
    )
    frame = frame[frame["reported_at"] < AS_OF]
    past = history(town_grid, frame)
    dark, any_hour = (
        expect(past, model(rhythm_trust=1.0, layers=(layer(surface=surface),)))
        .demand.incidents[:, 0]
        .sum(axis=0)[there]
        for surface in ("night-time", "recorded")
    )
    assert dark[0] > 2.5 * dark[1]
    assert any_hour[0] == pytest.approx(any_hour[1], rel=0.05)


def test_without_known_hours_the_night_lies_by_the_profiles_of_the_categories(
    town_grid,
):
    frames = [
        incidents(town_grid, 300, name, seed=seed)
        for seed, name in enumerate(("burglary", "robbery"))
    ]
    past = history(town_grid, pd.concat(frames, ignore_index=True))
    responses = {"burglary": response(), "robbery": response(rhythm="evening")}
    dark = layer(surface="night-time", per_day=1e6)
    found = expect(past, model(responses=responses, layers=(dark,)))
    assert not found.rhythms["robbery"].observed
    # All robberies are of the night, and a third of the burglaries.
    surfaces = [found.forecasts[name].surface.share for name in responses]
    expected = (surfaces[0] / 3 + surfaces[1]) / (4 / 3)
    layered = found.demand.incidents[0, 0] / found.demand.incidents[0, 0].sum()
    land = town_grid.land_km2 / town_grid.land_km2.sum()
    np.testing.assert_allclose(layered, 0.98 * expected + 0.02 * land, rtol=1e-3)


def test_routine_calls_for_pcsos_stand_apart_but_are_routine(town_grid):
    past = history(town_grid, incidents(town_grid, 700))
    assumed = model(responses={"burglary": response(pcso=True)})
    found = expect(past, assumed).demand
    assert not found.incidents[2].any()
    assert found.incidents[3].sum() > 0
    assert found.total("routine") == pytest.approx(found.incidents[3].sum())
    grades = found.frame(town_grid).groupby("grade")["incidents"].sum()
    assert grades["routine"] == pytest.approx(found.incidents[3].sum())


def test_a_need_of_officers_becomes_units_by_the_crew(town_grid):
    past = history(town_grid, incidents(town_grid, 700))
    assumed = model(responses={"burglary": response(officers=3.0)}, crew=2.0)
    found = expect(past, assumed)
    assert found.demand.on_scene_min(0) == pytest.approx(90.0)  # 1.5 units
    single = expect(past, dataclasses.replace(assumed, crew=1.0))
    assert single.demand.on_scene_min(0) == pytest.approx(180.0)
    for each in (found, single):
        hours = each.sources["officer_h"].sum()
        assert hours == pytest.approx(8 * 10 / 24 * 0.6 * 3.0)


def test_officer_hours_are_told_by_skill(town_grid):
    past = history(town_grid, both(town_grid))
    responses = {
        "burglary": response(officers=2.0, skills=("taser", "public order")),
        "drugs": response(units=1.0, skills=("taser",)),
    }
    found = expect(past, model(responses=responses, crew=2.0))
    skills = found.skills.set_index("skill")["officer_h"]
    calls = 8 / 24 * 0.6
    assert skills["public order"] == pytest.approx(10 * calls * 2)
    assert skills["taser"] == pytest.approx(11 * calls * 2)


def test_vulnerability_lifts_harm_and_the_weight_of_calls(town_grid):
    past = history(town_grid, both(town_grid))
    responses = {"burglary": response(vulnerability=1.5), "drugs": response()}
    found = expect(past, model(responses=responses)).demand
    plain = expect(past, model(responses=dict.fromkeys(responses, response()))).demand
    np.testing.assert_array_equal(found.incidents, plain.incidents)
    assert plain.weighted is plain.incidents
    assert found.uplift(0) == pytest.approx((10 * 1.5 + 1) / 11, rel=1e-3)
    np.testing.assert_allclose(found.harm, 10 * found.weighted)


def test_a_category_too_thin_for_the_forecaster_is_counted_and_said_to_be(town_grid):
    class Fussy(Known):
        def forecast(self, past, origin, horizon):
            if len(past) < 100:
                raise DataError("100 incidents are needed")
            return super().forecast(past, origin, horizon)

    responses = {"burglary": response(), "drugs": response()}
    past = history(town_grid, both(town_grid))
    found = expect(past, model(responses=responses), forecaster=Fussy())
    assert found.forecasts["drugs"].name == "naive"
    assert found.forecasts["burglary"].name == "known"
    assert found.notes == (
        "drugs is forecast by its naive count, not by known: 100 incidents are needed",
    )


def test_data_that_end_before_as_of_are_forecast_from_their_end_and_it_is_said(
    town_grid,
):
    past = history(town_grid, incidents(town_grid, 700))
    hours = HOURS + pd.Timedelta(days=60)
    found = expect(past, model(), hours=hours, as_of=hours[0])
    assert found.forecasts["burglary"].origin == AS_OF
    assert found.demand.incidents.sum() == pytest.approx(8 * 10 / 24 * 0.6)
    assert found.notes == (
        "The incidents end on 11 March 2026, 62 days before the shift: the forecast "
        "starts from there.",
    )


@pytest.mark.parametrize("size", [5.0, np.inf])
def test_variance_is_of_level_and_place_together(town_grid, size):
    past = history(town_grid, incidents(town_grid, 100))
    known = Known(level_size=size, place_size=2.0)
    found = expect(past, model(), forecaster=known).demand
    error = (1 + 1 / size) * 1.5 - 1
    np.testing.assert_allclose(found.variance, error * found.incidents**2)
    total = found.incidents[0].sum()
    assert found.total_variance[0] == pytest.approx(total**2 / size)


def test_sources_say_what_is_observed_scaled_and_assumed(town_grid):
    past = history(town_grid, incidents(town_grid, 700), {"burglary": 0.8})
    partner = layer(name="ambulance", partner="ambulance service", per_day=24.0)
    found = expect(past, model(layers=(layer(), partner)))
    frame = found.sources.set_index("source")
    assert list(frame["kind"]) == ["category", "layer", "partner"]
    assert frame.loc["burglary", "observed"] == pytest.approx(0.8)
    assert frame.loc["welfare", "assumed"] == 1.0
    assert frame["workload_h"].sum() == pytest.approx(found.demand.workload_h.sum())
    by_basis = frame[list(demand.BASES)].mul(frame["workload_h"], axis=0).sum()
    hours = found.demand.workload_h.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(by_basis, hours)


def test_sensitivity_is_what_a_run_with_that_share_gives(town_grid):
    name = "anti-social-behaviour"
    past = history(town_grid, incidents(town_grid, 700).assign(category=name))
    triage = demand.Triage(applies_to=(name,), advised_share=0.5, return_share=0.1)
    found = expect(past, model(responses={name: response()}, levers=(triage,)))
    base = found.demand.workload_h.sum()
    assert len(found.sensitivity) == 6
    for row in found.sensitivity.itertuples():
        share = getattr(response(), row.share) * (1 + row.change)
        changed = model(
            responses={name: response(**{row.share: share})}, levers=(triage,)
        )
        again = expect(past, changed).demand.workload_h.sum()
        assert row.workload_h == pytest.approx(again - base, rel=1e-6)
        assert row.workload_share == pytest.approx(row.workload_h / base)


def test_a_share_gains_no_more_than_is_resolved_without_deployment(town_grid):
    past = history(town_grid, incidents(town_grid, 700))
    full = response(immediate=0.5, priority=0.49, routine=0.0)
    found = expect(past, model(responses={"burglary": full})).sensitivity
    more = found[(found["share"] == "immediate") & (found["change"] > 0)]
    assert more["workload_h"].item() == pytest.approx(8 * 10 / 24 * 0.01 * 1.5)


def test_offences_reported_long_after_they_ended_are_not_recent():
    at = pd.to_datetime(["2026-03-01"] * 4, utc=True)
    ended = pd.to_datetime(["2026-02-27", "2026-01-01", None, "2026-02-01"], utc=True)
    frame = pd.DataFrame({"reported_at": at, "started_at": ended, "ended_at": ended})
    frame.loc[4] = [pd.NaT, at[0], at[0]]
    assert list(demand.recent(frame)) == [True, False, True, True, True]
    assert list(demand.recent(frame, most_days=10)) == [True, False, True, False, True]
    with pytest.raises(DataError, match="most_days must be at least 0"):
        demand.recent(frame, most_days=-1)


def test_a_category_without_a_response_is_named(town_grid):
    past = history(town_grid, incidents(town_grid, 5, "arson"))
    with pytest.raises(DataError, match=r"no response .* \['arson'\]"):
        expect(past, model())


def test_nothing_before_as_of_is_said_in_one_sentence(town_grid):
    past = history(town_grid, incidents(town_grid, 5))
    with pytest.raises(DataError, match="origin 2020-01-01 is outside of the data"):
        expect(past, model(), as_of=pd.Timestamp("2020-01-01", tz="UTC"))


def test_a_shift_before_as_of_is_refused(town_grid):
    past = history(town_grid, incidents(town_grid, 50))
    with pytest.raises(DataError, match="before as_of"):
        expect(past, model(), as_of=HOURS[1])


def test_a_layer_without_a_surface_is_named(town_grid):
    past = history(town_grid, incidents(town_grid, 50))
    roads = layer(name="crashes", surface="roads")
    with pytest.raises(DataError, match="'crashes' lies as 'roads', of which there"):
        expect(past, model(layers=(roads,)))
    with pytest.raises(DataError, match="must be a number of at least 0 for each"):
        expect(past, model(layers=(roads,)), crashes=np.ones(3))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"immediate": 0.9}, "add up to at most 1"),
        ({"recorded_share": 0.0}, "recorded_share must be above 0"),
        ({"officers": 0.0}, "officers must be a number above 0"),
        ({"vulnerability": -1.0}, "vulnerability must be a number above 0"),
        ({"on_scene_min": np.nan}, "on_scene_min must be a number above 0"),
        ({"on_scene_sd_min": -1.0}, "on_scene_sd_min must be a number of at least 0"),
    ],
)
def test_an_answer_that_makes_no_sense_is_refused(changes, words):
    with pytest.raises(DataError, match=words):
        response(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"surface": "sea"}, "has the surface 'sea'"),
        ({"per_day": -1.0}, "per_day of layer 'welfare'"),
        ({"error": np.inf}, "error of layer 'welfare'"),
    ],
)
def test_a_layer_that_makes_no_sense_is_refused(changes, words):
    with pytest.raises(DataError, match=words):
        layer(**changes)


def test_a_model_refuses_names_that_clash_or_are_missing():
    with pytest.raises(DataError, match="are named 'burglary'"):
        model(layers=(layer(name="burglary"),))
    with pytest.raises(DataError, match="no rhythm 'tide'"):
        model(responses={"burglary": response(rhythm="tide")})
    with pytest.raises(DataError, match="crew must be"):
        model(crew=0.0)


def test_profiles_need_not_sum_to_one(town_grid):
    past = history(town_grid, incidents(town_grid, 70))
    some = [
        expect(past, model(layers=(layer(),), rhythms={"flat": flat}))
        for flat in (FLAT, 7 * FLAT)
    ]
    np.testing.assert_allclose(some[0].demand.incidents, some[1].demand.incidents)
    assert EVENING.sum() == pytest.approx(1.0)
