import pytest
import shapely

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,"
    "LSOA code,LSOA name,Crime type,Last outcome category,Context"
)


@pytest.fixture(scope="session")
def area():
    return shapely.box(-3, 51, -2, 52)


def street(*rows: tuple, end: str = "\n") -> str:
    """A street-level file of (id, month, x, y, place, category)."""
    lines = [
        f'{i},{month},F,F,{x},{y},"{place}",,,{category},,'
        for i, month, x, y, place, category in rows
    ]
    return end.join([HEADER, *lines, ""])


@pytest.fixture
def write(tmp_path):
    """Write street-level files and return their folder."""

    def write(files: dict[str, str]):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        return tmp_path

    return write
