import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare

from geoalloc.errors import DataError
from geoalloc.incidents import Asked, gather, inspect
from geoalloc.incidents.integrity_rows import spans
from tests.incidents.conftest import street


def police(write, rows):
    """Write months of data.police.uk from (id, month, x, y, place, category)."""
    files: dict[str, list] = {}
    for row in rows:
        files.setdefault(f"{row[1]}-a-street.csv", []).append(row)
    return write({name: street(*there) for name, there in files.items()})


def months(n: int, first: str = "2018-01") -> list[str]:
    return [str(month) for month in pd.period_range(first, periods=n, freq="M")]


def inspected(path, within=None, **asked):
    paths = [path]
    return inspect(gather(paths, Asked(**asked)), within, paths=paths)


def item(figures, key):
    return next(each for each in figures["items"] if each["key"] == key)


def plain(n_months=8, n=120, seed=0, *, first="2018-01", left=-2.6):
    """Months of burglary and drugs on 60 shared points, all in order."""
    rng = np.random.default_rng(seed)
    return [
        (
            f"{month}-{left}-{i}",
            month,
            round(left + 0.001 * int(rng.integers(60)), 4),
            51.5,
            "On or near Mill Lane",
            ("Burglary", "Drugs")[i % 2],
        )
        for month in months(n_months, first)
        for i in range(n)
    ]


