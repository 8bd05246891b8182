"""Memory and cores: what this computer has, and what this process holds of them."""

import os
import sys
from pathlib import Path

_MB = 1 << 20
_STATUS = Path("/proc/self/status")
_COMPUTER = Path("/proc/meminfo")
_LIMIT = Path("/sys/fs/cgroup/memory.max")


def cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def peak_mb() -> float:
    """Give the most that this process has held; 0 where the system does not say."""
    # Not ``ru_maxrss`` on Linux: there a process begins with the peak of its parent.
    found = _line(_STATUS, "VmHWM")
    return _usage_mb() if found is None else found


def held_mb() -> float:
    """Give what this process holds now; its peak where only that is known."""
    found = _line(_STATUS, "VmRSS")
    return _usage_mb() if found is None else found


def total_mb() -> float | None:
    """Give the memory of this computer, or of the container; None if not known."""
    found = _line(_COMPUTER, "MemTotal")
    try:
        limit = float(_LIMIT.read_text()) / _MB
    except (OSError, ValueError):
        return found
    return limit if found is None else min(limit, found)


def available_mb() -> float | None:
    """Give the memory that is free for new processes; None if not known."""
    found, total = _line(_COMPUTER, "MemAvailable"), total_mb()
    if found is None or total is None:
        return total
    return min(found, total)


def _line(path: Path, name: str) -> float | None:
    """Read a line of a file of Linux's, in kilobytes."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith(f"{name}:"):
            return float(line.split()[1]) / 1024.0
    return None


def _usage_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    used = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return used / _MB if sys.platform == "darwin" else used / 1024.0
