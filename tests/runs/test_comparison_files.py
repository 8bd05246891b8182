import dataclasses
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from geoalloc import hexes
from geoalloc.errors import DataError, UsageError
from geoalloc.runs import comparison_files as files
from geoalloc.runs import comparison_gis as gis
from geoalloc.runs import comparison_scale as scale
from tests.compared_scenarios import make_comparison

MARKED = "OFFICIAL-SENSITIVE - EXERCISE - SYNTHETIC"


@pytest.fixture(scope="module")
def comparison():
    return make_comparison()


@pytest.fixture(scope="module")
def folder(comparison, tmp_path_factory):
    target = tmp_path_factory.mktemp("out") / "compare"
    products = {"comparison.html": "<p>page</p>", "comparison.pdf": b"%PDF"}
    return files.write_comparison(comparison, target, products)


def test_a_folder_is_named_by_what_is_compared():
    path = files.comparison_folder("friday-late", "0a1b2c3d")
    assert path.as_posix() == "out/compare-friday-late-0a1b2c3d"


def test_what_is_written_comes_back_equal(comparison, folder):
    again = files.read_comparison(folder)
    assert again.record == comparison.record
    for each in dataclasses.fields(comparison):
        if each.name in ("record", "cells"):
            continue
        frame = getattr(comparison, each.name).reset_index(drop=True)
        pd.testing.assert_frame_equal(
            pd.DataFrame(frame),
            pd.DataFrame(getattr(again, each.name)),
            check_exact=True,
        )
    pd.testing.assert_frame_equal(
        comparison.cells.reset_index(drop=True), again.cells, rtol=1e-7
    )
    assert again.areas.crs == comparison.areas.crs


def test_products_lie_beside_the_frames(folder):
    assert (folder / "comparison.html").read_text() == "<p>page</p>\n"
    assert (folder / "comparison.pdf").read_bytes() == b"%PDF"
    assert json.loads((folder / "record.json").read_text())["run_id"] == "0a1b2c3d"


