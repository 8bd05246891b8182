import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoalloc import evaluation
from geoalloc.errors import DataError
from geoalloc.evaluation import Samples, contrasts, half_widths, shifts_needed
from geoalloc.evaluation.contrasting import _columns as columns_of
from geoalloc.evaluation.differences import contrast, judged_alone
from geoalloc.evaluation.families import largest
from geoalloc.evaluation.outcomes import Quantile, Ratio
from tests import naive_contrasts as naive

SHARE, UNMET = ("late_share", "immediate"), ("unmet", "all")


def ratio(part, whole=None):
    part = np.asarray(part, dtype=np.float64)
    whole = np.ones(part.size) if whole is None else np.asarray(whole, np.float64)
    return Ratio(part=part, whole=whole)


def make_shifts(rng, n=200, chance=0.1, calls=None):
    """Shifts of 40 calls at which each is late by chance; unmet is eight times late."""
    calls = rng.poisson(40, n) if calls is None else calls
    late = rng.binomial(calls, chance)
    measures = {SHARE: ratio(late, calls), UNMET: ratio(8.0 * late)}
    return Samples(measures=measures, n_shifts=n)


def make_family(seed, n_scenarios, chance=0.1, n=200):
    rng = np.random.default_rng(seed)
    calls = rng.poisson(40, n)
    base = make_shifts(rng, n, calls=calls)
    names = [f"s{k}" for k in range(n_scenarios)]
    return base, {k: make_shifts(rng, n, chance, calls) for k in names}


def test_a_difference_is_that_of_a_paired_t_test():
    base, others = make_family(1, 2)
    found = contrasts(base, others).set_index(["scenario", *("measure", "group")])
    row = found.loc[("s1", *UNMET)]
    one, two = (s.measures[UNMET].part for s in (others["s1"], base))
    told = stats.ttest_rel(one, two)
    low, high = told.confidence_interval(0.95)
    assert row["difference"] == pytest.approx(one.mean() - two.mean())
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert row["p"] == pytest.approx(told.pvalue)


def test_a_share_has_the_interval_of_a_bootstrap_of_whole_shifts():
    base, others = make_family(2, 1, chance=0.14)
    row = contrasts(base, others).iloc[0]
    rng = np.random.default_rng(3)
    picked = rng.integers(0, 200, (4_000, 200))

    def share(samples):
        one = samples.measures[SHARE]
        return one.part[picked].sum(axis=1) / one.whole[picked].sum(axis=1)

    low, high = np.quantile(share(others["s0"]) - share(base), [0.025, 0.975])
    width = row["high"] - row["low"]
    assert row["low"] == pytest.approx(low, abs=0.06 * width)
    assert row["high"] == pytest.approx(high, abs=0.06 * width)


def test_a_family_of_one_gets_the_interval_of_one():
    base, others = make_family(3, 1)
    row = contrasts(base, others, headline=[SHARE]).iloc[0]
    width = row["high"] - row["low"]
    assert row["simultaneous_low"] == pytest.approx(row["low"], abs=0.03 * width)
    assert row["p_adjusted"] == pytest.approx(row["p"], abs=0.02)


def test_the_critical_value_of_independent_ones_is_that_of_sidak():
    rng = np.random.default_rng(4)
    columns = np.linalg.qr(rng.standard_normal((50, 12)))[0] * rng.random(12)
    expected = stats.norm.ppf((1 + 0.95 ** (1 / 12)) / 2)
    assert largest(columns, 1).critical(0.95) == pytest.approx(expected, abs=0.04)
    same = np.repeat(columns[:, :1], 12, axis=1)
    assert largest(same, 1).critical(0.95) == pytest.approx(1.96, abs=0.05)


def test_interval_p_and_verdict_of_the_headline_say_the_same():
    rng = np.random.default_rng(5)
    seen = set()
    for seed in range(8):
        chances = rng.uniform(0.085, 0.125, 6)
        base, others = make_family(seed, 0)
        calls = base.measures[SHARE].whole.astype(int)
        for k, chance in enumerate(chances):
            others[f"s{k}"] = make_shifts(rng, 200, chance, calls)
        for confidence in (0.8, 0.95, 0.99):
            found = contrasts(base, others, confidence=confidence)
            holds = (found["simultaneous_low"] <= 0) & (found["simultaneous_high"] >= 0)
            told = found["verdict"] == "not distinguishable"
            assert (holds == told).all()
            assert (told == (found["p_adjusted"] >= 1 - confidence)).all()
            assert (found["p_adjusted"] >= found["p"] - 0.01).all()
            side = np.where(found["difference"] < 0, "better", "worse")
            assert (found["verdict"][~told] == side[~told]).all()
            seen |= set(found["verdict"])
    assert seen == {"better", "worse", "not distinguishable"}


