"""Kernels on threads: one that lets go of the interpreter works on a part at a time.

So compiled, a kernel takes half the time to compile that a parallel loop takes; and a
thread that is done early takes the next part, where parts are unequal.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numba


def run(work: Callable[[int], None], parts: Sequence[int]) -> None:
    """Work on every part, on as many threads as numba's kernels may take.

    Parts write to nothing in common, so that their order does not matter.
    """
    n_threads = min(numba.get_num_threads(), len(parts))
    if n_threads <= 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(n_threads) as pool:
        for done in [pool.submit(work, part) for part in parts]:
            done.result()
