import json

import numpy as np
import pandas as pd
import pytest

from geoalloc.incidents import TableColumns, quality, read_frame, read_police_uk
from tests import naive_incidents as naive
from tests.incidents.conftest import street

A, B, C = ("", "2018-01"), ("b", "2018-01"), ("c", "2018-03")


@pytest.fixture
def figures(write, area):
    """Figures of a file whose every row is known."""
    rows = [
        *[(*A, -2.5, 51.5, "On or near Supermarket", "Anti-social behaviour")] * 6,
        (*B, -2.5, 51.6, "On or near Hospital", "Burglary"),
        (*B, -2.5, 51.6, "On or near Hospital", "Burglary"),
        (*B, "", "", "No Location", "Burglary"),
        ("d", "2018-01", "", "", "No Location", "Burglary"),
        ("e", "2018-01", 0.5, 51.5, "On or near Quay", "Burglary"),
        (*C, -2.5, 51.7, "On or near Mill Lane", "Drugs"),
    ]
    path = write({"2018-01-a-street.csv": street(*rows)})
    return quality(read_police_uk(path, within=area))


def test_figures_are_json(figures):
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_rows_are_accounted_for(figures):
    assert (figures["rows"], figures["used"]) == (12, 8)
    assert figures["rejected"] == {
        "duplicate: a copy": 1,
        "duplicate: without coordinates": 1,
        "no coordinates": 1,
        "outside the area": 1,
    }
    assert figures["duplicates"] == {
        "a copy": 1,
        "without coordinates": 1,
        "at another place": 0,
    }
    assert figures["outside_area"] == 1


def test_located_share_leaves_duplicates_aside(figures):
    share = {row["category"]: row["located_share"] for row in figures["categories"]}
    assert share == pytest.approx(
        {"anti-social-behaviour": 1, "burglary": 2 / 3, "drugs": 1}
    )


def test_missing_and_thin_months_are_named(figures):
    assert figures["months"] == {
        "rows": {"2018-01": 11, "2018-02": 0, "2018-03": 1},
        "missing": ["2018-02"],
        "thin": ["2018-03"],
    }


def test_snap_points_are_measured(figures):
    places = figures["places"]
    assert places["unique"] == 3
    assert places["largest"]["rows"] == 6
    assert places["largest"]["place"] == "On or near Supermarket"
    assert places["rows_per_place"] == pytest.approx(8 / 3)
    assert places["shared_share"] == pytest.approx(6 / 8)
    expected = naive.nearest_m([(-2.5, 51.5), (-2.5, 51.6), (-2.5, 51.7)])
    assert places["median_spacing_m"] == pytest.approx(np.median(expected))


def test_generic_places_are_counted(figures):
    assert figures["generic_places"] == {
        "rows": 7,
        "share": 7 / 8,
        "institution_rows": 1,
        "names": {"Supermarket": 6, "Hospital": 1},
    }


def test_spacing_agrees_with_the_great_circle():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"X": rng.uniform(-3, -2, 60), "Y": rng.uniform(51, 52, 60)})
    frame["T"] = "2018-01-01 10:00"
    columns = TableColumns(started_at="T", longitude="X", latitude="Y")
    places = quality(read_frame(frame, columns, within=None))["places"]
    expected = naive.nearest_m(list(zip(frame["X"], frame["Y"], strict=True)))
    assert places["median_spacing_m"] == pytest.approx(np.median(expected))
    assert places["p90_spacing_m"] == pytest.approx(np.quantile(expected, 0.9))


def test_default_times_show_as_spikes_and_round_hours_do_not():
    rng = np.random.default_rng(0)
    minutes = rng.integers(0, 1440, 4000)
    minutes[:1500] -= minutes[:1500] % 60  # people round to the hour
    minutes[:200] = 1
    times = pd.Timestamp("2018-07-02") + pd.to_timedelta(minutes, unit="min")
    frame = pd.DataFrame({"T": times, "X": -2.5, "Y": 51.5})
    columns = TableColumns(started_at="T", longitude="X", latitude="Y")
    figures = quality(read_frame(frame, columns, within=None))
    at_one = int((minutes == 1).sum())
    assert figures["times"]["spikes"] == {"00:01": at_one}
    assert figures["places"]["median_spacing_m"] is None
    assert figures["timed"]


@pytest.mark.data
def test_real_files_have_the_figures_that_are_known(real_data, tmp_path):
    for path in (real_data / "avon-and-somerset/street").glob("2019-0[5-9]-*"):
        (tmp_path / path.name).symlink_to(path)
    figures = quality(read_police_uk(tmp_path, within=None))
    assert figures["months"]["missing"] == ["2019-07"]
    assert figures["used"] + sum(figures["rejected"].values()) == figures["rows"]
    share = {row["category"]: row["located_share"] for row in figures["categories"]}
    assert share["anti-social-behaviour"] > 0.999
    assert min(share, key=share.get) == "drugs"
    assert 0.1 < figures["generic_places"]["share"] < 0.25
