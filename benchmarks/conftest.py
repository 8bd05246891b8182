import pytest

from benchmarks.contest import AREA
from geoalloc import boundaries, hexes


@pytest.fixture(scope="session")
def county() -> boundaries.Boundaries:
    return boundaries.read(AREA)


@pytest.fixture(scope="session")
def fine(county) -> hexes.HexGrid:
    return hexes.cover(county.outline, 9)


@pytest.fixture(scope="session")
def coarse(county) -> hexes.HexGrid:
    return hexes.cover(county.outline, 8)
