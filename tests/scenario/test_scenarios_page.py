"""The page about scenario files: its examples are scenarios, and do what it says."""

import re

import pytest

from geoalloc import scenario


@pytest.fixture(scope="module")
def page(repository):
    return (repository / "docs" / "scenarios.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read(page, repository, tmp_path_factory):
    """Read each example as if it stood beside the page."""
    folder = tmp_path_factory.mktemp("page")
    files = []
    for number, text in enumerate(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)):
        path = folder / f"example-{number}.toml"
        base = (repository / "scenarios").as_posix()
        path.write_text(text.replace("../scenarios", base), encoding="utf-8")
        files.append(path)
    return {one.scenario.name: one for one in scenario.read_all(files)}


def test_the_examples_are_scenarios(read, repository):
    base = scenario.read(repository / "scenarios" / "friday-late.toml")
    fewer = read["fifty-fewer-officers"].scenario
    assert crews(base) - crews(fewer) == 25
    assert fewer.duty.reposts == 30
    assert crews(read["no-pcsos-more-crews"].scenario) == crews(base) + 2
    assert read["quicker-on-scene"].scenario.lever == "time on scene"


def crews(one):
    return sum(group.count for group in one.units if group.kind == "response")


def test_the_grid_gives_what_the_page_names(read, page):
    grid = [name for name in read if name.startswith("officers-")]
    assert len(grid) == 10
    for name in (grid[0], grid[-1]):
        assert f"`{name}`" in page


def test_every_way_to_change_is_on_the_page(page):
    from geoalloc.scenario.variants import WAYS

    for way in WAYS:
        assert f"| `{way} = " in page
