"""Backtests: scores by plain loops, laws, and the same whoever does the work."""

import dataclasses
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoalloc import demand, evaluation, scores, workers
from geoalloc.demand import Composed, CountSurface, MeanLevel
from geoalloc.errors import DataError
from geoalloc.evaluation import Rolling, backtesting, quick
from tests import naive_backtest
from tests.evaluation.conftest import make_history

MONTH = pd.DateOffset(months=1)
NAIVE = demand.forecaster("naive")


@dataclass(frozen=True)
class EvenSurface:
    """All hexes alike: what the naive count must beat."""

    def surface(self, history, origin, end):
        land = history.grid.land_km2
        why = demand.Explanation.of("Everywhere alike.", {"even": 1.0})
        return demand.Surface(share=land / land.sum(), explanation=why)


@dataclass(frozen=True)
class Spoiled:
    """Cannot forecast before a day."""

    name: str
    since: str

    def forecast(self, history, origin, horizon):
        if origin < pd.Timestamp(self.since, tz="UTC"):
            raise DataError("the past is too short for me")
        return NAIVE.forecast(history, origin, horizon)


@dataclass(frozen=True)
class Seer:
    """Knows what will happen: the forecast that none can beat."""

    name: str = "seer"

    def forecast(self, history, origin, horizon):
        made = NAIVE.forecast(history, origin, horizon)
        count = history.count(origin, origin + horizon)
        land = history.grid.land_km2
        share = 0.999 * count / count.sum() + 0.001 * land / land.sum()
        return dataclasses.replace(
            made,
            surface=dataclasses.replace(made.surface, share=share),
            level=dataclasses.replace(made.level, mean=float(count.sum())),
        )


EVEN = Composed(name="even", level=MeanLevel(), surface=EvenSurface())


def rolling_of(history, n=5, **more):
    return Rolling(
        origins=evaluation.monthly_origins(history, n), horizon=MONTH, **more
    )


@pytest.fixture(scope="module")
def found(monthly):
    field = {"even": EVEN, "seer": Seer()}
    groups = {"all": monthly, "burglary": monthly.only(["burglary"])}
    return evaluation.backtest(groups, field, rolling_of(monthly, 12))


def value(result, forecaster, measure, group="all", column="value"):
    board = result.leaderboard.set_index(["group", "forecaster", "measure"])
    return board.loc[(group, forecaster, measure), column]


def test_scores_of_each_window_are_those_of_plain_loops(monthly, found):
    land = monthly.grid.land_km2.tolist()
    table = found.scores.query("group == 'all' and forecaster == 'naive'")
    for origin in evaluation.monthly_origins(monthly, 12)[::4]:
        forecast = NAIVE.forecast(monthly, origin, MONTH)
        count = monthly.count(origin, origin + MONTH).tolist()
        for share in (0.01, 0.05):
            expected = naive_backtest.window_scores(forecast, count, land, share)
            mine = table[table["origin"] == origin].set_index("measure")["value"]
            for measure, one in expected.items():
                name = f"{measure}_{100 * share:g}"
                name = name if name in mine else measure
                if (measure, share) != ("rri", 0.05):
                    assert mine[name] == pytest.approx(one), name
        crps = scores.crps(forecast.expected, np.array(count), forecast.hex_size)
        assert mine["crps"] == pytest.approx(crps)


def test_the_leaderboard_counts_every_incident_once(monthly, found):
    origins = evaluation.monthly_origins(monthly, 12)
    windows = [monthly.count(o, o + MONTH).sum() for o in origins]
    rows = found.scores.query("group == 'all' and forecaster == 'naive'")
    rows = rows[rows["measure"] == "log_score"].sort_values("origin")
    pooled = np.average(rows["value"], weights=windows)
    assert value(found, "naive", "log_score") == pytest.approx(pooled)
    assert rows["incidents"].tolist() == windows


def test_who_knows_all_is_best_and_even_is_worse_than_the_naive_count(found):
    for group in ("all", "burglary"):
        assert value(found, "seer", "hit_rate_5", group, "best")
        for measure in ("log_score", "deviance", "crps"):
            assert value(found, "seer", measure, group, "best")
            assert not value(found, "naive", measure, group, "level_with_best")
            assert value(found, "seer", measure, group, "skill_low") > 0
            assert value(found, "even", measure, group, "skill_high") < 0
        assert value(found, "seer", "pei_5", group) == pytest.approx(1.0, abs=1e-6)
        assert value(found, "even", "log_score", group) == 0.0


