import numpy as np
import pandas as pd
import pytest

from geoalloc.evaluation import equity
from geoalloc.evaluation.outcomes import Ratio
from geoalloc.evaluation.samples import Samples

N = 40
LATE = {
    "district": {"East": 0.30, "West": 0.10, "Isle": 0.90, "": 0.50},
    "decile": {"1": 0.40, "2": 0.20, "10": 0.05, "unknown": 0.60},
    "decile of harm": {"1": 0.15, "2": 0.25},
}
CALLS = {"Isle": 0.4}  # a shift; of the others 20


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(5)
    measures = {}
    for grouping, groups in LATE.items():
        for group, share in groups.items():
            mean = CALLS.get(group, 20.0)
            called = rng.poisson(mean, N).astype(np.float64)
            late = rng.binomial(called.astype(int), share).astype(np.float64)
            for grade in ("immediate", "all"):
                key = f"{grouping} {group}, {grade}"
                ones = np.ones(N)
                measures["calls", key] = Ratio(part=called, whole=ones)
                measures["late_share", key] = Ratio(part=late, whole=called, most=1.0)
                waited = called * (5.0 + 10 * share)
                measures["response_mean_min", key] = Ratio(part=waited, whole=called)
    measures["late_share", "immediate"] = measures["late_share", "district East, all"]
    return Samples(measures=measures, n_shifts=N)


def test_names_are_sorted_as_people_do():
    names = ["10", "2", "unknown", "1", "Zeal", "3 (4 to 5)", "Area 12", "Area 3"]
    expected = ["1", "2", "3 (4 to 5)", "10", "Area 3", "Area 12", "Zeal", "unknown"]
    assert equity.in_order(names * 2) == expected


def test_figures_of_groups_are_those_of_the_samples(samples):
    frame = equity.group_figures(samples, LATE)
    assert frame["measure"].value_counts().to_dict() == {
        "late_share": 10,
        "response_min": 10,
    }
    for row in frame.itertuples():
        group = (
            "" if row.group == "unknown" and row.grouping == "district" else row.group
        )
        name = {"response_min": "response_mean_min"}.get(row.measure, row.measure)
        one = samples.measures[name, f"{row.grouping} {group}, immediate"]
        assert row.value == one.part.sum() / one.whole.sum()
        # An interval of the ratio by linearization (Cochran, 1977), by hand.
        apart = (one.part - row.value * one.whole) / one.whole.mean()
        half = 1.96 * apart.std(ddof=1) / np.sqrt(N)
        assert row.low == pytest.approx(max(row.value - half, 0.0))
        assert row.high == pytest.approx(min(row.value + half, one.most))


def test_groups_of_figures_are_in_natural_order(samples):
    frame = equity.group_figures(samples, LATE)
    decile = frame[frame["grouping"] == "decile"]["group"]
    assert decile.drop_duplicates().tolist() == ["1", "2", "10", "unknown"]
    assert frame["grouping"].unique().tolist() == list(LATE)


def test_a_grouping_named_like_the_start_of_another_keeps_its_own(samples):
    frame = equity.group_figures(samples, LATE)
    harm = frame[frame["grouping"] == "decile of harm"]
    assert harm["group"].unique().tolist() == ["1", "2"]
    only = equity.group_figures(samples, ["decile of harm"])
    pd.testing.assert_frame_equal(only, harm.reset_index(drop=True))


def test_no_sample_gives_no_figure():
    frame = equity.group_figures(Samples(measures={}, n_shifts=3), ["district"])
    assert frame.empty
    assert frame["value"].dtype == "float64"


def test_small_and_unknown_groups_have_no_part_in_a_disparity(samples):
    assert equity.small_groups(samples, LATE) == {
        "district": ["Isle", "unknown"],
        "decile": ["unknown"],
        "decile of harm": [],
    }
    found = equity.disparities(samples, LATE).set_index(["grouping", "measure"])
    assert found.loc[("district", "late_share"), ["worst", "best"]].tolist() == [
        "East",
        "West",
    ]
    assert found.loc[("decile", "late_share"), ["worst", "best"]].tolist() == [
        "1",
        "10",
    ]
    assert found.index.tolist() == [
        (grouping, measure)
        for grouping in LATE
        for measure in ("late_share", "response_min")
    ]


def test_a_disparity_is_the_worst_over_the_best(samples):
    found = equity.disparities(samples, ["district"]).set_index("measure")
    for measure in ("late_share", "response_mean_min"):
        east, west = (
            samples.measures[measure, f"district {g}, immediate"].value
            for g in ("East", "West")
        )
        row = found.loc[measure.replace("mean_", "")]
        assert row["ratio"] == pytest.approx(east / west)
        assert row["low"] <= row["ratio"] <= row["high"]
    assert found.loc["late_share", "low"] > 1


