import re

import numpy as np
import pytest

from geoalloc import report
from geoalloc.report import _backtest_words as words
from geoalloc.report import backtest_sheet
from tests.report import toy
from tests.report.test_page import Outline

FAR = {"kde": (0.05, -0.02, 0.1), "mixture": (0.35, 0.3, 0.4)}
CLOSE = {"kde": (0.05, -0.02, 0.1), "mixture": (0.1, -0.01, 0.2)}
BEHIND = {"kde": (-0.2, -0.3, -0.1), "mixture": (-0.1, -0.2, -0.05)}
ALONE = {"kde": (0.05, np.nan, np.nan), "mixture": (0.1, np.nan, np.nan)}


@pytest.fixture(scope="module")
def html():
    return report.backtest_page(toy.backtest(), toy.RECORD)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ((0.01, 0.2), "better"),
        ((0.0, 0.2), "level"),
        ((-0.1, 0.2), "level"),
        ((-0.2, 0.0), "level"),
        ((-0.2, -0.1), "worse"),
        ((np.nan, np.nan), "cannot be told"),
    ],
)
def test_standing_follows_the_interval(row, expected):
    low, high = row
    told = words.standing({"forecaster": "x", "skill_low": low, "skill_high": high})
    assert told == expected


def test_a_gain_beyond_its_interval_is_called_better():
    told = words.verdict(toy.backtest(FAR), "burglary", "log_score")
    assert "mixture has the best log score, 2.100 against 1.750" in told
    assert "better by 0.350 (+0.300 to +0.400)" in told


def test_a_gain_within_its_interval_is_called_level():
    told = words.verdict(toy.backtest(CLOSE), "burglary", "log_score")
    assert "level with it: the interval of the gain holds 0" in told
    assert "better" not in told


def test_a_naive_count_that_is_best_is_said_to_win():
    result = toy.backtest(BEHIND)
    told = words.verdict(result, "burglary", "log_score")
    assert "naive has the best log score, 1.750" in told
    assert "The naive count wins here." in told
    wins = words.naive_wins(result)
    assert any("beats all others by log score" in each for each in wins)


def test_one_origin_is_no_evidence():
    told = words.verdict(toy.backtest(ALONE), "burglary", "log_score")
    assert "cannot be told from the naive count" in told
    assert "better" not in told


def test_where_nothing_is_better_beyond_doubt_is_said():
    wins = words.naive_wins(toy.backtest(CLOSE))
    assert any("no other is better beyond doubt by log score" in each for each in wins)
    assert words.naive_wins(toy.backtest(FAR)) == []


def test_measures_that_rank_alike_are_named_once():
    told = " ".join(words.naive_wins(toy.backtest(CLOSE)))
    assert "by log score, CRPS and hit rate at 0.5 %, 1 %." in told
    assert "PAI" not in told


def test_origins_are_written_in_local_time(html):
    result = toy.backtest()
    zone = {**result.settings, "time_zone": "America/Chicago"}
    there = type(result)(**{**vars(result), "settings": zone})
    assert "2020-12-31" in report.backtest_page(there, toy.RECORD)
    assert "2020-12-31" not in html


def test_the_page_shows_every_forecaster_of_every_group(html):
    outline = Outline(html)
    for name in (*toy.FORECASTERS, *toy.GROUPS):
        assert name in outline.text
    assert outline.of("svg")
    assert all(attrs["aria-label"] for attrs in outline.of("div") if "role" in attrs)
    assert html == report.backtest_page(toy.backtest(), toy.RECORD)


def test_names_of_groups_and_sentences_are_text(html):
    outline = Outline(html)
    assert not [tag for tag, _ in outline.tags if tag in ("b", "i", "so", "little")]
    assert "<b>all</b> & more" in outline.text


def test_the_page_says_what_it_was_made_from(html):
    text = Outline(html).text
    assert "1,200 of 1,300 rows, 2019-01-01 up to 2021-07-01" in text
    assert "drugs" in text
    assert "2,000 draws, seed 1, blocks of 2 origins" in text
    assert "geoalloc 0.1.0" in text