def test_an_even_surface_hits_as_much_as_it_takes(found):
    assert value(found, "even", "pai_5") < 3.0
    assert value(found, "naive", "pai_5") == pytest.approx(
        value(found, "naive", "hit_rate_5") / 0.05
    )


def test_skill_is_the_difference_from_the_naive_count(found):
    for measure, sign in (("log_score", 1), ("crps", -1)):
        gain = value(found, "seer", measure) - value(found, "naive", measure)
        assert value(found, "seer", measure, column="skill") == sign * gain
    assert np.isnan(value(found, "naive", "log_score", column="skill"))
    assert np.isnan(value(found, "seer", "seconds", column="skill"))


def test_a_forecaster_is_level_with_itself(monthly):
    field = {"twin": dataclasses.replace(NAIVE, name="twin")}
    result = evaluation.backtest({"all": monthly}, field, rolling_of(monthly))
    board = result.leaderboard[result.leaderboard["forecaster"] == "twin"]
    judged = board[board["skill"].notna()]
    assert (judged[["skill", "skill_low", "skill_high"]] == 0).all(axis=None)
    assert judged["level_with_best"].all()


def test_what_always_chooses_the_same_is_stable(found):
    assert value(found, "even", "stability_1") == 1.0
    first = found.scores[found.scores["measure"] == "stability_1"]
    assert len(first) == 2 * 3 * 11


def test_stability_is_that_of_the_surfaces_of_two_origins(monthly):
    rolling = rolling_of(monthly, 2, area_shares=(0.2,))
    result = evaluation.backtest({"all": monthly}, {"seer": Seer()}, rolling)
    land = monthly.grid.land_km2
    before, after = (
        Seer().forecast(monthly, origin, MONTH).surface.share / land
        for origin in rolling.origins
    )
    by_hand = scores.stability(before, after, land, area_share=0.2)
    assert 0.2 < by_hand < 0.95
    assert value(result, "seer", "stability_20") == pytest.approx(by_hand)


def test_curves_rise_and_meet_the_hit_rates(found):
    for _, curve in found.curves.groupby(["group", "forecaster"]):
        assert (np.diff(curve["hit_rate"]) >= 0).all()
    mine = found.curves.query("group == 'all' and forecaster == 'naive'")
    at = mine.set_index("area_share")["hit_rate"]
    assert at[0.05] == pytest.approx(value(found, "naive", "hit_rate_5"))


def test_intervals_that_fit_cover_what_they_say():
    class Truth:
        name = "truth"

        def forecast(self, history, origin, horizon):
            made = NAIVE.forecast(history, origin, horizon)
            share = history.count(
                *(pd.Timestamp(t, tz="UTC") for t in ("2018", "2020"))
            )
            surface = dataclasses.replace(made.surface, share=share / share.sum())
            mean = 6_000 / 730 * ((made.end - origin) / pd.Timedelta(days=1))
            level = dataclasses.replace(made.level, mean=mean)
            return dataclasses.replace(made, surface=surface, level=level)

    history = make_history(timed=True, seed=5)
    week = pd.DateOffset(days=7)
    rolling = Rolling(
        origins=evaluation.origins(history, week, n=90), horizon=week, hours=False
    )
    result = evaluation.backtest({"all": history}, {"truth": Truth()}, rolling)
    mine = result.calibration.query("forecaster == 'truth'")
    assert (abs(mine["coverage"] - mine["nominal"]) < 0.1).all()
    assert (mine["low"] <= mine["coverage"]).all()
    assert (mine["coverage"] <= mine["high"]).all()


def test_every_explanation_is_of_the_last_origin(found):
    mine = found.explanations.query("group == 'all' and forecaster == 'even'")
    assert mine["of"].tolist() == ["level", "surface"]
    assert mine["sentence"].tolist()[1] == "Everywhere alike."


