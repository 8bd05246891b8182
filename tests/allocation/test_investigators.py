import dataclasses
from itertools import product

import numpy as np
import pandas as pd
import pytest

from geoalloc import demand
from geoalloc.allocation import (
    CaseworkProblem,
    CaseworkTerms,
    InvestigationTeam,
    InvestigationWork,
    allocate_investigators,
    casework_of,
    compare_borders,
    hours_lost,
    value_of_investigators,
)
from geoalloc.errors import DataError
from tests.demand.test_investigations import AHEAD, MODEL

DISTRICTS = ("East", "West")


def team(name, district="East", hours=10.0, pip=1, **changes):
    return InvestigationTeam(
        name=name, district=district, hours=hours, pip=pip, **changes
    )


def work(district="East", pip=1, hours=10.0, **changes):
    return InvestigationWork(district=district, pip=pip, hours=hours, **changes)


def problem_of(teams, items, minutes=0.0, **changes):
    travel = np.full((2, 2), float(minutes))
    np.fill_diagonal(travel, 0.0)
    return CaseworkProblem(
        teams=tuple(teams),
        work=tuple(items),
        districts=DISTRICTS,
        travel_min=travel,
        **changes,
    )


def draw(seed, **changes):
    """Whole hours, and a drive of an hour for each hour of work elsewhere."""
    rng = np.random.default_rng(seed)
    names = ("A", "B", "C")[: 2 + seed % 2]
    teams = [
        team(
            name,
            DISTRICTS[i % 2],
            float(rng.integers(2, 5)),
            int(rng.integers(1, 4)) if i else 3,
            specialisms=("fraud",) if i == 0 else (),
        )
        for i, name in enumerate(names)
    ]
    items = [
        work("East", 1, float(rng.integers(1, 4)), weight=1.0),
        work("West", 2, float(rng.integers(1, 4)), weight=float(rng.integers(1, 4))),
        work("West", 1, 2.0, specialism="fraud", weight=2.0),
    ]
    if seed % 3 == 0:
        items[0] = dataclasses.replace(items[0], holder="A", may_move=seed % 2 == 0)
    return problem_of(
        teams,
        items,
        minutes=30.0,
        hours_per_trip=1.0,
        **({"bordered": False} | changes),
    )


def aims(problem, hours):
    """Unserved, largest ratio and hours lost, from the definition; None if broken."""
    asked = [item.hours for item in problem.work]
    left = [a - sum(row[w] for row in hours) for w, a in enumerate(asked)]
    if min(left) < -1e-9:
        return None
    ratios, lost = [], 0.0
    for row, one in zip(hours, problem.teams, strict=True):
        spent = 0.0
        for h, item in zip(row, problem.work, strict=True):
            if not h:
                continue
            if item.pip > one.pip or (
                item.specialism and item.specialism not in one.specialisms
            ):
                return None
            elsewhere = one.district != item.district
            if item.holder != one.name and (
                (item.holder and not item.may_move) or (problem.bordered and elsewhere)
            ):
                return None
            drive = 2 * 30.0 / 60.0 * elsewhere * h
            spent += h + drive
            lost += drive
        if spent > one.hours + 1e-9:
            return None
        ratios.append(spent / one.hours)
    unserved = sum(x * item.weight for x, item in zip(left, problem.work, strict=True))
    return unserved, max(ratios), lost


def best(problem, steps=2):
    """Try all allocations in steps of half an hour."""
    cells = [
        [k / steps for k in range(int(item.hours * steps) + 1)] for item in problem.work
    ]
    may = problem.may()
    n_teams = len(problem.teams)
    choices = [
        cells[w] if may[t, w] else [0.0]
        for t in range(n_teams)
        for w in range(len(problem.work))
    ]
    found = (
        aims(problem, [flat[i : i + 3] for i in range(0, 3 * n_teams, 3)])
        for flat in product(*choices)
    )
    return min(a for a in found if a is not None)


