"""Simulated calls a second: the kernel against simpy, on a queue of M/M/n.

The peer is given the same calls and the same times on scene, so both must find the same
waits. The real shift is the kernel's alone: simpy has no units that stand anywhere.
"""

from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.contest import Contest, Entry
from geoalloc._types import FloatArray
from geoalloc.kernels import simulation
from geoalloc.kernels.simulation import Calls, Force, Ground, Rules

N_UNITS = 20
LOAD = 16.0
ON_SCENE_MIN = 30.0


@dataclass(frozen=True, kw_only=True)
class Queue:
    """Calls at one hex for the units of one post."""

    at: FloatArray
    on_scene: FloatArray


def queue(n_calls: int) -> Queue:
    rng = np.random.default_rng(1)
    return Queue(
        at=np.cumsum(rng.exponential(ON_SCENE_MIN / LOAD, n_calls)),
        on_scene=rng.exponential(ON_SCENE_MIN, n_calls),
    )


def waits(case: Queue) -> FloatArray:
    cases, *_ = simulation.dispatch(
        _calls(case),
        _force(),
        _rules(),
        _ground(),
        np.array([0, np.inf]),
        np.inf,
        False,
    )
    return np.asarray(cases["response"])


def _calls(case: Queue) -> Calls:
    n = case.on_scene.size
    return Calls(
        start=np.array([0, n]),
        at=case.at,
        hex=np.zeros(n, np.int64),
        grade=np.zeros(n, np.int64),
        on_scene=case.on_scene,
        since=case.at,
        factor=np.ones(n),
        arrest=np.zeros(n, bool),
        held=np.zeros(n),
    )


def _force() -> Force:
    alike = np.ones((N_UNITS, 1), bool)
    return Force(
        plan=np.zeros((N_UNITS, 3), np.int64),
        home=np.zeros(N_UNITS, np.int64),
        officers=np.ones(N_UNITS, np.int64),
        beat=np.full(N_UNITS, -1),
        serves=alike,
        assists=alike,
        speed=alike.astype(np.float64),
        busy_until=np.full(N_UNITS, -np.inf),
        busy_at=np.zeros(N_UNITS, np.int64),
    )


def _rules() -> Rules:
    return Rules(
        needs=np.ones(1, np.int64),
        cap=np.full(1, 60.0),
        late_cost=np.zeros(1),
        price=np.zeros((N_UNITS, 3)),
        reserve=np.zeros(1, np.int64),
        lost=np.zeros(1, bool),
        takes=np.zeros((1, 1), np.int64),
        recall=np.zeros(1, bool),
        queue=simulation.FIFO,
        promote_min=np.inf,
    )


def _ground() -> Ground:
    here = np.zeros(1, simulation.JOURNEY)
    return Ground(
        row_start=np.array([0, 1]),
        row=here,
        near_start=np.array([0, 1]),
        near=here,
        catchment=np.zeros(1, np.int64),
        beat=np.zeros(1, np.int64),
        post_hex=np.zeros(1, np.int64),
        limit=np.full((1, 1), 10.0),
        far=0.0,
        suite_post=np.zeros(0, np.int64),
        suite_open=np.zeros((0, 3), bool),
        suite_min=np.zeros((1, 0)),
    )


def waits_by_simpy(case: Queue) -> FloatArray:
    import simpy

    world = simpy.Environment()
    units = simpy.Resource(world, capacity=N_UNITS)
    waited = np.zeros(case.at.size)

    def call(i: int, on_scene: float):
        with units.request() as asked:
            yield asked
            waited[i] = world.now - case.at[i]
            yield world.timeout(on_scene)

    def arrivals():
        pairs = zip(case.at.tolist(), case.on_scene.tolist(), strict=True)
        for i, (at, on_scene) in enumerate(pairs):
            yield world.timeout(at - world.now)
            world.process(call(i, on_scene))

    world.process(arrivals())
    world.run()
    return waited


def same_waits(case: Queue, waited: FloatArray) -> str:
    np.testing.assert_allclose(waited, waits(case), rtol=0, atol=1e-6)
    return f"same waits of {case.at.size:,} calls to 1e-6 minutes"


WAITS = Contest(
    "Calls of a queue with 20 units",
    (
        Entry(name="simulation.dispatch", run=waits, check=same_waits),
        Entry(name="simpy", run=waits_by_simpy, check=same_waits, needs="simpy"),
    ),
)


@pytest.mark.parametrize("entry", WAITS.entries, ids=lambda entry: entry.name)
def test_waits_agree(benchmark, entry):
    pytest.importorskip(entry.needs)
    case = queue(5_000)
    entry.check(case, benchmark(entry.run, case))