def test_nothing_after_an_origin_reaches_a_forecaster(monthly):
    last = evaluation.monthly_origins(monthly, 1)[-1]
    rng = np.random.default_rng(3)
    known = monthly.known(last)
    moved = monthly.position.copy()
    moved[known:] = rng.permutation(moved[known:])
    changed = dataclasses.replace(monthly, position=moved, _made={})
    rolling = Rolling(origins=(last,), horizon=MONTH)
    one, other = (
        evaluation.backtest({"all": h}, {}, rolling) for h in (monthly, changed)
    )
    pd.testing.assert_frame_equal(one.explanations, other.explanations)
    rri = one.scores["measure"] == "rri_1"
    expected = one.scores[rri]["numerator"], other.scores[rri]["numerator"]
    assert expected[0].tolist() == expected[1].tolist()


def without_seconds(result):
    return (
        result.scores[result.scores["measure"] != "seconds"],
        result.leaderboard[result.leaderboard["measure"] != "seconds"],
        *(result.curves, result.calibration, result.rhythm, result.explanations),
    )


def assert_same(one, other):
    for a, b in zip(without_seconds(one), without_seconds(other), strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)
    assert one.notes == other.notes


def test_processes_find_the_same_bit_for_bit(monthly):
    field = {"again": Composed(name="x", level=MeanLevel(), surface=CountSurface())}
    groups = {"all": monthly, "burglary": monthly.only(["burglary"])}
    rolling = rolling_of(monthly, 12)
    told = []
    alone = evaluation.backtest(groups, field, rolling)
    with workers.hired(2) as two:
        shared = evaluation.backtest(
            groups,
            field,
            rolling,
            workers=two,
            progress=lambda *each: told.append(each),
        )
    assert_same(alone, shared)
    assert len(told) == 4  # blocks: of ten origins and of two, of each group
    assert told[-1] == (24, 24, 0.0)