def test_intervals_of_one_hold_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(6)
    found = []
    for _ in range(2_000):
        calls = rng.poisson(40, 200)
        base = make_shifts(rng, calls=calls)
        others = {"other": make_shifts(rng, chance=0.12, calls=calls)}
        found.append(contrast(base, others, "other", SHARE, None))
    judged = judged_alone(found, 0.95)
    held = ((judged["low"] <= 0.02) & (judged["high"] >= 0.02)).mean()
    assert 0.93 <= held <= 0.97


def beyond(base, others, truth, seed, coupled=None):
    """How many of the simultaneous intervals miss the truth, without a table."""
    found = [
        contrast(base, others, name, key, coupled)
        for name in others
        for key in (SHARE, UNMET)
    ]
    family = largest(columns_of(found), seed)
    point = family.point(0.95, np.array([float(one.df) for one in found]))
    gap = [truth(one) - one.difference for one in found]
    return int((np.abs(gap) > point * [one.error for one in found]).sum())


def test_under_no_difference_one_family_in_twenty_has_a_verdict():
    missed = [
        beyond(*make_family(seed, 5), lambda _: 0.0, seed) > 0 for seed in range(400)
    ]
    assert 0.03 <= np.mean(missed) <= 0.06
    for seed in np.flatnonzero(missed)[:2].tolist():
        found = contrasts(*make_family(seed, 5), seed=seed)
        assert (found["verdict"] != "not distinguishable").any()


def test_simultaneous_intervals_hold_all_truths_at_once():
    chances = {"a": 0.12, "b": 0.08, "c": 0.15, "d": 0.11}

    def truth(one):
        gap = chances[one.scenario] - 0.1
        return gap if one.key == SHARE else gap * 40 * 8

    held = []
    for seed in range(300):
        rng = np.random.default_rng([7, seed])
        calls = rng.poisson(40, 200)
        base = make_shifts(rng, calls=calls)
        others = {k: make_shifts(rng, 200, chances[k], calls) for k in "abc"}
        others["d"] = make_shifts(rng, 300, 0.11)  # of calls, and so many, of its own
        held.append(beyond(base, others, truth, seed, {"d": False}) == 0)
    assert 0.93 <= np.mean(held) <= 0.97


def test_a_scenario_of_its_own_calls_gets_the_interval_of_two_samples():
    rng = np.random.default_rng(8)
    base, other = make_shifts(rng, 200), make_shifts(rng, 500)
    row = contrasts(base, {"o": other}, coupled={"o": False}).iloc[1]
    one, two = other.measures[UNMET].part, base.measures[UNMET].part
    error = np.sqrt(one.var(ddof=1) / 500 + two.var(ddof=1) / 200)
    half = (row["high"] - row["low"]) / 2
    assert half == pytest.approx(stats.t.ppf(0.975, 199) * error)


def test_what_scenarios_do_not_share_does_not_vary_together():
    rng = np.random.default_rng(9)
    # The base does not vary: two scenarios of calls of their own are independent.
    base = Samples(measures={UNMET: ratio(np.ones(200))}, n_shifts=200)
    others = {
        k: Samples(measures={UNMET: ratio(rng.normal(1, 1, 200))}, n_shifts=200)
        for k in ("a", "b", "c", "d")
    }
    found = contrasts(
        base, others, headline=[UNMET], coupled=dict.fromkeys(others, False)
    )
    half = (found["simultaneous_high"] - found["simultaneous_low"]) / 2
    alone = (found["high"] - found["low"]) / 2
    point = stats.t.ppf((1 + 0.95**0.25) / 2, 199) / stats.t.ppf(0.975, 199)
    np.testing.assert_allclose(half / alone, point, rtol=0.02)


