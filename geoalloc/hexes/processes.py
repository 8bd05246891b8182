"""Work shared out among processes, each of which keeps its kernels to one thread."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from geoalloc.errors import DataError
from geoalloc.kernels import lattice

__all__ = ["require", "shared_out"]

_IN_FLIGHT = 2 * (os.cpu_count() or 1)  # tasks whose results may wait to be taken
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def require(executor: Executor) -> None:
    """Require an executor whose workers may run a parallel kernel.

    Raises
    ------
    DataError
        If it is none, shut down, of threads, or one that forks.
    """
    if isinstance(executor, type) or not callable(getattr(executor, "submit", None)):
        raise DataError(
            "executor must be a ProcessPoolExecutor or another concurrent.futures."
            f"Executor, got {executor!r}"
        )
    if isinstance(executor, ProcessPoolExecutor):
        context = getattr(executor, "_mp_context", None)
        if context is not None and context.get_start_method() == "fork":
            raise DataError(
                "the executor forks this process, which breaks its threads: make it "
                'with mp_context=multiprocessing.get_context("spawn")'
            )
    threads = isinstance(executor, ThreadPoolExecutor)
    if threads or _worker(executor) == os.getpid():
        raise DataError(
            f"the {type(executor).__name__} works in this very process, where kernels "
            "must not run at once: give one of processes, or none"
        )


def shared_out(
    executor: Executor, work: Callable[[_Task], _Result], tasks: Sequence[_Task]
) -> Iterator[_Result]:
    """Give the results of tasks in their order, a few in flight at a time."""
    waiting: deque[Future[_Result]] = deque()
    for task in tasks:
        waiting.append(executor.submit(partial(_alone, work), task))
        if len(waiting) >= _IN_FLIGHT:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _worker(executor: Executor) -> int:
    """Process that the executor works in."""
    try:
        return executor.submit(os.getpid).result()
    except RuntimeError as error:
        first_line = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataError(
            f"the {type(executor).__name__} takes no work ({first_line}): give "
            "one that is open"
        ) from None


def _alone(work: Callable[[_Task], _Result], task: _Task) -> _Result:
    with lattice.one_thread():
        return work(task)
