import numpy as np
import pytest

from geoalloc.evaluation import SimulationParams
from geoalloc.evaluation.simulation import _force, _ground, draw_calls
from geoalloc.kernels import simulation
from tests import naive_allocation as naive
from tests.lattice_town import make_town

pytestmark = pytest.mark.kernel


@pytest.mark.parametrize("bordered", [False, True])
@pytest.mark.parametrize("calls", [3.0, 9.0])
def test_dispatch_agrees_with_its_slow_twin(bordered, calls):
    problem = make_town(3, units=(4, 2), calls=calls, bordered=bordered)
    post = np.array([2, 3, 0, 1, 4, 1])
    drawn = draw_calls(problem, SimulationParams(n_shifts=6, seed=5))
    response, unit, busy = simulation.dispatch(
        drawn, _force(problem, post), _ground(problem), 120.0, 240.0
    )
    for shift in range(6):
        part = slice(drawn.start[shift], drawn.start[shift + 1])
        table = zip(
            drawn.at[part].tolist(),
            drawn.hex[part].tolist(),
            drawn.grade[part].tolist(),
            drawn.on_scene[part].tolist(),
            strict=True,
        )
        answer, jobs = naive.dispatch(problem, post.tolist(), list(table), 240.0)
        np.testing.assert_allclose(response[part], [a[0] for a in answer])
        assert unit[part].tolist() == [a[1] for a in answer]
        for u in range(6):
            worked = [
                max(0.0, min(end, 120.0) - max(start, 0.0))
                for v, start, end in jobs
                if v == u
            ]
            assert busy[shift, u] == pytest.approx(sum(worked))
