"""Parts of work on threads."""

import threading

import numba
import pytest

from geoalloc.kernels import threads


@pytest.mark.kernel
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("n_parts", [0, 1, 9])
def test_every_part_is_worked_on_once(n_threads, n_parts):
    done = []
    before = numba.get_num_threads()
    numba.set_num_threads(min(n_threads, before))
    try:
        threads.run(done.append, range(n_parts))
    finally:
        numba.set_num_threads(before)
    assert sorted(done) == list(range(n_parts))


@pytest.mark.kernel
def test_one_part_takes_no_thread():
    on = []
    threads.run(lambda part: on.append(threading.current_thread()), [0])
    assert on == [threading.current_thread()]


@pytest.mark.kernel
def test_what_goes_wrong_in_a_part_comes_out():
    def work(part):
        if part == 3:
            raise ValueError("part 3")

    with pytest.raises(ValueError, match="part 3"):
        threads.run(work, range(5))
