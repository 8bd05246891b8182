"""The files beside a map: opened by what will open them, marked, and reproducible."""

import base64
import dataclasses
import json
import re
import sqlite3
import zlib
from importlib.resources import files
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geoalloc import pipeline, runs
from geoalloc.runs import devices, exports, qgis
from geoalloc.runs.scale import COLORS

GPX = "{http://www.topografix.com/GPX/1/1}"
SE, OGC = "{http://www.opengis.net/se}", "{http://www.opengis.net/ogc}"
SLD = "{http://www.opengis.net/sld}"
MARKED = "OFFICIAL - EXERCISE - SYNTHETIC"


def styles(path):
    """Rows of the table of styles, by layer, as GDAL reads them."""
    table = pyogrio.read_dataframe(path, layer="layer_styles")
    return table.set_index("f_table_name")


def payload(page):
    text = re.search(r'<script type="text/plain"[^>]*>([^<]*)</script>', page)[1]
    return json.loads(zlib.decompress(base64.b64decode(text)))


@pytest.mark.parametrize("profile", ["operational", "briefing", "public"])
def test_two_releases_of_one_run_are_the_same_bytes(
    run_folder, released, profile, tmp_path
):
    again = pipeline.release(
        run_folder, pipeline.ReleaseRequest(profile=profile), tmp_path / "again"
    ).folder
    for path in sorted(released[profile].iterdir()):
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


@pytest.mark.parametrize("profile", ["operational", "briefing", "public"])
def test_every_file_is_marked(released, profile):
    marked = "OFFICIAL - SYNTHETIC" if profile == "public" else MARKED
    for path in sorted(released[profile].iterdir()):
        if path.suffix == ".gpkg":
            names = [name for name, _ in pyogrio.list_layers(path)]
            for name in set(names) - {"layer_styles"}:
                told = pyogrio.read_info(path, layer=name)["layer_metadata"]
                assert told == {"MARKING": marked}
        elif path.suffix == ".geoparquet":
            assert set(gpd.read_parquet(path)["marking"]) == {marked}
        elif path.suffix == ".csv":
            read = pd.read_csv(path, encoding="utf-8-sig")
            assert set(read["marking"]) <= {marked}
            assert "marking" in read
        elif path.suffix in (".gpx", ".geojson"):
            assert marked in path.read_text(encoding="utf-8")
    assert '"marking": "OFFICIAL"' in (released[profile] / "release.json").read_text()


def test_a_briefing_has_no_column_of_unmet_demand(released):
    whole = pd.read_csv(released["operational"] / "hexes.csv", encoding="utf-8-sig")
    cut = pd.read_csv(released["briefing"] / "hexes.csv", encoding="utf-8-sig")
    assert set(whole) - set(cut) == {"unmet"}
    layers = [n for n, _ in pyogrio.list_layers(released["briefing"] / "plan.gpkg")]
    assert layers == ["posts", "beats", "hexes", "layer_styles"]


def test_a_hex_tells_what_the_frames_of_the_run_tell(toy_run, released):
    table = pd.read_csv(released["operational"] / "hexes.csv", encoding="utf-8-sig")
    sums = toy_run.demand[["incidents", "low", "high"]].sum()
    assert table["expected"].sum() == pytest.approx(sums["incidents"], rel=1e-4)
    assert table["low"].sum() == pytest.approx(sums["low"], rel=1e-4)
    assert table["unmet"].sum() == pytest.approx(toy_run.cover["unmet"].sum(), rel=1e-4)
    k = int(table["expected"].argmax())
    ids = toy_run.hexes["hex_id"].iloc[k]
    rows = toy_run.cover[
        (toy_run.cover["hex_id"] == ids) & (toy_run.cover["grade"] == "immediate")
    ]
    assert table["first_unit"][k] in set(rows["first_unit"].mode())
    assert table["wait_min"][k] == pytest.approx(rows["wait_min"].mean(), rel=1e-4)


@pytest.mark.parametrize("profile", ["operational", "briefing", "public"])
def test_the_geopackage_opens_with_a_style_for_each_layer(released, profile):
    path = released[profile] / ("public.gpkg" if profile == "public" else "plan.gpkg")
    found = styles(path)
    for name, kind in pyogrio.list_layers(path):
        if name == "layer_styles":
            assert kind is None
            continue
        assert found.loc[name, "useAsDefault"]
        column = found.loc[name, "f_geometry_column"]
        assert column == pyogrio.read_info(path, layer=name)["geometry_name"]
        assert found.loc[name, "f_table_schema"] == ""
    with sqlite3.connect(path) as base:
        kinds = dict(base.execute("select table_name, data_type from gpkg_contents"))
        columns = [row[1] for row in base.execute("pragma table_info(layer_styles)")]
    base.close()
    assert kinds["layer_styles"] == "attributes"
    assert columns == [
        "id",
        "f_table_catalog",
        "f_table_schema",
        "f_table_name",
        "f_geometry_column",
        "styleName",
        "styleQML",
        "styleSLD",
        "useAsDefault",
        "description",
        "owner",
        "ui",
        "update_time",
    ]


