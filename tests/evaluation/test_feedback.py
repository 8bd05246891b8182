"""Feedback: the law of Polya's urn, a twin, and where nothing can run away."""

from dataclasses import dataclass

import numpy as np
import pytest
from shapely.geometry import box

from geoalloc import demand, evaluation, hexes
from geoalloc.errors import DataError
from geoalloc.evaluation import FeedbackParams, patrols
from tests import naive_backtest

NAIVE = demand.forecaster("naive")
FEW = FeedbackParams(steps=6, past_steps=4, incidents=400, seeds=(1, 2))


@dataclass(frozen=True)
class Counted:
    """Each hex's share of all that was recorded, and no floor: an urn."""

    name: str = "urn"

    def forecast(self, history, origin, horizon):
        made = NAIVE.forecast(history, origin, horizon)
        share = np.bincount(history.position, minlength=len(history.grid))
        surface = demand.Surface(
            share=share / share.sum(), explanation=made.surface.explanation
        )
        return demand.Forecast(
            name=self.name,
            origin=origin,
            end=made.end,
            level=made.level,
            surface=surface,
            size=np.inf,
        )


@dataclass(frozen=True)
class Fixed:
    """Learns nothing."""

    name: str = "fixed"

    def forecast(self, history, origin, horizon):
        made = NAIVE.forecast(history, origin, horizon)
        land = history.grid.land_km2
        surface = demand.Surface(
            share=land / land.sum(), explanation=made.surface.explanation
        )
        return demand.Forecast(
            name=self.name,
            origin=origin,
            end=made.end,
            level=made.level,
            surface=surface,
            size=np.inf,
        )


def last(found, setting):
    frame = found.frame
    return frame[frame["setting"] == setting].iloc[-1]


def test_discovered_records_draw_patrols_and_reported_ones_do_not(timed):
    params = FeedbackParams(steps=10, past_steps=6, incidents=2_000, seeds=(1, 2))
    found = evaluation.feedback(timed, NAIVE, params)
    fed, calm = (last(found, setting) for setting in patrols.SETTINGS)
    # Patrolled hexes are recorded at 0.75 of what happens, others at 0.5: the share
    # recorded cannot exceed this.
    true = fed["true_share"]
    most = 0.75 * true / (0.75 * true + 0.5 * (1 - true)) / true
    assert calm["ratio"] + 0.05 < fed["ratio"] < most + 0.05
    assert calm["ratio"] == pytest.approx(1.0, abs=0.1)
    assert found.runs_away
    assert "leave discovered incidents out" in found.sentence
    assert found.frame["step"].tolist() == [*range(1, 11)] * 2


def test_where_all_is_reported_the_settings_are_one(timed):
    params = FeedbackParams(
        steps=3, past_steps=3, reported_share=1.0, incidents=300, seeds=(1,)
    )
    found = evaluation.feedback(timed, NAIVE, params)
    fed, calm = (last(found, setting) for setting in patrols.SETTINGS)
    assert fed["expected_share"] == calm["expected_share"]
    assert not found.runs_away
    assert "cannot be told apart" in found.sentence


def test_one_who_learns_nothing_cannot_run_away(timed):
    found = evaluation.feedback(timed, Fixed(), FEW)
    assert not found.runs_away
    assert found.frame["expected_share"].nunique() <= 2
    assert (found.frame["patrol_share"] == 1.0).all()


def test_the_same_seeds_find_the_same(timed):
    one, same = (evaluation.feedback(timed, NAIVE, FEW) for _ in range(2))
    assert one.frame.equals(same.frame)
    other = evaluation.feedback(
        timed, NAIVE, FeedbackParams(steps=6, past_steps=4, incidents=400, seeds=(3, 4))
    )
    assert not one.frame.equals(other.frame)


def urn_shares(rates, steps, seeds):
    """Shares of the first hex at the end, of the simulation drawn as an urn."""
    grid = hexes.cover(box(-2.70, 51.40, -2.66, 51.42), 7)
    k = len(grid)
    rate = np.zeros(k)
    rate[:2] = rates
    params = FeedbackParams(
        steps=steps,
        past_steps=1,
        reported_share=0.0,
        discovered_share=1.0,
        patrol="drawn",
    )
    shares = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        seen = np.zeros(k)
        seen[:2] = 2, 2
        for _ in range(steps):
            patrolled = patrols._patrolled(seen / seen.sum(), grid, params, rng)
            seen += sum(patrols.recorded(rate, patrolled, params, rng))
        shares.append(seen[0] / seen.sum())
    return np.array(shares)


