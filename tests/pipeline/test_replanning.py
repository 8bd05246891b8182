"""A few moves from a recorded plan, when units go, arrive, or calls wait."""

import csv
import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest

from geoalloc import allocation, pipeline, runs, scenario
from geoalloc.errors import DataError, UsageError
from geoalloc.pipeline import ground, replan_requests, replanning, stages
from tests.conftest import toy_text

DUTY = """
[duty]
break_min = 45
break_after_h = 1
break_before_end_h = 1
shortest_h = 1
reposts = 2
"""
EASTON = ("R-EAS-01", "R-EAS-02")


@pytest.fixture(scope="module", autouse=True)
def inputs_read_once():
    """Read and forecast the same scenario once: what is tested comes after that."""
    seen, work = {}, {"read": ground.read, "foresee": ground.foresee}

    def once(name):
        def found(wanted, *more):
            key = name, str(wanted.resolved())
            if key not in seen:
                seen[key] = work[name](wanted, *more)
            return seen[key]

        return found

    with pytest.MonkeyPatch.context() as patch:
        for name in work:
            patch.setattr(ground, name, once(name))
        yield


@pytest.fixture(scope="module")
def folder(town_file, tmp_path_factory):
    """A run with breaks, in a folder."""
    home = tmp_path_factory.mktemp("replan")
    (home / "toy.toml").write_text(toy_text(town_file) + DUTY, encoding="utf-8")
    run = pipeline.plan(scenario.read(home / "toy.toml"))
    return runs.write(run, home / "run", {})


@pytest.fixture(scope="module")
def stood(folder):
    """Problem and timetable, rebuilt by hand from the record and the table."""
    run = runs.read(folder)
    wanted = scenario.parse(run.record["scenario"])
    clock = stages.Clock(stages.silent)
    on = ground.read(wanted, clock)
    ahead = ground.foresee(wanted, on, clock)
    factor = run.record["shift_plan"]["load_factor"]
    problem = dataclasses.replace(ahead.problem, load_factor=factor)
    names = ahead.setting.posts["name"].tolist()
    units = run.units["unit_id"].tolist()
    hours = sorted(run.plan["period"].unique())
    table = np.full((len(units), len(hours)), -1)
    for row in run.plan.itertuples():
        if row.activity == "post":
            at = units.index(row.unit_id), hours.index(row.period)
            table[at] = names.index(row.post)
    return problem, table, names, units


def find(folder, **changes):
    return pipeline.replan(folder, pipeline.ReplanRequest(**changes))


@pytest.fixture(scope="module")
def lost(folder):
    """Both units of Easton are gone from nine."""
    gone = ("R-EAS-01@21:00", "R-EAS-02@21:00")
    return find(folder, unavailable=gone, since="21:00")


def test_moves_are_those_of_the_model_on_the_plan_of_the_table(lost, stood):
    problem, table, names, units = stood
    gone = {units.index(name): 1 for name in EASTON}
    found = allocation.reoptimize(
        problem,
        table,
        allocation.Changes(unavailable=gone),
        params=allocation.MoveParams(from_period=1),
    )
    assert len(found.moves) >= 1
    moves = lost.moves
    assert moves["unit_id"].tolist() == [units[u] for u in found.moves["unit"]]
    assert moves["to_post"].tolist() == [names[p] for p in found.moves["to_post"]]
    assert moves["from_post"].tolist() == [names[p] for p in found.moves["from_post"]]
    # East has a minimum cover of one unit, which nobody keeps from nine on.
    assert moves["restored"].sum() >= 1
    for ours, theirs in (("saved", "gain"), ("restored", "restored")):
        assert moves[ours].tolist() == pytest.approx(found.moves[theirs].tolist())
    assert moves["at"].tolist() == [f"{20 + t}:00" for t in found.moves["period"]]
    assert lost.record["after"] == pytest.approx(found.after)


def test_gains_add_up_to_what_the_moves_save(lost):
    record = lost.record
    saved = record["before"] - record["after"]
    assert saved > 0
    assert lost.moves["saved"].sum() == pytest.approx(saved)
    assert record["planned"] < record["before"]
    assert record["seconds"] >= 0


