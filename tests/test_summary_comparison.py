import dataclasses

import pytest

from geoalloc import summary
from geoalloc.runs import comparison_words
from tests.compared_scenarios import make_comparison


@pytest.fixture(scope="module")
def toy():
    made = make_comparison(resolution=5)
    told = comparison_words.sentences(made.differences, made.scenarios, made.record)
    return dataclasses.replace(made, differences=made.differences.assign(sentence=told))


def test_the_answer_comes_before_the_table(toy):
    text = summary.comparison(toy)
    assert text.startswith("OFFICIAL-SENSITIVE. Made from synthetic incidents.")
    assert "SYNTHETIC" in text
    assert "EXERCISE" in text
    assert text.index("better than the base") < text.index("differences in points")


def cut(name):
    return name if len(name) <= 22 else f"{name[:10]}...{name[-9:]}"


def test_each_scenario_has_a_line_with_its_figures_and_verdict(toy):
    lines = summary.comparison(toy).partition("Immediate calls late, %")[2].splitlines()
    rows = toy.differences.set_index(["scenario", "measure", "group"])
    for name in toy.scenarios["scenario"]:
        (line,) = [each for each in lines if each.startswith(f"  {cut(name)} ")]
        if name == "minimum-cover-too-high":
            assert line.split()[-1] == "infeasible"
        elif name == "friday-late":
            assert line.split()[1:] == ["9.0", "%", "the", "base"]
        else:
            row = rows.loc[(name, "late_share", "immediate")]
            assert line.endswith(row["verdict"])
            assert f"{100 * abs(row['difference']):.1f}"[:-1] in line


def test_no_line_is_wider_than_a_terminal(toy):
    long = {
        name: f"{name}-with-a-name-that-goes-on" for name in toy.scenarios["scenario"]
    }
    record = toy.record | {
        "base": long[toy.record["base"]],
        "settings": toy.record["settings"],
    }
    other = dataclasses.replace(
        toy,
        record=record,
        scenarios=toy.scenarios.assign(scenario=toy.scenarios["scenario"].map(long)),
        differences=toy.differences.assign(
            scenario=toy.differences["scenario"].map(long)
        ),
    )
    assert max(map(len, summary.comparison(other).splitlines())) <= 88


def test_a_base_alone_has_no_table(toy):
    alone = dataclasses.replace(
        toy, scenarios=toy.scenarios.iloc[:1], differences=toy.differences.iloc[:0]
    )
    assert "difference" not in summary.comparison(alone)