def test_hexes_are_graded_by_the_breaks_and_colors_of_the_map(released):
    style = styles(released["operational"] / "plan.gpkg").loc["hexes"]
    page = (released["operational"] / "map.html").read_text(encoding="utf-8")
    classes = payload(page)["demand"]["classes"]
    renderer = ET.fromstring(style["styleQML"]).find("renderer-v2")
    assert renderer.get("type") == "graduatedSymbol"
    ranges = renderer.findall("ranges/range")
    lower = [float(one.get("lower")) for one in ranges]
    upper = [float(one.get("upper")) for one in ranges]
    assert lower == [0.0, *classes["breaks"]]
    assert upper[:-1] == classes["breaks"]
    assert [one.get("label") for one in ranges] == classes["labels"]
    table = pyogrio.read_dataframe(released["operational"] / "plan.gpkg", layer="hexes")
    assert renderer.get("attr") in table
    assert table[renderer.get("attr")].max() < upper[-1]
    colors = []
    for one in ranges:
        symbol = renderer.find(f"symbols/symbol[@name='{one.get('symbol')}']")
        assert symbol.get("type") == "fill"
        values = {p.get("k"): p.get("v") for p in symbol.findall("layer/prop")}
        options = symbol.findall("layer/Option/Option")
        assert values == {o.get("name"): o.get("value") for o in options}
        red, green, blue, _ = map(int, values["color"].split(","))
        colors.append(f"#{red:02x}{green:02x}{blue:02x}")
    assert tuple(colors) == COLORS[-len(ranges) :]


def test_the_map_of_a_gis_and_of_the_web_have_the_same_colors():
    grounds = (files("geoalloc.maps") / "grounds.js").read_text(encoding="utf-8")
    five = re.search(r"five: \[(.*?)\]", grounds)[1]
    assert tuple(re.findall(r"#[0-9a-f]{6}", five)) == COLORS


def test_the_styled_layer_descriptor_says_the_same_as_the_qgis_style(released):
    style = styles(released["operational"] / "plan.gpkg").loc["hexes"]
    root = ET.fromstring(style["styleSLD"])
    assert root.tag == f"{SLD}StyledLayerDescriptor"
    assert root.get("version") == "1.1.0"
    assert root.find(f"{SLD}NamedLayer/{SE}Name").text == "hexes"
    rules = root.findall(f".//{SE}Rule")
    ranges = ET.fromstring(style["styleQML"]).findall("renderer-v2/ranges/range")
    assert len(rules) == len(ranges) > 2
    for rule, one in zip(rules, ranges, strict=True):
        both = rule.find(f"{OGC}Filter/{OGC}And")
        assert [test.tag for test in both] == [
            f"{OGC}PropertyIsGreaterThanOrEqualTo",
            f"{OGC}PropertyIsLessThan",
        ]
        ends = [float(test.find(f"{OGC}Literal").text) for test in both]
        assert ends == [float(one.get("lower")), float(one.get("upper"))]
        fill = rule.find(f"{SE}PolygonSymbolizer/{SE}Fill/{SE}SvgParameter")
        assert fill.get("name") == "fill"
        assert re.fullmatch("#[0-9a-f]{6}", fill.text)


def test_units_have_a_shape_for_each_kind_and_beats_are_outlines(released):
    found = styles(released["operational"] / "plan.gpkg")
    posts = ET.fromstring(found.loc["posts", "styleQML"])
    entries = posts.findall("renderer-v2/categories/category")
    assert [one.get("value") for one in entries] == ["pcso", "response"]
    shapes = posts.findall(".//symbol[@type='marker']/layer/prop[@k='name']")
    assert len({one.get("v") for one in shapes}) == 2
    beats = ET.fromstring(found.loc["beats", "styleQML"])
    assert beats.find("renderer-v2").get("type") == "singleSymbol"
    assert beats.find(".//prop[@k='style']").get("v") == "no"
    for style in (posts, beats):
        assert style.get("labelsEnabled") == "1"
        named = style.find("labeling/settings/text-style")
        assert named.get("fieldName") == "unit_id"


