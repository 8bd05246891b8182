"""A first scenario for a force: what is found, what is made up, what is said."""

import datetime as dt
import itertools
import math
import re
import tomllib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point, box

from geoalloc import boundaries, hexes, incidents, pipeline, scenario
from geoalloc.errors import DataError, UsageError
from geoalloc.incidents import Asked
from geoalloc.pipeline import (
    starting_files,
    starting_ground,
    starting_places,
    starting_responses,
    starting_stations,
    starting_times,
)

AREA = box(-93.30, 44.93, -93.20, 44.99)  # eight by seven kilometres, in Minnesota
ZONE = "America/Chicago"


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Three months of timed incidents, and one row from a later year by mistake."""
    rng = np.random.default_rng(3)
    n = 2_000
    at = pd.Timestamp("2025-03-01") + pd.to_timedelta(rng.integers(0, 132_000, n), "m")
    busy = rng.random(n) < 0.4
    x = np.where(busy, rng.normal(-93.27, 0.004, n), rng.uniform(-93.299, -93.201, n))
    y = np.where(busy, rng.normal(44.97, 0.003, n), rng.uniform(44.931, 44.989, n))
    streets = np.array(["4521 OAK AVE", "12 block of Elm Street", "Lake Drive"])
    frame = pd.DataFrame(
        {
            "Occurred": at.strftime("%m/%d/%Y %H:%M"),
            "Offense": rng.choice(["LARCENY", "BURGLARY", "WIDGET TAMPERING"], n),
            "Block": streets[rng.integers(0, 3, n)],
            "lon": x.clip(-93.299, -93.201).round(5),
            "lat": y.clip(44.931, 44.989).round(5),
        }
    )
    frame.loc[0, "Occurred"] = "06/30/2031 12:00"
    path = tmp_path_factory.mktemp("calls") / "minneapolis calls.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def wards(tmp_path_factory):
    """Four quarters of the area, with columns that tell two districts."""
    west, south, east, north = AREA.bounds
    x, y = (west + east) / 2, (south + north) / 2
    quarters = [
        box(west, south, x, y),
        box(x, south, east, y),
        box(west, y, x, north),
        box(x, y, east, north),
    ]
    frame = gpd.GeoDataFrame(
        {"side": ["South", "South", "North", "North"], "ward": ["a", "b", "c", "d"]},
        geometry=quarters,
        crs=4326,
    )
    path = tmp_path_factory.mktemp("wards") / "wards.gpkg"
    frame.to_crs(26915).to_file(path)  # in any CRS
    return path


def request(calls, **given):
    given = {"asked": Asked(time_zone=ZONE), "units": 9} | given
    return pipeline.StartRequest(incidents=calls, **given)


@pytest.fixture(scope="module")
def begun(calls):
    return pipeline.start(request(calls))


@pytest.fixture(scope="module")
def folder(begun, tmp_path_factory):
    return pipeline.write_start(begun, tmp_path_factory.mktemp("begun") / "new")


def test_what_is_written_is_what_a_plan_reads(folder):
    wanted = scenario.read(folder / "scenario.toml")
    area = boundaries.read(wanted.area.boundary)
    assert wanted.purpose == "exercise"
    assert wanted.time_zone == ZONE
    assert sum(group.count for group in wanted.units) == 9
    assert {g.station for g in wanted.units} <= set(area.stations["name"])
    assert set(area.stations["name"]) == {"Station 1", "Station 2"}


def test_the_variant_differs_in_its_borders_alone(folder):
    base = scenario.read(folder / "scenario.toml").resolved()
    variant = scenario.read(folder / "bordered.toml").resolved()
    assert variant["allocation"].pop("mode") == "bordered"
    assert base["allocation"].pop("mode") == "borderless"
    for key in ("name", "question"):
        assert variant.pop(key) != base.pop(key)
    assert variant == base


def test_the_incidents_of_the_scenario_are_those_of_the_guess(folder, calls):
    wanted = scenario.read(folder / "scenario.toml")
    columns = incidents.TableColumns(**wanted.incidents.columns.model_dump())
    area = boundaries.read(wanted.area.boundary)
    read = incidents.read_table(
        calls, columns, within=area.outline, time_zone=wanted.time_zone
    )
    guessed = incidents.gather([calls], Asked(time_zone=ZONE)).reading(area.outline)
    assert len(read.incidents) > 1_900
    assert read.incidents["started_at"].tolist() == (
        guessed.incidents["started_at"].tolist()
    )
    assert read.incidents["category"].tolist() == (
        guessed.incidents["category"].tolist()
    )


def test_every_category_of_the_data_has_shares(folder, calls):
    wanted = scenario.read(folder / "scenario.toml")
    names = pd.read_csv(calls)["Offense"].unique()
    assert set(wanted.demand.categories) == {incidents.category_slug(n) for n in names}
    burglary = starting_responses.of("burglary").answer
    assert wanted.demand.categories["burglary"].on_scene_min == burglary["on_scene_min"]


def test_one_row_of_a_later_year_is_no_end_of_the_data(folder):
    wanted = scenario.read(folder / "scenario.toml")
    assert wanted.as_of == dt.date(2025, 6, 1)  # 132,000 minutes end on 31 May
    assert wanted.shift.starts_at == dt.datetime(2025, 6, 6, 20)
    assert wanted.shift.starts_at.weekday() == 4


def test_the_read_me_names_every_assumed_number_of_the_scenario(begun):
    wanted = tomllib.loads(begun.files["scenario.toml"])
    told = begun.files["README.md"]
    assert f"| {wanted['travel']['urban_kmh']} |" in told
    assert f"| {wanted['demand']['layers'][0]['per_day']:g} |" in told
    grades = [wanted["grades"][g]["urban_min"] for g in ("immediate", "priority")]
    assert f"{grades[0]}, {grades[1]}, 240 min" in told
    layer, spots = wanted["demand"]["layers"][0], wanted["hotspots"]
    answer = ("immediate", "priority", "routine", "on_scene_min", "units")
    assert f"| {', '.join(f'{layer[key]:g}' for key in answer)} |" in told
    assert f"| {spots['bandwidth_m']} m, {spots['area_share']:g} |" in told
    for key in ("detour", "setting_off_min"):
        assert f"{wanted['travel'][key]:g}" in told
    duty = wanted["duty"]
    assert f"{duty['briefing_min']}, {duty['close_down_min']} and" in told
    assert "made up" in told
    assert "no border of anything" in told
    assert "widget-tampering" in told  # of which nothing is known


def test_streets_name_places_without_their_doors(begun):
    rows = gpd.read_file(begun.files["boundary.geojson"])
    named = set(rows.loc[rows["kind"] == "place", "name"])
    assert named <= {"Oak Ave", "Elm Street", "Lake Drive"}
    assert named
    assert not any(re.search(r"\d", name) for name in named)


def test_a_street_of_few_incidents_is_not_named():
    points = [Point(-93.25 + k * 0.001, 44.95) for k in range(12)]
    names = ["On or near Long Road"] * 10 + ["On or near Short Road"] * 2
    frame = gpd.GeoDataFrame({"place": names}, geometry=points, crs=4326)
    found = starting_places.street_places(frame, hexes.cover(AREA, 8))
    assert found["name"].tolist() == ["Long Road"]
    assert found["population"].tolist() == [0]


def test_incidents_without_places_give_no_names():
    frame = gpd.GeoDataFrame(
        {"place": pd.Series([None] * 3, dtype="str")},
        geometry=[Point(-93.25, 44.95)] * 3,
        crs=4326,
    )
    assert starting_places.street_places(frame, hexes.cover(AREA, 8)).empty


def test_districts_and_beats_are_columns_of_a_boundary(calls, wards, tmp_path):
    stations = "Mill:44.97,-93.27;Lake:44.94,-93.22"
    begun = pipeline.start(
        request(
            calls, boundary=wards, districts="side", beats="ward", stations=stations
        )
    )
    area = boundaries.read(
        pipeline.write_start(begun, tmp_path / "x") / "boundary.geojson"
    )
    assert sorted(area.districts["name"]) == ["North", "South"]
    assert sorted(area.beats["name"]) == ["a", "b", "c", "d"]
    beat = area.beats.set_index("name")["district"]
    assert beat.to_dict() == {"a": "South", "b": "South", "c": "North", "d": "North"}
    assert area.stations["name"].tolist() == ["Mill", "Lake"]
    assert area.stations["beat"].tolist() == ["c", "b"]
    assert area.outline.area == pytest.approx(AREA.area, rel=1e-4)


def test_a_boundary_with_kinds_stays_as_it_is(calls, repository, tmp_path):
    rows = gpd.GeoDataFrame(
        {
            "kind": ["force", "beat", "beat", "station"],
            "name": ["City", "West", "East", "Mill"],
        },
        geometry=[
            AREA,
            box(-93.30, 44.93, -93.25, 44.99),
            box(-93.25, 44.93, -93.20, 44.99),
            Point(-93.27, 44.97),
        ],
        crs=4326,
    )
    path = tmp_path / "ours.geojson"
    rows.to_file(path)
    begun = pipeline.start(request(calls, boundary=path))
    found = gpd.read_file(begun.files["boundary.geojson"])
    kept = found[found["kind"] != "place"]
    assert kept["name"].tolist() == ["City", "West", "East", "Mill"]
    assert "those of the boundary file" in begun.words
    with pytest.raises(UsageError, match="leave out --districts"):
        pipeline.start(request(calls, boundary=path, districts="name"))


def test_the_footprint_leaves_out_what_lies_far_away():
    rng = np.random.default_rng(1)
    latitude = np.append(rng.uniform(44.95, 44.97, 3_000), rng.uniform(45, 46, 30))
    longitude = np.append(rng.uniform(-93.27, -93.25, 3_000), rng.uniform(-94, -93, 30))
    area = starting_ground.footprint(latitude, longitude, "City").area
    held = shapely.contains_xy(area, longitude, latitude)
    assert held[:3_000].all()
    assert held[3_000:].mean() < 0.1
    truth = gpd.GeoSeries([box(-93.27, 44.95, -93.25, 44.97)], crs=4326)
    square = truth.to_crs(26915).area.iloc[0] / 1e6
    assert square < starting_ground.area_km2(area) < 1.5 * square


@pytest.mark.parametrize(
    ("km2", "resolution"), [(3, 10), (160, 9), (4_800, 8), (40_000, 7), (900_000, 7)]
)
def test_hexes_suit_the_area(km2, resolution):
    assert starting_ground.resolution_for(km2) == resolution


def test_made_up_stations_are_the_best_of_all_choices():
    grid = hexes.cover(AREA, 7)
    rng = np.random.default_rng(2)
    count = rng.integers(0, 40, len(grid)).astype(np.float64)
    made = starting_stations.made_up(grid, count, AREA, n_stations=2)
    inside = [
        k
        for k in range(len(grid))
        if AREA.contains(Point(grid.longitude[k], grid.latitude[k]))
    ]

    def cost(sites):
        return sum(
            count[k]
            * min(
                math.hypot(grid.x_m[k] - grid.x_m[s], grid.y_m[k] - grid.y_m[s])
                for s in sites
            )
            for k in range(len(grid))
        )

    best = min(cost(pair) for pair in itertools.combinations(inside, 2))
    found = [
        int(np.hypot(grid.longitude - p.x, grid.latitude - p.y).argmin())
        for p in made.geometry
    ]
    assert cost(found) == pytest.approx(best)
    assert made["name"].tolist() == ["Station 1", "Station 2"]


def test_areas_of_stations_part_the_outline_and_hold_what_is_nearest():
    rng = np.random.default_rng(4)
    points = gpd.points_from_xy(
        rng.uniform(-93.29, -93.21, 5), rng.uniform(44.94, 44.98, 5)
    )
    stations = gpd.GeoDataFrame({"name": list("abcde")}, geometry=points, crs=4326)
    beats = starting_stations.areas(stations, AREA, "EPSG:26915")
    metric, at = beats.to_crs(26915), stations.to_crs(26915).geometry
    whole = gpd.GeoSeries([AREA], crs=4326).to_crs(26915)
    assert metric.area.sum() == pytest.approx(whole.area.iloc[0], rel=1e-6)
    for x, y in zip(
        rng.uniform(-93.29, -93.21, 40), rng.uniform(44.94, 44.98, 40), strict=True
    ):
        spot = gpd.GeoSeries([Point(x, y)], crs=4326).to_crs(26915).iloc[0]
        nearest = min(range(5), key=lambda k: spot.distance(at.iloc[k]))
        assert metric.geometry.iloc[nearest].distance(spot) < 1.0
    assert beats["name"].tolist()[0] == "a area"


@pytest.mark.parametrize("units", [1, 3, 7, 20])
def test_units_are_shared_out_by_the_largest_remainders(units):
    weight = np.array([50.0, 30.0, 20.0])
    shared = starting_stations.share_out(units, weight)
    assert sum(shared) == units
    if units >= 3:
        assert min(shared) >= 1
        spare = [n - 1 for n in shared]
        exact = [(units - 3) * w / 100 for w in weight]
        assert all(abs(n - e) < 1 for n, e in zip(spare, exact, strict=True))


def test_units_are_shared_evenly_where_nothing_was_recorded():
    assert starting_stations.share_out(4, np.zeros(2)) == [2, 2]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Mill 44.97,-93.27", "neither a file that there is nor Name:latitude"),
        (" ; ", "empty"),
        ("Mill:44.97,-93.27;Mill:44.95,-93.25", "two stations are named 'Mill'"),
        ("Mill:44.97,-93.27;Lake:44.97,-93.27", "'Lake' stands where another does"),
        ("Mill:144.97,-93.27", "no latitude and longitude in degrees"),
        ("Far:40.0,-93.27", "'Far' at latitude 40.0000.* is outside the area"),
    ],
)
def test_stations_that_cannot_be_are_refused(calls, text, sentence):
    with pytest.raises((UsageError, DataError), match=sentence):
        pipeline.start(request(calls, stations=text))


def test_stations_come_from_a_table_or_points(tmp_path):
    table = tmp_path / "stations.csv"
    table.write_text("Station,Lat,Lon\nMill,44.97,-93.27\nLake,44.94,-93.22\n")
    points = tmp_path / "stations.gpkg"
    gpd.GeoDataFrame(
        {"name": ["Mill", "Lake"]},
        geometry=[Point(-93.27, 44.97), Point(-93.22, 44.94)],
        crs=4326,
    ).to_crs(26915).to_file(points)
    text = "Mill:44.97,-93.27; Lake: 44.94 , -93.22"
    expected = starting_stations.read(text)
    for path in (table, points):
        found = starting_stations.read(str(path))
        assert found["name"].tolist() == expected["name"].tolist()
        assert found.geometry.x.tolist() == pytest.approx(expected.geometry.x.tolist())
        assert found.geometry.y.tolist() == pytest.approx(expected.geometry.y.tolist())
    table.write_text("Station,Lat\nMill,44.97\n")
    with pytest.raises(DataError, match="no column longitude"):
        starting_stations.read(str(table))


def test_codes_of_stations_are_short_and_differ():
    names = ["Station 1", "Station 2", "Mill", "Mill Hill", "Millbank", "Mild"]
    frame = gpd.GeoDataFrame({"name": names})
    codes = starting_stations.with_codes(frame)["code"].tolist()
    assert codes == ["S1", "S2", "MIL", "MH", "MIL2", "MIL3"]


def test_a_roster_gives_the_shift_and_is_copied(calls, tmp_path):
    duty = tmp_path / "duty.csv"
    duty.write_text(
        "unit_id,kind,home_station,starts_at,ends_at\n"
        "A1,response,Mill,2025-04-04T18:00,2025-04-05T02:00\n"
        "A2,response,Lake,2025-04-04T19:30,2025-04-05T03:30\n"
    )
    stations = "Mill:44.97,-93.27;Lake:44.94,-93.22"
    begun = pipeline.start(request(calls, units=None, roster=duty, stations=stations))
    wanted = scenario.read(
        pipeline.write_start(begun, tmp_path / "x") / "scenario.toml"
    )
    assert wanted.shift.starts_at == dt.datetime(2025, 4, 4, 18)
    assert wanted.shift.hours == 10
    assert wanted.as_of == dt.date(2025, 4, 4)  # nothing of the night is learnt
    assert (tmp_path / "x" / "roster.csv").read_text() == duty.read_text()
    with pytest.raises(UsageError, match="give --stations"):
        pipeline.start(request(calls, units=None, roster=duty))
    with pytest.raises(DataError, match="home_station of A2 is 'Lake'"):
        pipeline.start(
            request(calls, units=None, roster=duty, stations="Mill:44.97,-93.27")
        )


def test_a_roster_with_names_is_refused_by_its_own_name(calls, tmp_path):
    duty = tmp_path / "duty.csv"
    duty.write_text("unit_id,kind,home_station,starts_at,ends_at,officer_name\n")
    with pytest.raises(DataError, match=r"duty.csv has columns about persons"):
        pipeline.start(request(calls, units=None, roster=duty))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"units": None}, "either --roster"),
        ({"units": 0}, "--units must be from 1 to 500"),
        ({"hours": 25}, "--shift-hours must be"),
        ({"resolution": 3}, "--resolution must be"),
        ({"districts": "ward"}, "columns of --boundary"),
        ({"starts_at": "20:30"}, "no local time on the hour"),
        ({"starts_at": "soon"}, "no local time on the hour"),
        ({"starts_at": "2025-07-04T20:00+00:00"}, "no local time on the hour"),
    ],
)
def test_what_does_not_go_together_is_refused(calls, given, sentence):
    with pytest.raises(UsageError, match=sentence):
        pipeline.start(request(calls, **given))


def test_a_shift_is_on_the_day_or_at_the_time_that_is_asked_for():
    end = dt.date(2025, 6, 1)
    day = starting_times.shift("2025-07-04T21:00", None, end, None, ZONE)
    assert (day.starts_at, day.hours) == (dt.datetime(2025, 7, 4, 21), 8)
    time = starting_times.shift("07:00", 12, end, None, ZONE)
    assert (time.starts_at, time.hours) == (dt.datetime(2025, 6, 6, 7), 12)


def test_incidents_without_a_time_are_refused(tmp_path):
    path = tmp_path / "where.csv"
    path.write_text("lon,lat,type\n" + "-93.25,44.95,Theft\n" * 3)
    with pytest.raises(DataError, match="no column of time"):
        pipeline.start(request(path))


def test_a_boundary_without_the_column_names_those_there_are(calls, wards):
    with pytest.raises(
        DataError, match="no column 'borough': there are 'side', 'ward'"
    ):
        pipeline.start(request(calls, boundary=wards, districts="borough"))


def test_hundreds_of_categories_are_put_together_as_the_reader_does():
    names = [f"larceny-{k}" for k in range(20)] + [f"robbery-{k}" for k in range(10)]
    names += ["robbery-firearm", "weapon-carried", "zoning"]
    words = starting_responses.grouping(names)
    assert list(words) == [
        "robbery",
        "possession-of-weapons",
        "other-theft",
        "other-crime",
    ]
    frame = pd.DataFrame(
        {"month": "2025-01", "lon": -93.25, "lat": 44.95, "kind": names}
    )
    columns = incidents.TableColumns(
        month="month",
        longitude="lon",
        latitude="lat",
        category="kind",
        category_words=words,
    )
    read = incidents.read_frame(frame, columns, within=None, time_zone=ZONE)
    found = read.incidents["category"].value_counts().to_dict()
    assert found == {
        "other-theft": 20,
        "robbery": 11,
        "possession-of-weapons": 1,
        "other-crime": 1,
    }


def test_few_categories_stay_as_they_are():
    assert starting_responses.grouping(["a", "b"]) == {}


def test_shares_of_every_category_add_up_to_at_most_one():
    for name in [*starting_responses.WORDS, "nothing-known-of-it"]:
        values = starting_responses.of(name).answer
        assert sum(values[g] for g in ("immediate", "priority", "routine")) <= 1
    assert starting_responses.of("zoning").kind == ""
    assert "'larceny'" in starting_responses.of("larceny-over-500").why


def test_work_is_what_the_shares_make_of_the_calls():
    begun = starting_files.Beginning(
        title="X",
        slug="x",
        time_zone=ZONE,
        resolution=9,
        area_km2=100.0,
        as_of=dt.date(2025, 1, 1),
        starts_at=dt.datetime(2025, 1, 3, 20),
        hours=8,
        incidents="x.csv",
        columns=None,
        counts={"burglary": 30, "zoning": 10},
        per_day=100.0,
        units={"a": 4},
    )
    by_hand = (
        75 * (0.12 + 0.33 + 0.30) * 75 * 1.2
        + 25 * (0.10 + 0.25 + 0.20) * 60
        + 80 * (0.2 + 0.4 + 0.15) * 55 * 1.2
    )
    assert begun.unrecorded_per_day == 80
    assert begun.work_h == pytest.approx(by_hand / 60 * 8 / 24)
    assert begun.half_busy == round(begun.work_h / 4)
    assert begun.town  # 30 a month and square kilometre
    assert begun.speed_kmh == 32


def test_texts_of_the_data_cannot_break_the_scenario(calls, tmp_path):
    odd = tmp_path / 'odd "name"\\.csv'
    odd.write_bytes(calls.read_bytes())
    begun = pipeline.start(request(odd, name='A "quoted"\nname = "x"'))
    wanted = tomllib.loads(begun.files["scenario.toml"])
    assert wanted["incidents"]["path"] == odd.as_posix()
    assert wanted["name"] == "a-quoted-name-x"


def test_a_taken_folder_is_refused_or_set_aside(begun, tmp_path):
    folder = tmp_path / "force"
    folder.mkdir()
    pipeline.write_start(begun, folder)  # an empty folder may be taken
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        pipeline.write_start(begun, folder)
    pipeline.write_start(begun, folder, force=True)
    assert (tmp_path / "force.before-1" / "mine.txt").read_text() == "mine"
    assert sorted(p.name for p in folder.iterdir()) == sorted(begun.files)


def test_a_folder_that_cannot_be_written_leaves_nothing(begun, tmp_path):
    taken = tmp_path / "file"
    taken.write_text("x")
    with pytest.raises(DataError, match="cannot be written"):
        pipeline.write_start(begun, taken / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_the_same_inputs_give_the_same_files(calls, begun):
    assert pipeline.start(request(calls)).files == begun.files


@pytest.mark.data
def test_the_city_of_london_begins_with_its_gap_and_its_outline(real_data, tmp_path):
    begun = pipeline.start(
        pipeline.StartRequest(incidents=real_data / "city-of-london", units=4)
    )
    folder = pipeline.write_start(begun, tmp_path / "city")
    wanted = scenario.read(folder / "scenario.toml")
    area = boundaries.read(wanted.area.boundary)
    assert wanted.name == "city-of-london"
    assert wanted.time_zone == "Europe/London"
    assert wanted.as_of == dt.date(2025, 1, 1)
    assert wanted.area.resolution == 10
    assert 2.9 < starting_ground.area_km2(area.outline) < 4.5  # the City has 2.9 km²
    assert "25, 2021-12 to 2023-12" in begun.files["README.md"]
    assert "Cannon Street" in set(area.places["name"])


@pytest.mark.data
def test_st_louis_begins_with_fifteen_of_its_376_categories(real_data, tmp_path):
    path = real_data / "timed-incidents" / "st_louis_slmpd_2015_2019.csv.gz"
    begun = pipeline.start(
        pipeline.StartRequest(
            incidents=path, units=16, asked=Asked(time_zone=ZONE), name="St Louis"
        )
    )
    folder = pipeline.write_start(begun, tmp_path / "city")
    wanted = scenario.read(folder / "scenario.toml")
    assert len(wanted.demand.categories) == 15
    assert wanted.as_of == dt.date(2020, 1, 1)
    area = boundaries.read(wanted.area.boundary)
    assert 140 < starting_ground.area_km2(area.outline) < 180  # 171 with its water
    assert "6,055 withdrawn" in begun.files["README.md"]  # Count = -1 and its pairs


def test_days_and_times_that_stand_apart_are_read_by_the_scenario_too(tmp_path):
    path = tmp_path / "apart.csv"
    rows = "".join(
        f"{1 + k % 28:02d}/0{1 + k % 3}/2025,{k % 24:02d}:15,Theft,"
        f"{-93.25 + 0.0002 * (k % 50):.4f},{44.95 + 0.0002 * (k % 40):.4f}\n"
        for k in range(1_200)
    )
    path.write_text("date,time,type,lon,lat\n" + rows)
    begun = pipeline.start(request(path, units=2))
    folder = pipeline.write_start(begun, tmp_path / "x")
    wanted = scenario.read(folder / "scenario.toml").incidents.columns
    assert wanted.time_of_day == "time"
    columns = incidents.TableColumns(**wanted.model_dump())
    read = incidents.read_table(path, columns, within=None, time_zone=ZONE)
    local = read.incidents["started_at"].dt.tz_convert(ZONE)
    assert set(local.dt.minute) == {15}
    assert set(local.dt.hour) == set(range(24))


@pytest.mark.data
def test_the_city_of_london_plans_to_the_end(real_data, tmp_path):
    begun = pipeline.start(
        pipeline.StartRequest(incidents=real_data / "city-of-london", units=4)
    )
    path = pipeline.write_start(begun, tmp_path / "city") / "scenario.toml"
    quick = path.read_text(encoding="utf-8").replace("shifts = 400", "shifts = 40")
    path.write_text(quick.replace('"mixture"', '"naive"'), encoding="utf-8")
    run = pipeline.plan(scenario.read(path))
    assert len(run.record["data"]["missing_months"]) == 25
    assert run.plan["grid_ref"].str.match(r"T[LQ] \d{3} \d{3}").all()
    late = run.scores.set_index(["plan", "measure", "group"])["simulated"]
    immediate = late.xs(("late", "immediate"), level=("measure", "group"))
    assert immediate["borderless"] < immediate["bordered"]
