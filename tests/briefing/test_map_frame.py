"""A map is true to its scale on paper, and reads without color."""

import numpy as np
import pypdfium2
import pytest
import shapely
from matplotlib.colors import to_rgb

from geoalloc.briefing import legend, map_frame
from geoalloc.briefing.ground import Ground
from geoalloc.briefing.page import A3, A4, Frame, Sheet
from geoalloc.briefing.strokes import path_of
from geoalloc.briefing.view import Content, Numbered, View
from tests.briefing.paper_laws import box, broken, written

CENTER = (358_500.0, 173_500.0)


@pytest.fixture(scope="module")
def ground(toy):
    return Ground.of(toy)


@pytest.fixture(scope="module")
def frame(toy):
    return Frame.of(toy)


def make(frame, ground, *, scale=25_000, paper=A4, content=None):
    sheet = Sheet(paper, frame, "Map", "Shift", 1, 1)
    view = View(x=25, y=30, width=160, height=110, center=CENTER, scale=scale)
    content = content or Content(posts=ground.posts)
    map_frame.draw(sheet, ground, view, content)
    legend.draw(sheet, ground, view, content, (sheet.left, 148))
    return sheet, view


def found(data, text):
    """Left, bottom, right, top in mm of each place of a text in a file."""
    page = pypdfium2.PdfDocument(data)[0].get_textpage()
    search = page.search(text, match_case=True)
    places = []
    while (at := search.get_next()) is not None:
        boxes = np.array([page.get_charbox(at[0] + k) for k in range(at[1])])
        places.append([*boxes[:, :2].min(0), *boxes[:, 2:].max(0)])
    return np.array(places) * 25.4 / 72


@pytest.mark.parametrize("scale", [15_000, 25_000, 50_000])
def test_a_kilometre_of_the_grid_is_as_long_on_paper_as_the_scale_says(
    frame, ground, scale
):
    sheet, _ = make(frame, ground, scale=scale)
    data = written([sheet], frame)
    at = {}
    for km in (357, 358, 359, 360):
        for left, bottom, right, _ in found(data, f"{km}"):
            if abs(sheet.paper.height_mm - bottom - 144) < 3:  # below the frame
                at[km] = (left + right) / 2
    assert len(at) >= 2
    kms = sorted(at)
    steps = np.diff([at[km] for km in kms]) / np.diff(kms)
    assert steps == pytest.approx(1e6 / scale, abs=0.15)


def test_a_known_point_is_where_the_grid_puts_it():
    view = View(x=25, y=30, width=160, height=110, center=CENTER, scale=25_000)
    # 358 500 E is in the middle; 1 km is 40 mm; north is up.
    assert view.page(np.array([359_500, 174_500])).tolist() == [[145.0, 45.0]]
    assert view.bounds == (356_500.0, 172_125.0, 360_500.0, 174_875.0)


def test_the_bar_is_as_long_as_it_says(frame, ground):
    sheet, _ = make(frame, ground, scale=25_000)
    page = pypdfium2.PdfDocument(written([sheet], frame))[0]
    gray = page.render(scale=8 * 25.4 / 72).to_numpy()[..., 0]
    words = {word.text: box(word) for word in sheet.words}
    row = int(8 * (words["1:25,000 at 100 % (A4)"][1] + 0.1))
    dark = np.flatnonzero((gray[row : row + 16, 8 * 11 : 8 * 60] < 100).any(axis=0))
    assert (dark[-1] - dark[0]) / 8 == pytest.approx(40.0, abs=0.4)  # 1 km
    assert "1 km" in words


@pytest.mark.parametrize(
    ("scale", "km"), [(10_000, 0.5), (25_000, 1), (50_000, 2), (700_000, 20)]
)
def test_the_bar_is_the_longest_round_one_that_has_room(scale, km):
    assert legend.bar_km(scale) == km


def test_the_ratio_names_its_paper(frame, ground):
    sheet, _ = make(frame, ground, paper=A3)
    assert "1:25,000 at 100 % (A3)" in [word.text for word in sheet.words]


def test_north_is_that_of_the_grid(frame, ground):
    texts = [word.text for word in make(frame, ground)[0].words]
    assert "Grid north" in texts
    assert "National Grid ST: lines every 1 km." in texts


def test_no_text_lies_over_other_text(frame, ground):
    content = Content(
        numbered=tuple(
            Numbered(text=f"{k}", point=(358_400.0 + 40 * k, 173_500.0 + 30 * (k % 3)))
            for k in range(1, 13)
        ),
        outlined=tuple(ground.hotspots.values()),
        posts=ground.posts,
    )
    for scale in (15_000, 50_000, 200_000):
        assert broken(make(frame, ground, scale=scale, content=content)[0]) == []


