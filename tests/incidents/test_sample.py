import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc.errors import DataError
from geoalloc.incidents import SAMPLE_COLUMNS, generate_sample, read_frame

TOWNS = pd.DataFrame(
    {
        "name": ["Port", "Market"],
        "latitude": [51.45, 51.2],
        "longitude": [-2.6, -2.9],
        "population": [90_000, 10_000],
        "spread_km": [5.0, 1.5],
    }
)
AREA = shapely.box(-3.2, 51, -2.3, 51.6)


@pytest.fixture(scope="module")
def table():
    return generate_sample(TOWNS, start="2024-02-10", months=3, per_month=8_000, seed=4)


@pytest.fixture(scope="module")
def reading(table):
    return read_frame(table, SAMPLE_COLUMNS, within=AREA, synthetic=True)


def test_same_seed_gives_the_same_table_and_another_does_not():
    make = [generate_sample(TOWNS, months=1, per_month=500, seed=s) for s in (1, 1, 2)]
    assert make[0].equals(make[1])
    assert not make[0].equals(make[2])


def test_towns_are_left_as_they_were():
    before = TOWNS.copy(deep=True)
    generate_sample(TOWNS, months=1, per_month=50)
    pd.testing.assert_frame_equal(TOWNS, before)


def test_reader_refuses_only_the_faults_put_in(reading):
    assert reading.synthetic
    assert reading.timed
    assert set(reading.rejects["reason"]) == {
        "no coordinates",
        "outside the area",
        "duplicate: a copy",
        "duplicate: without coordinates",
        "duplicate: at another place",
    }


def test_number_of_rows_and_of_repeats_is_as_asked(table, reading):
    ids = table["Reference"].dropna()
    n = len(table) - ids.duplicated().sum()
    assert abs(n - 24_000) < 5 * 24_000**0.5
    repeats = reading.rejects["reason"].str.startswith("duplicate").sum()
    assert repeats == ids.duplicated().sum()
    assert 0.005 < repeats / n < 0.02


def test_coordinates_are_missing_by_category(reading):
    counts = reading.counts.set_index("category")
    share = counts["no_coordinates"] / counts["read"]
    assert share["anti-social-behaviour"] == 0
    assert share["drugs"] == pytest.approx(0.18, abs=0.06)
    total = counts["no_coordinates"].sum() / counts["read"].sum()
    assert 0.05 < total < 0.10


def test_antisocial_behavior_alone_has_no_id(table):
    has_id = table["Reference"].notna()
    assert (has_id == (table["Type"] != "Anti-social behaviour")).all()


def test_calls_are_in_order_and_inside_the_period(reading):
    calls = reading.incidents["reported_at"]
    assert calls.is_monotonic_increasing
    assert calls.min() >= pd.Timestamp("2024-02-10", tz="Europe/London")
    assert calls.max() < pd.Timestamp("2024-05-10", tz="Europe/London")
    assert (reading.incidents["started_at"] <= calls).all()


def test_no_call_falls_into_the_hour_that_the_clock_skips(table):
    calls = pd.to_datetime(table["Call received"])
    assert not calls.dt.strftime("%Y-%m-%d %H").eq("2024-03-31 01").any()


def test_people_decide_where_incidents_are(reading):
    near_port = reading.incidents.geometry.y > 51.33
    assert near_port.mean() == pytest.approx(0.9, abs=0.02)


def test_people_decide_even_where_a_town_has_few_points():
    hamlets = TOWNS.assign(population=300)
    table = generate_sample(hamlets, months=1, per_month=20_000, seed=6)
    shops = table[table["Type"] == "Shoplifting"]["Latitude"].dropna()
    assert (shops > 51.33).mean() == pytest.approx(0.5, abs=0.06)


def test_summer_is_busier_than_winter():
    table = generate_sample(TOWNS, months=12, per_month=3_000, seed=7)
    months = pd.to_datetime(table["Call received"]).dt.month.value_counts()
    assert months[[6, 7, 8]].sum() > 1.15 * months[[1, 2, 12]].sum()


def test_few_points_carry_many_incidents(reading):
    at = reading.incidents.geometry.to_wkb().value_counts()
    tenth = at.iloc[: len(at) // 10].sum() / at.sum()
    assert 0.3 < tenth < 0.9
    assert at.iloc[0] < 0.05 * at.sum()


def test_nights_of_the_weekend_are_the_busiest_for_violence(reading):
    violent = reading.incidents[reading.incidents["category"] == "violent-crime"]
    calls = violent["reported_at"].dt.tz_convert("Europe/London").dt
    hours = calls.hour.value_counts()
    assert hours[[22, 23, 0]].min() > 3 * hours[[4, 5]].max()
    days = calls.day_of_week.value_counts()
    assert set(days.index[:2]) <= {4, 5, 6}


def test_shops_are_closed_at_night(reading):
    lifted = reading.incidents[reading.incidents["category"] == "shoplifting"]
    hours = lifted["reported_at"].dt.tz_convert("Europe/London").dt.hour
    assert hours.between(8, 21).mean() > 0.95


def test_on_scene_minutes_spread_about_their_mean(reading):
    minutes = reading.incidents.groupby("category")["on_scene_min"]
    assert minutes.mean()["violent-crime"] == pytest.approx(75, rel=0.05)
    cv = minutes.std()["violent-crime"] / minutes.mean()["violent-crime"]
    assert cv == pytest.approx(0.8, abs=0.12)


@pytest.mark.parametrize(
    ("towns", "options", "message"),
    [
        (TOWNS.drop(columns="name"), {}, r"missing columns \['name'\]"),
        (TOWNS.assign(population=[0, 1]), {}, "population is not above 0 .* 'Port'"),
        (TOWNS.assign(spread_km=np.nan), {}, "spread_km is not above 0 at 2 of 2"),
        (TOWNS.iloc[:0], {}, "no town to make a sample from"),
        (TOWNS, {"months": 0}, "months and per_month must be above 0, got 0"),
    ],
)
def test_bad_towns_are_refused(towns, options, message):
    with pytest.raises(DataError, match=message):
        generate_sample(towns, **options)


def test_mapping_names_columns_of_the_table(table):
    assert set(SAMPLE_COLUMNS.mapping.values()) == set(table.columns)
    assert dataclasses.is_dataclass(SAMPLE_COLUMNS)
