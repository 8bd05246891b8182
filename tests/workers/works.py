"""Works that tests give to workers: functions that other processes can import."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from geoalloc.errors import DataError

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Named:
    name: str


def square(task):
    return task * task


def who(task):
    return os.getpid()


def nap(task):
    time.sleep(0.01 * task)
    return task


def fail(task):
    """Fail at odd tasks, the later ones first."""
    time.sleep(0.2 / task)
    if task % 2:
        raise DataError(f"task {task} is odd")
    return task


def bug(task):
    raise ZeroDivisionError(f"of {task}")


def die(task):
    os.kill(os.getpid(), signal.SIGKILL)


def leave(task):
    os._exit(7)


@dataclass(frozen=True)
class DieOnce:
    """Task that ends its process the first time that it is begun."""

    folder: str
    number: int
    deadly: bool


def die_once(task):
    mark = Path(task.folder) / f"{task.number}"
    if task.deadly and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task.number**2


def not_sendable(task):
    return lambda: task


class Odd(Exception):  # noqa: N818
    """Cannot be read back by pickle: its text is not its argument."""

    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")


def odd(task):
    raise Odd(1, task)


def threads(task):
    import numba

    names = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")
    return [os.environ.get(name) for name in names], numba.get_num_threads()


def hoard(task):
    """Hold on to many megabytes, and say who does."""
    hoard.kept = bytearray(task * 1_000_000)
    hoard.kept[::4096] = b"x" * len(hoard.kept[::4096])
    return os.getpid()


def nap_and_square(task):
    time.sleep(0.01 * task)
    return task * task


def read(task):
    return Path(task).read_text()


def length(task):
    return len(task)
