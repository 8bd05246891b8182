"""Layers that lie as a file says."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from geoalloc import boundaries, hexes, scenario
from geoalloc.errors import DataError
from geoalloc.pipeline import layers, records


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def area(toy):
    return boundaries.read(toy.area.boundary)


@pytest.fixture(scope="module")
def grid(toy, area):
    return hexes.cover(area.outline, toy.area.resolution)


def with_layer(toy, **changes):
    values = toy.resolved()
    values["demand"]["layers"][0] |= changes
    return scenario.parse(values)


@pytest.fixture
def roads(tmp_path):
    path = tmp_path / "roads.gpkg"
    gpd.GeoDataFrame(
        {"class": ["A", "B"]},
        geometry=[
            LineString([(-2.78, 51.35), (-2.70, 51.35)]),
            LineString([(-2.60, 51.35), (-2.52, 51.35)]),
        ],
        crs=4326,
    ).to_file(path)
    return path


@pytest.fixture
def calls(tmp_path):
    path = tmp_path / "calls.csv"
    pd.DataFrame({"longitude": [-2.74] * 20, "latitude": [51.38] * 20}).to_csv(
        path, index=False
    )
    return path


def test_without_a_file_there_is_the_population_alone(toy, grid, area):
    assert layers.read(toy, area) == {}
    found = layers.surfaces(toy, grid, area, {})
    assert list(found) == ["population"]
    assert found["population"].sum() == pytest.approx(1.0)


def test_a_layer_of_roads_lies_along_them(toy, grid, area, roads):
    case = with_layer(toy, surface="roads", path=str(roads))
    found = layers.surfaces(case, grid, area, layers.read(case, area))["welfare"]
    west = grid.longitude < -2.65
    assert found.sum() == pytest.approx(1.0)
    assert found[west].sum() == pytest.approx(0.5, abs=0.02)


def test_a_class_of_roads_may_weigh_nothing(toy, grid, area, roads):
    case = with_layer(
        toy,
        surface="roads",
        path=str(roads),
        class_column="class",
        class_weights={"A": 2.0},
    )
    found = layers.surfaces(case, grid, area, layers.read(case, area))["welfare"]
    assert found[grid.longitude > -2.6].sum() == 0
    assert found.sum() == pytest.approx(1.0)


def test_a_layer_of_points_lies_round_them(toy, grid, area, calls):
    case = with_layer(toy, surface="file", path=str(calls), bandwidth_m=3000.0)
    found = layers.surfaces(case, grid, area, layers.read(case, area))["welfare"]
    here = grid.locate(np.array([51.38]), np.array([-2.74]))[0]
    assert found.argmax() == here
    assert found.sum() == pytest.approx(1.0)


def test_the_files_of_layers_are_inputs_of_the_run(toy, area, calls):
    case = with_layer(toy, surface="file", path=str(calls))
    files = layers.read(case, area)
    assert list(files["welfare"].sources) == ["calls.csv"]
    moved = with_layer(toy, surface="file", path="/elsewhere/calls.csv")
    assert records.run_id(case, {}) == records.run_id(moved, {})


@pytest.mark.parametrize("surface", ["roads", "file"])
def test_a_file_that_is_not_there_is_named_with_its_layer(toy, area, surface):
    case = with_layer(toy, surface=surface, path="/nowhere/a.gpkg")
    with pytest.raises(DataError, match=r"no file .*a\.gpkg, .* layer 'welf"):
        layers.read(case, area)


def test_roads_that_are_a_table_are_refused(toy, area, calls):
    case = with_layer(toy, surface="roads", path=str(calls))
    with pytest.raises(DataError, match="has no shapes, or names no CRS"):
        layers.read(case, area)


def test_points_are_no_roads(toy, area, tmp_path):
    path = tmp_path / "points.gpkg"
    gpd.GeoDataFrame(geometry=[Point(-2.7, 51.35)], crs=4326).to_file(path)
    case = with_layer(toy, surface="roads", path=str(path))
    with pytest.raises(DataError, match="holds Point and no lines: give a GeoPackage"):
        layers.read(case, area)


def test_what_is_wrong_with_the_file_of_a_layer_names_the_layer(
    toy, area, grid, roads, tmp_path
):
    away = with_layer(
        toy,
        surface="roads",
        path=str(roads),
        class_column="kind",
        class_weights={"A": 1.0},
    )
    with pytest.raises(DataError, match="layer 'welfare': the roads have no column 'k"):
        layers.surfaces(away, grid, area, layers.read(away, area))
    lines = with_layer(toy, surface="file", path=str(roads))
    with pytest.raises(
        DataError, match=r"layer 'welfare': roads.gpkg holds LineString"
    ):
        layers.read(lines, area)


def test_what_is_no_file_of_shapes_is_refused(toy, area, tmp_path):
    path = tmp_path / "roads.gpkg"
    path.write_bytes(b"no database")
    case = with_layer(toy, surface="roads", path=str(path))
    with pytest.raises(DataError, match="cannot be read as roads"):
        layers.read(case, area)


def test_points_outside_of_the_area_make_no_layer(toy, area, tmp_path):
    path = tmp_path / "far.gpkg"
    gpd.GeoDataFrame(geometry=[Point(1.0, 52.0)], crs=4326).to_file(path)
    case = with_layer(toy, surface="file", path=str(path))
    with pytest.raises(DataError):
        layers.read(case, area)