def test_one_worker_tells_of_each_origin(monthly):
    told = []
    with workers.hired(1) as one:
        evaluation.backtest(
            {"all": monthly},
            {},
            rolling_of(monthly, 3),
            workers=one,
            progress=lambda *each: told.append(each[:2]),
        )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_backtest_that_was_stopped_takes_up_what_was_finished(monthly, tmp_path):
    class Stopped(Exception):  # noqa: N818 - as a user's interrupt
        pass

    def stop(done, total, seconds):
        if done == 11:
            raise Stopped

    rolling, groups = rolling_of(monthly, 12), {"all": monthly}
    with pytest.raises(Stopped):
        evaluation.backtest(groups, {}, rolling, progress=stop, store=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    told = []
    again = evaluation.backtest(
        groups,
        {},
        rolling,
        progress=lambda *each: told.append(each),
        store=tmp_path,
    )
    assert [done for done, _, _ in told] == [11, 12]
    assert told[0][2] == pytest.approx(told[1][2] + told[0][2])
    assert_same(again, evaluation.backtest(groups, {}, rolling))
    assert len(list(tmp_path.iterdir())) == 2


def test_the_time_left_is_at_the_pace_of_what_was_worked_on(monkeypatch):
    clock = iter([0.0, 6.0])
    monkeypatch.setattr(backtesting.time, "perf_counter", lambda: next(clock))
    seen = []
    tasks = [SimpleNamespace(origins=range(40))]
    told = backtesting._told(lambda *each: seen.append(each), tasks)
    told(30, taken_up=True)
    told(2)
    assert seen == [(32, 40, 24.0)]


def test_a_broken_block_is_worked_out_anew_and_said_to_be(monthly, tmp_path):
    rolling, groups = rolling_of(monthly, 3), {"all": monthly}
    first = evaluation.backtest(groups, {}, rolling, store=tmp_path)
    path = next(tmp_path.iterdir()) / "scores.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    again = evaluation.backtest(groups, {}, rolling, store=tmp_path)
    assert again.notes[:-1] == first.notes
    assert "was broken (scores.parquet is not as it was written)" in again.notes[-1]
    assert_same(first, dataclasses.replace(again, notes=first.notes))
    assert evaluation.backtest(groups, {}, rolling, store=tmp_path).notes == first.notes


def test_what_chance_alone_would_seem_to_find_is_said(monthly):
    rolling = rolling_of(monthly, 3)
    kde = {"kde": demand.forecaster("kde")}
    few = evaluation.backtest({"all": monthly}, kde, rolling)
    assert not any("by chance alone" in note for note in few.notes)
    many = {f"g{k}": monthly for k in range(10)}
    found = evaluation.backtest(many, kde, rolling)
    said = "of the 10 with the naive count by each measure, one in 20 would seem"
    assert any(said in note for note in found.notes)


def test_a_finished_block_is_not_taken_for_other_data(monthly, tmp_path):
    rolling = rolling_of(monthly, 3)
    evaluation.backtest({"all": monthly}, {}, rolling, store=tmp_path)
    rng = np.random.default_rng(2)
    other = dataclasses.replace(
        monthly, position=rng.permutation(monthly.position), _made={}
    )
    stored = evaluation.backtest({"all": other}, {}, rolling, store=tmp_path)
    assert_same(stored, evaluation.backtest({"all": other}, {}, rolling))


def test_one_who_cannot_forecast_a_group_is_named_and_not_ranked(monthly):
    field = {"late": Spoiled("late", "2019-10-15")}
    groups = {"all": monthly}
    with pytest.raises(DataError, match="'late' cannot be backtested: the past is too"):
        evaluation.backtest(groups, field, rolling_of(monthly))
    split = {"all": monthly, "fails": make_history(timed=False, seed=9, n=500)}

    @dataclass(frozen=True)
    class Fussy:
        name: str = "fussy"

        def forecast(self, history, origin, horizon):
            if len(history) < 1_000:
                raise DataError("I need more")
            return NAIVE.forecast(history, origin, horizon)

    result = evaluation.backtest(split, {"fussy": Fussy()}, rolling_of(monthly))
    ranked = result.leaderboard.groupby("group")["forecaster"].unique()
    assert ranked["all"].tolist() == ["naive", "fussy"]
    assert ranked["fails"].tolist() == ["naive"]
    assert any("fussy is not ranked in fails" in note for note in result.notes)


def test_discovered_incidents_are_left_out_and_counted():
    history = make_history(timed=False, reported=0.7)
    result = evaluation.backtest({"all": history}, {}, rolling_of(history))
    told = history.where(history.reported)
    alone = evaluation.backtest({"all": told}, {}, rolling_of(history))
    assert value(result, "naive", "crps") == value(alone, "naive", "crps")
    n = len(history) - len(told)
    assert any(f"{n:,} incidents of all that police" in note for note in result.notes)
    none = history.where(~history.reported)
    with pytest.raises(DataError, match="every incident of 'all' was discovered"):
        evaluation.backtest({"all": none}, {}, rolling_of(history))


def test_groups_without_incidents_are_refused(monthly):
    with pytest.raises(DataError, match="no group"):
        evaluation.backtest({}, {}, rolling_of(monthly))
    early = monthly.where(monthly.day < monthly.day.min() + 100)
    with pytest.raises(DataError, match="no incident of 'early' fell in any"):
        evaluation.backtest({"early": early}, {}, rolling_of(monthly))


def test_one_origin_has_no_interval(monthly):
    result = evaluation.backtest(
        {"all": monthly}, {"even": EVEN}, rolling_of(monthly, 1)
    )
    assert result.leaderboard[["low", "high", "skill_low"]].isna().all(axis=None)
    assert value(result, "even", "log_score", column="level_with_best")
    assert result.notes == ("1 origin is few: the intervals tell little.",)


def test_shifts_are_scored_in_space_and_time(timed):
    shift = pd.Timedelta(hours=8)
    origins = evaluation.origins(timed, shift, every=pd.Timedelta(hours=80), n=30)
    rolling = Rolling(origins=origins, horizon=shift, period=shift)
    result = evaluation.backtest({"all": timed}, {"even": EVEN}, rolling)
    for share in ("1", "5"):
        assert value(result, "naive", f"hit_rate_{share}_periods") == pytest.approx(
            value(result, "naive", f"hit_rate_{share}")
        )
    late = value(result, "naive", "rri_1")
    assert 0.5 < late < 2.0  # the night has more than the morning, as was expected
    best = result.rhythm.set_index("model")["log_score"]
    assert best["rhythm"] > 0.3
    assert (result.explanations["of"] == "rhythm").any()


def test_the_best_hexes_and_shifts_of_a_day_are_chosen_together(timed):
    day = pd.DateOffset(days=1)
    origins = evaluation.origins(timed, day, n=20)
    rolling = Rolling(origins=origins, horizon=day, period=pd.Timedelta(hours=8))
    result = evaluation.backtest({"all": timed}, {}, rolling)
    together = value(result, "naive", "hit_rate_5_periods")
    assert together > value(result, "naive", "hit_rate_5") + 0.02
    grid, hits, n = timed.grid, 0.0, 0
    for origin in origins:
        forecast = NAIVE.forecast(timed, origin, day)
        relative = demand.rhythm(timed, origin).relative(
            pd.date_range(origin, periods=24, freq="h")
        )
        cells = [
            (-forecast.surface.share[k] / grid.land_km2[k] * shift.mean(), p, k)
            for p, shift in enumerate(relative.reshape(3, 8))
            for k in range(len(grid))
        ]
        counts = [
            timed.count(
                origin + p * pd.Timedelta(hours=8),
                origin + (p + 1) * pd.Timedelta(hours=8),
            )
            for p in range(3)
        ]
        left = 0.05 * 3 * grid.land_km2.sum()
        for _, p, k in sorted(cells):
            part = min(1.0, max(0.0, left / grid.land_km2[k]))
            hits += part * counts[p][k]
            left -= grid.land_km2[k]
        n += sum(count.sum() for count in counts)
    assert together == pytest.approx(hits / n)


def test_a_quick_backtest_tells_a_sentence(monthly, timed):
    end = pd.Timestamp("2020-01-01", tz="UTC")
    told = evaluation.quick_backtest(monthly, Seer(), end=end)
    assert told["origins"] == 8
    assert told["sentence"].startswith("seer: log score ")
    assert "of the naive count on the last 8 months of these data" in told["sentence"]
    assert ": better (difference +" in told["sentence"]
    worse = evaluation.quick_backtest(monthly, EVEN, end=end)
    assert "so that the naive count wins" in worse["sentence"]
    plain = evaluation.quick_backtest(timed, NAIVE, end=end)
    assert "others must beat" in plain["sentence"]
    rolling = rolling_of(monthly, 8, area_shares=(0.01,))
    board = evaluation.backtest({"all": monthly}, {"seer": Seer()}, rolling)
    assert told["difference"] == value(board, "seer", "log_score", column="skill")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0101, 0.0104, "+0.0101 to +0.0104"),
        (0.01, 0.2, "+0.01 to +0.20"),
        (-0.2, -0.004, "-0.200 to -0.004"),
        (0.1, 0.1, "+0.10 to +0.10"),
    ],
)
def test_a_quick_backtest_shows_that_the_ends_differ(low, high, expected):
    told = {"low": low, "high": high}
    assert f"(difference {expected})" in quick._verdict(told)


def test_windows_that_overlap_are_said_to(timed):
    origins = evaluation.origins(
        timed, pd.DateOffset(days=7), every=pd.DateOffset(days=1), n=10
    )
    rolling = Rolling(origins=origins, horizon=pd.DateOffset(days=7))
    found = evaluation.backtest({"all": timed}, {}, rolling)
    assert any("Up to 7 windows overlap" in note for note in found.notes)
    assert found.settings["block_origins"] == 3


def test_a_quick_backtest_takes_weeks_of_a_short_history(timed, monthly):
    end = pd.Timestamp("2018-04-10", tz="UTC")
    told = evaluation.quick_backtest(timed, EVEN, end=end)
    assert told["horizon"] == "7 days"
    short = evaluation.quick_backtest(monthly, EVEN, end=end)
    assert list(short) == ["sentence"]
    assert short["sentence"].startswith("not backtested: of windows of 1 month")


def test_a_quick_backtest_of_one_who_fails_says_why(monthly):
    end = pd.Timestamp("2020-01-01", tz="UTC")
    told = evaluation.quick_backtest(monthly, Spoiled("late", "2019-10-15"), end=end)
    assert told["sentence"].endswith("the past is too short for me")