def test_drawn_patrols_follow_the_law_of_the_urn():
    # Of equal rates the expected share stays where it was, and every world ends
    # elsewhere; a twin in plain Python spreads as widely.
    shares = urn_shares((1.0, 1.0), 40, range(400))
    rng = np.random.default_rng(9)
    twin = np.array(
        [naive_backtest.urn((1.0, 1.0), (2, 2), 40, rng) for _ in range(400)]
    )
    twin_shares = twin[:, 0] / twin.sum(axis=1)
    assert shares.mean() == pytest.approx(0.5, abs=0.03)
    assert shares.std() == pytest.approx(twin_shares.std(), rel=0.15)
    assert shares.std() > 0.15


def test_a_small_difference_of_rates_takes_all_in_the_end():
    # Ensign et al. (2018): the share of the busier goes to one, beyond its truth.
    early = urn_shares((2.0, 1.0), 20, range(100)).mean()
    late = urn_shares((2.0, 1.0), 200, range(60)).mean()
    assert 2 / 3 < early < late
    assert late > 0.8


def test_an_urn_runs_away_in_the_whole_simulation(timed):
    params = FeedbackParams(
        steps=12,
        past_steps=2,
        reported_share=0.05,
        discovered_share=1.0,
        incidents=300,
        seeds=(1, 2),
    )
    found = evaluation.feedback(timed, Counted(), params)
    assert found.runs_away
    assert last(found, "with discovered")["ratio"] > 1.5


def test_of_what_patrol_alone_finds_the_naive_count_runs_away(timed):
    # As in Ensign et al. (2018): next to nothing is reported, and all is found where
    # police look. The naive count sends them where they have looked.
    params = FeedbackParams(
        steps=12,
        past_steps=13,
        area_share=0.1,
        reported_share=0.02,
        discovered_share=1.0,
        incidents=1_000,
        seeds=(1, 2),
    )
    found = evaluation.feedback(timed, NAIVE, params)
    fed, calm = (last(found, setting) for setting in patrols.SETTINGS)
    assert found.runs_away
    assert fed["expected_share"] > 0.9
    assert fed["true_share"] < 0.6
    assert fed["patrol_share"] == 1.0
    assert calm["ratio"] == pytest.approx(1.0, abs=0.1)
    # Records of hexes that patrol never leaves, counted by hand.
    true = fed["true_share"]
    limit = 1.0 / (true + 0.02 * (1 - true))
    assert found.settings["ratio_limit"] == pytest.approx(limit)
    assert 0.9 * limit < fed["ratio"] < limit + 0.02
    assert f"would come to {limit:.2f} times" in found.sentence


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        ((0.1, 0.2), "adds 0.10 to 0.20 to what is expected where it goes"),
        ((0.03, -0.03), "cannot be told apart here, by 0.05 or more"),
        ((-0.2, -0.1), "lowers what is expected"),
        ((-0.2, 0.2), "the seeds disagree"),
        ((0.0, 0.2), "the seeds disagree"),
    ],
)
def test_what_is_said_of_feedback_follows_from_the_figures(apart, said):
    assert said in patrols._verdict(np.array(apart))
    warned = "leave discovered incidents out" in patrols._verdict(np.array(apart))
    assert warned == (min(apart) >= 0.05)


def test_where_nothing_is_reported_nothing_can_be_learned_from(timed):
    with pytest.raises(DataError, match="reported_share must be above 0"):
        evaluation.feedback(timed, NAIVE, FeedbackParams(reported_share=0.0))


def test_what_is_recorded_is_what_the_shares_say():
    rng = np.random.default_rng(3)
    rate, patrolled = np.full(400, 50.0), np.arange(400) < 100
    params = FeedbackParams(reported_share=0.4, discovered_share=0.25)
    reported, discovered = patrols.recorded(rate, patrolled, params, rng)
    assert reported.mean() == pytest.approx(20.0, rel=0.03)
    assert discovered[patrolled].mean() == pytest.approx(7.5, rel=0.1)
    assert (discovered[~patrolled] == 0).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": 0}, "at least 1"),
        ({"reported_share": 1.5}, "reported_share must be 0 to 1"),
        ({"area_share": 1.0}, "area_share"),
        ({"seeds": ()}, "give seeds"),
    ],
)
def test_a_simulation_that_makes_no_sense_is_refused(wrong, words):
    with pytest.raises(DataError, match=words):
        FeedbackParams(**wrong)
