"""Labels of points do not cover each other, and stay within the drawing."""

import numpy as np
import pytest

from geoalloc.report import _chart, _comparison_labels
from geoalloc.report._comparison_labels import Label


@pytest.fixture
def drawn():
    with _chart.settings():
        _, (axes,) = _chart.grid(width=380, height=290)
        axes.set_xlim(0, 10)
        axes.set_ylim(0, 10)
        _comparison_labels.settle(axes)
        yield axes


def boxes(axes):
    renderer = axes.figure.canvas.get_renderer()
    # The line to a point is no part of the text.
    for text in axes.texts:
        text.arrow_patch = None
    return [text.get_window_extent(renderer) for text in axes.texts]


def test_thirty_names_at_few_points_do_not_meet(drawn):
    rng = np.random.default_rng(3)
    labels = [
        Label(x=x, y=y, text=f"{k} scenario")
        for k, (x, y) in enumerate(rng.integers(2, 9, (30, 2)).tolist())
    ]
    left_out = _comparison_labels.place(drawn, labels, size=6)
    found = boxes(drawn)
    assert len(found) + len(left_out) == 30
    assert len(found) >= 25
    for i, one in enumerate(found):
        assert not any(one.overlaps(other) for other in found[i + 1 :])
        assert drawn.bbox.x0 <= one.x0
        assert one.x1 <= drawn.bbox.x1 + 1


def test_what_has_no_room_is_told(drawn):
    labels = [Label(x=5, y=5, text="a rather long name of a scenario " * 3)]
    assert _comparison_labels.place(drawn, labels, size=9) == labels
    assert not list(drawn.texts)


def test_labels_keep_clear_of_a_line(drawn):
    labels = [Label(x=5, y=5, text="five")]
    steps = [(0.0, 5.1), (10.0, 5.1)]
    _comparison_labels.place(drawn, labels, size=7, steps=steps)
    (box,) = boxes(drawn)
    level = drawn.transData.transform((5, 5.1))[1]
    assert box.y1 < level or box.y0 > level
