"""A Dask cluster of real processes: the same results, and nothing lost with it."""

import os
import signal
import sys
import time
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from shapely.geometry import box

from geoalloc import evaluation, hexes, workers
from geoalloc.errors import DataError, UsageError
from geoalloc.evaluation import Rolling
from geoalloc.workers import clusters
from tests.evaluation.conftest import make_history
from tests.workers import works
from tests.workers.toy_cluster import ToyCluster, certificates

pytest.importorskip("distributed", reason="Dask is not there")


@contextmanager
def hired_all(cluster, n, tls=None):
    """Hire from a cluster once all of its workers are up."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with workers.hired(n, dask=cluster.address, tls=tls) as found:
            if f"of {n} worker" in found.description:
                yield found
                return
    raise AssertionError(found.description)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def tls(paths):
    return workers.TlsFiles(**paths)


@pytest.fixture(scope="module")
def pair(tmp_path_factory, paths):
    """Two workers behind TLS."""
    cluster = ToyCluster(tmp_path_factory.mktemp("pair"), 2, paths)
    workers.code_digest.cache_clear()  # files may have changed since it was asked for
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """One worker, plain, on this computer."""
    cluster = ToyCluster(tmp_path_factory.mktemp("single"), 1)
    workers.code_digest.cache_clear()
    yield cluster
    cluster.end()


def results(found, n):
    given = list(found)
    assert sorted(position for position, _ in given) == list(range(n))
    return [result for _, result in sorted(given)]


@pytest.fixture(scope="module")
def crew(pair, tls):
    with hired_all(pair, 2, tls) as crew:
        yield crew


@pytest.fixture(scope="module")
def points(tmp_path_factory):
    folder = tmp_path_factory.mktemp("points")
    for k in range(3):
        rng = np.random.default_rng(k)
        at = {
            "latitude": rng.uniform(51.40, 51.50, 3_000),
            "longitude": rng.uniform(-2.7, -2.5, 3_000),
            "harm": rng.uniform(0, 9, 3_000),
        }
        table = pa.Table.from_pandas(pd.DataFrame(at))
        pyarrow.parquet.write_table(table, folder / f"{k}.parquet", row_group_size=800)
    return folder


def test_a_cluster_says_who_it_is(crew, pair):
    assert pair.address.startswith("tls://127.0.0.1:")
    assert crew.description == (
        f"Dask cluster of 2 workers at {pair.address}, each bounded to 2,048 MB"
    )
    assert crew.notes == []
    assert not crew.alone


def test_a_cluster_finds_what_one_process_finds(crew):
    assert results(crew.each(works.square, range(11)), 11) == [k**2 for k in range(11)]
    found = results(crew.each(works.threads, [0] * 4), 4)
    assert [n for _, n in found] == [1] * 4
    assert os.getpid() not in results(crew.each(works.who, [0] * 3), 3)
    assert crew.peak_mb > 10


def test_errors_are_told_as_they_would_be_here(crew):
    with pytest.raises(DataError, match="task 1 is odd"):
        list(crew.each(works.fail, [2, 4, 1, 3, 5]))
    with pytest.raises(ZeroDivisionError, match="of 2"):
        list(crew.each(works.bug, [2]))
    with pytest.raises(RuntimeError, match="a result cannot be sent between"):
        list(crew.each(works.not_sendable, [2]))


def test_a_cluster_counts_a_data_set_as_one_process_does(crew, points):
    grid = hexes.cover(box(-2.7, 51.40, -2.5, 51.50), 8)
    alone = hexes.count_dataset(points, grid, weight="harm")
    shared = hexes.count_dataset(points, grid, weight="harm", workers=crew)
    np.testing.assert_array_equal(shared.count, alone.count)
    assert shared.n_read == alone.n_read == 9_000


def test_a_file_that_a_worker_does_not_find_is_told(crew, points, tmp_path):
    with pytest.raises(DataError, match=r"at the Dask worker tls://.*: workers read"):
        list(crew.each(works.read, [str(tmp_path / "absent.txt")]))


def test_a_cluster_backtests_as_one_process_does(crew):
    history = make_history(timed=False, n=1_500)
    month = pd.DateOffset(months=1)
    origins = evaluation.origins(history, month, n=12)
    rolling = Rolling(origins=origins, horizon=month)

    def scores(found):
        tried = evaluation.backtest({"all": history}, {}, rolling, workers=found)
        frame = tried.scores[tried.scores["measure"] != "seconds"]
        return frame.reset_index(drop=True), tried.notes

    (alone, notes), (shared, shared_notes) = scores(None), scores(crew)
    pd.testing.assert_frame_equal(shared, alone, check_exact=True)
    assert shared_notes == notes


def test_workers_with_another_program_are_refused_by_name(pair, tls, crew, monkeypatch):
    monkeypatch.setattr(clusters, "code_digest", lambda: "0" * 64)
    said = r"the Dask worker tls://127.0.0.1:\d+ has program files [0-9a-f]{16}, here"
    with (
        pytest.raises(UsageError, match=said),
        workers.hired(dask=pair.address, tls=tls),
    ):
        pass
    # One that joined later is refused with its first task.
    with pytest.raises(UsageError, match="has other program files: install the same"):
        list(crew.each(works.square, [1]))


def test_work_that_workers_cannot_import_is_told(crew, tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text("def work(task):\n    return task\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    with pytest.raises(UsageError, match=r"cannot read its task .*only_here"):
        list(crew.each(only_here.work, [1]))
    sys.modules.pop("only_here")


def test_tls_without_certificates_is_refused(pair):
    with (
        pytest.raises(UsageError, match="tls:// needs certificates: give --dask-ca"),
        workers.hired(dask=pair.address),
    ):
        pass


def test_certificates_of_another_authority_are_refused(pair, tmp_path, monkeypatch):
    monkeypatch.setattr(clusters, "_PATIENCE_S", 2.0)
    other = workers.TlsFiles(**certificates(tmp_path))
    with (
        pytest.raises(UsageError, match="no Dask scheduler can be spoken to at tls://"),
        workers.hired(dask=pair.address, tls=other),
    ):
        pass


def test_much_is_sent_without_a_word(crew):
    tasks = [bytes(12_000_000), b"1"]
    assert results(crew.each(works.length, tasks), 2) == [12_000_000, 1]


def test_a_task_that_ends_its_workers_is_lost_for_good(crew):
    from distributed import KilledWorker

    class Deadly:
        def result(self, timeout):
            raise KilledWorker("task", None, 3)

    outcome = crew._crew._outcome(4, Deadly())
    assert (outcome.position, outcome.for_good) == (4, True)
    assert "several workers of the cluster ended while" in outcome.lost


def test_a_worker_killed_half_way_loses_nothing(crew, pair):
    tasks, given = [20] * 20, {}
    for position, result in crew.each(works.nap_and_square, tasks):
        given[position] = result
        if len(given) == 7:
            pair.workers[0].kill()
    assert given == dict.fromkeys(range(20), 400)
    assert pair.workers[0].poll() is not None or pair.workers[0].wait() < 0
    assert crew.notes == []


def test_a_scheduler_that_ends_half_way_loses_nothing(crew, pair):
    given = {}
    for position, result in crew.each(works.nap_and_square, [20] * 12):
        given[position] = result
        if len(given) == 5:
            pair.scheduler.kill()
    assert given == dict.fromkeys(range(12), 400)
    assert len(crew.notes) == 1
    assert crew.notes[0].startswith(
        f"The Dask cluster at {pair.address} went away (its scheduler closed the conn"
    )
    assert "of 12 tasks: the rest was done here, in 2 processes" in crew.notes[0]
    assert results(crew.each(works.square, [2, 3]), 2) == [4, 9]


def test_a_scheduler_that_hangs_is_left(single, monkeypatch):
    tasks, given = [20] * 9, {}
    with hired_all(single, 1) as crew:
        monkeypatch.setattr(clusters, "_PATIENCE_S", 1.0)
        monkeypatch.setattr(clusters, "_LOOK_S", 0.2)
        for position, result in crew.each(works.nap_and_square, tasks):
            given[position] = result
            if len(given) == 3:
                single.scheduler.send_signal(signal.SIGSTOP)
        single.scheduler.send_signal(signal.SIGCONT)
        assert given == dict.fromkeys(range(9), 400)
        assert len(crew.notes) == 1
        assert "went away" in crew.notes[0]


def test_a_cluster_without_workers_is_left(single, monkeypatch):
    monkeypatch.setattr(clusters, "_NO_WORKERS_S", 0.5)
    monkeypatch.setattr(clusters, "_LOOK_S", 0.1)
    given = {}
    with hired_all(single, 1) as crew:
        for position, result in crew.each(works.nap_and_square, [20] * 9):
            given[position] = result
            if len(given) == 3:
                single.workers[0].kill()
        assert given == dict.fromkeys(range(9), 400)
        assert "went away (it had no workers left) after " in crew.notes[0]
    with monkeypatch.context() as patience:
        patience.setattr(clusters, "_PATIENCE_S", 0.5)
        with (
            pytest.raises(UsageError, match="has no workers: start some with dask wor"),
            workers.hired(dask=single.address),
        ):
            pass


def test_an_address_where_nobody_listens_is_told(monkeypatch):
    monkeypatch.setattr(clusters, "_PATIENCE_S", 1.0)
    with (
        pytest.raises(UsageError, match="no Dask scheduler can be spoken to at tcp:"),
        workers.hired(dask="tcp://127.0.0.1:1"),
    ):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'geoalloc\[dask\]'"),
        workers.hired(dask="tcp://127.0.0.1:8786"),
    ):
        pass


def test_what_users_should_know_of_workers_is_noted():
    wide = {"a": {"nthreads": 4, "memory_limit": 0}, "b": {"nthreads": 1}}
    assert (
        clusters._described(wide, "tls://h:1")
        == "Dask cluster of 2 workers at tls://h:1"
    )
    notes = clusters._cautions(wide)
    assert notes[0].startswith("1 of 2 Dask workers have several threads, of which one")
    assert "no bound of memory" in notes[1]
    apart = {k: {"memory_limit": (k + 1) << 30} for k in range(2)}
    assert "each bounded to 1,024 to 2,048 MB" in clusters._described(apart, "x")
