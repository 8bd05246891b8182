"""What the documents show is run, and what they name is there."""

import re
import sys

import pytest


@pytest.fixture(scope="module")
def page(repository, tmp_path_factory):
    """Text, what its Python printed, and the folder with its pictures."""
    sys.path.insert(0, str(repository / "docs"))
    try:
        import pictures
    finally:
        sys.path.pop(0)
    folder = tmp_path_factory.mktemp("docs")
    text = pictures.PAGE.read_text(encoding="utf-8")
    return text, pictures.run(pictures.PAGE, folder), folder


def test_the_python_of_the_page_finds_hotspots(page):
    _, printed, _ = page
    assert re.search(r"rank +incidents +times +persistence +grid_ref", printed)
    assert re.search(r"^0 +1 ", printed, re.MULTILINE), printed


def test_every_picture_of_the_page_is_drawn_and_kept(page, repository):
    text, _, folder = page
    shown = re.findall(r"!\[[^\]]+\]\((pictures/[^)]+)\)", text)
    drawn = {f"pictures/{p.name}" for p in (folder / "pictures").iterdir()}
    assert set(shown) == drawn
    for name in shown:
        assert (folder / name).stat().st_size > 5_000
        assert (repository / "docs" / name).read_bytes()[:4] == b"\x89PNG"


def test_links_between_documents_lead_somewhere(repository):
    for page in [repository / "README.md", *sorted((repository / "docs").glob("*.md"))]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
