import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import demand
from geoalloc.demand import Casework, InvestigationModel, OpenCases
from geoalloc.demand.outlook import ALL
from geoalloc.errors import DataError

CASEWORK = {
    "burglary": Casework(hours=8.0, screened_out=0.25, pip=1),
    "robbery": Casework(hours=20.0, screened_out=0.0, pip=2),
}


def outlook_of(means, alpha=0.01, months=("2026-11", "2026-12")):
    """An outlook of means by category and district, the same each month."""
    rows = [
        {
            "month": month,
            "category": category,
            "district": district,
            "lead": lead + 1,
            "mean": mean,
            "alpha": alpha,
            "discovered": False,
        }
        for lead, month in enumerate(months)
        for category, by_district in means.items()
        for district, mean in (by_district | {ALL: sum(by_district.values())}).items()
    ]
    frame = pd.DataFrame(rows)
    return demand.Outlook(
        frame=frame, past=frame, backtest=frame, explanations={}, notes=()
    )


AHEAD = outlook_of(
    {
        "anti-social-behaviour": {"East": 500.0, "West": 300.0},
        "burglary": {"East": 40.0, "West": 60.0},
        "robbery": {"East": 10.0, "West": 5.0},
    }
)
MODEL = InvestigationModel(
    casework=CASEWORK,
    open_cases=[
        OpenCases(district="West", pip=2, cases=12, hours_left=30.0),
        OpenCases(district="East", pip=3, cases=1, hours_left=600.0),
    ],
    worked_off_months=2,
)


def total(found, month="2026-11", district=ALL, pip=0):
    table = found.totals.set_index(["month", "district", "pip"])
    return table.loc[(month, district, pip)]


def test_hours_are_crimes_not_screened_out_times_hours_and_open_cases_by_hand():
    found = demand.investigations(AHEAD, MODEL)
    assert total(found, district="West", pip=1)["hours"] == 60 * 0.75 * 8
    assert total(found, district="West", pip=2)["hours"] == 5 * 20 + 12 * 30 / 2
    assert total(found, district="East", pip=3)["hours"] == 600 / 2
    assert total(found)["hours"] == 100 * 6 + 15 * 20 + 180 + 300
    assert total(found)["officers"] == total(found)["hours"] / 100


def test_anti_social_behaviour_is_no_crime():
    found = demand.investigations(AHEAD, MODEL)
    assert "anti-social-behaviour" not in set(found.frame["category"])
    assert (
        "Anti-social behavior is no crime: none of it is investigated." in found.notes
    )
    with pytest.raises(DataError, match="anti-social-behaviour is no crime"):
        InvestigationModel(
            casework={"anti-social-behaviour": Casework(hours=1, screened_out=0, pip=1)}
        )


def test_crimes_are_either_screened_out_or_investigated():
    frame = demand.investigations(AHEAD, MODEL).frame
    inflow = frame[frame["source"] == "inflow"]
    sums = inflow["screened_out"] + inflow["investigated"]
    assert sums.to_numpy() == pytest.approx(inflow["crimes"].to_numpy())


def test_totals_are_the_sums_of_the_frame():
    found = demand.investigations(AHEAD, MODEL)
    by_level = found.frame.groupby(["month", "district", "pip"])["hours"].sum()
    for (month, district, pip), hours in by_level.items():
        assert total(found, month, district, pip)["hours"] == pytest.approx(hours)
    table = found.totals
    levels = table[table["pip"] > 0].groupby(["month", "district"])["hours"].sum()
    whole = table[table["pip"] == 0].set_index(["month", "district"])["hours"]
    pd.testing.assert_series_equal(levels.sort_index(), whole.sort_index())


def test_open_cases_are_worked_off_in_the_months_given_and_then_gone():
    ahead = outlook_of({"burglary": {"West": 1.0}}, months=("a", "b", "c"))
    model = dataclasses.replace(
        MODEL,
        open_cases=[OpenCases(district="West", pip=2, cases=12, hours_left=30.0)],
    )
    frame = demand.investigations(ahead, model).frame
    of_open = frame[frame["source"] == "open cases"]
    assert of_open["month"].tolist() == ["a", "b"]
    assert of_open["hours"].sum() == 360
    assert of_open["investigated"].sum() == 12


