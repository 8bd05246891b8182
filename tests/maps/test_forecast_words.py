import copy

import pytest

from geoalloc.maps import _forecast_words


@pytest.fixture
def record(town):
    return copy.deepcopy(town.run.record)


@pytest.fixture
def told(town):
    return _forecast_words.made_from(town.run.record, town.run.demand_flow)


def test_what_is_assumed_of_the_week_stands_on_the_face(record):
    assert _forecast_words.face(record)[0] == (
        "Time of the week: from the scenario, not measured."
    )


def test_a_choice_between_calls_and_harm_stands_on_the_face(record):
    assert "is also top" in _forecast_words.face(record)[1]
    record["forecast"]["stability"]["stable"] = True
    assert len(_forecast_words.face(record)) == 1


def test_without_a_severity_weight_nothing_is_flagged(record):
    record["forecast"]["stability"]["overlap"] = None
    assert len(_forecast_words.face(record)) == 1


def test_the_forecaster_is_named_with_its_backtest(told):
    terms = dict(told["terms"])
    assert terms["Forecaster"] == "mixture"
    assert terms["Backtest"] == "mixture: log score 2.1 against 1.8"


def test_calls_are_told_with_nine_nights_in_ten(told):
    expected = dict(told["terms"])["Expected"]
    assert expected.startswith("212 immediate (180–245), 212 priority")  # noqa: RUF001


def test_each_line_of_the_flow_is_a_row_and_the_sum_is_the_last(told):
    assert told["rows"][0] == [
        "recorded, with coordinates (observed)",
        "220",
        "180",
        "216",
    ]
    assert told["rows"][2] == ["avoided by triage (assumed)", "−3.0", "−3.0", "−3.6"]  # noqa: RUF001
    assert told["rows"][3][1:] == ["−45.0", "0", "0"]  # noqa: RUF001
    assert told["rows"][-1][0] == "calls that a unit goes to"
    assert {len(row) for row in told["rows"]} == {len(told["head"])}


def test_the_reasons_of_a_category_stand_together(told):
    why = dict(told["why"])
    assert list(why) == ["Burglary", "Drugs"]
    assert why["Burglary"].startswith("As many a day as in all the past. 74 %")
