"""What is asked of a backtest, and what is said of one."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import demand, evaluation, pipeline
from geoalloc.errors import DataError, UsageError
from geoalloc.evaluation import Rolling
from geoalloc.pipeline import backtest_requests, gathering
from tests.evaluation.conftest import ZONE, make_history


def asked(**more):
    given = {"columns": {}, "spans": {}, "groups": (), "asked": {}} | more
    return pipeline.backtest_request(["incidents.csv"], **given)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("month", pd.DateOffset(months=1)),
        ("3 months", pd.DateOffset(months=3)),
        ("28d", pd.DateOffset(days=28)),
        ("7 days", pd.DateOffset(days=7)),
        ("8h", pd.Timedelta(hours=8)),
        ("1 hour", pd.Timedelta(hours=1)),
    ],
)
def test_a_span_is_read_as_it_is_written(text, span):
    assert asked(spans={"horizon": text}).horizon == span


@pytest.mark.parametrize("text", ["", "8 weeks", "-1d", "0h", "1.5d", "d8"])
def test_a_span_that_cannot_be_read_is_refused(text):
    if text:
        with pytest.raises(UsageError, match="--horizon takes a span"):
            asked(spans={"horizon": text})
    else:
        assert asked(spans={"horizon": text}).horizon == pd.DateOffset(months=1)


def test_all_forecasters_but_those_of_an_extra_take_part():
    names = asked().forecaster_names
    assert set(names) == set(demand.FORECASTERS) - {"gbm"}
    only = asked(asked={"forecasters": ("kde", "kde")})
    assert only.forecaster_names == ("kde",)


def test_groups_are_all_and_the_commonest_unless_named():
    history = make_history(timed=True, n=500)
    found = backtest_requests.groups_of(asked(), history, named=True)
    assert list(found) == [
        "all",
        *pd.Series(history.category)
        .value_counts()
        .index.map(dict(enumerate(history.categories))),
    ]
    assert list(backtest_requests.groups_of(asked(), history, named=False)) == ["all"]
    named = backtest_requests.groups_of(
        asked(groups=["Drugs", "both=b*,drugs"]), history, named=True
    )
    assert len(named["both"]) == len(history)
    assert set(named["Drugs"].category) == {1}
    with pytest.raises(DataError, match="'fraud'"):
        backtest_requests.groups_of(asked(groups=["fraud"]), history, named=True)


def test_missing_months_are_not_covered():
    class Read:
        period = tuple(pd.Timestamp(t, tz="UTC") for t in ("2019-05-10", "2019-08-20"))
        time_zone = ZONE
        missing_months = ("2019-07",)

    spans = gathering.covered_spans(Read)
    assert spans["start"].dt.strftime("%m-%d %H").tolist() == [
        "05-10 00",
        "05-31 23",
        "07-31 23",
    ]
    assert spans["end"].dt.strftime("%m-%d %H").tolist() == [
        "05-31 23",
        "06-30 23",
        "08-20 00",
    ]


@pytest.fixture(scope="module")
def result():
    history = make_history(timed=False, n=3_000)
    rolling = Rolling(
        origins=evaluation.monthly_origins(history, 9), horizon=pd.DateOffset(months=1)
    )
    return evaluation.backtest(
        {"all": history}, {"kde": demand.forecaster("kde")}, rolling
    )


def test_words_are_the_figures_of_the_leaderboard(result):
    words = pipeline.backtest_words(result)
    board = result.leaderboard.set_index(["forecaster", "measure"])
    for name in ("naive", "kde"):
        row = board.loc[(name, "log_score")]
        text = f"{row['value']:.3f} ({row['low']:.3f}, {row['high']:.3f})"
        line = next(each for each in words.splitlines() if each.startswith(f"  {name}"))
        assert text in line
    assert max(map(len, words.splitlines())) <= 95


def test_measures_that_say_the_same_are_told_once(result):
    words = pipeline.backtest_words(result)
    told = [line for line in words.splitlines() if line.startswith("  By hits")]
    assert len(told) == len({line.split(" % ")[1] for line in told})
    assert sum(line.split(" % ")[0].count(",") + 1 for line in told) >= 4


def test_words_say_who_beats_the_naive_count_and_who_does_not(result):
    board = result.leaderboard
    mine = (board["forecaster"] == "kde") & (board["measure"] == "log_score")
    for low, high, said in (
        (0.1, 0.2, "By log score better than the naive count: kde."),
        (-0.1, 0.2, "By log score nothing is better than the naive count beyond doubt"),
        (-0.2, -0.1, "By log score the naive count wins over kde."),
    ):
        changed = board.copy()
        changed.loc[mine, ["skill_low", "skill_high"]] = low, high
        words = pipeline.backtest_words(_with(result, changed))
        assert said in words
    changed.loc[mine, ["skill_low", "skill_high"]] = np.nan
    assert (
        "wins over kde"
        not in pipeline.backtest_words(_with(result, changed)).split("By hits")[0]
    )


def _with(result, board):

    return dataclasses.replace(result, leaderboard=board)