def test_moves_stay_within_the_number_asked_for(folder):
    found = find(folder, unavailable=EASTON, most_moves=1)
    assert len(found.moves) == 1
    none = find(folder, unavailable=EASTON, most_moves=0)
    assert none.moves.empty
    assert none.record["after"] == none.record["before"]
    assert none.record["before"] == pytest.approx(found.record["before"])
    assert "No move is worth making" in pipeline.replan_words(none)


def test_a_unit_that_is_gone_never_moves_and_only_later_hours_change(lost):
    assert not set(lost.moves["unit_id"]) & set(EASTON)
    assert set(lost.moves["at"]) <= {"21:00", "22:00"}


def test_a_unit_that_arrives_gets_a_post_before_the_moves(folder):
    found = find(folder, arriving=["R-EAS-01@22:00"], since="21:00")
    first = found.moves.iloc[0]
    assert (first["what"], first["unit_id"], first["at"]) == (
        "arrival",
        "R-EAS-01",
        "22:00",
    )
    assert first["from_post"] == ""
    assert np.isnan(first["saved"])
    assert found.record["moves"][0]["saved"] is None
    assert any("takes no break" in note for note in found.record["notes"])
    assert "(arrives)" in pipeline.replan_words(found)


def test_calls_that_wait_add_to_what_may_be_late(folder, tmp_path):
    queue = tmp_path / "queue.csv"
    head = "grade,reported_at,latitude,longitude\n"
    row = "immediate,2026-11-20T20:58,51.38,-2.74\n"
    queue.write_text(head + 20 * row, encoding="utf-8")
    calm = find(folder, since="21:00")
    busy = find(folder, since="21:00", queue=queue)
    assert busy.record["before"] > calm.record["before"]
    assert "calls wait as in queue.csv" in pipeline.replan_words(busy)
    queue.write_text(head, encoding="utf-8")
    assert find(folder, since="21:00", queue=queue).record["before"] == (
        pytest.approx(calm.record["before"])
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("immediate,2026-11-20T21:01,51.38,-2.74", "reported after 21:00"),
        ("immediate,2026-11-20T20:01,55.00,-2.74", "outside the area"),
    ],
)
def test_a_call_that_cannot_wait_is_refused_with_its_line(
    row, message, folder, tmp_path
):
    queue = tmp_path / "queue.csv"
    good = "priority,2026-11-20T20:30,51.38,-2.74\n"
    queue.write_text(
        f"grade,reported_at,latitude,longitude\n{good}{row}\n", encoding="utf-8"
    )
    with pytest.raises(DataError, match=message) as refused:
        find(folder, since="21:00", queue=queue)
    assert "1 of 2 calls" in str(refused.value)
    assert "line 3" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unavailable": ["R-EAS-09"]}, "is called 'R-EAS-09': did you mean R-EAS-0"),
        ({"unavailable": ["R-EAS-01@13:00"]}, "13:00 is not in the shift"),
        ({"unavailable": ["R-EAS-01@23:00"]}, "from 20:00 to 23:00"),
        ({"unavailable": ["R-EAS-01@nine"]}, "'nine' is no time such as 20:00"),
        ({"unavailable": ["R-EAS-01@22:30"]}, "nothing to plan"),
        ({"unavailable": ["R-EAS-01", "R-EAS-01"]}, "named twice"),
        (
            {"unavailable": ["R-EAS-01"], "arriving": ["R-EAS-01@22:00"]},
            "named twice",
        ),
        ({"arriving": ["R-EAS-01"]}, "says no time"),
        ({"arriving": ["R-EAS-01@22:31"]}, "nothing to plan"),
        ({"since": "22:45"}, "nothing to plan"),
        ({"since": "9"}, "'9' is no time"),
    ],
)
def test_a_request_that_cannot_be_is_refused_before_the_work(
    changes, message, folder, monkeypatch
):
    monkeypatch.setattr(ground, "read", None)
    with pytest.raises(UsageError, match=message):
        find(folder, **changes)