def test_the_same_plan_on_the_same_calls_is_not_distinguishable():
    base, _ = make_family(1, 0)
    again = Samples.from_frame(base.frame())
    found = contrasts(base, {"again": again, "once more": again})
    zero = ["difference", "low", "high", "simultaneous_low", "simultaneous_high"]
    assert (found[zero] == 0).all(axis=None)
    assert (found[["p", "p_adjusted"]] == 1).all(axis=None)
    assert (found["verdict"] == "not distinguishable").all()


def test_a_difference_without_variance_is_certain():
    base, others = make_family(1, 1)
    key = ("breaks_missed", "all")
    for samples, value in ((base, 3.0), (others["s0"], 1.0)):
        samples.measures[key] = ratio(np.full(200, value))
    row = contrasts(base, others).query("measure == 'breaks_missed'").iloc[0]
    assert row[["difference", "low", "high"]].tolist() == [-2.0] * 3
    assert row["p_adjusted"] == 0
    assert row["verdict"] == "better"


def test_others_are_adjusted_by_holm_over_scenarios_and_groups_of_their_measure():
    rng = np.random.default_rng(10)
    base, others = make_family(10, 4)
    names = ("priority", "routine", "district N, routine", "district S, routine")
    for samples in (base, *others.values()):
        for k, group in enumerate(names):
            samples.measures["wait_mean_min", group] = ratio(rng.normal(5 + k, 3, 200))
    found = contrasts(base, others)
    waits = found[found["measure"] == "wait_mean_min"]
    for chosen in (names[:2], names[2:]):
        rows = waits[waits["group"].isin(chosen)]
        assert len(rows) == 8
        expected = naive.holm(rows["p"].tolist())
        assert rows["p_adjusted"].tolist() == pytest.approx(expected)
    assert waits["simultaneous_low"].isna().all()


def test_quantiles_are_compared_by_twenty_batches_of_shifts():
    rng = np.random.default_rng(11)
    start = np.arange(0, 2_001, 10)
    noise = rng.normal(0, 1, 2_000)
    key = ("response_p90_min", "immediate")
    base, others = make_family(11, 1)
    base.measures[key] = Quantile(values=noise + 20, start=start, share=0.9)
    others["s0"].measures[key] = Quantile(
        values=noise + 19 + rng.normal(0, 0.1, 2_000), start=start, share=0.9
    )
    row = contrasts(base, others).query("measure == 'response_p90_min'").iloc[0]
    each = np.quantile(noise.reshape(20, 100), 0.9, axis=1).std() / np.sqrt(20)
    assert row["low"] <= -1 <= row["high"]
    # Paired: what is shared drops out of an interval some six times as wide.
    assert row["high"] - row["low"] < 2.5 * each
    assert row["verdict"] == "better"


def test_a_measure_without_a_good_side_has_no_verdict():
    base, others = make_family(1, 1)
    for samples, value in ((base, 0.4), (others["s0"], 0.9)):
        samples.measures["utilisation", "response"] = ratio(np.full(200, value))
    row = contrasts(base, others).query("measure == 'utilisation'").iloc[0]
    assert row["verdict"] == ""
    assert row["p"] == 0


def test_what_is_undefined_has_no_p_and_no_verdict():
    base, others = make_family(1, 1)
    for samples in (base, others["s0"]):
        samples.measures["late_share", "routine"] = ratio(np.zeros(200), np.zeros(200))
    row = contrasts(base, others).query("group == 'routine'").iloc[0]
    assert row[["difference", "low", "high", "p", "p_adjusted"]].isna().all()
    assert row["verdict"] == ""


def test_of_one_shift_nothing_is_distinguishable():
    base, others = make_family(1, 2, n=1)
    found = contrasts(base, others)
    assert found[["low", "simultaneous_low", "p", "p_adjusted"]].isna().all(axis=None)
    assert (found["verdict"] == "not distinguishable").all()


def test_contrasts_repeat_and_do_not_depend_on_the_order_of_scenarios():
    base, others = make_family(12, 3)
    found = contrasts(base, others)
    pd.testing.assert_frame_equal(found, contrasts(base, others))
    turned = contrasts(base, dict(reversed(others.items())))
    by = ["scenario", "measure", "group"]
    a, b = (f.set_index(by).sort_index()["p_adjusted"] for f in (found, turned))
    np.testing.assert_allclose(a, b, atol=0.02)