def test_intervals_are_those_of_drawn_cases():
    ahead = outlook_of({"burglary": {"West": 30.0}}, alpha=0.04, months=("a",))
    model = InvestigationModel(casework=CASEWORK, error=0.1)
    found = total(demand.investigations(ahead, model), "a")
    generator = np.random.default_rng(1)
    n = 40_000
    rate = 30 * generator.gamma(25, 1 / 25, n)
    cases = generator.poisson(rate * 0.75)
    hours = np.where(cases > 0, generator.gamma(np.maximum(cases, 1), 8.0), 0.0)
    drawn = hours * (1 + 0.1 * generator.normal(size=n))
    assert found["hours"] == pytest.approx(drawn.mean(), rel=0.02)
    for share in (50, 80, 95):
        low, high = np.quantile(drawn, [0.5 - share / 200, 0.5 + share / 200])
        assert found[f"low_{share}"] == pytest.approx(low, rel=0.06)
        assert found[f"high_{share}"] == pytest.approx(high, rel=0.06)


def test_all_screened_out_leaves_no_hours():
    none = {"burglary": Casework(hours=8.0, screened_out=1.0, pip=1)}
    ahead = outlook_of({"burglary": {"West": 30.0}})
    found = demand.investigations(ahead, InvestigationModel(casework=none))
    assert (found.totals[["hours", "low_95", "high_95"]] == 0).all(axis=None)


def test_assumed_casework_is_flagged_where_the_force_gives_none():
    ahead = outlook_of({"burglary": {"West": 30.0}, "robbery": {"West": 3.0}})
    own = {"burglary": CASEWORK["burglary"]}
    found = demand.investigations(ahead, InvestigationModel(casework=own))
    assumed = found.frame.groupby("category")["assumed"].all()
    assert assumed.to_dict() == {"burglary": False, "robbery": True}
    assert any("not figures of a force, for robbery" in note for note in found.notes)
    assert all(work.assumed for work in demand.ASSUMED_CASEWORK.values())


def test_a_category_without_casework_is_left_out_by_name():
    ahead = outlook_of({"burglary": {"West": 1.0}, "arson": {"West": 1.0}})
    found = demand.investigations(ahead, InvestigationModel(casework={}))
    assert set(found.frame["category"]) == {"burglary"}
    assert "No casework is given for arson: left out." in found.notes


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Casework(hours=0, screened_out=0, pip=1), "hours of a crime"),
        (lambda: Casework(hours=1, screened_out=1.2, pip=1), "screened_out must be"),
        (lambda: Casework(hours=1, screened_out=0, pip=4), "PIP level must be 1, 2 or"),
        (
            lambda: OpenCases(district="West", pip=1, cases=-1, hours_left=1),
            "cases of open cases in West must be 0 or more",
        ),
        (
            lambda: OpenCases(district="West", pip=1, cases=1, hours_left=np.nan),
            "hours_left of open cases in West",
        ),
        (
            lambda: InvestigationModel(casework={}, worked_off_months=0),
            "worked_off_months must be at least 1",
        ),
        (lambda: InvestigationModel(casework={}, error=2.0), "error must be from 0"),
        (
            lambda: InvestigationModel(casework={}, officer_hours=0),
            "officer_hours must be above 0",
        ),
    ],
)
def test_impossible_casework_is_refused(make, message):
    with pytest.raises(DataError, match=message):
        make()


def test_open_cases_of_an_unknown_district_are_refused():
    model = dataclasses.replace(
        MODEL, open_cases=[OpenCases(district="North", pip=1, cases=1, hours_left=1)]
    )
    with pytest.raises(DataError, match="open cases name the district 'North'"):
        demand.investigations(AHEAD, model)


def test_an_outlook_of_no_crime_has_no_investigation():
    ahead = outlook_of({"anti-social-behaviour": {"West": 1.0}})
    with pytest.raises(DataError, match="no category of the outlook has casework"):
        demand.investigations(ahead, InvestigationModel(casework={}))
