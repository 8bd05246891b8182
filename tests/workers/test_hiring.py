"""Workers: the same results whoever works, and nothing lost with whoever is lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from geoalloc import workers
from geoalloc.errors import DataError, UsageError
from geoalloc.workers import crews, hiring, memory, pace
from tests.workers import works
from tests.workers.works import REPOSITORY


@pytest.fixture(scope="module")
def two():
    with workers.hired(2) as two:
        yield two


def results(found, n):
    """Results in the order of their tasks, each given once."""
    given = list(found)
    assert sorted(position for position, _ in given) == list(range(n))
    return [result for _, result in sorted(given)]


def until_error(found):
    """Results that came before an error, and the error."""
    given = []
    try:
        for each in found:
            given.append(each)  # noqa: PERF402 - what came before the error is kept
    except DataError as error:
        return given, error
    raise AssertionError("no error came")


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_works_in_this_process():
    with workers.hired(1) as one:
        assert one.alone
        assert one.description == "this process"
        assert results(one.each(works.who, [0, 0]), 2) == [os.getpid()] * 2
        assert one.peak_mb > 10


def test_two_find_what_one_finds(two):
    tasks = list(range(11))
    with workers.hired(1) as one:
        alone = results(one.each(works.square, tasks), 11)
    assert results(two.each(works.square, tasks), 11) == alone
    assert two.description.startswith(
        "2 processes, each replaced when it holds more than "
    )
    assert not two.alone
    assert two.notes == []
    assert two.peak_mb > 10


def test_no_tasks_have_no_results(two):
    assert list(two.each(works.square, [])) == []


def test_results_come_as_they_are_finished(two):
    list(two.each(works.nap, [0, 0]))  # both are up
    assert [result for _, result in two.each(works.nap, [60, 0, 1, 2])][-1] == 60


def test_processes_are_others_with_one_thread_each(two):
    found = results(two.each(works.threads, [0] * 4), 4)
    assert found == [(["1", "1"], 1)] * 4
    assert "NUMBA_NUM_THREADS" not in os.environ
    # Both were asked: one naps meanwhile.
    list(two.each(works.nap, [30, 30]))
    assert os.getpid() not in results(two.each(works.who, [0] * 4), 4)


def test_the_first_task_that_fails_is_told_whichever_failed_first(two):
    for _ in range(3):
        given, error = until_error(two.each(works.fail, [2, 4, 1, 3, 5]))
        assert str(error) == "task 1 is odd"
        assert {(0, 2), (1, 4)} <= set(given)
    assert results(two.each(works.square, [1, 2]), 2) == [1, 4]


def test_an_error_of_ours_comes_with_its_trace(two):
    with pytest.raises(ZeroDivisionError, match="of 2") as told:
        list(two.each(works.bug, [2]))
    assert "works.py" in told.value.__notes__[0]


def test_what_cannot_be_sent_is_told(two):
    with pytest.raises(RuntimeError, match="a result cannot be sent between"):
        list(two.each(works.not_sendable, [2]))
    with pytest.raises(RuntimeError, match="Odd: 1 and 2"):
        list(two.each(works.odd, [2]))


def test_a_process_that_is_killed_loses_nothing(two, tmp_path):
    tasks = [works.DieOnce(str(tmp_path), k, k in (2, 3, 9)) for k in range(10)]
    found = results(two.each(works.die_once, tasks), 10)
    assert found == [k**2 for k in range(10)]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_task_that_kills_twice_is_named(two):
    tasks = [works.Named("storm"), works.Named("flood")]
    with pytest.raises(UsageError, match=r"plans: task 1 of 2 \(storm\) was lost each"):
        list(two.each(works.die, tasks, label="plans"))
    with pytest.raises(UsageError, match="its process ended with exit code 7"):
        list(two.each(works.leave, [1]))


def test_who_stops_asking_stops_the_work(two):
    begun = time.monotonic()
    for position, _ in two.each(works.nap, [0, 3000, 3000]):
        assert position == 0
        break
    assert results(two.each(works.square, [3]), 1) == [9]
    assert time.monotonic() - begun < 15


def test_workers_at_work_are_refused(two):
    asked = two.each(works.nap, [0, 0, 0])
    next(asked)
    with pytest.raises(UsageError, match="at work already"):
        list(two.each(works.square, [1]))
    asked.close()


def test_a_process_that_holds_too_much_is_replaced():
    with workers.hired(2, memory_mb=230) as two:
        assert two.description.endswith(
            ", each replaced when it holds more than 230 MB"
        )
        pids = results(two.each(works.hoard, [200, 200, 0, 0]), 4)
        assert pids[0] != pids[1]
        assert not set(pids[:2]) & set(pids[2:])
        assert two.peak_mb > 230
    assert not any(lives(pid) for pid in pids)


SCRIPT = """
import sys
from geoalloc import workers
from tests.workers import works