@pytest.mark.parametrize("profile", ["operational", "public"])
def test_the_parquet_is_geoparquet_with_a_box_for_each_hex(released, profile):
    path = released[profile] / "hexes.geoparquet"
    geo = json.loads(pq.read_schema(path).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    column = geo["columns"][geo["primary_column"]]
    assert column["encoding"] == "WKB"
    assert "Polygon" in column["geometry_types"]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    frame = gpd.read_parquet(path)
    assert frame.crs == "EPSG:4326"
    np.testing.assert_allclose(column["bbox"], frame.total_bounds)
    west, south, east, north = frame.total_bounds
    part = (west, south, (west + east) / 2, north)
    chosen = gpd.read_parquet(path, bbox=part)
    assert 0 < len(chosen) < len(frame)
    assert frame["hex_id"].dtype == np.uint64


def test_a_run_folder_holds_the_operational_exports(run_folder):
    frame = gpd.read_parquet(run_folder / "plan-hexes.geoparquet")
    assert "unmet" in frame
    assert (run_folder / "posts.gpx").exists()
    assert (run_folder / "posts.geojson").exists()
    assert len(styles(run_folder / "plan.gpkg")) == 4


def test_waypoints_are_valid_gpx(toy_run, released):
    text = (released["operational"] / "posts.gpx").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.tag == f"{GPX}gpx"
    assert root.get("version") == "1.1"
    assert root.get("creator").startswith("geoalloc ")
    # The schema has one order of elements, and these types of their attributes.
    assert [child.tag for child in root] == [f"{GPX}metadata"] + [f"{GPX}wpt"] * (
        len(root) - 1
    )
    assert [child.tag for child in root[0]] == [f"{GPX}name", f"{GPX}desc"]
    allowed = [f"{GPX}{name}" for name in ("name", "cmt", "desc", "src", "sym", "type")]
    for point in root.findall(f"{GPX}wpt"):
        assert set(point.attrib) == {"lat", "lon"}
        assert -90 <= float(point.get("lat")) <= 90
        assert -180 <= float(point.get("lon")) < 180
        tags = [child.tag for child in point]
        assert tags == sorted(tags, key=allowed.index)
    names = [point.find(f"{GPX}name").text for point in root.findall(f"{GPX}wpt")]
    for row in toy_run.posts.itertuples():
        assert f"{row.unit_id}, {row.post}" in names


def test_characters_that_xml_cannot_hold_are_replaced(toy_run, tmp_path):
    bad = "a\x00b\x1bc<d>&\ufffe"
    run = dataclasses.replace(toy_run, plan=toy_run.plan.assign(post=bad))
    root = ET.fromstring(devices.gpx(run))
    names = {point.find(f"{GPX}name").text for point in root.findall(f"{GPX}wpt")}
    assert {name.split(", ")[1] for name in names} == {"a\ufffdb\ufffdc<d>&\ufffd"}
    style = qgis.kinds("posts", "kind", [bad], "unit_id")
    for text in (qgis.qml(style), qgis.sld(style)):
        assert "\x00" not in text
        ET.fromstring(text)


def test_gdal_reads_the_waypoints_at_the_posts(toy_run, released):
    points = pyogrio.read_dataframe(
        released["operational"] / "posts.gpx", layer="waypoints"
    )
    at = dict(zip(points["name"], points.geometry, strict=True))
    for row in toy_run.posts.itertuples():
        found = at[f"{row.unit_id}, {row.post}"]
        assert shapely.distance(found, row.geometry) < 2e-5


def test_posts_for_a_device_are_geojson(toy_run, released):
    path = released["briefing"] / "posts.geojson"
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["type"] == "FeatureCollection"
    assert told["marking"] == MARKED
    assert "crs" not in told  # as RFC 7946 asks
    frame = gpd.read_file(path)
    assert set(frame["unit_id"]) == set(toy_run.posts["unit_id"])
    assert frame.crs == "EPSG:4326"


def test_stays_follow_the_timetable(toy_run):
    run = dataclasses.replace(toy_run, plan=moved(toy_run.plan))
    unit = toy_run.plan["unit_id"].min()
    found = devices.stays(run)
    mine = found[found["unit_id"] == unit]
    assert mine["times"].tolist() == ["20:00-21:00, 22:00-23:00", "21:00-22:00"]
    assert mine["post"].iloc[1] == "Elsewhere"


def moved(plan):
    """The first unit spends its second hour elsewhere."""
    plan = plan.sort_values(["unit_id", "period"]).reset_index(drop=True)
    plan = plan.assign(activity="post")
    plan.loc[[0, 2], ["post", "post_hex", "grid_ref"]] = plan.loc[
        0, ["post", "post_hex", "grid_ref"]
    ].to_list()
    plan.loc[1, "post"] = "Elsewhere"
    return plan


def test_tables_run_no_cell_in_a_spreadsheet(toy_run, tmp_path):
    bad = "=cmd|' /C calc'!A0"
    posts = toy_run.posts.assign(home_station=bad)
    run = dataclasses.replace(
        toy_run,
        posts=posts,
        plan=toy_run.plan.assign(home_station=bad, reason="@SUM(A1)"),
        hexes=toy_run.hexes.assign(place="+1+1", district="-2"),
    )
    exports.export_plan(run, tmp_path)
    exports.export_public(runs.public(run), tmp_path)
    for path in tmp_path.glob("*.csv"):
        read = pd.read_csv(path, encoding="utf-8-sig", dtype="str")
        for name in read.select_dtypes("str"):
            texts = read[name].dropna()
            texts = texts[pd.to_numeric(texts, errors="coerce").isna()]
            assert not texts.str.match(r"^[=+\-@\t\r]").any(), (path.name, name)
