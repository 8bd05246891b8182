import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoalloc import demand
from geoalloc.demand import SeasonalLevel, levels
from geoalloc.demand.outlook import ALL, bounds
from geoalloc.errors import DataError
from tests.demand.monthly import by_month

AT = pd.Timestamp("2021-01-01", tz="Europe/London")
INTERVALS = (50, 80, 95)


def counts(seed=1, n=36):
    generator = np.random.default_rng(seed)
    season = 1 + 0.2 * np.cos(2 * np.pi * np.arange(n) / 12)
    return {
        "burglary": generator.poisson(60 * season),
        "drugs": generator.poisson(20, n),
        "theft": generator.poisson(150 * season),
    }


@pytest.fixture(scope="module")
def history(town_grid):
    return by_month(town_grid, counts(), located_share={"burglary": 0.8})


@pytest.fixture(scope="module")
def halves(town_grid):
    return np.where(town_grid.longitude < -2.65, "West", "East").tolist()


@pytest.fixture(scope="module")
def ahead(history, halves):
    return demand.outlook(
        history, AT, 24, district=halves, growth={"West": 0.06}, discovered=("drugs",)
    )


def rows(ahead, category=ALL, district=ALL):
    frame = ahead.frame
    chosen = (frame["category"] == category) & (frame["district"] == district)
    return frame[chosen].set_index("lead")


def test_every_month_category_and_district_has_one_row(ahead):
    keys = ["month", "category", "district"]
    assert not ahead.frame.duplicated(keys).any()
    assert len(ahead.frame) == 24 * 4 * 3
    assert rows(ahead)["month"].iloc[[0, 23]].tolist() == ["2021-01", "2022-12"]


def test_districts_add_up_to_the_area_and_categories_to_all(ahead):
    frame = ahead.frame
    parts = ["mean", "observed", "scaled", "assumed"]
    split = frame[frame["district"] != ALL].groupby(["category", "lead"])[parts].sum()
    whole = frame[frame["district"] == ALL].set_index(["category", "lead"])[parts]
    pd.testing.assert_frame_equal(split.sort_index(), whole.sort_index())
    some = frame[~frame["discovered"] & (frame["category"] != ALL)]
    total = some.groupby(["district", "lead"])[parts].sum()
    expected = frame[frame["category"] == ALL].set_index(["district", "lead"])[parts]
    pd.testing.assert_frame_equal(total.sort_index(), expected.sort_index())


def test_what_is_observed_scaled_and_assumed_makes_up_the_mean(ahead):
    frame = ahead.frame
    parts = frame["observed"] + frame["scaled"] + frame["assumed"]
    assert parts.to_numpy() == pytest.approx(frame["mean"].to_numpy())
    burglary = rows(ahead, "burglary", "East")
    share = burglary["observed"] / (burglary["observed"] + burglary["scaled"])
    assert share.to_numpy() == pytest.approx(0.8)
    assert (rows(ahead, "theft")["scaled"] == 0).all()


def test_growth_is_compound_from_the_first_month_on_and_of_its_district_alone(ahead):
    west = rows(ahead, "theft", "West")
    grown = west["mean"] / (west["observed"] + west["scaled"])
    assert grown.loc[1] == 1.0
    assert grown.loc[13] == pytest.approx(1.06)
    assert grown.loc[7] == pytest.approx(1.06**0.5)
    assert (rows(ahead, "theft", "East")["assumed"] == 0).all()


def test_the_first_month_is_that_of_the_seasonal_level(ahead, history):
    level = SeasonalLevel().level(
        history.only(["theft"]), AT, AT + pd.DateOffset(months=1)
    )
    first = rows(ahead, "theft").loc[1]
    assert first["mean"] == pytest.approx(level.mean)
    assert first["alpha"] == pytest.approx(1.0 / level.size)


