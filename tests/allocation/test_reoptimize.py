import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation._prepared import Prepared
from geoalloc.allocation.opening import OpenQueue
from geoalloc.allocation.reoptimize import (
    Changes,
    MoveParams,
    frontier,
    reoptimize,
)
from geoalloc.errors import DataError
from tests import naive_shift as naive


@pytest.fixture(scope="module")
def day():
    return naive.make_day(3, size=6, units=(5, 2), calls=6.0)


@pytest.fixture(scope="module")
def current(day):
    """Everybody at the station, with breaks in blocks 2 and 3."""
    where = np.repeat(day.station_post[day.supply.station][:, None], 6, axis=1)
    where[::2, 2], where[1::2, 3] = -1, -1
    return where


def gain_of_move(day, current, move, saving, last):
    """Work out a move from savings of whole blocks; None if it cannot be made."""
    u, t, p = move
    stood = current[u, t - 1] if t > 0 else current[u, 0]
    drive = 0 if stood < 0 else naive.between(day)[stood][p]
    if drive > 59:
        return None
    there = [k for k in range(t, last) if current[u, k] >= 0]
    share = [(60 - drive) / 60 if k == t else 1.0 for k in there]
    gain = sum(
        s * saving[p][k] - saving[current[u, k]][k]
        for s, k in zip(share, there, strict=True)
    )
    home = day.station_min[day.supply.station[u]]
    return gain - (day.deadhead * (home[p] - home[current[u, 0]]) if t == 0 else 0.0)


def best_single_move(day, current, first, last):
    """Try each move of each unit, worked out from ``evaluate`` block by block."""
    best = (0.0, None)
    for u in range(len(day.supply)):
        posts = np.flatnonzero(day.allowed[u]).tolist()
        saving = naive.OneUnit(day, current, u).savings(posts)
        moves = [
            (u, t, p)
            for t in range(first, last)
            for p in posts
            if current[u, t] >= 0 and p != current[u, t]
        ]
        for move in moves:
            gain = gain_of_move(day, current, move, saving, last)
            if gain is not None and gain > best[0] + 1e-12:
                best = (gain, move)
    return best


@pytest.mark.parametrize(("first", "last"), [(0, 6), (2, 6), (4, 5), (0, 1)])
def test_first_move_is_the_best_of_all_single_moves(day, current, first, last):
    gain, move = best_single_move(day, current, first, last)
    found = reoptimize(
        day,
        current,
        most_moves=1,
        params=MoveParams(from_period=first, until_period=last),
    )
    row = found.moves.iloc[0]
    assert (row["unit"], row["period"], row["to_post"]) == move
    assert row["gain"] == pytest.approx(gain, abs=1e-9)
    assert found.before - found.after == pytest.approx(gain, abs=1e-9)


def test_what_is_looked_at_is_valued_as_the_timetable(day, current):
    found = reoptimize(day, current, most_moves=0)
    assert found.before == pytest.approx(
        allocation.evaluate(day, current).objective, abs=1e-9
    )
    assert found.after == found.before
    assert found.timetable.tolist() == current.tolist()
    parts = [
        reoptimize(
            day,
            current,
            most_moves=0,
            params=MoveParams(from_period=t, until_period=t + 1),
        ).before
        for t in range(6)
    ]
    assert sum(parts) == pytest.approx(found.before, abs=1e-9)


def test_gains_of_the_moves_add_up_in_their_order(day, current):
    found = reoptimize(day, current, most_moves=5)
    assert 1 < len(found.moves) <= 5
    assert found.moves["gain"].sum() == pytest.approx(found.before - found.after)
    assert found.moves["gain"].iloc[0] == found.moves["gain"].max()
    assert found.after >= found.free - 1e-9
    where = current.copy()
    for row in found.moves.sort_values("period").itertuples():
        there = where[row.unit] >= 0
        there[: row.period] = False
        where[row.unit, there] = row.to_post
    assert found.timetable.tolist() == where.tolist()


def test_moves_leave_the_past_and_the_breaks_alone(day, current):
    found = reoptimize(
        day, current, most_moves=5, params=MoveParams(from_period=3, until_period=5)
    )
    assert found.timetable[:, :3].tolist() == current[:, :3].tolist()
    assert found.timetable[:, 5:].tolist() == current[:, 5:].tolist()
    assert ((found.timetable < 0) == (current < 0)).all()
    assert found.moves["period"].between(3, 4).all()


@pytest.mark.parametrize("seed", range(4))
def test_no_move_is_longer_than_may_be_even_after_a_break(seed):
    day = naive.make_day(seed, size=8, units=(6, 2), calls=9.0)
    where = np.repeat(day.station_post[day.supply.station][:, None], 6, axis=1)
    where[:, 1] = -1
    rules = allocation.ShiftRules(repost_reach_min=5)
    found = reoptimize(
        day, where, most_moves=8, rules=rules, params=MoveParams(from_period=2)
    )
    assert len(found.moves)
    between = naive.between(day)
    for move in found.moves.itertuples():
        assert between[move.from_post][move.to_post] <= 5
    assert (found.moves["minutes"] <= 5).all()