@pytest.mark.parametrize(
    ("at", "gone", "there"),
    [("21:00", 1, 1), ("21:29", 1, 1), ("21:30", 2, 1), ("21:31", 2, 2)],
)
def test_an_hour_counts_for_a_unit_there_half_of_it(at, gone, there, folder):
    asked = replan_requests.positions(
        runs.read(folder),
        pipeline.ReplanRequest(
            unavailable=[f"R-EAS-01@{at}"], arriving=[f"R-EAS-02@{at}"]
        ),
    )
    assert [*asked.gone.values()] == [gone]
    assert [*asked.arriving.values()] == [there]


def test_a_time_that_the_clocks_show_twice_is_its_first(folder):
    run = runs.read(folder)
    hours = pd.date_range("2026-10-24T22:00Z", periods=5, freq="h")
    shift = {
        "periods": [hour.isoformat() for hour in hours],
        "time_zone": "Europe/London",
    }
    autumn = dataclasses.replace(run, record=run.record | {"shift": shift})
    for since, first in (("01:00", 2), ("23:00", 0), ("02:00", 4)):
        asked = replan_requests.positions(autumn, pipeline.ReplanRequest(since=since))
        assert asked.first == first


def test_inputs_that_are_not_what_they_were_are_refused(folder, town_file, tmp_path):
    text = town_file.read_text(encoding="utf-8").replace("Little Wold", "Lesser Wold")
    (tmp_path / "other.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="are not those of the recorded run"):
        find(folder, boundary=tmp_path / "other.geojson")


def test_a_run_without_its_load_factor_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "run")
    record = json.loads((tmp_path / "run/run.json").read_text(encoding="utf-8"))
    del record["shift_plan"]["load_factor"]
    (tmp_path / "run/run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(DataError, match="plan the scenario anew"):
        find(tmp_path / "run")


def test_a_plan_that_does_not_fit_its_scenario_is_refused(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "run")
    table = pd.read_parquet(folder / "plan.parquet")
    table.loc[0, "post"] = "Nowhere"
    table.astype({"post": "str"}).to_parquet(tmp_path / "run/plan.parquet")
    with pytest.raises(DataError, match="does not fit its scenario"):
        find(tmp_path / "run")


def test_the_moves_are_written_whole_marked_and_neutral(lost, tmp_path):
    moves = lost.moves.copy()
    moves.loc[0, "to_post"] = "=cmd"
    risky = dataclasses.replace(lost, moves=moves)
    pipeline.write_moves(risky, tmp_path / "m" / "moves.csv")
    with (tmp_path / "m/moves.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(lost.moves)
    assert {row["marking"] for row in rows} == {"OFFICIAL - EXERCISE - SYNTHETIC"}
    assert rows[0]["to_post"] == "'=cmd"
    assert [p.name for p in (tmp_path / "m").iterdir()] == ["moves.csv"]
    with pytest.raises(UsageError, match="is there already"):
        pipeline.write_moves(lost, tmp_path / "m/moves.csv")
    pipeline.write_moves(lost, tmp_path / "m/moves.csv", force=True)
    with pytest.raises(UsageError, match="is a folder"):
        pipeline.write_moves(lost, tmp_path / "m")


def test_the_words_name_every_move_and_both_figures(lost):
    words = pipeline.replan_words(lost)
    assert words.startswith("OFFICIAL")
    for name in (*lost.moves["unit_id"], *lost.moves["to_post"]):
        assert name in words
    for key in ("planned", "before", "after", "free"):
        assert f"{lost.record[key]:.2f}" in words
    assert "the planner decides" in words


def test_the_same_request_gives_the_same_moves(lost, folder):
    again = find(
        folder / "run.json",
        unavailable=("R-EAS-01@21:00", "R-EAS-02@21:00"),
        since="21:00",
    )
    pd.testing.assert_frame_equal(again.moves, lost.moves)
    assert replanning._changes(again.record) == replanning._changes(lost.record)