@pytest.mark.parametrize("seed", [0, 2, 4, 6, 8])
@pytest.mark.parametrize("bordered", [True, False])
def test_no_allocation_in_half_hours_is_better(seed, bordered):
    problem = draw(seed, bordered=bordered)
    plan = allocate_investigators(problem)
    unserved, ratio, lost = best(problem)
    assert plan.unserved <= unserved + 1e-5
    if plan.unserved > unserved - 1e-5:
        assert plan.largest_ratio <= ratio + 1e-5
        if plan.largest_ratio > ratio - 1e-5:
            assert plan.travel_h <= lost + 1e-4


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("bordered", [True, False])
def test_plan_keeps_the_rules_and_its_figures_are_those_of_the_definition(
    seed, bordered
):
    problem = draw(seed, bordered=bordered)
    plan = allocate_investigators(problem)
    items = {
        (w.district, w.pip, w.specialism, w.holder or ""): k
        for k, w in enumerate(problem.work)
    }
    hours = np.zeros((len(problem.teams), len(problem.work)))
    names = [one.name for one in problem.teams]
    for row in plan.assignments.itertuples():
        key = (row.district, row.pip, row.specialism, row.holder)
        hours[names.index(row.team), items[key]] = row.hours
    found = aims(problem, (hours * (1 - 1e-9)).tolist())
    assert found is not None
    assert found[0] == pytest.approx(plan.unserved, abs=1e-3)
    assert found[1] == pytest.approx(plan.largest_ratio, abs=1e-6)
    assert found[2] == pytest.approx(plan.travel_h, abs=1e-6)


def test_work_is_balanced_before_it_is_near():
    plan = allocate_investigators(
        problem_of([team("A"), team("B", "West")], [work(hours=12.0)], minutes=60.0)
    )
    # B works 1 / (1 + 1/3) of an hour for each that it spends.
    ratio = 12.0 / (10.0 + 10.0 / (1 + 1 / 3))
    assert plan.teams["ratio"].tolist() == pytest.approx([ratio, ratio], abs=1e-5)
    assert plan.unserved == 0.0


def test_work_stays_near_where_balance_allows():
    teams = [team("A"), team("B", "West")]
    items = [work(hours=6.0), work("West", hours=6.0)]
    plan = allocate_investigators(problem_of(teams, items, minutes=30.0))
    assert plan.travel_h == pytest.approx(0.0, abs=1e-5)
    assert plan.largest_ratio == pytest.approx(0.6, abs=1e-5)


def test_live_cases_stay_unless_they_may_move():
    teams = [team("A", hours=4.0), team("B", hours=10.0)]
    held = work(hours=8.0, cases=4.0, holder="A")
    stay = allocate_investigators(problem_of(teams, [held]))
    assert stay.assignments["team"].tolist() == ["A"]
    assert stay.unserved == pytest.approx(4.0)
    assert (
        "A has no hours left, and B may not take over live" in stay.work["why_not"][0]
    )
    assert stay.notes[0].startswith("A holds live cases of 8.0 hours")
    loose = dataclasses.replace(held, may_move=True, handover_h=1.0)
    moved = allocate_investigators(problem_of(teams, [loose]))
    assert moved.unserved == 0.0
    # Each case is two hours, and one more to take it over.
    other = moved.assignments[moved.assignments["moved"]]
    assert other["team"].tolist() == ["B"]
    assert moved.handover_h == pytest.approx(other["hours"].sum() / 2)


def test_higher_levels_do_lower_work_and_not_the_reverse():
    items = [work(pip=1, hours=5.0), work(pip=2, hours=5.0)]
    up = allocate_investigators(problem_of([team("A", pip=2)], items))
    assert up.unserved == 0.0
    both = [team("A", pip=2, hours=4.0), team("B", pip=1, hours=50.0)]
    down = allocate_investigators(problem_of(both, items))
    assert down.work["unserved_h"].tolist() == pytest.approx([0.0, 1.0])


def test_specialist_work_goes_to_those_accredited():
    teams = [team("A", pip=3, hours=50.0), team("B", specialisms=("fraud",), hours=3.0)]
    plan = allocate_investigators(
        problem_of(teams, [work(hours=5.0, specialism="fraud")])
    )
    assert plan.assignments["team"].tolist() == ["B"]
    assert plan.unserved == pytest.approx(2.0)
    assert "B has no hours left" in plan.work["why_not"][0]