def test_unit_that_is_lost_leaves_and_one_that_arrives_is_no_move(day, current):
    absent = current.copy()
    absent[4] = -1
    changes = Changes(unavailable={1: 2}, arriving={4: 3})
    rest = MoveParams(from_period=2)
    found = reoptimize(day, absent, changes, most_moves=2, params=rest)
    assert (found.timetable[1, 2:] == -1).all()
    assert (found.timetable[1, :2] == current[1, :2]).all()
    assert (found.timetable[4, :3] == -1).all()
    assert (found.timetable[4, 3:] >= 0).all()
    assert found.arrivals["unit"].tolist() == [4]
    assert not found.moves["unit"].isin([1]).any()
    gone = Changes(unavailable={1: 2})
    without = reoptimize(day, absent, gone, most_moves=0, params=rest)
    assert found.before < without.before


def test_prepared_problem_gives_the_same_moves(day, current):
    prepared = Prepared(day)
    one, other = (
        reoptimize(p, current, Changes(unavailable={0: 1})) for p in (day, prepared)
    )
    assert one.moves.equals(other.moves)
    assert one.after == other.after
    queue = OpenQueue(
        service=np.zeros(20, np.int64),
        hex=np.full(20, day.post_hex[-1]),
        age_min=np.zeros(20),
    )
    waiting = reoptimize(prepared, current, Changes(queue=queue))
    assert waiting.before > one.before
    doubled = tuple(
        dataclasses.replace(c, arrivals=2 * c.arrivals, load=2 * c.load)
        for c in day.classes
    )
    more = reoptimize(prepared, current, Changes(demand=doubled), most_moves=0)
    changed = dataclasses.replace(day, classes=doubled)
    assert more.before == pytest.approx(
        allocation.evaluate(changed, current).objective, abs=1e-9
    )


def test_locked_units_do_not_move(day, current):
    locked = {u: int(current[u].max()) for u in range(6)}
    held = dataclasses.replace(day, locked=locked)
    moves = reoptimize(held, current, most_moves=5).moves
    assert set(moves["unit"]) <= {6}


def test_moves_keep_minimum_cover():
    day = naive.make_day(4, size=6, units=(6, 0), minimum={0: 2, 1: 2})
    row = day.post_hex // 6 >= 3
    north, south = np.flatnonzero(~row), np.flatnonzero(row)
    reach = day.allowed
    current = np.array(
        [next(p for p in (north if u % 2 else south) if reach[u, p]) for u in range(6)]
    )
    where = reoptimize(day, current, most_moves=4).timetable
    assert (row[where].sum(axis=0) >= 2).all()
    assert ((~row)[where].sum(axis=0) >= 2).all()


def test_more_moves_are_never_worse(day, current):
    table = frontier(day, current, moves=(0, 1, 2, 3, 5, 8))
    assert table.index.tolist() == [0, 1, 2, 3, 5, 8]
    assert (np.diff(table["benefit"]) >= -1e-12).all()
    assert table["benefit"].iloc[0] == 0.0
    assert table["share"].max() <= 1.0 + 1e-12
    single = reoptimize(day, current, most_moves=1)
    assert table.loc[1, "objective"] == pytest.approx(single.after)


def test_two_moves_come_close_to_the_best_two():
    day = naive.make_day(0, (1.3, 0.4), size=5, n_posts=4, units=(3, 0), calls=5.0)
    current = np.repeat(day.station_post[day.supply.station][:, None], 2, axis=1)
    best = np.inf
    for u in range(3):
        rows = [
            reoptimize(
                dataclasses.replace(day, locked={u: int(p)}),
                np.where(np.arange(3)[:, None] == u, p, current),
                most_moves=1,
            ).after
            for p in np.flatnonzero(day.allowed[u])
        ]
        best = min(best, *rows)
    # Standing there from the start costs no drive: a bound on two moves.
    found = reoptimize(day, current, most_moves=2)
    assert best <= found.after + 1e-9
    assert found.after <= reoptimize(day, current, most_moves=1).after


@pytest.mark.parametrize(
    ("changes", "params", "message"),
    [
        (Changes(unavailable={9: 0}), {}, "unavailable names unit 9 from period 0"),
        (Changes(arriving={0: 6}), {}, "arriving names unit 0 from period 6"),
        (
            Changes(arriving={0: 1}, unavailable={0: 3}),
            {},
            "unit 0 both arrives and is unavailable",
        ),
        (Changes(), {"from_period": 6}, "periods 6 to 6 leave nothing to plan"),
        (Changes(), {"repairs": -1}, "need repairs >= 0"),
    ],
)
def test_request_that_asks_for_nothing_is_refused(
    day, current, changes, params, message
):
    with pytest.raises(DataError, match=message):
        reoptimize(day, current, changes, params=MoveParams(**params))


def test_numbers_of_moves_are_checked(day, current):
    with pytest.raises(DataError, match="most_moves must be 0 or more, got -1"):
        reoptimize(day, current, most_moves=-1)
    with pytest.raises(DataError, match="moves must be rising numbers"):
        frontier(day, current, moves=(2, 1))
