import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import evaluation
from geoalloc.errors import DataError
from geoalloc.evaluation import Samples, SimulationParams, figures_of
from geoalloc.evaluation.outcomes import Quantile, Ratio
from tests.lattice_town import make_town


@pytest.fixture(scope="module")
def batches():
    """Outcomes of two batches of thirty shifts each."""
    town = make_town(0, calls=6.0)
    params = SimulationParams(
        n_shifts=30, groups={"district": np.where(town.hex_district == 0, "N", "S")}
    )
    return [
        evaluation.simulate(
            town, np.array([0, 1, 0, 1]), dataclasses.replace(params, batch=b)
        )
        for b in (0, 1)
    ]


def assert_same(one, other):
    assert one.n_shifts == other.n_shifts
    assert list(one.measures) == list(other.measures)
    for key, measure in one.measures.items():
        assert type(measure) is type(other.measures[key])
        for name, values in vars(measure).items():
            np.testing.assert_array_equal(values, getattr(other.measures[key], name))


def test_samples_hold_every_figure_but_those_by_hour(batches):
    samples = Samples.of(batches[0])
    kept = {k for k in batches[0].measures if ", period " not in k[1]}
    assert set(samples.measures) == kept
    assert samples.n_shifts == 30
    assert ("late_share", "district N, immediate") in samples.measures


def test_figures_are_those_of_the_outcome(batches):
    found = figures_of(Samples.of(batches[0])).set_index(["measure", "group"])
    scores = batches[0].scores.set_index(["measure", "group"])
    told = found.loc[scores.index]
    np.testing.assert_array_equal(told["value"], scores["simulated"])
    np.testing.assert_array_equal(told[["low", "high"]], scores[["low", "high"]])


def test_a_table_of_samples_loses_nothing_on_its_way_through_parquet(batches, tmp_path):
    samples = Samples.of(batches[0])
    path = tmp_path / "samples.parquet"
    frame = samples.frame()
    frame.to_parquet(path)
    assert_same(samples, Samples.from_frame(pd.read_parquet(path)))
    assert frame["shift"].dtype == np.int32
    assert path.stat().st_size < 20 * len(frame)


def test_odd_measures_come_back_as_well():
    samples = Samples(
        measures={
            ("a", "x"): Ratio(part=np.array([0.1, np.nan]), whole=np.array([0.3, 0.0])),
            ("a", "y"): Quantile(
                values=np.zeros(0), start=np.zeros(3, np.int64), share=0.9
            ),
            ("b", "y"): Quantile(
                values=np.array([np.inf, 2.0]),
                start=np.array([0, 2, 2]),
                share=1 / 3,
                least=-1.0,
            ),
            ("b", "x"): Ratio(
                part=np.zeros(2), whole=np.ones(2), least=-np.inf, most=0.1 + 0.2
            ),
        },
        n_shifts=2,
    )
    assert_same(samples, Samples.from_frame(samples.frame()))
    nothing = Samples(measures={}, n_shifts=7)
    assert_same(nothing, Samples.from_frame(nothing.frame()))


def test_batches_joined_are_the_shifts_of_both(batches):
    first, second = (Samples.of(one) for one in batches)
    both = first.joined(second)
    assert both.n_shifts == 60
    for key, one in both.measures.items():
        if isinstance(one, Ratio):
            parts = [first.measures[key].part, second.measures[key].part]
            np.testing.assert_array_equal(one.part, np.concatenate(parts))
        else:
            assert one.start.size == 61
            a, b = one.start[[30, 60]]
            again = second.measures[key]
            np.testing.assert_array_equal(
                one.values[a:b],  # noqa: PD011 - no frame
                again.values,
            )
    calls = [one.calls.sum() for one in batches]
    by_grade = [both.measures["calls", g].value * 60 for g in ("immediate", "routine")]
    assert sum(by_grade) == pytest.approx(sum(calls))


def test_batches_of_other_measures_are_not_joined(batches):
    first = Samples.of(batches[0])
    fewer = dict(first.measures)
    fewer.pop(("unmet", "all"))
    with pytest.raises(DataError, match="only one of the two batches has unmet of all"):
        first.joined(dataclasses.replace(first, measures=fewer))


def test_shifts_that_follow_on_each_other_are_no_samples():
    town = make_town(0)
    month = evaluation.simulate(
        town, np.array([0, 1, 0, 1]), SimulationParams(n_shifts=3, carry_over=True)
    )
    with pytest.raises(DataError, match="without carry_over"):
        Samples.of(month)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"measure": ["a"]}),
        pd.DataFrame(columns=["measure", "group", "kind", "shift", "part", "whole"]),
    ],
)
def test_another_table_is_refused(frame):
    with pytest.raises(DataError, match="no table of samples"):
        Samples.from_frame(frame)


def test_the_mean_response_of_groups_adds_up_to_that_of_their_grade(batches):
    measures = Samples.of(batches[0]).measures
    for grade in ("immediate", "routine"):
        whole = measures["response_mean_min", grade]
        parts = [
            measures["response_mean_min", f"district {d}, {grade}"] for d in ("N", "S")
        ]
        np.testing.assert_allclose(whole.part, sum(one.part for one in parts))
        np.testing.assert_array_equal(whole.whole, sum(one.whole for one in parts))
        assert whole.value > 1.0
