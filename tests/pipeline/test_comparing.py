"""Scenarios are planned once, simulated on the same calls, and compared with a base."""

import types

import numpy as np
import pandas as pd
import pytest

import geoalloc
from geoalloc import pipeline, scenario
from geoalloc.errors import DataError, UsageError
from geoalloc.pipeline import trying
from geoalloc.pipeline.tidy import tidy
from geoalloc.workers import Store, hired


@pytest.fixture(scope="module", autouse=True)
def no_loops():
    """A feedback loop is simulated elsewhere: it takes longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        told = types.SimpleNamespace(sentence="What patrol discovers adds nothing.")
        patch.setattr(trying.evaluation, "feedback", lambda *given: told, raising=False)
        yield


@pytest.fixture(scope="module")
def base(toy_scenario):
    values = scenario.read(toy_scenario).resolved()
    values["allocation"]["load_factor"] = 1.0  # calibrating takes longer than the rest
    return scenario.parse(values)


def variant(base, name, change=lambda values: None, **labels):
    values = base.resolved() | {"name": name} | labels
    change(values)
    return scenario.parse(values)


def bordered(values):
    values["allocation"]["mode"] = "bordered"


def fewer(count):
    def change(values):
        values["units"][0]["count"] = count

    return change


def impossible(values):
    values["allocation"]["minimum_cover"] = {"East": 40}


def slower(values):
    values["simulation"]["seed"] = 77  # of its own: the base's is what counts
    for response in values["demand"]["categories"].values():
        response["on_scene_min"] *= 2


@pytest.fixture(scope="module")
def wanted(base):
    return [
        base,
        variant(base, "bordered", bordered),
        variant(base, "same-again", question="Does a name matter?"),
        variant(base, "no-plan", impossible),
        variant(base, "slower", slower),
        *(variant(base, f"units-{n}", fewer(n)) for n in (1, 2, 4)),
    ]


class Counting:
    """Workers that work here, count, and stop when told to."""

    description, peak_mb = "this process, counted", 0.0

    def __init__(self, stop_after=None):
        self.notes, self.tasks, self._stop = [], [], stop_after

    def each(self, work, tasks, *, label="", progress=None):
        for position, task in enumerate(tasks):
            if len(self.tasks) == self._stop:
                raise KeyboardInterrupt
            self.tasks.append(task)
            yield position, work(task)

    @property
    def trials(self):
        return [t for t in self.tasks if isinstance(t, trying.Task)]


def compared(scenarios, *, crew=None, store=None, **how):
    request = pipeline.comparison_request(scenarios, **how)
    crew = Counting() if crew is None else crew
    return pipeline.compare(request, hired=crew, store=store)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def found(wanted, kept):
    return compared(wanted, store=Store(kept), shifts=100)


FRAMES = ("figures", "differences", "groups", "disparities", "curve", "cells", "posts")


def assert_equal(one, other):
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    drop = ["seconds", "cached"]
    pd.testing.assert_frame_equal(
        one.scenarios.drop(columns=drop), other.scenarios.drop(columns=drop)
    )


def test_the_plan_compared_is_the_plan_that_would_be_made(base, found):
    made = pipeline.plan(base)
    first = made.plan.drop_duplicates("unit_id").set_index("unit_id")["post"]
    posts = found.posts[found.posts["scenario"] == base.name].set_index("unit_id")
    assert posts["post"].to_dict() == first.to_dict()
    assert found.scenarios["gap"].iloc[0] == made.record["solver"]["gap"]


def test_a_scenario_without_a_plan_is_told_of_and_the_others_go_on(found):
    status = found.scenarios.set_index("scenario")["status"]
    assert status["no-plan"] == "infeasible"
    assert (status.drop("no-plan") == "planned").all()
    why = found.scenarios.set_index("scenario")["why"]["no-plan"]
    assert "minimum cover of East needs 35 more units" in why
    assert "no-plan" not in set(found.figures["scenario"])


def test_a_scenario_that_differs_in_name_alone_is_worked_on_once(wanted):
    crew = Counting()
    found = compared([wanted[0], wanted[2]], crew=crew, shifts=100)
    assert len(crew.trials) == 1
    rows = found.differences[found.differences["scenario"] == "same-again"]
    assert (rows["difference"] == 0).all()
    assert set(rows["verdict"]) <= {"not distinguishable", ""}


def test_scenarios_answer_the_same_calls(found):
    calls = found.figures[found.figures["measure"] == "calls"]
    by = calls.pivot_table(index="group", columns="scenario", values="value")
    for name in ("bordered", "units-1", "slower"):  # neither changes what is called for
        np.testing.assert_array_equal(by[name], by[found.record["base"]])
    assert found.scenarios.set_index("scenario")["coupled"].drop("no-plan").all()


def test_differences_are_of_the_figures_and_known_better_than_these(found):
    base = found.record["base"]
    figures = found.figures.set_index(["scenario", "measure", "group"])
    row = found.differences.set_index(["scenario", "measure", "group"]).loc[
        ("units-1", "unmet", "all")
    ]
    own = figures.loc[("units-1", "unmet", "all")]
    other = figures.loc[(base, "unmet", "all")]
    assert row["difference"] == pytest.approx(own["value"] - other["value"])
    apart = np.hypot(own["high"] - own["low"], other["high"] - other["low"])
    assert row["high"] - row["low"] < apart
    assert row["verdict"] == "worse"
    assert row["simultaneous_low"] <= row["low"] <= row["high"]
    assert row["sentence"]


def test_the_curve_holds_scenarios_that_differ_in_units_alone(found):
    on = found.scenarios.set_index("scenario")["curve"]
    assert set(on[on].index) == {
        found.record["base"],
        "same-again",
        "units-1",
        "units-2",
        "units-4",
    }
    assert found.curve["officers"].is_monotonic_increasing
    assert len(found.curve) == 4


def test_the_same_again_is_taken_from_the_cache_and_equal(wanted, kept, found):
    crew = Counting()
    again = compared(wanted, crew=crew, store=Store(kept), shifts=100)
    assert crew.tasks == []
    assert again.scenarios["cached"].all()
    assert again.record["run_id"] == found.record["run_id"]
    assert_equal(again, found)


def test_without_a_cache_the_tables_are_the_same(wanted, kept, found):
    few = wanted[:3]
    again = compared(few, store=Store(kept), shifts=100)
    assert again.scenarios["cached"].all()
    assert_equal(compared(few, shifts=100), again)


def test_what_changed_is_all_that_is_worked_out_anew(wanted, kept, found):
    changed = [*wanted[:-1], variant(wanted[0], wanted[-1].name, fewer(6))]
    crew = Counting()
    compared(changed, crew=crew, store=Store(kept), shifts=100)
    assert [task.scenario["name"] for task in crew.tasks] == [wanted[-1].name]


def test_another_question_changes_no_figure_and_another_id(wanted, kept, found):
    asked = list(wanted)
    asked[1] = variant(wanted[1], "bordered", question="And now?")
    crew = Counting()
    again = compared(asked, crew=crew, store=Store(kept), shifts=100)
    assert crew.tasks == []
    assert again.record["run_id"] != found.record["run_id"]


def test_more_shifts_keep_the_plans_and_those_simulated(wanted, kept, found):
    crew = Counting()
    more = compared(wanted[:2], crew=crew, store=Store(kept), shifts=300)
    assert [task.batches for task in crew.trials] == [(1, 2), (1, 2)]
    assert all(task.table is not None for task in crew.trials)
    assert (more.scenarios["shifts"] == 300).all()
    whole = compared(wanted[:2], shifts=300)
    assert_equal(more, whole)


def test_shifts_are_added_until_the_intervals_are_as_narrow_as_asked(wanted, kept):
    two = wanted[:2]
    few = compared(two, store=Store(kept), shifts=100)
    reached = few.record["settings"]["reached"]
    more = compared(two, store=Store(kept), shifts=100, half_width=reached / 1.5)
    assert more.record["settings"]["shifts"] > 100
    assert more.record["settings"]["reached"] <= reached / 1.5
    capped = compared(
        two, store=Store(kept), shifts=100, half_width=reached / 50, most_shifts=200
    )
    assert capped.record["settings"]["shifts"] == 200
    assert capped.record["settings"]["reached"] > reached / 50


def test_what_was_finished_when_stopped_is_compared_and_taken_up(
    wanted, kept, tmp_path
):
    few = [*wanted[:3], wanted[-1]]
    stopped = compared(
        few, crew=Counting(stop_after=2), store=Store(tmp_path), shifts=100
    )
    assert stopped.record["stopped"]
    assert "stopped" in stopped.record["notes"][0]
    status = stopped.scenarios["status"].tolist()
    assert status == ["planned", "planned", "planned", "failed"]  # two are one plan
    assert "stopped" in stopped.scenarios["why"].iloc[-1]
    crew = Counting()
    rest = compared(few, crew=crew, store=Store(tmp_path), shifts=100)
    assert len(crew.trials) == 1
    assert not rest.record["stopped"]
    assert_equal(rest, compared(few, store=Store(kept), shifts=100))


def test_stopped_before_the_base_there_is_nothing_to_compare(wanted):
    with pytest.raises(KeyboardInterrupt):
        compared(wanted, crew=Counting(stop_after=0))


def test_a_broken_entry_of_the_cache_is_worked_out_anew(wanted, found, tmp_path):
    compared(wanted[:2], store=Store(tmp_path), shifts=100)
    broken = sorted(tmp_path.rglob("samples.parquet"))
    assert broken
    broken[0].write_bytes(broken[0].read_bytes()[:-7])
    crew = Counting()
    again = compared(wanted[:2], crew=crew, store=Store(tmp_path), shifts=100)
    assert len(crew.tasks) == 1
    assert any("broken" in note for note in again.record["workers"]["notes"])
    whole = found.figures[found.figures["scenario"].isin(["bordered"])]
    mine = again.figures[again.figures["scenario"] == "bordered"]
    pd.testing.assert_frame_equal(
        mine.reset_index(drop=True), whole.reset_index(drop=True)
    )


def test_two_processes_find_what_one_finds_and_simulate_the_loop(wanted, kept):
    request = pipeline.comparison_request(wanted[:2], shifts=100)
    with hired(2) as crew:
        spread = pipeline.compare(request, hired=crew)
    assert_equal(spread, compared(wanted[:2], store=Store(kept), shifts=100))
    told = spread.record["scenarios"]["bordered"]["feedback"]
    assert "mixture" in told or "naive expected" in told


def test_investigators_are_told_of_where_scenarios_differ_in_them(base):
    teams = [
        {"name": "West CID", "district": "West", "hours": 10.0, "pip": 2},
        {"name": "East CID", "district": "East", "hours": 900.0, "pip": 2},
    ]

    def staffed(mode):
        def change(values):
            values["investigators"] |= {"teams": teams, "mode": mode}

        return change

    apart = variant(base, "apart", staffed("bordered"))
    shared = variant(base, "shared", staffed("borderless"))
    found = compared([apart, shared], shifts=100)
    rows = found.differences[found.differences["p"].isna()]
    rows = rows[rows["sentence"] != ""]
    assert len(rows)
    assert "better" in set(rows["verdict"])
    plain = compared([apart, variant(apart, "b", bordered)], shifts=100)
    assert set(plain.differences["measure"]).isdisjoint(
        set(rows["measure"]) - set(plain.differences["measure"])
    )


def test_bad_requests_are_refused_in_a_sentence(base):
    with pytest.raises(UsageError, match="two scenarios have the name 'toy'"):
        pipeline.comparison_request([base, variant(base, base.name, bordered)])
    with pytest.raises(UsageError, match="no scenario"):
        pipeline.comparison_request([])
    with pytest.raises(UsageError, match="shifts"):
        pipeline.comparison_request([base], shifts=0)
    with pytest.raises(UsageError, match="half-width"):
        pipeline.comparison_request([base], half_width=0.0)

    def finer(values):
        values["area"]["resolution"] = 8

    with pytest.raises(DataError, match="resolution 8"):
        pipeline.comparison_request([base, variant(base, "finer", finer)])


def test_a_base_that_stands_there_twice_counts_once(base):
    request = pipeline.comparison_request([base, base])
    assert len(request.scenarios) == 1


def test_a_base_without_a_plan_is_an_error(base):
    lost = variant(base, "lost", impossible)
    with pytest.raises(DataError, match="the base lost cannot be planned"):
        compared([lost, base], shifts=100)


def test_every_scenario_says_what_it_changes_and_what_it_was_made_from(found):
    told = found.record["scenarios"]
    assert told[found.record["base"]]["changes"] == []
    assert "bordered" in " ".join(told["bordered"]["changes"])
    assert told["same-again"]["changes"] == []
    assert all(told["bordered"]["inputs"].values())
    assert "patrol" in told["bordered"]["feedback"]
    assert told["bordered"]["key"] != told[found.record["base"]]["key"]


def test_the_tidy_frame_sets_figures_and_differences_side_by_side(found):
    frame = tidy(found)
    lost = frame[frame["verdict"] == "infeasible"]
    assert lost["scenario"].tolist() == ["no-plan"]
    row = frame[
        (frame["scenario"] == "units-1")
        & (frame["measure"] == "unmet")
        & (frame["group"] == "all")
    ].iloc[0]
    assert row["difference"] == pytest.approx(row["value"] - row["base_value"])
    assert frame.loc[frame["scenario"] == found.record["base"], "verdict"].eq("").all()


def test_python_compares_files_scenarios_and_tables(base, toy_scenario, kept, found):
    listed = [variant(base, "bordered", bordered), found.record["scenarios"]["units-1"]]
    listed[1] = listed[1]["scenario"]
    frame = geoalloc.compare(listed, base=base, shifts=100, cache=kept)
    assert frame["scenario"].drop_duplicates().tolist() == [
        base.name,
        "bordered",
        "units-1",
    ]
