"""A comparison in a few sentences says what its frames say, and no more."""

import dataclasses
import math

import numpy as np
import pytest

from geoalloc.runs import comparison_gist as gist
from geoalloc.runs import comparison_words as words
from tests.compared_scenarios import make_comparison


@pytest.fixture(scope="module")
def toy():
    made = make_comparison(resolution=5)
    rows = made.differences
    told = words.sentences(rows, made.scenarios, made.record)
    return dataclasses.replace(made, differences=rows.assign(sentence=told))


def judged(toy, verdicts):
    """The toy with the verdicts of its headline measures by scenario."""
    rows = toy.differences[toy.differences["scenario"].isin(verdicts)].copy()
    rows = rows[rows["headline"]]
    for name, pair in verdicts.items():
        rows.loc[rows["scenario"] == name, "verdict"] = pair
    chosen = toy.scenarios["scenario"].isin([*verdicts, toy.record["base"]])
    listed = toy.scenarios[chosen].reset_index(drop=True)
    return dataclasses.replace(toy, differences=rows, scenarios=listed)


def test_a_scenario_stands_by_all_headline_measures(toy):
    same = "not distinguishable"
    told = gist.standings(
        judged(
            toy,
            {
                "bordered": ("worse", same),
                "equity-cap": ("better", "worse"),
                "units-95": ("better", "better"),
                "units-85": (same, same),
            },
        )
    )
    assert told == {
        "friday-late": "the base",
        "bordered": "worse",
        "equity-cap": "better and worse",
        "units-85": "not distinguishable",
        "units-95": "better",
    }


def test_every_scenario_is_counted_once(toy):
    stand = gist.standings(toy)
    assert list(stand) == toy.scenarios["scenario"].tolist()
    assert stand["minimum-cover-too-high"] == "infeasible"
    text = " ".join(gist.in_short(toy))
    for word in ("better", "worse", "not distinguishable"):
        named = [name for name, each in stand.items() if each == word]
        verb = "is" if len(named) == 1 else "are"
        assert f"{len(named)} of 14 scenarios {verb} {word}" in text


def test_the_largest_effect_is_told_by_its_sentence(toy):
    text = " ".join(gist.in_short(toy))
    assert "Most: bordered raises immediate calls late from 9.0 % to 19.8 %" in text


def test_what_is_not_distinguishable_is_not_said_to_do_nothing(toy):
    (said,) = [t for t in gist.in_short(toy) if "are not distinguishable" in t]
    assert "That does not say that they change nothing" in said
    width = gist.seen(toy)
    rows = gist.headline_rows(toy, "late_share", "immediate")
    halves = (rows["simultaneous_high"] - rows["simultaneous_low"]).sort_values() / 2
    assert width == pytest.approx(halves.iloc[len(halves) // 2])
    assert f"less than about {100 * width:.1f} points" in said


def test_what_has_no_plan_is_named_with_its_reason(toy):
    assert gist.in_short(toy)[-1] == (
        "1 of 14 has no plan: minimum-cover-too-high (infeasible: the minimum cover of "
        "Bristol asks for 99 units)."
    )


def test_a_base_alone_is_summed_up(toy):
    alone = dataclasses.replace(
        toy, scenarios=toy.scenarios.iloc[:1], differences=toy.differences.iloc[:0]
    )
    assert gist.in_short(alone) == ["The base is friday-late."]
    assert gist.headlines(alone) == []
    assert math.isnan(gist.seen(alone))


def test_the_figures_of_the_base_are_those_of_its_frame(toy):
    said = gist.in_short(toy)[0]
    assert "immediate calls late 9.0 % (8.0 % to 10.0 %)" in said
    assert "over 400 simulated shifts" in said


def test_rows_are_in_the_order_asked_for_and_numbered_by_it(toy):
    mixed = toy.differences.sample(frac=1, random_state=np.random.default_rng(1))
    rows = gist.headline_rows(
        dataclasses.replace(toy, differences=mixed), "unmet", "all"
    )
    names = toy.scenarios["scenario"].tolist()
    assert rows["number"].is_monotonic_increasing
    assert [names[n] for n in rows["number"]] == rows["scenario"].tolist()