def test_no_scenario_beside_the_base_makes_an_empty_table():
    base, _ = make_family(1, 0)
    found = contrasts(base, {})
    assert found.empty
    assert found["verdict"].dtype == "str"
    assert half_widths(base, {}).empty
    assert shifts_needed(base, {}, half_width=0.01) == 200


def test_widths_shrink_with_the_root_of_the_shifts_that_are_asked_for():
    base, others = make_family(13, 3)
    widths = half_widths(base, others)
    found = contrasts(base, others).query("measure == 'late_share'")
    half = (found["high"] - found["low"]) / 2
    np.testing.assert_allclose(widths.to_numpy(), half)
    assert widths.index.tolist() == ["s0", "s1", "s2"]
    for share, step in ((0.5, 100), (0.7, 50)):
        wanted = share * widths.max()
        needed = shifts_needed(base, others, half_width=wanted, step=step)
        assert needed == np.ceil(200 / share**2 / step) * step
        more, those = make_family(14, 3, n=needed)
        assert half_widths(more, those).max() < 1.15 * wanted
    assert shifts_needed(base, others, half_width=widths.max()) == 200


def test_stopping_at_a_width_keeps_the_truth_in_the_interval():
    held, ends = [], []
    for seed in range(120):
        rng = np.random.default_rng([15, seed])
        one, other = rng.normal(0, 4, (2, 3_000))

        def first(values, n):
            return Samples(measures={UNMET: ratio(values[:n] + 50)}, n_shifts=n)

        n, needed = 0, 100
        while needed > n:
            n = min(needed, 3_000)
            base, others = first(one, n), {"o": first(other, n)}
            needed = shifts_needed(base, others, key=UNMET, half_width=0.5)
        gap = others["o"].measures[UNMET].value - base.measures[UNMET].value
        ends.append(n)
        held.append(abs(gap) <= half_widths(base, others, key=UNMET)["o"])
    assert len(set(ends)) > 1
    assert 0.92 <= np.mean(held) <= 0.98


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"confidence": 1.0}, "confidence must be between"),
        ({"headline": [("late", "nobody")]}, "has no mean or share 'late' of 'nobody'"),
    ],
)
def test_a_comparison_must_make_sense(wrong, match):
    base, others = make_family(1, 1)
    with pytest.raises(DataError, match=match):
        contrasts(base, others, **wrong)


def test_paired_shifts_must_be_as_many():
    base, _ = make_family(1, 0)
    _, others = make_family(1, 1, n=100)
    with pytest.raises(DataError, match="s0 has 100 simulated shifts and the base 200"):
        contrasts(base, others)


def test_a_width_must_be_above_nought_and_its_measure_be_there():
    base, others = make_family(1, 1)
    with pytest.raises(DataError, match="half_width above 0"):
        shifts_needed(base, others, half_width=0.0)
    with pytest.raises(DataError, match="has no 'late' of 'x'"):
        half_widths(base, others, key=("late", "x"))


def test_a_headline_is_no_quantile():
    base, others = make_family(1, 1)
    key = ("wait_p90_min", "immediate")
    one = Quantile(values=np.ones(200), start=np.arange(201), share=0.9)
    base, others = (
        dataclasses.replace(base, measures={**base.measures, key: one}),
        {k: dataclasses.replace(v, measures={key: one}) for k, v in others.items()},
    )
    with pytest.raises(DataError, match="name another headline measure"):
        contrasts(base, others, headline=[key])


def test_every_figure_of_a_simulation_can_be_contrasted():
    from tests.lattice_town import make_town

    town = make_town(1)
    params = evaluation.SimulationParams(
        n_shifts=40, groups={"side": np.where(town.hex_district == 0, "N", "S")}
    )
    first, second = (
        Samples.of(evaluation.simulate(town, np.array(post), params))
        for post in ([0, 1, 0, 1], [0, 0, 0, 1])
        if np.isfinite(town.station_min[1, 0]) or post[1] == 1
    )
    found = contrasts(first, {"other": second})
    assert len(found) == len(first.measures)
    assert found["headline"].sum() == 2
    assert set(found["verdict"]) <= {"better", "worse", "not distinguishable", ""}