def test_a_team_takes_no_more_cases_than_its_caseload():
    plan = allocate_investigators(
        problem_of([team("A", most_cases=3.0)], [work(hours=8.0, cases=4.0)])
    )
    assert plan.teams["cases"].tolist() == pytest.approx([3.0])
    assert plan.unserved == pytest.approx(2.0)
    assert "A has the largest caseload allowed" in plan.work["why_not"][0]


def test_work_that_nobody_may_come_to_is_told_by_name():
    problem = problem_of([team("A", "West", pip=2)], [work(pip=2)], bordered=True)
    why = allocate_investigators(problem).work["why_not"][0]
    assert why == (
        "10.0 of 10.0 hours of PIP 2 in East are not served: A may do such work and "
        "may not come to East; open the border or accredit a team there"
    )


def test_without_borders_no_more_is_left():
    for seed in range(6):
        table = compare_borders(draw(seed)).set_index("district")
        assert table.index.tolist() == ["East", "West", "all"]
        both = [
            allocate_investigators(draw(seed, bordered=bordered)).unserved
            for bordered in (True, False)
        ]
        assert both[0] >= both[1] - 1e-6
        total = table.loc[["East", "West"], "fewer_h"].sum()
        assert table.loc["all", "fewer_h"] == pytest.approx(total)


def test_what_one_more_buys_is_known_by_hand():
    teams = [team("A", pip=1, hours=5.0), team("B", "West", pip=2, hours=5.0)]
    items = [work(pip=1, hours=9.0), work("West", pip=2, hours=7.0, weight=3.0)]
    table = value_of_investigators(
        problem_of(teams, items, bordered=True), hours=3.0
    ).set_index(["pip", "district"])
    # In East four hours of weight 1 are left, in West two of weight 3.
    assert table.loc[(1, "East"), "buys"] == pytest.approx(3.0)
    assert table.loc[(1, "East"), "price"] == pytest.approx(1.0)
    assert table.loc[(1, "West"), "buys"] == pytest.approx(0.0)
    assert table.loc[(2, "West"), "price"] == pytest.approx(3.0)
    assert table.loc[(2, "West"), "buys"] == pytest.approx(6.0)
    assert table.index[0] in {(2, "West"), (3, "West")}


@pytest.mark.parametrize("seed", range(10))
def test_prices_hold_for_the_first_hours_and_are_never_too_low(seed):
    problem = draw(seed)
    few = value_of_investigators(problem, hours=1e-3)
    many = value_of_investigators(problem, hours=5.0)
    for table in (few, many):
        assert (table["buys"] <= table["at_most"] + 1e-5).all()
    by_price = few.sort_values(["pip", "district"])
    by_many = many.sort_values(["pip", "district"])
    # More hours never buy more each than the first did.
    first = by_price["buys"].to_numpy() / 1e-3
    assert (by_many["buys"].to_numpy() <= 5.0 * first + 1e-2).all()


def test_price_of_a_team_is_what_one_more_of_its_hours_serves():
    problem = problem_of([team("A")], [work(hours=15.0, weight=2.0)])
    assert allocate_investigators(problem).teams["price"].tolist() == [2.0]
    idle = problem_of([team("A")], [work(hours=5.0)])
    assert allocate_investigators(idle).teams["price"].tolist() == [0.0]


