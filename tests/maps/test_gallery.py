"""The gallery: every picture that it shows is made by its script, and is there."""

import dataclasses
import io
import re
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from PIL import Image

from tests.maps.conftest import changed, with_record


@pytest.fixture(scope="module")
def gallery(repository):
    pytest.importorskip("playwright", reason="Playwright is not there")
    pytest.importorskip("pypdfium2", reason="pypdfium2 is not there")
    sys.path.insert(0, str(repository / "docs"))
    try:
        import gallery
    finally:
        sys.path.pop(0)
    return gallery


def shown(gallery):
    text = gallery.PAGE.read_text(encoding="utf-8")
    return re.findall(r"!\[([^\]]+)\]\(pictures/([^)]+)\.png\)", text)


def width_of(path):
    with Image.open(path) as picture:
        return picture.width


def test_every_picture_of_the_page_is_made_and_every_one_made_is_shown(gallery):
    names = [name for _, name in shown(gallery)]
    assert names == [one.name for one in (*gallery.SHOTS, *gallery.LEAVES)]
    assert 8 <= len(names) <= 12
    assert len({words for words, _ in shown(gallery)}) == len(names)


def test_every_picture_is_there_small_and_not_blank(gallery):
    for _, name in shown(gallery):
        path = gallery.PICTURES / f"{name}.png"
        assert path.stat().st_size <= gallery.MOST_BYTES
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.mode == "P"
            assert min(picture.size) >= 300
            assert np.asarray(picture.convert("L")).std() > 10


def test_a_picture_has_as_many_colors_as_its_size_allows(gallery, tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    picture, path = Image.fromarray(noise), tmp_path / "noise.png"
    many = gallery.save(picture, path)
    assert path.stat().st_size > 30_000
    few = gallery.save(picture, path, most=30_000)
    assert few < many
    assert path.stat().st_size <= 30_000
    assert width_of(path) == 200
    gallery.save(picture, path, most=10_000)
    assert path.stat().st_size <= 10_000
    assert width_of(path) < 200


def test_a_leaf_is_the_page_that_holds_its_words(gallery, tmp_path):
    path = tmp_path / "three.pdf"
    with PdfPages(path) as pages:
        for words in ("The overview", "Area sheet, north", "Area sheet, south"):
            figure = Figure(figsize=(2, 3))
            figure.text(0.1, 0.5, words, fontsize=8)
            # Darker from page to page.
            figure.set_facecolor(
                {"T": "1.0", "n": "0.8", "s": "0.6"}[
                    "T" if words[0] == "T" else words[12]
                ]
            )
            pages.savefig(figure, facecolor=figure.get_facecolor())
    leaf = gallery.Leaf(name="a", document="three.pdf", words="Area [a-z]+,")
    first = gallery.rasterize(path, leaf, width=300)
    assert first.size == pytest.approx((300, 450), abs=1)
    assert first.getpixel((2, 2)) == (204, 204, 204)
    south = gallery.Leaf(name="a", document="three.pdf", words="Area.*south")
    assert gallery.rasterize(path, south).getpixel((2, 2)) == (153, 153, 153)
    nowhere = gallery.Leaf(name="a", document="three.pdf", words="Duty")
    with pytest.raises(LookupError, match=r"no page of three\.pdf holds 'Duty'"):
        gallery.rasterize(path, nowhere)


@pytest.mark.browser
def test_a_shot_shows_the_view_that_it_names(
    gallery, browser, town, page_text, tmp_path
):
    (tmp_path / "map.html").write_text(page_text, encoding="utf-8")
    whole = gallery.Shot(name="whole", page="map.html", size=(900, 600), part="")
    part = dataclasses.replace(whole, name="part", part="main")
    shots = (
        whole,
        dataclasses.replace(whole, name="dark", dark=True),
        dataclasses.replace(whole, name="phone", size=(390, 700), phone=True),
        part,
        dataclasses.replace(
            part, name="none", view="at=51.455,-2.595&zoom=11&fill=none"
        ),
    )
    taken = {
        shot.name: gallery.photograph(browser, tmp_path, shot).convert("L")
        for shot in shots
    }
    assert taken["whole"].size == (900, 600)
    assert taken["phone"].size == (780, 1400)
    assert taken["part"].size == taken["none"].size
    assert taken["part"].width == 900
    gray = {name: np.asarray(one, dtype=np.float64) for name, one in taken.items()}
    assert gray["dark"].mean() < gray["whole"].mean() - 50
    assert (gray["part"] != gray["none"]).mean() > 0.01


def test_the_products_of_a_run_are_those_that_pictures_are_taken_of(
    gallery, town, tmp_path
):
    summary = pd.concat([town.run.incident_summary] * 20, ignore_index=True)
    summary["hex_id"] = np.repeat(town.grid.hex_id[:10], 2)
    run = changed(town.run, incident_summary=summary)
    boundary = {"source": "north-town.geojson"}
    run = with_record(run, boundary=boundary, as_of="2026-01-01")
    gallery.products(run, tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert {shot.page for shot in gallery.SHOTS} <= made
    assert {leaf.document for leaf in gallery.LEAVES} <= made
    with io.BytesIO((tmp_path / "briefing.pdf").read_bytes()) as pdf:
        assert pdf.read(5) == b"%PDF-"
