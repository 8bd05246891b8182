"""Labels keep the laws of a good map, and are where a plain search puts them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoalloc.briefing import labels

ROOM = labels.Room(left=0, top=0, right=180, bottom=110)


def overlaps(boxes, gap=0.0):
    """Pairs of boxes nearer than ``gap``, one by one."""
    return [
        (i, j)
        for i, a in enumerate(boxes)
        for j, b in enumerate(boxes)
        if i < j
        and a[0] < b[2] + gap
        and b[0] < a[2] + gap
        and a[1] < b[3] + gap
        and b[1] < a[3] + gap
    ]


def boxes_of(centers, sizes):
    return np.hstack([centers - sizes / 2, centers + sizes / 2]).tolist()


def crosses(a, b, c, d):
    """Whether the segments ab and cd cross, by the parameters of their lines."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = a, b, c, d
    det = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx)
    if abs(det) < 1e-12:
        return False
    s = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / det
    t = ((cx - ax) * (by - ay) - (cy - ay) * (bx - ax)) / det
    return 1e-9 < s < 1 - 1e-9 and 1e-9 < t < 1 - 1e-9


def town(n=30, spread=4.0, seed=1):
    points = np.random.default_rng(seed).normal(size=(n, 2)) * spread + [90, 55]
    return points, np.full((n, 2), 6.0)


def test_thirty_labels_of_one_town_are_apart_inside_and_uncrossed():
    points, sizes = town()
    centers = labels.uncross(points, labels.place(points, sizes, ROOM), sizes)
    boxes = boxes_of(centers, sizes)
    assert np.isfinite(centers).all()
    assert overlaps(boxes, gap=ROOM.gap - 1e-9) == []
    assert all(a >= 0 and b >= 0 and c <= 180 and d <= 110 for a, b, c, d in boxes)
    pairs = list(zip(points.tolist(), centers.tolist(), strict=True))
    assert not any(crosses(*p, *q) for p in pairs for q in pairs if p is not q)
    assert np.hypot(*(centers - points).T).max() < 40


def test_a_label_alone_stands_right_beside_its_point():
    center = labels.place(np.array([[90.0, 55.0]]), np.array([[20.0, 4.0]]), ROOM)[0]
    box = boxes_of(center[None], np.array([[20.0, 4.0]]))[0]
    nearest = np.clip([90, 55], box[:2], box[2:])
    assert 0 < math.dist(nearest, (90, 55)) <= math.sqrt(2) * ROOM.gap + 1e-9


@given(
    st.lists(
        st.tuples(st.floats(1, 179), st.floats(1, 109), st.floats(2, 25)),
        min_size=1,
        max_size=14,
    )
)
@settings(max_examples=40, deadline=None)
def test_labels_of_any_points_are_apart_and_inside(rows):
    points = np.array([row[:2] for row in rows])
    sizes = np.array([(row[2], 4.0) for row in rows])
    centers = labels.uncross(points, labels.place(points, sizes, ROOM), sizes)
    boxes = boxes_of(centers, sizes)
    assert np.isfinite(centers).all()
    assert overlaps(boxes, gap=ROOM.gap - 1e-9) == []
    assert all(a >= 0 and b >= 0 and c <= 180 and d <= 110 for a, b, c, d in boxes)


def test_labels_keep_off_obstacles():
    wall = np.array([[80.0, 40.0, 100.0, 70.0]])
    room = labels.Room(left=0, top=0, right=180, bottom=110, obstacles=wall)
    points, sizes = town(8, spread=3.0)
    boxes = boxes_of(labels.place(points, sizes, room), sizes)
    assert overlaps([*boxes, wall[0].tolist()], gap=room.gap - 1e-9) == []


def test_a_label_without_room_in_reach_is_not_placed():
    wall = np.array([[60.0, 30.0, 120.0, 80.0]])
    room = labels.Room(left=0, top=0, right=180, bottom=110, obstacles=wall, reach=3.0)
    centers = labels.place(
        np.array([[90.0, 55.0], [10.0, 10.0]]), np.full((2, 2), 5.0), room
    )
    assert np.isnan(centers[0]).all()
    assert np.isfinite(centers[1]).all()


def test_the_first_label_has_the_place_it_would_have_alone():
    points, sizes = town(12, spread=20.0)
    alone = labels.place(points[:1], sizes[:1], ROOM)[0]
    others = np.array([p for p in points[1:] if math.dist(p, points[0]) > 12])
    among = labels.place(
        np.vstack([points[:1], others]), np.full((len(others) + 1, 2), 6.0), ROOM
    )[0]
    assert among == pytest.approx(alone)


def test_stopping_early_finds_what_a_search_of_all_places_finds(monkeypatch):
    points, sizes = town(14, seed=3)
    soon = labels.place(points, sizes, ROOM)
    monkeypatch.setattr(labels, "_NEAR", 1000.0)
    assert labels.place(points, sizes, ROOM) == pytest.approx(soon)


def test_uncrossing_only_shortens_and_only_changes_labels_of_one_size():
    points, sizes = town(20, seed=5)
    sizes[::3] = [9.0, 6.0]
    before = labels.place(points, sizes, ROOM)
    after = labels.uncross(points, before, sizes)
    length = np.hypot(*(before - points).T).sum()
    assert np.hypot(*(after - points).T).sum() <= length + 1e-9
    for size in np.unique(sizes, axis=0):
        mine = (sizes == size).all(axis=1)
        was, now = (
            sorted(map(tuple, of[mine].round(9).tolist())) for of in (before, after)
        )
        assert was == now
    assert overlaps(boxes_of(after, sizes)) == []


def test_two_crossed_leaders_are_uncrossed_by_hand():
    points = np.array([[0.0, 0.0], [10.0, 0.0]])
    crossed = np.array([[10.0, 10.0], [0.0, 10.0]])
    found = labels.uncross(points, crossed, np.full((2, 2), 3.0))
    assert found.tolist() == [[0.0, 10.0], [10.0, 10.0]]
    kept = labels.uncross(points, crossed, np.array([[3.0, 3.0], [4.0, 3.0]]))
    assert kept.tolist() == crossed.tolist()


def test_crossing_is_that_of_lines_solved_one_by_one():
    segments = np.random.default_rng(2).uniform(0, 10, size=(30, 4))
    found = labels.crossing(segments, segments)
    for i, a in enumerate(segments.tolist()):
        for j, b in enumerate(segments.tolist()):
            expected = i != j and crosses(a[:2], a[2:], b[:2], b[2:])
            assert found[i, j] == expected


def test_points_are_read_by_rows_from_the_left():
    points = np.array([[50, 12], [10, 10], [30, 30], [5, 33], [90, 11]])
    assert labels.reading_order(points, 6.0).tolist() == [1, 0, 4, 3, 2]
    assert labels.reading_order(points, 0.5).tolist() == [1, 4, 0, 2, 3]
    assert labels.reading_order(np.empty((0, 2)), 6.0).tolist() == []
