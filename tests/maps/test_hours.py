from collections import Counter

import numpy as np
import pandas as pd
import pytest

from geoalloc.maps import _cubes, _hours
from tests import naive_maps
from tests.maps.conftest import PERIODS, changed


@pytest.fixture(scope="module")
def restless(town):
    """The toy run, with units that change from hour to hour at random."""
    rng = np.random.default_rng(11)
    cover = town.run.cover.sample(frac=1.0, random_state=2, ignore_index=True)
    units = np.array(["R1", "R2", "P3", None], dtype=object)
    return changed(
        town.run,
        cover=cover.assign(
            first_unit=pd.array(rng.choice(units, len(cover)), dtype="str"),
            second_unit=pd.array(rng.choice(units, len(cover)), dtype="str"),
            minutes=np.where(
                rng.random(len(cover)) < 0.2, np.nan, rng.uniform(0, 40, len(cover))
            ),
            wait_min=np.where(
                rng.random(len(cover)) < 0.3, np.nan, rng.uniform(0, 40, len(cover))
            ),
        ),
    )


def often(values):
    """The value that stands most often, the earlier of two."""
    return Counter(values).most_common(1)[0][0]


def of_hex(frame, grade, hex_id):
    rows = frame[(frame["grade"] == grade) & (frame["hex_id"] == hex_id)]
    return rows.sort_values("period")


def test_who_is_sent_in_most_hours_is_counted_hex_by_hex(restless):
    ids = ["P3", "R1", "R2"]
    cover = _cubes.cube(restless, restless.cover)
    (sent,) = _hours.senders(cover, ids, ["priority"])
    names = [None, *ids]
    first, second = (naive_maps.runs(units) for units in sent["units"])
    minutes = naive_maps.near(sent["minutes"])
    for i, hex_id in enumerate(restless.hexes["hex_id"]):
        rows = of_hex(restless.cover, "priority", hex_id)
        rows = rows.assign(
            first_unit=rows["first_unit"].where(rows["first_unit"].notna(), "none"),
            second_unit=rows["second_unit"].where(rows["second_unit"].notna(), "none"),
        )
        usual = often(rows["first_unit"])
        there = rows[rows["first_unit"] == usual]
        assert (names[first[i]] or "none") == usual
        assert (names[second[i]] or "none") == often(there["second_unit"])
        mean = there["minutes"].mean()
        assert minutes[i] == pytest.approx(mean, abs=0.051, nan_ok=True)


def waits(run):
    calls = _cubes.cube(run, run.demand).total("incidents")
    return _hours.waits(_cubes.cube(run, run.cover), calls)


def test_a_wait_is_the_mean_over_the_calls_of_the_shift(restless):
    found = waits(restless)[0]
    for i, hex_id in enumerate(restless.hexes["hex_id"]):
        rows = of_hex(restless.cover, "immediate", hex_id)
        calls = of_hex(restless.demand, "immediate", hex_id)["incidents"].to_numpy()
        known = rows["wait_min"].notna().to_numpy()
        if not known.any():
            assert np.isnan(found[i])
            continue
        mean = np.average(rows["wait_min"].to_numpy()[known], weights=calls[known])
        assert found[i] == pytest.approx(mean)


def test_hours_without_calls_count_alike_in_a_wait(town):
    quiet = changed(town.run, demand=town.run.demand.assign(incidents=0.0))
    expected = town.run.cover[town.run.cover["grade"] == "routine"]
    mean = expected.groupby("hex_id")["wait_min"].mean()
    assert waits(quiet)[2] == pytest.approx(mean.to_numpy())


def test_hours_on_end_are_one_spell(town):
    words, spells = _hours.timetables(town.run)
    told = [
        (first, n, words["activities"][a], words["posts"][p], words["reasons"][r])
        for first, n, a, p, r in spells["R2"]
    ]
    assert told == [
        (0, 1, "post", "Market Square", "Nearest to the quay."),
        (1, 1, "break", "Market Square", "Fewest calls."),
        (2, 1, "post", "Quay", "Clubs close."),
    ]
    assert [spell[:2] for spell in spells["R1"]] == [[0, len(PERIODS)]]


def test_spells_lay_the_whole_plan_out_again(town):
    rng = np.random.default_rng(4)
    did = pd.array(rng.choice(["post", "break"], len(town.run.plan)), dtype="str")
    run = changed(town.run, plan=town.run.plan.assign(activity=did))
    shuffled = changed(run, plan=run.plan.sample(frac=1.0, random_state=1))
    words, spells = _hours.timetables(shuffled)
    read = [
        (unit, PERIODS[first + k], words["activities"][a], words["posts"][p])
        for unit, mine in spells.items()
        for first, n, a, p, _ in mine
        for k in range(n)
    ]
    rows = run.plan[["unit_id", "period", "activity", "post"]]
    assert sorted(read) == sorted(rows.itertuples(index=False, name=None))


def test_visits_are_told_in_local_time_and_order(town):
    made = _hours.visits(changed(town.run, visits=town.run.visits[::-1]))
    assert list(made) == ["R2"]
    assert [visit["at"] for visit in made["R2"]] == [
        "22:05–22:20",  # noqa: RUF001
        "00:05–00:20",  # noqa: RUF001
    ]
    assert made["R2"][0]["made"] == "12 of 15"


def test_hexes_that_a_unit_is_first_to_are_those_of_most_hours_at_a_post(town):
    assert _hours.hexes_covered(town.run) == {"R1": 12, "R2": 13, "P3": 0}
    plan = town.run.plan.assign(hexes_covered=[5, 7, 7, 9, 50, 8, 1, 2, 3])
    covered = _hours.hexes_covered(changed(town.run, plan=plan))
    assert covered == {"R1": 7, "R2": 9, "P3": 3}  # of as many hours, the more


def test_hours_that_a_plan_leaves_out_part_a_spell_in_two(town):
    plan = town.run.plan.drop(index=1)  # the second hour of R1
    _, spells = _hours.timetables(changed(town.run, plan=plan))
    assert [spell[:2] for spell in spells["R1"]] == [[0, 1], [2, 1]]