@pytest.mark.parametrize("name", ["scenarios", "differences", "groups"])
def test_tables_for_a_spreadsheet_are_marked(comparison, folder, name):
    assert (folder / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(folder / f"{name}.csv")
    assert set(table["marking"]) == {MARKED}
    assert len(table) == len(getattr(comparison, name))


def test_no_cell_of_a_table_is_a_formula(tmp_path):
    hostile = make_comparison(text="=cmd|' /C calc'!A0")
    folder = files.write_comparison(hostile, tmp_path / "a", {})
    for name in ("scenarios", "differences"):
        table = pd.read_csv(folder / f"{name}.csv", dtype="str").fillna("")
        assert not table.apply(lambda column: column.str.startswith("=")).any().any()


def test_two_runs_write_the_same_bytes(comparison, folder, tmp_path):
    again = files.write_comparison(comparison, tmp_path / "again", {})
    for path in sorted(again.iterdir()):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_another_thing_of_that_name_is_kept(comparison, tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    (target / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        files.write_comparison(comparison, target, {})
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    files.write_comparison(comparison, target, {}, force=True)
    assert (tmp_path / "mine.before-1" / "notes.txt").read_text() == "mine"


def test_a_failure_leaves_nothing_behind(comparison, tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        files.write_comparison(comparison, tmp_path / "new", {"no/such/folder": "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def copied(folder, tmp_path):
    target = tmp_path / "copy"
    target.mkdir()
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    return target


def test_a_folder_without_a_record_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"there is no record of a comparison"):
        files.read_comparison(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"run_id": "a"}', '"x"'])
def test_another_record_is_refused(copied, text):
    (copied / "record.json").write_text(text)
    with pytest.raises(DataError, match="record"):
        files.read_comparison(copied)


def test_a_record_that_is_not_whole_is_refused(copied):
    record = json.loads((copied / "record.json").read_text())
    del record["base"]
    (copied / "record.json").write_text(json.dumps(record))
    with pytest.raises(DataError, match="it has no base"):
        files.read_comparison(copied)


@pytest.mark.parametrize("name", ["cells.parquet", "areas.parquet", "curve.parquet"])
def test_a_missing_or_broken_frame_is_refused(copied, name):
    (copied / name).write_bytes(b"PAR1 not at all")
    with pytest.raises(DataError, match="is not a whole comparison"):
        files.read_comparison(copied)
    (copied / name).unlink()
    with pytest.raises(DataError, match="is not a whole comparison"):
        files.read_comparison(copied)


def test_a_frame_without_a_column_is_refused(copied):
    frame = pd.read_parquet(copied / "cells.parquet").drop(columns="unmet")
    frame.to_parquet(copied / "cells.parquet")
    with pytest.raises(DataError, match=r"cells.parquet has no column unmet"):
        files.read_comparison(copied)


def test_files_carry_a_day_of_the_data_and_not_today(comparison):
    record = comparison.record
    base = record["scenarios"]["friday-late"] | {"scenario": {"as_of": "2026-01-09"}}
    told = record | {"scenarios": record["scenarios"] | {"friday-late": base}}
    assert files.day_of(told) == "2026-01-09"
    assert files.day_of(told | {"as_of": "2025-05-05T00:00"}) == "2025-05-05"
    assert files.day_of(record) == "2000-01-01"


def test_columns_of_scenarios_are_plain_and_differ():
    names = ["Friday late!", "friday-late", "FRIDAY_LATE", "\u2014", "9 to 5", ""]
    found = gis.columns_of(names)
    assert list(found) == names
    assert len({column.lower() for column in found.values()}) == len(names)
    assert all(
        (column.isascii() and column.isidentifier()) or column[0] == "9"
        for column in found.values()
    )
    assert found["Friday late!"] == "friday_late"


def test_hexes_of_the_geopackage_hold_every_scenario(comparison, folder):
    layer = gpd.read_file(folder / "comparison.gpkg", layer="hexes")
    ids = comparison.hexes["hex_id"].to_numpy()
    assert layer["hex_id"].tolist() == hexes.to_strings(ids)
    base = comparison.cells[comparison.cells["scenario"] == "friday-late"]
    for name in scale.planned(comparison)[1:]:
        column = name.replace("-", "_")
        cells = comparison.cells[comparison.cells["scenario"] == name]
        np.testing.assert_allclose(layer[f"unmet_{column}"], cells["unmet"])
        np.testing.assert_allclose(
            layer[f"diff_{column}"],
            cells["unmet"].to_numpy() - base["unmet"].to_numpy(),
        )
    assert "diff_friday_late" not in layer
    assert layer.geometry.iloc[0].equals_exact(hexes.polygons(ids[:1])[0], 1e-12)


def test_posts_of_the_geopackage_are_points_of_each_scenario(comparison, folder):
    layer = gpd.read_file(folder / "comparison.gpkg", layer="posts")
    assert layer["unit_id"].tolist() == comparison.posts["unit_id"].tolist()
    np.testing.assert_allclose(layer.geometry.x, comparison.posts["longitude"])


def test_each_layer_is_marked_and_opens_in_one_style(comparison, folder):
    path = folder / "comparison.gpkg"
    for name in ("hexes", "posts"):
        told = pyogrio.read_info(path, layer=name)["layer_metadata"]
        assert told["MARKING"] == MARKED
    styles = pyogrio.read_dataframe(path, layer="layer_styles")
    opened = styles[styles["useAsDefault"].astype(bool)]
    assert sorted(opened["f_table_name"]) == ["hexes", "posts"]
    n = len(scale.planned(comparison))
    assert len(styles) == 1 + n + (n - 1)
    assert styles["styleName"].is_unique


def test_classes_of_a_change_cover_every_hex_and_lie_about_zero(comparison):
    surface = scale.surfaces(comparison)["unmet"]
    style = gis.change_classes("a", "diff_a", surface, default=True)
    lows = [rule.low for rule in style.rules]
    highs = [rule.high for rule in style.rules]
    assert lows == sorted(lows)
    assert lows[1:] == highs[:-1]
    assert lows == [-high for high in highs[::-1]]
    assert lows[0] < np.nanmin(surface.changes)
    assert highs[-1] > np.nanmax(surface.changes)
    assert [rule.fill for rule in style.rules] == [
        *scale.LESS[::-1],
        scale.NEUTRAL,
        *scale.MORE,
    ]


def test_without_any_change_one_class_is_left(comparison):
    surface = dataclasses.replace(
        scale.surfaces(comparison)["unmet"], change_breaks=(), most_change=0.0
    )
    style = gis.change_classes("a", "diff_a", surface, default=True)
    assert [rule.fill for rule in style.rules] == [scale.NEUTRAL]


def test_nothing_planned_can_be_written(comparison, tmp_path):
    frames = {
        name: getattr(comparison, name).iloc[:0]
        for name in ("figures", "differences", "groups", "disparities", "curve")
    }
    lost = comparison.scenarios.assign(status="infeasible")
    nothing = dataclasses.replace(
        comparison,
        scenarios=lost,
        cells=comparison.cells.iloc[:0],
        posts=comparison.posts.iloc[:0],
        **frames,
    )
    folder = files.write_comparison(nothing, tmp_path / "none", {})
    assert files.read_comparison(folder).cells.empty
