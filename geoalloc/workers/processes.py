"""Processes of this computer, spawned, each with its kernels on one thread."""

import multiprocessing
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from geoalloc.workers import memory
from geoalloc.workers.crews import Answer, Outcome, attempt, packed

__all__ = ["Processes"]

_SHARE = 0.8  # of the memory, for all workers together where no bound is given
_ONE_THREAD = dict.fromkeys(
    (
        "NUMBA_NUM_THREADS",
        "OMP_NUM_THREADS",  # also of Arrow
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)
_READY, _SAME = b"ready", b"same"  # no pickle begins so
_LAST_S = 5.0  # for a process to end that has let go of its pipe


class _Worker:
    """A process, the pipe to it, and the task that it works on."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.position: int | None = None
        self.serial = 0  # of the work that it holds
        self.ready = False
        self.reading = False
        self.process.start()
        theirs.close()  # so that its end shows at ours

    def end(self) -> None:
        """Stop it, whatever it does: it holds nothing but its pipe."""
        self.process.kill()
        self.process.join()
        self.pipe.close()
        self.process.close()


class Processes:
    """Processes that are started as they are needed, and replaced where they are lost.

    They are spawned, so that they start alike on every system. A process that holds
    more than the bound after a task is replaced by a fresh one before the next; a
    limit set by the system would instead end the process in the middle of compiling.

    Parameters
    ----------
    n
        Processes.
    bound_mb
        Memory that each may hold from one task to the next; a share of the computer's
        if not given.
    """

    def __init__(self, n: int, bound_mb: float | None = None) -> None:
        total = memory.total_mb()
        if bound_mb is None and total is not None:
            bound_mb = _SHARE * total / n
        self.capacity = n
        self.notes: list[str] = []
        self._bound_mb = bound_mb
        self._workers: list[_Worker] = []
        self._work = b""
        self._serial = 0

    @property
    def description(self) -> str:
        """Who they are, in words."""
        bound = self._bound_mb
        words = f"{self.capacity} process{'es' * (self.capacity > 1)}"
        if bound is None:
            return words
        return f"{words}, each replaced when it holds more than {bound:,.0f} MB"

    def begin(self, work: Callable[[Any], Any], n_tasks: int) -> None:
        """Start the processes, so that they get ready together."""
        self._work = pickle.dumps(work, pickle.HIGHEST_PROTOCOL)
        self._serial += 1
        while len(self._workers) < min(self.capacity, n_tasks):
            self._hire()

    def start(self, position: int, task: object) -> None:
        """Send a task to a process that has none."""
        text = pickle.dumps(task, pickle.HIGHEST_PROTOCOL)
        idle = [worker for worker in self._workers if worker.position is None]
        # One that is up is taken first: the others have not yet read their modules.
        worker = min(idle, key=lambda w: not w.ready) if idle else self._hire()
        worker.position = position
        with suppress(OSError):  # it was lost: its pipe ends, which is told later
            worker.pipe.send_bytes(
                _SAME if worker.serial == self._serial else self._work
            )
            worker.pipe.send_bytes(text)
        worker.serial = self._serial

    def finished(self) -> list[Outcome]:
        """Wait until a task or more are finished, and give these."""
        found: list[Outcome] = []
        while not found:
            found = self._heard(None)
        return found

    def ready(self) -> list[Outcome]:
        """Give those that are finished by now."""
        return self._heard(0.0)

    def drop(self) -> None:
        """Stop the processes that are at work; the others stay."""
        for worker in list(self._workers):
            if worker.position is not None:
                self._let_go(worker)

    def close(self) -> None:
        """Stop every process."""
        for worker in list(self._workers):
            self._let_go(worker)

    def _hire(self) -> _Worker:
        with _started_apart():
            worker = _Worker()
        self._workers.append(worker)
        return worker

    def _let_go(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.end()

    def _heard(self, timeout: float | None) -> list[Outcome]:
        """Read the pipes that have something to read."""
        busy = {w.pipe: w for w in self._workers if w.position is not None}
        # A pipe that was being read when the user stopped us is in no known state.
        pipes = [pipe for pipe, worker in busy.items() if not worker.reading]
        heard = [self._read(busy[pipe]) for pipe in wait(pipes, timeout)]  # type: ignore[index]
        return [outcome for outcome in heard if outcome is not None]

    def _read(self, worker: _Worker) -> Outcome | None:
        position = worker.position
        if position is None:
            return None
        worker.reading = True
        try:
            text = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            return Outcome(position, lost=self._lost(worker))
        worker.reading = False
        if text == _READY:
            worker.ready = True
            return None
        worker.position = None
        answer: Answer = pickle.loads(text)
        if self._bound_mb is not None and answer.held_mb > self._bound_mb:
            self._let_go(worker)
        return Outcome(position, answer)

    def _lost(self, worker: _Worker) -> str:
        worker.process.join(_LAST_S)
        code = worker.process.exitcode or 0
        self._let_go(worker)
        if not worker.ready:
            return (
                f"its process could not start (exit code {code}): a script that calls "
                'geoalloc must do so below `if __name__ == "__main__":`'
            )
        if code < 0:
            return (
                f"its process was ended by signal {-code}, perhaps for want of memory"
            )
        return f"its process ended with exit code {code}"


@contextmanager
def _started_apart() -> Iterator[None]:
    """Start a process that has one thread a library, and no ear for Ctrl-C.

    Libraries read these variables when they are loaded, which is before a process
    runs anything of ours. Ctrl-C reaches every process of a terminal: it is for this
    one to act upon, and blocked, not lost, while the other inherits the block.
    """
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    mask = _blocked()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _blocked() -> set[int] | None:
    if sys.platform == "win32":
        return None
    from multiprocessing import resource_tracker

    # Its start would unblock what we are about to block.
    resource_tracker.ensure_running()
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}))


class _Held:
    """The work that a process does, kept from task to task."""

    def __init__(self) -> None:
        self._work: Callable[[Any], Any] | None = None

    def do(self, texts: tuple[bytes, bytes]) -> object:
        """Work on a task; take up another work first where one was sent."""
        fresh, task = texts
        if fresh != _SAME:
            self._work = pickle.loads(fresh)
        if self._work is None:
            raise RuntimeError("a task came before its work")
        return self._work(pickle.loads(task))


def _serve(pipe: Connection) -> None:
    """Answer tasks until the pipe ends, as it does with the process that asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    held = _Held()
    with suppress(EOFError, OSError):
        pipe.send_bytes(_READY)
        while True:
            texts = pipe.recv_bytes(), pipe.recv_bytes()
            pipe.send_bytes(packed(attempt(held.do, texts)))