def calls(n=2000, seed=0):
    """Frame of timed calls, ready to be spoilt."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2021-01-01") + pd.to_timedelta(
        rng.integers(0, 120 * 1440, n), unit="min"
    )
    return pd.DataFrame(
        {
            "id": [f"c{i}" for i in range(n)],
            "started_at": start.sort_values(),
            "longitude": rng.uniform(-2.6, -2.5, n).round(5),
            "latitude": rng.uniform(51.4, 51.5, n).round(5),
            "category": rng.choice(["theft", "assault"], n),
        }
    )


def saved(frame, tmp_path):
    path = tmp_path / "calls.csv"
    frame.to_csv(path, index=False, date_format="%Y-%m-%d %H:%M")
    return path


def test_files_in_order_are_good(write, area):
    figures = inspected(police(write, plain()), area)
    grades = {each["key"]: each["grade"] for each in figures["items"]}
    assert grades.pop("lag") == grades.pop("default_times") == "unknown"
    # Sixty points of 960 incidents are few, so that one of them holds 2 %.
    assert grades.pop("places") == "watch"
    assert set(grades.values()) == {"good"}
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_items_come_worst_first_and_say_what_to_do(write, area):
    rows = [*plain(), ("x", "2019-06", "", "", "No Location", "Drugs")]
    figures = inspected(police(write, rows), area)
    order = [each["grade"] for each in figures["items"]]
    rank = ["poor", "watch", "unknown", "good"]
    assert order == sorted(order, key=rank.index)
    assert all(each["finding"] and each["rule"] for each in figures["items"])
    assert all(each["action"] for each in figures["items"])


def test_missing_coordinates_are_counted_by_category_and_month(write, area):
    rows = [
        (*row[:2], "", "", "No Location", row[5])
        if row[5] == "Drugs" and row[1] == "2018-03" and i % 4 == 1
        else row
        for i, row in enumerate(plain())
    ]
    found = item(inspected(police(write, rows), area), "coordinates")
    gone = sum(row[2] == "" for row in rows)
    drugs = sum(row[5] == "Drugs" for row in rows)
    by = {row["category"]: row for row in found["figures"]["categories"]}
    assert by["drugs"]["unlocated"] == gone == 30
    assert by["drugs"]["share"] == pytest.approx(gone / drugs)
    assert by["burglary"]["unlocated"] == 0
    assert found["figures"]["months"]["2018-03"] == pytest.approx(gone / 120)
    cell = found["figures"]["category_months"]["drugs"]
    assert cell["2018-03"] == pytest.approx(gone / 60)
    assert cell["2018-04"] == 0
    # By hand: drugs are half of all, and (480 - 30) of (960 - 30) located.
    assert by["drugs"]["mix"] == pytest.approx(0.5)
    assert by["drugs"]["mix_located"] == pytest.approx(450 / 930)
    assert found["figures"]["mix_moved"] == pytest.approx(0.5 - 450 / 930)
    assert found["grade"] == "poor"  # a quarter of a month


def test_copies_are_not_gaps_in_the_coordinates(write, area):
    rows = plain()
    copies = [(*row[:2], "", "", "No Location", row[5]) for row in rows[:12]]
    figures = inspected(police(write, rows + copies), area)
    assert item(figures, "coordinates")["figures"]["unlocated"] == 0
    assert item(figures, "duplicates")["figures"]["without coordinates"] == 12


def test_duplicates_at_another_place_are_poor_sooner_than_copies(write, area):
    rows = plain()
    copies = inspected(police(write, rows + rows[:8]), area)
    assert item(copies, "duplicates")["grade"] == "good"
    moved = [(*row[:2], -2.1, 51.9, *row[4:]) for row in rows[:8]]
    elsewhere = inspected(police(write, rows + moved), area)
    assert item(elsewhere, "duplicates")["grade"] == "watch"
    assert item(elsewhere, "duplicates")["figures"]["at another place"] == 8


def test_equal_rows_without_an_id_are_told_and_kept(write, area):
    asb = ("", "2018-01", -2.6, 51.5, "On or near Mill Lane", "Anti-social behaviour")
    figures = inspected(police(write, plain() + [asb] * 5), area)
    assert item(figures, "duplicates")["figures"]["equal_rows_without_id"] == 4
    assert figures["used"] == 960 + 5


def test_missing_and_thin_months_are_named_as_spans(write, area):
    rows = [row for row in plain(12) if row[1] not in ("2018-04", "2018-05", "2018-08")]
    rows = [row for i, row in enumerate(rows) if row[1] != "2018-10" or i % 3 == 0]
    found = item(inspected(police(write, rows), area), "months")
    assert found["figures"]["missing"] == ["2018-04", "2018-05", "2018-08"]
    assert found["figures"]["thin"] == ["2018-10"]
    assert "2018-04 to 2018-05, 2018-08 (3 of 12)" in found["finding"]
    assert found["grade"] == "poor"


def test_spans_join_months_over_the_turn_of_the_year():
    assert spans(["2019-07", "2020-12", "2021-01", "2021-03"]) == (
        "2019-07, 2020-12 to 2021-01, 2021-03"
    )


def test_a_month_on_new_points_is_named(write, area):
    rows = plain(10) + plain(5, first="2018-11", left=-2.3)
    found = item(inspected(police(write, rows), area), "rebuilds")
    assert [each["month"] for each in found["figures"]["breaks"]] == ["2018-11"]
    assert found["figures"]["breaks"][0]["share"] == 0
    after = [month for month in found["figures"]["months"] if month > "2018-11"]
    assert after == ["2019-02", "2019-03"]  # counting begins anew
    assert found["grade"] == "poor"
    assert "2018-11" in found["action"]


def test_share_of_places_seen_agrees_with_sets(write, area):
    rows = [row for row in plain(8, n=55, seed=3) if row[2] != -2.6]
    rows = [
        (*r[:2], r[2], round(51.5 + 0.001 * (i % 7), 4), *r[4:])
        for i, r in enumerate(rows)
    ]
    found = item(inspected(police(write, rows), area), "rebuilds")["figures"]["months"]
    by_month: dict[str, set] = {}
    for row in rows:
        by_month.setdefault(row[1], set()).add(row[2:4])
    large = [month for month in sorted(by_month) if len(by_month[month]) >= 50]
    expected = {}
    for i, month in enumerate(large):
        if i >= 3:
            before = set().union(*(by_month[m] for m in large[max(0, i - 12) : i]))
            expected[month] = len(by_month[month] & before) / len(by_month[month])
    assert found == pytest.approx(expected)


def test_points_of_their_own_cannot_show_a_rebuild(tmp_path):
    found = item(inspected(saved(calls(), tmp_path)), "rebuilds")
    assert found["grade"] == "unknown"
    assert found["figures"]["breaks"] == []


def test_a_shift_of_category_is_named_with_its_effect(write, area):
    rows = [
        (*row[:5], "Burglary") if row[1] >= "2018-05" and i % 4 == 1 else row
        for i, row in enumerate(plain())
    ]
    found = item(inspected(police(write, rows), area), "shifts")
    assert [each["month"] for each in found["figures"]["shifts"]] == ["2018-05"]
    shift = found["figures"]["shifts"][0]
    # By hand: 60 and 60 before, 90 and 30 after.
    pooled = np.array([150, 90]) / 240
    chi2 = sum(
        chisquare(there, 120 * pooled).statistic for there in ([60, 60], [90, 30])
    )
    assert shift["effect"] == pytest.approx(np.sqrt(chi2 / 240))
    assert (shift["from"], shift["to"]) == (0.5, 0.75)
    assert found["grade"] == "watch"


def test_chance_alone_is_no_shift(write, area):
    rng = np.random.default_rng(1)
    names = ("Burglary", "Drugs", "Robbery")
    rows = [(*row[:5], names[rng.integers(3)]) for row in plain(12)]
    assert item(inspected(police(write, rows), area), "shifts")["grade"] == "good"


def test_lag_is_from_start_to_report(tmp_path):
    frame = calls(1000)
    days = np.r_[np.full(600, 0.5), np.full(300, 10.0), np.full(100, 40.0)]
    frame["reported_at"] = frame["started_at"] + pd.to_timedelta(days, unit="D")
    found = item(inspected(saved(frame, tmp_path)), "lag")
    assert found["figures"]["median_days"] == pytest.approx(0.5)
    assert found["figures"]["late_share"] == pytest.approx(0.1)
    assert found["figures"]["by"] == "reported time"
    assert found["grade"] == "watch"
    assert "12 hours" in found["finding"]


def test_lag_to_a_month_of_record_is_at_least_what_is_told(tmp_path):
    frame = calls(1000).assign(month="2021-04")
    found = item(inspected(saved(frame, tmp_path)), "lag")
    opens = pd.Timestamp("2021-04-01")
    late = (opens - frame["started_at"]) > pd.Timedelta(28, "D")
    same = (frame["started_at"] >= opens).mean()
    assert found["figures"]["same_month_share"] == pytest.approx(same)
    assert found["figures"]["late_share"] == pytest.approx(late.mean())
    assert "at least" in found["finding"]


def test_default_times_are_graded_by_how_many_there_are(tmp_path):
    frame = calls(4000)
    days = frame["started_at"].dt.normalize()
    frame.loc[::10, "started_at"] = days[::10] + pd.Timedelta(1, "min")
    found = item(inspected(saved(frame, tmp_path)), "default_times")
    assert list(found["figures"]["minutes"]) == ["00:01"]
    assert found["figures"]["excess_share"] == pytest.approx(0.1, abs=0.01)
    assert found["grade"] == "poor"


def test_dates_years_from_all_others_are_implausible_and_no_gap(tmp_path):
    frame = calls()
    frame.loc[0, "started_at"] = pd.Timestamp("1950-01-01 10:00")
    figures = inspected(saved(frame, tmp_path))
    found = item(figures, "dates")
    assert found["figures"]["rows"]["years from all others"] == 1
    assert item(figures, "months")["figures"]["missing"] == []


def test_the_first_of_the_month_can_stand_in_for_unknown_days(tmp_path):
    frame = calls()
    moved = frame["started_at"].iloc[::5].dt.to_period("M").dt.to_timestamp()
    frame.loc[::5, "started_at"] = moved + pd.Timedelta(13, "h")
    found = item(inspected(saved(frame, tmp_path)), "dates")
    assert found["figures"]["first_of_month"]["heaped"]
    assert found["grade"] == "watch"
    assert "first of a month" in found["finding"]


def test_where_rows_without_coordinates_are_is_told_by_the_area_named(tmp_path):
    frame = calls().assign(district=["north", "south"] * 1000)
    frame.loc[frame.index[:400:2], ["longitude", "latitude"]] = np.nan
    areas = item(inspected(saved(frame, tmp_path)), "coordinates")["figures"]["areas"]
    assert areas["column"] == "district"
    assert areas["most"] == {"area": "north", "share": pytest.approx(0.2)}
    # By hand: 1,000 each, 800 and 1,000 located.
    assert areas["moved"] == pytest.approx(0.5 - 800 / 1800)


def test_rows_that_count_several_keep_their_area(tmp_path):
    frame = calls(200).assign(district=["north", "south"] * 100)
    frame["count"] = [3, 1] * 100
    frame.loc[frame.index[:40:2], ["longitude", "latitude"]] = np.nan
    areas = item(inspected(saved(frame, tmp_path)), "coordinates")["figures"]["areas"]
    assert areas["most"] == {"area": "north", "share": pytest.approx(60 / 300)}


def test_without_an_area_outside_is_unknown(write, area):
    path = police(write, [*plain(), ("far", "2018-01", 0.5, 51.5, "x", "Drugs")])
    assert item(inspected(path), "outside")["grade"] == "unknown"
    found = item(inspected(path, area), "outside")
    assert found["figures"]["rows"] == 1
    assert found["grade"] == "good"


def test_a_heap_on_one_point_is_poor(tmp_path):
    frame = calls()
    frame.loc[:199, ["longitude", "latitude"]] = (-2.55, 51.45)
    found = item(inspected(saved(frame, tmp_path)), "places")
    assert found["figures"]["largest_share"] == pytest.approx(0.1)
    assert found["grade"] == "poor"


def test_a_single_row_is_inspected(tmp_path):
    figures = inspected(saved(calls(1), tmp_path))
    assert figures["used"] == 1
    assert len(figures["items"]) == 10


def test_files_of_which_no_row_can_be_used_are_refused(tmp_path):
    frame = calls(5).assign(longitude="", latitude="")
    with pytest.raises(DataError, match="none of the 5 rows"):
        inspected(saved(frame, tmp_path))


@pytest.mark.data
def test_the_real_files_show_what_is_known_of_them(real_data):
    figures = inspected(real_data / "avon-and-somerset/street")
    assert figures["rows"] == 734_541
    found = item(figures, "months")["figures"]["missing"]
    assert {"2019-07", "2025-05", "2025-07"} < set(found)
    assert len(found) == 93 - 51
    breaks = item(figures, "rebuilds")["figures"]["breaks"]
    assert [each["month"] for each in breaks] == ["2025-01"]
    unlocated = item(figures, "coordinates")["figures"]
    assert unlocated["months"]["2025-06"] == pytest.approx(0.171, abs=0.005)
    by = {row["category"]: row["share"] for row in unlocated["categories"]}
    assert by["drugs"] == pytest.approx(0.18, abs=0.01)
