"""How far a work is, and how long the rest may take."""

import time
from collections.abc import Callable

__all__ = ["Pace", "silent", "time_left"]


def silent(text: str) -> None:
    """Tell nobody."""


def time_left(seconds: float) -> str:
    """Say how long it may take: 45 s, 3 min 10 s, 1 h 05 min."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Pace:
    """Counts tasks, and tells of those done and of the time left at the pace so far."""

    def __init__(self, label: str, total: int, tell: Callable[[str], None]) -> None:
        self.done = 0
        self._label = f"{label}: " if label else ""
        self._total = total
        self._tell = tell
        self._start = time.perf_counter()
        self._say()

    def one_more(self) -> None:
        """Count a task as done."""
        self.done += 1
        self._say()

    def _say(self) -> None:
        text = f"{self._label}{self.done} of {self._total}"
        left = self._total - self.done
        if self.done and left:
            spent = time.perf_counter() - self._start
            text += f", {time_left(spent / self.done * left)} left"
        self._tell(text)