if __name__ == "__main__":
    print("up", flush=True)
    with workers.hired(2) as two:
        print([pid for _, pid in two.each(works.who, [0, 0])], flush=True)
        try:
            for position, result in two.each(works.nap, [1, 10**6, 10**6]):
                print("given", position, flush=True)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            raise
"""


def test_ctrl_c_gives_what_is_finished_and_stops_the_rest(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    asked = subprocess.Popen(
        [sys.executable, path],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    try:
        assert asked.stdout.readline() == "up\n"
        pids = json.loads(asked.stdout.readline())
        assert asked.stdout.readline() == "given 0\n"
        begun = time.monotonic()
        os.killpg(asked.pid, signal.SIGINT)  # as a terminal does
        try:
            out, err = asked.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            # Python loses an interrupt that comes while it finalizes an object.
            os.killpg(asked.pid, signal.SIGINT)
            out, err = asked.communicate(timeout=10)
    finally:
        asked.kill()
        asked.communicate()
    assert out == "interrupted\n"
    assert time.monotonic() - begun < 20
    assert err.count("Traceback") == 1  # that of the script, none of a worker
    assert len(pids) == 2
    assert not any(lives(pid) for pid in pids)


def test_a_script_without_a_guard_is_told_what_it_needs(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.replace('if __name__ == "__main__":', "if True:"))
    found = subprocess.run(
        [sys.executable, path],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 'must do so below `if __name__ == "__main__":`' in found.stderr


class Interrupted:
    """A crew that is interrupted while a task is finished but not yet given."""

    description, capacity, notes = "toys", 2, ()

    def __init__(self):
        self.dropped = False

    def begin(self, work, n_tasks):
        pass

    def start(self, position, task):
        pass

    def finished(self):
        raise KeyboardInterrupt

    def ready(self):
        return [crews.Outcome(1, crews.Answer("done"))]

    def drop(self):
        self.dropped = True


def test_what_is_finished_when_interrupted_is_given_first():
    crew = Interrupted()
    asked = hiring.Workers(crew).each(works.square, [1, 2, 3])
    assert next(asked) == (1, "done")
    with pytest.raises(KeyboardInterrupt):
        next(asked)
    assert crew.dropped


class Leaving(Interrupted):
    """A crew that goes away after some tasks, one of them while it was lost."""

    description, notes = "a cluster", ("A caution.",)

    def __init__(self, after):
        super().__init__()
        self.after, self.begun, self.closed = after, [], False

    def start(self, position, task):
        self.begun.append((position, task))

    def finished(self):
        if self.after == 0:
            raise crews.CrewGone("The cluster went away (cut)")
        self.after -= 1
        position, task = self.begun.pop()
        return [crews.Outcome(position, crews.Answer(task**2))]

    def close(self):
        self.closed = True


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_where_a_cluster_goes_away_the_rest_is_done_here(after):
    crew, told = Leaving(after), []
    crew_workers = hiring.Workers(crew)
    found = crew_workers.each(works.square, range(5), label="try", progress=told.append)
    assert results(found, 5) == [0, 1, 4, 9, 16]
    assert [text.split(",")[0] for text in told] == [f"try: {k} of 5" for k in range(6)]
    if after < 5:
        assert crew.closed
        assert crew_workers.alone
        assert crew_workers.notes == [
            "A caution.",
            f"The cluster went away (cut) after {after} of 5 tasks: the rest was done "
            "here, in this process.",
        ]
    else:
        assert crew_workers.notes == ["A caution."]


class Careless(Interrupted):
    """A crew of three that loses tasks 0 and 2, while task 1 fails."""

    capacity = 3

    def __init__(self):
        super().__init__()
        self.begun = []

    def start(self, position, task):
        self.begun.append(position)

    def finished(self):
        failed = crews.Answer(error=DataError("task 1 fails"))
        if self.begun == [0, 1, 2]:
            return [
                crews.Outcome(0, lost="it slept"),
                crews.Outcome(2, lost="it slept"),
                crews.Outcome(1, failed),
            ]
        assert self.begun == [0, 1, 2, 0]  # nothing beyond the task that failed
        return [crews.Outcome(0, crews.Answer("done"))]


def test_a_task_that_was_lost_before_another_failed_is_finished_first():
    asked = hiring.Workers(Careless()).each(works.square, range(9))
    given, error = until_error(asked)
    assert str(error) == "task 1 fails"
    assert given == [(0, "done")]


class Deadly(Careless):
    """A crew in which nobody survives a task."""

    def finished(self):
        return [crews.Outcome(self.begun[-1], lost="all ended", for_good=True)]


def test_a_task_that_is_lost_for_good_is_not_begun_again():
    crew = Deadly()
    with pytest.raises(UsageError, match=r"task 1 of 1 was lost .*: all ended"):
        list(hiring.Workers(crew).each(works.square, [1]))
    assert crew.begun == [0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 0}, "--workers must be at least 1, got 0"),
        ({"memory_mb": 0}, "memory_mb must be at least 1, got 0"),
    ],
)
def test_impossible_numbers_are_refused(given, said):
    with pytest.raises(UsageError, match=said), workers.hired(**given):
        pass


@pytest.mark.parametrize(
    ("cores", "free", "each", "n"),
    [(8, 4000.0, 1000, 4), (2, 9000.0, 1000, 2), (8, 500.0, 1000, 1), (3, None, 9, 3)],
)
def test_as_many_are_hired_as_cores_and_memory_are_for(
    monkeypatch, cores, free, each, n
):
    monkeypatch.setattr(memory, "cores", lambda: cores)
    monkeypatch.setattr(memory, "available_mb", lambda: free)
    with workers.hired(memory_mb=each) as found:
        words = "this process" if n == 1 else f"{n} processes, each replaced when it"
        assert found.description.startswith(words)


def test_memory_is_read_as_the_system_tells_it(monkeypatch, tmp_path):
    path = tmp_path / "status"
    path.write_text("Name:\tx\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n")
    monkeypatch.setattr(memory, "_STATUS", path)
    assert (memory.peak_mb(), memory.held_mb()) == (200.0, 100.0)
    path.write_text("MemTotal:  2048000 kB\nMemAvailable: 1024000 kB\n")
    monkeypatch.setattr(memory, "_COMPUTER", path)
    limit = tmp_path / "limit"
    monkeypatch.setattr(memory, "_LIMIT", limit)
    assert (memory.total_mb(), memory.available_mb()) == (2000.0, 1000.0)
    limit.write_text("max\n")
    assert memory.total_mb() == 2000.0
    limit.write_text(str(500 << 20))
    assert (memory.total_mb(), memory.available_mb()) == (500.0, 500.0)


def test_a_peak_is_known_where_there_is_no_proc(monkeypatch, tmp_path):
    told = memory.peak_mb()
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "absent")
    assert memory.peak_mb() >= 0.9 * told


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (190, "3 min 10 s")),
        *((3599.6, "1 h 00 min"), (3900, "1 h 05 min")),
    ],
)
def test_the_time_left_is_said_in_words(seconds, words):
    assert workers.time_left(seconds) == words


def test_the_time_left_is_at_the_pace_so_far(monkeypatch):
    clock = iter([0.0, 10.0, 30.0])
    monkeypatch.setattr(pace.time, "perf_counter", lambda: next(clock))
    told = []
    going = pace.Pace("plans", 3, told.append)
    for _ in range(3):
        going.one_more()
    assert told == [
        "plans: 0 of 3",
        "plans: 1 of 3, 20 s left",
        "plans: 2 of 3, 15 s left",
        "plans: 3 of 3",
    ]