def test_inflow_and_open_cases_come_from_the_outlook():
    found = demand.investigations(AHEAD, MODEL)
    terms = CaseworkTerms(
        specialisms={"robbery": "robbery squad"},
        holders={("West", 2): "CID", ("East", 3): "major"},
        may_move=True,
        handover_h=2.0,
        weights={3: 5.0},
    )
    items = casework_of(found, ["2026-11"], terms)
    rows = found.frame[found.frame["month"] == "2026-11"]
    assert sum(w.hours for w in items) == pytest.approx(rows["hours"].sum())
    special = [w for w in items if w.specialism]
    assert {w.district for w in special} == {"East", "West"}
    assert special[0].hours == pytest.approx(200.0)  # ten robberies of 20 hours
    held = {w.holder: w for w in items if w.holder}
    assert held["CID"].hours == pytest.approx(12 * 30 / 2)
    assert held["major"].weight == 5.0
    assert held["CID"].handover_h == 2.0
    with pytest.raises(DataError, match="nobody holds the open cases of PIP"):
        casework_of(found, ["2026-11"])
    with pytest.raises(DataError, match="'2031-01' is not in the outlook"):
        casework_of(found, ["2031-01"], terms)
    with pytest.raises(DataError, match="no month of the outlook is asked for"):
        casework_of(found, [], terms)


def test_casework_takes_response_officers_away_by_shift():
    shifts = pd.DataFrame(
        {
            "shift": ["early", "late", "night"],
            "officer_hours": [100.0, 80.0, 60.0],
            "suited": [1.0, 0.5, 0.0],
        }
    )
    lost = hours_lost(28.0, shifts)
    assert lost["lost_h"].tolist() == pytest.approx([20.0, 8.0, 0.0])
    assert lost["left_h"].tolist() == pytest.approx([80.0, 72.0, 60.0])
    assert lost["lost_share"].tolist() == pytest.approx([0.2, 0.1, 0.0])
    assert lost.attrs["undone_h"] == 0.0
    over = hours_lost(200.0, shifts)
    assert over["lost_h"].tolist() == pytest.approx([100.0, 40.0, 0.0])
    assert over.attrs["undone_h"] == pytest.approx(60.0)
    with pytest.raises(DataError, match="no column 'suited'"):
        hours_lost(1.0, shifts.drop(columns="suited"))
    with pytest.raises(DataError, match="casework_h must be 0 or more"):
        hours_lost(-1.0, shifts)
    with pytest.raises(DataError, match="officer_hours of shifts"):
        hours_lost(1.0, shifts.assign(officer_hours=-1.0))
    with pytest.raises(DataError, match="suited of shifts"):
        hours_lost(1.0, shifts.assign(suited=2.0))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: problem_of([], [work()]), "no team to investigate"),
        (lambda: problem_of([team("A")], []), "no work to investigate"),
        (
            lambda: problem_of([team("A")], [work(specialism="fraud")]),
            "no team is accredited for PIP 1 with specialism 'fraud'",
        ),
        (lambda: problem_of([team("A")], [work(pip=2)]), "no team is accredited"),
        (lambda: team("A", hours=-1.0), "hours of team 'A' must be 0 or more"),
        (lambda: work(hours=-1.0), "hours of work in 'East'"),
        (lambda: work(pip=4), "must be 1, 2 or 3, got 4"),
        (
            lambda: problem_of([team("A", "North")], [work()]),
            "team 'A' names the district 'North'; there are East, West",
        ),
        (lambda: problem_of([team("A")], [work("North")]), "work names the district"),
        (lambda: problem_of([team("A"), team("A")], [work()]), "two teams are named"),
        (
            lambda: problem_of([team("A")], [work(holder="X")]),
            "held by 'X', which is no team",
        ),
        (
            lambda: problem_of(
                [team("A"), team("B", pip=2)], [work(pip=2, holder="A")]
            ),
            "for which it is not accredited",
        ),
        (
            lambda: problem_of([team("A")], [work()], hours_per_trip=0.0),
            "hours_per_trip",
        ),
        (lambda: problem_of([team("A")], [work()], minutes=-1.0), "travel_min is nan"),
        (
            lambda: value_of_investigators(
                problem_of([team("A")], [work()]), hours=0.0
            ),
            "hours of an investigator",
        ),
    ],
)
def test_input_that_makes_no_sense_is_refused(build, message):
    with pytest.raises(DataError, match=message):
        build()


def test_the_same_problem_has_the_same_plan():
    one, two = (allocate_investigators(draw(5)) for _ in range(2))
    pd.testing.assert_frame_equal(one.assignments, two.assignments)