def test_one_group_alone_has_no_disparity(samples):
    kept = {k: v for k, v in samples.measures.items() if "West" not in k[1]}
    assert equity.disparities(Samples(measures=kept, n_shifts=N), ["district"]).empty


def told(values):
    rows = [
        ("district", group, measure, value)
        for group, figures in values.items()
        for measure, value in figures.items()
    ]
    return pd.DataFrame(rows, columns=["grouping", "group", "measure", "value"])


def test_of_cover_and_patrol_less_is_worse():
    frame = told(
        {
            "A": {
                "incidents": 9.0,
                "covered_share": 0.9,
                "patrol_min_per_incident": 4.0,
            },
            "B": {
                "incidents": 5.0,
                "covered_share": 0.6,
                "patrol_min_per_incident": 0.0,
            },
            "C": {
                "incidents": 0.5,
                "covered_share": 0.1,
                "patrol_min_per_incident": 9.0,
            },
            "unknown": {
                "incidents": 9.0,
                "covered_share": 0.2,
                "patrol_min_per_incident": 9.0,
            },
        }
    )
    found = equity.plain_disparities(frame).set_index("measure")
    cover = found.loc["covered_share"]
    assert cover[["worst", "best"]].tolist() == ["B", "A"]
    assert cover["ratio"] == pytest.approx(1.5)
    assert np.isnan(cover[["low", "high"]].astype(float)).all()
    patrol = found.loc["patrol_min_per_incident"]
    assert patrol[["worst", "best"]].tolist() == ["B", "A"]
    assert np.isnan(patrol["ratio"])  # of nothing there is no ratio
    assert "patrol_min_per_1000_people" not in found.index


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (24.0, "for 24 officer-hours, 12 lost against the base"),
        (40.0, "for 40 officer-hours, 4 gained against the base"),
        (36.2, "for 36 officer-hours, as in the base"),
    ],
)
def test_visible_hours_lost_are_told_and_their_worth_is_not(hours, words):
    base = told({"A": {"visible_h": 30.0}, "B": {"visible_h": 6.0}})
    other = told({"A": {"visible_h": hours - 1}, "B": {"visible_h": 1.0}})
    twice = pd.concat([other, other.assign(grouping="setting")])
    sentence = equity.visible_hours(twice, base)
    assert words in sentence
    assert sentence.endswith("what they achieve by it is not measured.")
    assert equity.visible_hours(told({"A": {"people": 1.0}}), base) == ""


def compared(worst_with=0.22):
    columns = ["scenario", "measure", "group", "base_value", "value", "difference"]
    rows = [
        ("cap", "late_share", "district B, immediate", 0.35, worst_with, -0.13),
        ("cap", "late_share", "district C, immediate", 0.60, 0.1, -0.5),
        ("cap", "unmet", "all", 9.0, 9.8, 0.8),
        ("other", "unmet", "all", 9.0, 1.0, -8.0),
    ]
    frame = pd.DataFrame(rows, columns=columns)
    frame["low"], frame["high"] = frame["difference"] - 0.1, frame["difference"] + 0.1
    return frame


def base_groups():
    groups = told(
        {
            "A": {"incidents": 50.0, "late_share": 0.2},
            "B": {"incidents": 20.0, "late_share": 0.35},
            "C": {"incidents": 0.3, "late_share": 0.6},  # too small to be told of
            "unknown": {"incidents": 3.0, "late_share": 0.9},
        }
    )
    return groups.assign(scenario="base")


def test_the_price_of_a_cap_is_told_beside_what_it_gains_the_worst_off():
    told_ = equity.price_of_cap(
        compared(), base_groups(), scenario="cap", base="base", grouping="district"
    )
    assert told_ == (
        "cap: in B, the worst served district of the base, 35.0% of immediate calls "
        "are late without the cap and 22.0% with it (-13.0, 95 % interval -23.0 to "
        "-3.0 percentage points); over the whole force it costs +0.8, 95 % interval "
        "+0.7 to +0.9 late calls a shift, by the weights of their grades."
    )


def test_a_price_is_not_told_of_what_is_not_known():
    asked = {"scenario": "cap", "base": "base", "grouping": "district"}
    for changed in ({"scenario": "none"}, {"grouping": "beat"}, {"base": "none"}):
        told_ = equity.price_of_cap(compared(), base_groups(), **(asked | changed))
        assert told_ == ""