def test_intervals_are_nested_and_widen_with_the_months(ahead):
    frame = ahead.frame
    edges = ["low_95", "low_80", "low_50", "high_50", "high_80", "high_95"]
    assert (frame[edges].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    for _, line in frame.groupby(["category", "district"]):
        assert line.sort_values("lead")["alpha"].is_monotonic_increasing
    area, west = rows(ahead, "theft"), rows(ahead, "theft", "West")
    assert (west["alpha"] > area["alpha"]).all()


def test_bounds_leave_out_as_much_at_either_end_as_whole_numbers_allow():
    mean, alpha = np.array([0.3, 4.0, 90.0]), np.array([0.5, 0.01, 0.1])
    for share in (0.5, 0.95):
        low, high = bounds(mean, alpha, share)
        for i in range(3):
            size = 1 / alpha[i]
            chance = stats.nbinom.pmf(np.arange(2_000), size, size / (size + mean[i]))
            upto = np.cumsum(chance)
            assert low[i] == np.argmax(upto >= (1 - share) / 2)
            assert high[i] == np.argmax(upto >= (1 + share) / 2)


def test_what_came_after_the_origin_changes_nothing(town_grid, halves):
    long = {k: np.r_[v, v[:6] * 4 + 9] for k, v in counts().items()}
    long["drugs"][36:] += 50
    found = [
        demand.outlook(by_month(town_grid, each), AT, 6, district=halves).frame
        for each in (counts(), long)
    ]
    # Places follow the order of rows, which later months do not change.
    pd.testing.assert_frame_equal(*found)


def test_discovered_categories_are_held_at_their_last_year_and_in_no_total(ahead):
    drugs = rows(ahead, "drugs", "East")
    assert drugs["discovered"].all()
    assert not rows(ahead)["discovered"].any()
    area = rows(ahead, "drugs")
    last = counts()["drugs"][-12:].sum()
    held = (area["observed"]).iloc[:12].sum()
    assert held == pytest.approx(last * 365 / 366, rel=0.001)
    assert "drugs" not in set(ahead.backtest["category"])
    assert any("held and in no total: drugs" in note for note in ahead.notes)


def test_the_backtest_is_that_of_forecasts_made_at_each_origin(ahead, history):
    alone = history.only(["burglary"])
    errors, total = 0.0, 0.0
    for month in range(12, 36 - 2):
        at = pd.Timestamp("2018-01-01", tz="Europe/London")
        at += pd.DateOffset(months=month)
        path = levels.months_ahead(alone, at, at + pd.DateOffset(months=3))
        came = counts()["burglary"][month + 2]
        errors += abs(path.per_day[2] * path.days[2] - came)
        total += came
    judged = ahead.backtest.set_index(["category", "lead"]).loc[("burglary", 3)]
    assert judged["forecasts"] == 22
    assert judged["error"] == pytest.approx(errors / total)


def test_the_backtest_has_errors_of_simple_counts_and_coverage(ahead):
    judged = ahead.backtest
    assert sorted(judged["category"].unique()) == ["all", "burglary", "theft"]
    assert sorted(judged["lead"].unique()) == [3, 6, 12]
    assert judged.loc[judged["lead"] == 3, "error"].max() < 0.2
    columns = [f"coverage_{k}" for k in INTERVALS]
    assert ((judged[columns] >= 0) & (judged[columns] <= 1)).all(axis=None)
    theft = counts()["theft"].astype(float)
    length = pd.date_range("2018-01-01", periods=36, freq="MS").days_in_month
    length = length.to_numpy(dtype=float)
    at = np.arange(12, 36 - 2)
    naive = [theft[:t].sum() / length[:t].sum() * length[t + 2] for t in at]
    last_year = theft[at - 10] / length[at - 10] * length[at + 2]
    found = judged.set_index(["category", "lead"]).loc[("theft", 3)]
    for name, said in (("error_naive", naive), ("error_last_year", last_year)):
        error = np.abs(said - theft[at + 2]).sum() / theft[at + 2].sum()
        assert found[name] == pytest.approx(error, rel=0.02)


def test_a_short_history_has_no_backtest_but_an_outlook(town_grid):
    short = by_month(town_grid, {"theft": [50, 60, 55]}, first="2020-10-01")
    ahead = demand.outlook(short, AT, 3, district=["Toy"] * len(town_grid))
    assert ahead.backtest.empty
    assert rows(ahead)["mean"].between(40, 70).all()
    one, area = rows(ahead, ALL, "Toy"), rows(ahead)
    assert one["high_95"].tolist() == area["high_95"].tolist()


def test_an_origin_inside_a_month_starts_with_that_month(town_grid, halves):
    inside = AT - pd.Timedelta(days=11)
    ahead = demand.outlook(by_month(town_grid, counts()), inside, 2, district=halves)
    assert rows(ahead)["month"].tolist() == ["2020-12", "2021-01"]


def test_a_category_of_which_nothing_was_known_is_left_out_with_a_note(town_grid):
    late = counts() | {"robbery": np.r_[np.zeros(34, dtype=int), 5, 5]}
    at = pd.Timestamp("2020-11-01", tz="Europe/London")
    ahead = demand.outlook(
        by_month(town_grid, late), at, 1, district=["Toy"] * len(town_grid)
    )
    assert "robbery" not in set(ahead.frame["category"])
    assert "Nothing was known by then of robbery: left out." in ahead.notes


def test_a_district_keeps_the_share_it_has(town_grid, halves):
    in_west = np.flatnonzero(np.array(halves) == "West")
    history = by_month(
        town_grid, counts(), where=lambda n: in_west[np.arange(n) % in_west.size]
    )
    ahead = demand.outlook(history, AT, 2, district=halves)
    whole, west = rows(ahead)["mean"], rows(ahead, ALL, "West")["mean"]
    assert (west / whole).to_numpy() == pytest.approx(1.0)


def test_the_past_is_the_counts_that_were_recorded(ahead):
    past = ahead.past[ahead.past["category"] == "theft"]
    assert past["count"].tolist() == counts()["theft"].tolist()
    assert past["month"].iloc[[0, -1]].tolist() == ["2018-01", "2020-12"]
    assert past["covered"].to_numpy() == pytest.approx(1.0)
    total = ahead.past[ahead.past["category"] == ALL]["count"].to_numpy()
    both = counts()["theft"] + counts()["burglary"]
    assert total.tolist() == both.tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"months": 0}, "an outlook is of 1 to 36 months, got 0"),
        ({"months": 37}, "an outlook is of 1 to 36 months, got 37"),
        ({"growth": {"North": 0.1}}, "growth names the district 'North'"),
        ({"growth": {"West": 0.9}}, "growth of West must be a share a year"),
        ({"growth": {"West": float("nan")}}, "growth of West must be a share a year"),
        ({"district": ["West"]}, "district has 1 names and there are"),
        ({"origin": AT - pd.DateOffset(years=9)}, "is outside of the data"),
        ({"origin": AT - pd.DateOffset(months=34)}, "are covered, and 85 are needed"),
        (
            {"discovered": ("burglary", "drugs", "theft")},
            "no category but discovered ones",
        ),
    ],
)
def test_what_cannot_be_looked_ahead_at_is_refused(change, message, history, halves):
    asked = {"origin": AT, "months": 3, "district": halves} | change
    with pytest.raises(DataError, match=message):
        demand.outlook(history, asked.pop("origin"), asked.pop("months"), **asked)


def test_the_same_history_gives_the_same_outlook(history, halves, ahead):
    again = demand.outlook(
        dataclasses.replace(history, _made={}),
        AT,
        24,
        district=halves,
        growth={"West": 0.06},
        discovered=("drugs",),
    )
    pd.testing.assert_frame_equal(again.frame, ahead.frame)
