"""The picture of growth is drawn, and its exponents are those of powers."""

import pytest

from benchmarks import growth


def test_the_exponent_of_a_square_is_two():
    assert growth.slope([(10, 1.0), (100, 100.0), (1_000, 10_000.0)]) == pytest.approx(
        2.0
    )


def test_growth_is_measured_told_and_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    found = growth.measure(1_000)
    growth.draw(found, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 5_000
    assert growth.table(found).count("\n") >= 2 + sum(map(len, found.values())) - 1
