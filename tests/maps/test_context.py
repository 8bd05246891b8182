import geopandas as gpd
import numpy as np

from geoalloc.maps import _context


def places_of(rows):
    """Places of name, population and town, at longitudes 0, 1, 2 on latitude 50."""
    names, people, towns = zip(*rows, strict=True)
    points = gpd.points_from_xy(np.arange(len(rows)), np.full(len(rows), 50.0))
    areas = gpd.GeoDataFrame(
        {"name": names, "population": people, "town": towns},
        geometry=points,
        crs="EPSG:4326",
    )
    return _context.places(areas)


def test_places_come_largest_first():
    found = places_of([("A", 10, "A"), ("B", 900, ""), ("C", 10, "C")])
    assert found == [
        ["B", 900, 1, 50.0, 1.0],
        ["A", 10, 1, 50.0, 0.0],
        ["C", 10, 1, 50.0, 2.0],
    ]


def test_a_town_that_is_only_suburbs_stands_in_the_middle_of_its_people():
    found = places_of([("North", 100, "T"), ("South", 300, "T")])
    assert found == [
        ["T", 400, 0, 50.0, 0.75],
        ["South", 300, 2, 50.0, 1.0],
        ["North", 100, 2, 50.0, 0.0],
    ]


def test_a_town_with_a_place_of_its_name_stands_there_once():
    found = places_of([("T", 100, "T"), ("South", 300, "T")])
    assert found == [["T", 400, 1, 50.0, 0.0], ["South", 300, 2, 50.0, 1.0]]
