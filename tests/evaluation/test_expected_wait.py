"""The expected wait beside the simulated one, call by call, in a made-up town."""

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.evaluation import SimulationParams, dispatching
from geoalloc.evaluation.calls import draw_calls
from geoalloc.kernels import simulation
from tests.lattice_town import make_town


def simulated(problem, post, params):
    """Mean minutes from call to arrival by class, period and hex, and calls."""
    where = np.tile(np.array(post)[:, None], (1, problem.n_periods))
    calls = draw_calls(problem, params)
    edges = np.arange(problem.n_periods + 1) * 60.0
    cases = simulation.dispatch(
        calls,
        dispatching.force(problem, where, params),
        dispatching.rules(problem, where, params.rules),
        dispatching.ground(problem, params),
        edges,
        float(edges[-1] + 240.0),
        False,
    )[0]
    counted = (calls.at >= 0) & np.isfinite(cases["response"])
    period = (calls.at[counted] // 60).astype(np.int64)
    key = calls.grade[counted], period, calls.hex[counted]
    shape = (len(problem.classes), problem.n_periods, problem.n_hexes)
    total, count = np.zeros(shape), np.zeros(shape)
    np.add.at(total, key, cases["response"][counted])
    np.add.at(count, key, 1)
    return total / np.maximum(count, 1), count


@pytest.mark.parametrize("seed", [1, 4])
def test_the_wait_is_near_the_simulated_one(seed):
    problem = make_town(seed, size=6, n_posts=6, units=(5, 0), calls=3.5)
    post = np.array([0, 1, 0, 1, 0])
    params = SimulationParams(n_shifts=4000, warmup_h=4.0)
    mean, count = simulated(problem, post, params)
    # Calls of the last class wait for hours in a peak hour that lasts for ever.
    for c, like, off in ((0, 0.9, 0.15), (1, 0.75, 0.4)):
        wait = allocation.expected_wait(problem, post, c)
        known = (count[c] >= 50) & np.isfinite(wait)
        assert known.sum() >= 20
        weight = count[c][known]
        expected = np.average(wait[known], weights=weight)
        found = np.average(mean[c][known], weights=weight)
        assert np.corrcoef(wait[known], mean[c][known])[0, 1] > like
        assert abs(expected / found - 1) < off