def test_charts_of_a_page_do_not_share_ids(html):
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_a_page_without_hours_or_feedback_says_less(html):
    result = toy.backtest()
    empty = {"rhythm": result.rhythm.iloc[:0], "feedback": None}
    bare = type(result)(**{**vars(result), **empty})
    text = Outline(report.backtest_page(bare, toy.RECORD)).text
    assert "Only months are known" in text
    assert "run away" not in text
    assert "run away" in Outline(html).text


def test_the_sheet_is_one_page_that_is_the_same_each_time():
    first = report.backtest_pdf(toy.backtest(), toy.RECORD)
    assert first == report.backtest_pdf(toy.backtest(), toy.RECORD)
    assert first.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", first)) == 1
    assert b"CreationDate" not in first
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", first)
    assert [round(float(side)) for side in box.groups()] == [595, 842]


def test_the_sheet_names_every_source_at_its_foot(monkeypatch):
    written = []
    monkeypatch.setattr(
        backtest_sheet,
        "_text",
        lambda figure, x, y, text, **how: written.append((y, text)),
    )
    sources = "; ".join(f"Incidents of the force number {k}" for k in range(9))
    report.backtest_pdf(toy.backtest(), toy.RECORD | {"attribution": sources})
    foot = " ".join(text for y, text in written if y < 60)
    assert "number 0" in foot
    assert "number 8" in foot
    assert min(y for y, text in written if "number" in text) >= 28


def test_who_is_worse_is_left_to_the_table_where_there_is_one():
    result = toy.backtest({"kde": (-0.2, -0.3, -0.1), "mixture": (0.3, 0.2, 0.4)})
    said = "burglary: by log score the naive count beats kde."
    assert said in words.naive_wins(result)
    assert said not in words.naive_wins(result, behind=False)


def test_a_backtest_of_one_origin_is_shown():
    result = toy.backtest(ALONE, n=1)
    assert "From origin to origin" not in report.backtest_page(result, toy.RECORD)
    assert report.backtest_pdf(result, toy.RECORD)


def test_more_groups_than_the_sheet_holds_still_make_one_page(monkeypatch):
    monkeypatch.setattr(toy, "GROUPS", tuple(f"group {i}" for i in range(7)))
    result = toy.backtest()
    assert (
        len(re.findall(rb"/Type /Page\b", report.backtest_pdf(result, toy.RECORD))) == 1
    )


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("log_score", "log score"),
        ("hit_rate_0.5", "hit rate at 0.5 %"),
        ("pai_1", "PAI at 1 %"),
        ("crps", "CRPS"),
        ("stability_1", "stability at 1 %"),
        ("log_score_hours", "log score of hexes and hours"),
        ("hit_rate_1_periods", "hit rate at 1 % of hexes and periods"),
    ],
)
def test_measures_are_named_in_words(measure, expected):
    assert words.label(measure) == expected
    assert words.meaning(measure)
    assert " at " not in words.kind(measure)


def test_the_rri_is_not_called_an_index_of_recapture():
    assert "not the recapture rate index" in words.meaning("rri_1")


def test_hits_of_hexes_and_periods_are_told_from_hits_of_hexes():
    one, other = words.meaning("hit_rate_1"), words.meaning("hit_rate_1_periods")
    assert one != other
    told = words._named(
        [f"hit_rate_{share}{of}" for of in ("", "_periods") for share in ("0.5", "1")]
    )
    assert told == (
        "hit rate at 0.5 %, 1 % and hit rate at 0.5 %, 1 % of hexes and periods"
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0101, 0.0104, "+0.0101 to +0.0104"),
        (-0.0123, -0.0004, "\N{MINUS SIGN}0.0123 to \N{MINUS SIGN}0.0004"),
        (0.01, 0.01, "+0.010 to +0.010"),
        (0.0, 0.2, "+0.000 to +0.200"),
        (0.01, 0.01 + 1e-9, "+0.010000 to +0.010000"),
    ],
)
def test_an_interval_shows_that_its_ends_differ(low, high, expected):
    assert words.interval("log_score", low, high, signed=True) == expected


def test_a_naive_count_that_others_are_level_with_is_not_said_to_win():
    result = toy.backtest(BEHIND)
    board = result.leaderboard
    board["level_with_best"] = True
    told = words.verdict(result, "burglary", "log_score")
    assert "Nothing beats it here." in told
    assert "wins" not in told
