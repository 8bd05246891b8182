"""What every crew can do: begin a work, start its tasks, give what is finished."""

import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from geoalloc.errors import GeoallocError
from geoalloc.workers import memory

__all__ = ["Alone", "Answer", "Crew", "CrewGone", "Outcome", "attempt", "packed"]


@dataclass(frozen=True)
class Answer:
    """What a worker says of a task: a result, or the error that the task raised."""

    result: Any = None
    error: BaseException | None = None
    peak_mb: float = 0.0
    held_mb: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of the task at a position.

    Attributes
    ----------
    lost
        How its worker was lost; empty if it was not.
    for_good
        Not to be begun again.
    """

    position: int
    answer: Answer = Answer()
    lost: str = ""
    for_good: bool = False


class CrewGone(Exception):  # noqa: N818 - no error: the work goes on elsewhere
    """The whole crew went away; the message says how."""


class Crew(Protocol):
    """Those who do the work: this process, processes, a cluster."""

    @property
    def description(self) -> str:
        """Who they are, in words."""

    @property
    def notes(self) -> list[str]:
        """Sentences on what the user should know of them."""

    @property
    def capacity(self) -> int:
        """How many tasks may be under way at once."""

    def begin(self, work: Callable[[Any], Any], n_tasks: int) -> None:
        """Make ready for tasks of a work."""

    def start(self, position: int, task: object) -> None:
        """Start a task."""

    def finished(self) -> list[Outcome]:
        """Wait until a task or more are finished, and give these."""

    def ready(self) -> list[Outcome]:
        """Give those that are finished by now."""

    def drop(self) -> None:
        """Stop what is under way."""

    def close(self) -> None:
        """Let everybody go."""


class Alone:
    """The process that asks, a task at a time, kernels on all their threads."""

    description = "this process"
    capacity = 1

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._work: Callable[[Any], Any] = _nothing
        self._tasks: list[tuple[int, object]] = []

    def begin(self, work: Callable[[Any], Any], n_tasks: int) -> None:  # noqa: ARG002
        """Make ready for tasks of a work."""
        self._work = work

    def start(self, position: int, task: object) -> None:
        """Start a task."""
        self._tasks.append((position, task))

    def finished(self) -> list[Outcome]:
        """Work on the task; its error, if any, is raised where it happens."""
        position, task = self._tasks.pop()
        result = self._work(task)
        return [Outcome(position, Answer(result, peak_mb=memory.peak_mb()))]

    def ready(self) -> list[Outcome]:
        """Give nothing: what is finished was given."""
        return []

    def drop(self) -> None:
        """Forget the task."""
        self._tasks.clear()

    def close(self) -> None:
        """Have nobody to let go."""


def attempt(work: Callable[[Any], Any], task: object) -> Answer:
    """Work on a task with kernels on one thread, and catch what it raises."""
    from geoalloc.kernels import lattice

    result, error = None, None
    try:
        with lattice.one_thread():
            result = work(task)
    except BaseException as raised:
        error = _portable(raised)
    return Answer(result, error, memory.peak_mb(), memory.held_mb())


def packed(answer: Answer) -> bytes:
    """Pickle an answer; one whose result cannot be is the error that says so."""
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        refused = RuntimeError(f"a result cannot be sent between processes: {error}")
        return pickle.dumps(Answer(error=refused), pickle.HIGHEST_PROTOCOL)


def _portable(error: BaseException) -> BaseException:
    """Give an error that another process can read, with the trace of this one."""
    if not isinstance(error, GeoallocError):
        error.add_note("".join(traceback.format_exception(error)))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _nothing(task: object) -> None:
    """Stand in for a work until one begins."""