def test_every_number_is_on_the_map_and_inside_its_frame(frame, ground):
    content = Content(
        numbered=tuple(
            Numbered(text=f"{100 + k}", point=(358_400.0 + 10 * k, 173_500.0))
            for k in range(30)
        )
    )
    sheet, view = make(frame, ground, content=content)
    left, top, right, bottom = view.room
    places = {w.text: box(w) for w in sheet.words}
    for k in range(30):
        a, b, c, d = places[f"{100 + k}"]
        assert left <= a < c <= right
        assert top <= b < d <= bottom


def test_a_point_outside_the_frame_has_no_number(frame, ground):
    far = Content(numbered=(Numbered(text="777", point=(300_000.0, 100_000.0)),))
    sheet, _ = make(frame, ground, content=far)
    assert "777" not in [word.text for word in sheet.words]


def test_north_gives_way_to_what_is_there(frame, ground):
    view = View(x=25, y=30, width=160, height=110, center=CENTER, scale=25_000)
    left, top, right, _ = view.room
    content = Content(obstacles=((right - 40, top, right, top + 30),))
    sheet, _ = make(frame, ground, content=content)
    at = next(box(w) for w in sheet.words if w.text == "Grid north")
    assert at[2] < left + 40


def test_classes_are_darker_one_by_one_in_gray_and_the_top_three_hatched():
    light = [
        116 * np.cbrt(np.dot(_linear(color), [0.2126, 0.7152, 0.0722])) - 16
        for color in map_frame.FILLS
    ]
    assert (np.diff(light) < -6).all()
    patterns = [pattern for pattern, _ in map_frame.HATCHES]
    assert patterns[:2] == ["", ""]
    assert len(set(patterns[2:])) == 3
    assert all(patterns[2:])


def _linear(color):
    value = np.array(to_rgb(color))
    return np.where(value > 0.04045, ((value + 0.055) / 1.055) ** 2.4, value / 12.92)


@pytest.mark.parametrize(
    ("scale", "km"),
    [(10_000, 1), (50_000, 1), (75_000, 1), (100_000, 5), (700_000, 10), (2e6, 50)],
)
def test_lines_of_the_grid_are_a_round_distance_apart(scale, km):
    assert map_frame.grid_step(scale) == km


def test_the_legend_shows_what_is_on_the_map_and_no_more(frame, ground):
    texts = [word.text for word in make(frame, ground)[0].words]
    for label in ground.classes.labels:
        assert label in texts
    assert "Hotspot" in texts
    assert "River" in texts
    assert "Coast" not in texts
    assert "Priority" not in texts


def test_a_legend_is_no_higher_than_it_says(frame, ground):
    content = Content(numbered=(Numbered(text="1", point=CENTER),), posts=ground.posts)
    view = View(x=25, y=30, width=160, height=110, center=CENTER, scale=25_000)
    sheet = Sheet(A4, frame, "Map", "Shift", 1, 1)
    bottom = legend.draw(sheet, ground, view, content, (sheet.left, 148))
    tall = legend.height(sheet, ground, view, content)
    assert bottom - 148 == pytest.approx(tall)
    assert tall <= legend.most(sheet, ground)
    assert max(box(word)[3] for word in sheet.words if word.y < 250) <= bottom


def test_a_path_has_the_area_of_its_shape():
    ring = shapely.Point(0, 0).buffer(10.0).difference(shapely.Point(0, 0).buffer(4.0))
    rings = path_of(shapely.MultiPolygon([ring])).to_polygons()
    areas = sorted(shapely.Polygon(points).area for points in rings)
    assert areas[1] - areas[0] == pytest.approx(ring.area)
    line = path_of(shapely.LineString([(0, 0), (1, 0), (1, 1)]))
    assert line.vertices.tolist() == [[0, 0], [1, 0], [1, 1]]
    assert 79 not in line.codes  # a line is not closed


def test_no_number_is_lost_on_a_map_that_is_full(frame, ground):
    sheet = Sheet(A4, frame, "Map", "Shift", 1, 1)
    view = View(x=25, y=30, width=30, height=20, center=CENTER, scale=25_000)
    content = Content(
        numbered=tuple(
            Numbered(text=f"{200 + k}", point=(358_480.0 + 2 * k, 173_500.0))
            for k in range(20)
        )
    )
    map_frame.draw(sheet, ground, view, content)
    left, top, right, bottom = view.room
    places = {w.text: box(w) for w in sheet.words}
    for k in range(20):
        a, b, c, d = places[f"{200 + k}"]
        assert left <= a < c <= right
        assert top <= b < d <= bottom
