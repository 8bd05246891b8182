"""What scripts of a page make of hexes: their corners, their rims, their colors."""

import numpy as np
import pytest
import shapely

from geoalloc import hexes
from geoalloc.maps import _encode, _mesh
from tests import naive_maps
from tests.maps.test_encode import CORNER, EDGE

pytestmark = pytest.mark.browser

TOWN = shapely.box(-2.7, 51.4, -2.4, 51.6)
RINGS = """(stream) => { const { latitude, longitude, corner, from } =
  geoalloc.codec.mesh(stream);
  return Array.from({ length: from.length - 1 }, (_, i) => Array.from(
    corner.subarray(from[i], from[i + 1]), (c) => [latitude[c], longitude[c]])); }"""
RIMS = """([stream, level, n]) => { const { map } = geoalloc.page;
  const drawn = new geoalloc.Hexes(map, geoalloc.codec.mesh(stream));
  return drawn.rims(level, n).map((corners) => { const rings = []; let ring = [];
    for (const c of corners) if (c < 0) { rings.push(ring); ring = []; }
      else ring.push([drawn.longitude[c], drawn.latitude[c]]);
    return rings; }); }"""
PIXELS = """(hatched) => { const { hexes, map } = geoalloc.page;
  const found = [], ratio = devicePixelRatio;
  map.eachLayer((layer) => { if (!layer.classes) return;
    const colors = ["#ff0000", hatched ? { hatch: "#0000ff", ground: "#0000ff" }
      : "#0000ff", "#00ff00"];
    const classes = Uint8Array.from(hexes.cx, (_, i) => (i % 4 === 3 ? 255 : i % 4));
    layer.paint(classes, colors);
    const context = layer.canvas.getContext("2d");
    const box = layer.canvas.getBoundingClientRect();
    const pane = map.getContainer().getBoundingClientRect();
    for (let i = 0; i < hexes.n; i++) {
      const at = map.unproject([hexes.cx[i], hexes.cy[i]], 0);
      const p = map.latLngToContainerPoint(at);
      const [x, y] = [p.x + pane.left - box.left, p.y + pane.top - box.top];
      const pixel = context.getImageData(x * ratio, y * ratio, 1, 1).data;
      const [red, green, blue, alpha] = pixel;
      found.push(!alpha ? 255 : [red, blue, green].indexOf(255));
    } });
  return found; }"""


@pytest.mark.parametrize("area", [TOWN, EDGE, CORNER])
def test_corners_are_those_that_the_slow_reader_finds(page, area):
    stream = _mesh.lattice(hexes.cover(area, 7 if area is TOWN else 5).hex_id)
    drawn = page.evaluate(RINGS, stream)
    for ring, expected in zip(drawn, naive_maps.mesh(stream), strict=True):
        np.testing.assert_allclose(ring, expected, atol=1e-9)


@pytest.mark.parametrize("area", [TOWN, EDGE, CORNER])
def test_rims_hold_the_hexes_of_a_level_and_of_those_above_it(page, area):
    grid = hexes.cover(area, 8 if area is TOWN else 6)
    level = np.random.default_rng(3).integers(-1, 3, len(grid))
    drawn = page.evaluate(RIMS, [_mesh.lattice(grid.hex_id), level.tolist(), 3])
    outlines = hexes.polygons(grid.hex_id)
    for k, rings in enumerate(drawn):
        # Holes run the other way round, and so take their area off.
        signed = [signed_area(ring) for ring in rings]
        expected = shapely.area(outlines[level >= k]).sum()
        assert abs(sum(signed)) == pytest.approx(expected, rel=1e-3)
        union = shapely.union_all(outlines[level >= k], grid_size=1e-6)
        parts = shapely.get_parts(union)
        holes = shapely.get_num_interior_rings(parts).sum()
        if area is TOWN:  # elsewhere outlines are rounded, and unions have slivers
            assert (len(parts), holes) == (
                sum(one * sum(signed) > 0 for one in signed),
                sum(one * sum(signed) < 0 for one in signed),
            )


def signed_area(ring):
    x, y = np.array(ring).T
    x, y = x - x[0], y - y[0]
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


@pytest.mark.parametrize("hatched", [False, True])
def test_each_hex_is_painted_in_the_color_of_its_class(page, town, hatched):
    expected = [255 if i % 4 == 3 else i % 4 for i in range(len(town.grid))]
    assert page.evaluate(PIXELS, hatched) == expected


def test_hatching_is_made_once_for_a_color(page):
    page.evaluate(PIXELS, True)
    count = "() => geoalloc.ink.tiles.size"
    before = page.evaluate(count)
    for _ in range(3):
        page.evaluate(PIXELS, True)
    assert page.evaluate(count) == before


def test_columns_are_what_the_slow_readers_find(page):
    rng = np.random.default_rng(6)
    values = rng.pareto(1.0, 400) * (rng.random(400) < 0.9)
    values[::7] = np.nan
    for name in ("measure", "levels", "near"):
        more = (1000,) if name == "near" else ()
        column = getattr(_encode, name)(values, *more)
        read = page.evaluate(f"(column) => geoalloc.codec.{name}(column)", column)
        expected = getattr(naive_maps, name)(column)
        read = [np.nan if value is None else value for value in read]
        np.testing.assert_allclose(read, expected, equal_nan=True)
    whole = rng.integers(0, 2**53, 50)
    text = _encode.varints(whole)
    assert page.evaluate("(text) => geoalloc.codec.integers(text)", text) == (
        whole.tolist()
    )


def test_profiles_share_a_whole_out_by_their_shape(page):
    hours = [
        _encode.shares(np.array(row)) for row in ([1.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    ]
    shared = page.evaluate(
        "([texts, whole]) => geoalloc.codec.profiles(texts, whole).map((hour) =>"
        "Array.from(hour))",
        [hours, [6.0, 0.0, 5.0]],
    )
    assert shared == [[3.0, 0.0, 5.0], [3.0, 0.0, 0.0]]


def test_a_column_is_decoded_once_and_not_before_it_is_asked_for(page):
    assert page.evaluate(
        "() => { let made = 0; const one = geoalloc.lazily({ a: () => ++made });"
        "const list = geoalloc.lazily([() => ++made, () => ++made]);"
        "return [made, one.a, one.a, list[1], list.length, made]; }"
    ) == [0, 1, 1, 2, 2, 2]
