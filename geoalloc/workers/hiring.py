"""Workers: hired for a while, they work on tasks wherever they are."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from geoalloc.errors import UsageError
from geoalloc.workers import memory
from geoalloc.workers.addresses import TlsFiles, require_address
from geoalloc.workers.crews import Alone, Crew, CrewGone, Outcome
from geoalloc.workers.pace import Pace, silent
from geoalloc.workers.processes import Processes

__all__ = ["Workers", "hired"]

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")
_TRIES = 2  # of a task whose worker is lost
_LONGEST = 60  # letters of a task's name in a sentence


class _Board:
    """Which tasks of a work wait, are under way, and failed."""

    def __init__(self, tasks: Sequence[Any], label: str) -> None:
        self.tasks = tasks
        self.waiting = list(range(len(tasks)))  # a heap
        self.under_way: set[int] = set()
        self._label = label
        self._lost: Counter[int] = Counter()
        self._failed: tuple[int, BaseException] | None = None

    def next(self) -> int | None:
        """Take a task that may be started; None if there is none."""
        if not self.waiting or (self._failed and self.waiting[0] > self._failed[0]):
            return None
        position = heapq.heappop(self.waiting)
        self.under_way.add(position)
        return position

    def settle(self, outcome: Outcome) -> bool:
        """Note what became of a task; tell whether it has a result.

        Of tasks that fail the first in their order counts, whichever failed first: so
        the same error is raised each time.
        """
        position = outcome.position
        self.under_way.discard(position)
        error = outcome.answer.error
        if outcome.lost:
            self._lost[position] += 1
            if self._lost[position] < _TRIES and not outcome.for_good:
                heapq.heappush(self.waiting, position)
                return False
            error = UsageError(
                f"{self._named(position)} was lost each time that it was begun: "
                f"{outcome.lost}"
            )
        if error is None:
            return True
        if self._failed is None or position < self._failed[0]:
            self._failed = position, error
        return False

    def begin_again(self) -> None:
        """Let all that is under way wait once more."""
        self.waiting = sorted({*self.under_way, *self.waiting})
        self.under_way.clear()

    @property
    def open(self) -> bool:
        """Whether there is work left.

        Raises
        ------
        BaseException
            What the first task that failed has raised, once no earlier one is left.
        """
        left = [*self.under_way, *self.waiting]
        if self._failed and not any(position < self._failed[0] for position in left):
            raise self._failed[1]
        return bool(left)

    def _named(self, position: int) -> str:
        name = getattr(self.tasks[position], "name", None)
        told = f" ({name[:_LONGEST]})" if isinstance(name, str) else ""
        work = f"{self._label}: " if self._label else ""
        return f"{work}task {position + 1} of {len(self.tasks)}{told}"


class Workers:
    """Those who work on tasks: this process, processes, or a Dask cluster.

    Attributes
    ----------
    description
        Who they are, in words, and what memory each may hold.
    notes
        Sentences on what happened to them, where the user should know.
    peak_mb
        The most that one of them has held; 0 on systems that do not say.
    """

    def __init__(self, crew: Crew, spare: Callable[[], Crew] = Alone) -> None:
        self.description = crew.description
        self.peak_mb = 0.0
        self._notes: list[str] = []
        self._crew = crew
        self._spare = spare
        self._busy = False

    @property
    def alone(self) -> bool:
        """Whether the work is done in this very process."""
        return isinstance(self._crew, Alone)

    @property
    def notes(self) -> list[str]:
        """Sentences on what happened."""
        return [*self._notes, *self._crew.notes]

    def each(
        self,
        work: Callable[[_Task], _Result],
        tasks: Sequence[_Task],
        *,
        label: str = "",
        progress: Callable[[str], None] = silent,
    ) -> Iterator[tuple[int, _Result]]:
        """Give position and result of each task, as they are finished.

        A task whose worker is lost is begun again, twice in all. Where a task raises
        an error, tasks before it are finished, and the error is raised here. Ctrl-C
        gives what is finished, stops what is under way, and goes on as
        ``KeyboardInterrupt``.

        Parameters
        ----------
        work
            A function that a module holds, or a ``partial`` of one, since it is sent
            to other processes.
        tasks
            What it takes; begun in their order.
        label
            What is done, for ``progress``.
        progress
            Called with what is done and left: "plans: 7 of 30, 3 min 10 s left".

        Raises
        ------
        UsageError
            If a task's worker was lost twice, or the workers are at work already.
        """
        if self._busy:
            raise UsageError("these workers are at work already: hire others")
        self._busy = True
        board, pace = _Board(tasks, label), Pace(label, len(tasks), progress)
        try:
            yield from self._worked(work, board, pace)
        except KeyboardInterrupt:
            yield from self._results(self._by_now(), board, pace)
            raise
        finally:
            self._crew.drop()
            self._busy = False

    def close(self) -> None:
        """Let everybody go."""
        self._crew.close()

    def _worked(
        self, work: Callable[[Any], Any], board: _Board, pace: Pace
    ) -> Iterator[tuple[int, Any]]:
        begun = False
        while board.open:
            try:
                if not begun:
                    self._crew.begin(work, len(board.waiting))
                    begun = True
                outcomes = self._next(board)
            except CrewGone as gone:
                self._go_on_here(gone, board, pace)
                begun = False
                continue
            yield from self._results(outcomes, board, pace)

    def _next(self, board: _Board) -> list[Outcome]:
        while len(board.under_way) < self._crew.capacity:
            position = board.next()
            if position is None:
                break
            self._crew.start(position, board.tasks[position])
        return self._crew.finished()

    def _by_now(self) -> list[Outcome]:
        try:
            return self._crew.ready()
        except CrewGone:
            return []

    def _results(
        self, outcomes: list[Outcome], board: _Board, pace: Pace
    ) -> Iterator[tuple[int, Any]]:
        for outcome in outcomes:
            self.peak_mb = max(self.peak_mb, outcome.answer.peak_mb)
            if board.settle(outcome):
                pace.one_more()
                yield outcome.position, outcome.answer.result

    def _go_on_here(self, gone: CrewGone, board: _Board, pace: Pace) -> None:
        lost, self._crew = self._crew, self._spare()
        self._notes += [
            *lost.notes,
            f"{gone} after {pace.done} of {len(board.tasks)} tasks: the rest was done "
            f"here, in {self._crew.description.split(',')[0]}.",
        ]
        lost.close()
        board.begin_again()


@contextmanager
def hired(
    n: int | None = None,
    *,
    dask: str | None = None,
    tls: TlsFiles | None = None,
    memory_mb: int | None = None,
) -> Iterator[Workers]:
    """Hire workers for the body of a ``with``.

    Parameters
    ----------
    n
        Processes; 1 works in this one. As many as there are cores if not given, or
        fewer, so that ``memory_mb`` of each is free.
    dask
        Address of the scheduler of a Dask cluster. Where it goes away, its work is
        done here, in processes as above.
    tls
        Certificates for ``tls://``; those of Dask's own configuration if not given.
    memory_mb
        What a process may hold from one task to the next: one that holds more is
        replaced. The workers of a cluster have bounds of their own.

    Raises
    ------
    UsageError
        If a number is not positive, or there is no such cluster, none that may be
        spoken to, or it is of another version of geoalloc.
    """
    _require(n, memory_mb, tls, dask)

    def here() -> Crew:
        size = _size(n, memory_mb)
        return Alone() if size == 1 else Processes(size, memory_mb)

    workers = Workers(_cluster(dask, tls) if dask is not None else here(), here)
    try:
        yield workers
    finally:
        workers.close()


def _require(
    n: int | None, memory_mb: int | None, tls: TlsFiles | None, dask: str | None
) -> None:
    if n is not None and n < 1:
        raise UsageError(f"--workers must be at least 1, got {n}")
    if memory_mb is not None and memory_mb < 1:
        raise UsageError(f"memory_mb must be at least 1, got {memory_mb}")
    if dask is not None:
        require_address(dask)
    elif tls is not None:
        raise UsageError(
            "certificates are given, but no cluster: name it with --dask tls://HOST:PORT"
        )


def _size(n: int | None, memory_mb: int | None) -> int:
    """Count the processes that cores and memory are enough for."""
    if n is not None:
        return n
    free = memory.available_mb()
    most = memory.cores()
    if memory_mb is None or free is None:
        return most
    return max(1, min(most, int(free // memory_mb)))


def _cluster(address: str, tls: TlsFiles | None) -> Crew:
    from geoalloc.workers import clusters

    return clusters.Cluster(address, tls)
