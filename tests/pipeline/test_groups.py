import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoalloc import boundaries, hexes, scenario
from geoalloc.errors import DataError, ScenarioError
from geoalloc.pipeline import groups
from geoalloc.scenario.tables import Group, People
from tests import naive_equity as naive


@pytest.fixture(scope="module")
def grid(town_file):
    return hexes.cover(boundaries.read(town_file).outline, 7)


@pytest.fixture(scope="module")
def tiles(grid):
    """The box round the area as nine tiles, the last without a rank."""
    west, south, east, north = grid.area.bounds
    xs, ys = np.linspace(west, east, 4), np.linspace(south, north, 4)
    return gpd.GeoDataFrame(
        {
            "code": [f"E{k}" for k in range(9)],
            "decile": [1, 2, 10, 2, 10, 1, 3, 3, 2],
            "people": [100.0, 0, 700, 50, 900, 20, 0, 30, 400],
        },
        geometry=[
            shapely.box(xs[k % 3], ys[k // 3], xs[k % 3 + 1], ys[k // 3 + 1])
            for k in range(9)
        ],
        crs="EPSG:4326",
    )


@pytest.fixture
def file(tiles, tmp_path):
    path = tmp_path / "tiles.geojson"
    tiles.to_file(path)
    return path


@pytest.fixture
def table(tmp_path):
    def write(text, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path.as_posix()

    return write


def group(path, **keys):
    values = {"name": "deprivation", "path": path.as_posix(), "column": "decile"}
    return Group(**(values | keys))


def people(path, **keys):
    values = {"path": path.as_posix(), "column": "people", "source": "a census"}
    return People(**(values | keys))


def seen(grid, tiles):
    """Hexes and shapes as the slow twin takes them, in the plane of the grid."""
    flat = tiles.to_crs(grid.crs).geometry.tolist()
    return list(zip(grid.x_m, grid.y_m, grid.area_km2, strict=True)), flat


def test_a_hex_belongs_to_the_group_of_most_of_its_surface(grid, tiles, file):
    expected = naive.labels(*seen(grid, tiles), [str(d) for d in tiles["decile"]])
    assert groups.labels(grid, group(file)).tolist() == expected
    assert set(expected) == {"1", "2", "3", "10", "unknown"}


def test_people_are_divided_between_the_points_of_their_area(grid, tiles, file):
    found = groups.residents(grid, people(file))
    expected = naive.residents(*seen(grid, tiles), tiles["people"].tolist())
    np.testing.assert_allclose(found.sum(axis=1), expected, rtol=1e-12)
    assert found.sum() == pytest.approx(tiles["people"].sum())


def test_where_people_are_known_a_hex_belongs_to_most_of_them(grid, tiles, file):
    known = groups.residents(grid, people(file))
    names = [str(d) for d in tiles["decile"]]
    expected = naive.labels(*seen(grid, tiles), names, known)
    found = groups.labels(grid, group(file), known).tolist()
    assert found == expected
    assert found != groups.labels(grid, group(file)).tolist()


def test_people_of_an_area_without_a_point_count_in_the_hex_that_holds_it(
    grid, tmp_path
):
    at = len(grid) // 2
    # Beside the center, and nearer to it than any other point.
    spot = shapely.Point(grid.longitude[at] + 1e-3, grid.latitude[at]).buffer(1e-4)
    frame = gpd.GeoDataFrame({"people": [80]}, geometry=[spot], crs="EPSG:4326")
    frame.to_file(tmp_path / "spot.geojson")
    found = groups.residents(grid, people(tmp_path / "spot.geojson")).sum(axis=1)
    assert found[at] == 80
    assert found.sum() == 80


def test_a_table_is_joined_by_keys_of_other_names(grid, tiles, file, table):
    rows = "lsoa,IMD\n" + "".join(f"E{k},{d}\n" for k, d in enumerate("121212121"))
    path = table(rows, encoding="utf-8-sig")
    keys = {"table": path, "key": "code", "table_key": "lsoa", "column": "IMD"}
    expected = naive.labels(*seen(grid, tiles), list("121212121"))
    assert groups.labels(grid, group(file, **keys)).tolist() == expected


def test_what_a_table_does_not_say_is_unknown(grid, tiles, file, table):
    path = table("code,IMD\nE0,4\nE1,\nE8,5\n")
    found = groups.labels(
        grid, group(file, table=path, key="code", column="IMD")
    ).tolist()
    names = ["4", *["unknown"] * 7, "5"]
    assert found == naive.labels(*seen(grid, tiles), names)
    assert set(found) == {"4", "5", "unknown"}


def test_numbers_are_cut_into_bands_of_as_many_areas(grid, file, table):
    path = table("code,score\n" + "".join(f"E{k},{k * k / 2}\n" for k in range(9)))
    keys = {"table": path, "key": "code", "column": "score", "bands": 3}
    found = set(groups.labels(grid, group(file, **keys)).tolist())
    assert found == {"1 (0 to 2)", "2 (4.5 to 12.5)", "3 (18 to 32)", "unknown"}


def test_bands_that_ties_would_split_are_one(grid, file, table):
    path = table("code,score\n" + "".join(f"E{k},{int(k > 6)}\n" for k in range(9)))
    keys = {"table": path, "key": "code", "column": "score", "bands": 4}
    found = set(groups.labels(grid, group(file, **keys)).tolist())
    assert found == {"1 (0 to 0)", "2 (1 to 1)", "unknown"}


def test_whole_numbers_are_named_without_a_decimal_point(grid, tiles, tmp_path):
    holed = tiles.assign(decile=tiles["decile"].astype("float64"))
    holed.loc[0, "decile"] = np.nan
    holed.to_file(tmp_path / "holed.geojson")
    found = groups.labels(grid, group(tmp_path / "holed.geojson"))
    assert set(found.tolist()) == {"1", "2", "3", "10", "unknown"}


MANY = "code,decile\n" + "".join(f"E{k % 9}{'x' * (k // 9)},{k}\n" for k in range(30))


@pytest.mark.parametrize(
    ("text", "keys", "message"),
    [
        (None, {"column": "rank"}, "no column 'rank'; there are code, decile, people"),
        ("code,x\nE1,2\n", {}, "the table of .* has no column 'decile'; there are co"),
        ("lsoa,decile\nE1,2\n", {}, "the table of .* have no column 'code'"),
        ("code,decile\nE1,2\nE1,3\n", {}, "'E1' stands more than once"),
        ("code,decile\nW1,2\n", {}, "such as 'E0': they may be of different years"),
        (None, {"column": "code", "bands": 3}, "does not hold numbers alone"),
    ],
)
def test_a_wrong_group_is_refused(grid, file, table, text, keys, message):
    if text is not None:
        keys = keys | {"table": table(text), "key": "code"}
    with pytest.raises(DataError, match=message):
        groups.labels(grid, group(file, **keys))


def test_many_numbers_are_no_groups_until_they_are_cut(grid, tmp_path):
    west, south, east, north = grid.area.bounds
    edges = np.linspace(west, east, 31)
    frame = gpd.GeoDataFrame(
        {"decile": np.arange(30) / 7},
        geometry=[
            shapely.box(a, south, b, north) for a, b in itertools.pairwise(edges)
        ],
        crs="EPSG:4326",
    )
    path = tmp_path / "many.geojson"
    frame.to_file(path)
    with pytest.raises(DataError, match="30 different numbers: say how many bands"):
        groups.labels(grid, group(path))
    assert len(set(groups.labels(grid, group(path, bands=5)).tolist())) == 6


def test_a_group_file_that_is_none_or_elsewhere_is_refused(grid, tmp_path):
    path = tmp_path / "none.geojson"
    with pytest.raises(DataError, match="cannot be read as polygons"):
        groups.labels(grid, group(path))
    far = gpd.GeoDataFrame(
        {"decile": [1], "people": [5]},
        geometry=[shapely.box(100, 10, 101, 11)],
        crs="EPSG:4326",
    )
    far.to_file(path)
    with pytest.raises(DataError, match="holds no hex of the area"):
        groups.labels(grid, group(path))
    with pytest.raises(DataError, match=r"nobody of .* lives in a hex of the area"):
        groups.residents(grid, people(path))


@pytest.mark.parametrize("value", ["many", "-3", "inf"])
def test_people_must_be_numbers(grid, file, table, value):
    path = table(f"code,people\nE0,12\nE1,{value}\n")
    wanted = people(file, table=path, key="code")
    with pytest.raises(DataError, match=f"got '{value}' in 1 of 9 areas"):
        groups.residents(grid, wanted)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"table": "x.csv"}, "table and key go together"),
        ({"table_key": "x"}, "table_key is of a table"),
        ({"bands": 1}, "groups.1.bands must be greater than or equal to 2"),
    ],
)
def test_a_scenario_says_what_is_wrong_with_a_group(toy_scenario, file, keys, message):
    values = scenario.read(toy_scenario).resolved()
    values["groups"] = [{"name": "d", "path": file.as_posix(), "column": "c"} | keys]
    with pytest.raises(ScenarioError, match=message):
        scenario.parse(values)


@pytest.mark.data
def test_published_tables_of_areas_are_taken_as_they_are(real_data, repository):
    force = real_data / "avon-and-somerset"
    old = force / "boundaries" / "avon_somerset_lsoa11_martinjc.geojson"
    new = force / "boundaries" / "avon_somerset_lsoa21.geojson"
    tables = force / "area-statistics"
    outline = boundaries.read(
        repository / "boundaries" / "avon-and-somerset.geojson"
    ).outline
    grid = hexes.cover(outline, 7)
    census = tables / "census2021_residents_households_lsoa21_avon_somerset.csv"
    living = groups.residents(
        grid,
        People(
            path=new.as_posix(),
            table=census.as_posix(),
            key="lsoa21_code",
            column="total_residents",
            source="Census 2021",
        ),
    )
    total = pd.read_csv(census)["total_residents"].sum()
    assert living.sum() == pytest.approx(total, rel=0.01)
    asked = [
        (old, "imd2019_avon_somerset_lsoa11.csv", "LSOA11CD", "lsoa11_code", None),
        (new, "imd2025_avon_somerset_lsoa21.csv", "lsoa21_code", None, None),
    ]
    for path, name, key, other, bands in asked:
        found = groups.labels(
            grid,
            group(
                path,
                table=(tables / name).as_posix(),
                key=key,
                table_key=other,
                column="IMD_decile",
                bands=bands,
            ),
            living,
        )
        counts = pd.Series(found).value_counts()
        assert set(counts.index) - {"unknown"} == {str(k) for k in range(1, 11)}
        assert counts.get("unknown", 0) < 0.05 * len(grid)
        by_group = pd.Series(living.sum(axis=1)).groupby(found).sum()
        assert by_group.get("unknown", 0.0) < 0.005 * total
