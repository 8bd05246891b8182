"""Trends: exact tails by brute force, error rate by simulation, figures by hand."""

import numpy as np
import pytest

from geoalloc.briefing import trend as trends_of
from geoalloc.briefing.trend import holm, trend, trends, whole_months
from geoalloc.errors import DataError
from tests import naive_briefing as naive
from tests.briefing.conftest import MONTHS, changed, counted, hotspot_rows, with_record

EVEN = np.full(12, 20.0)


@pytest.mark.parametrize(
    ("recent", "earlier"), [(3, 4), (2, 0), (0, 2), (5, 3), (10, 7)]
)
def test_p_value_is_twice_the_smaller_binomial_tail(recent, earlier):
    # The same in each month, so that the months vary less than Poisson counts do.
    found = trend(np.full(6, float(recent)), np.full(6, float(earlier)))
    x, n = 6 * recent, 6 * (recent + earlier)
    assert found.dispersion == 1.0
    assert found.p_value == pytest.approx(naive.p_value(x, n, 0.5), rel=1e-9)


def test_months_of_other_lengths_shift_the_even_share():
    days = np.column_stack([np.full(8, 31.0), np.full(8, 28.0)])
    found = trend(np.full(8, 9.0), np.full(8, 6.0), days)
    share = 31 / 59
    assert found.p_value == pytest.approx(naive.p_value(72, 120, share), rel=1e-9)
    assert found.ratio == pytest.approx(72 / 48 * 28 / 31)


def test_interval_is_of_the_shares_that_leave_a_fortieth_in_each_tail():
    found = trend(np.full(12, 4.0), np.full(12, 2.0))
    low, high = (r / (1 + r) for r in (found.low, found.high))
    assert naive.upper_tail(48, 72, low) == pytest.approx(0.025, rel=1e-6)
    assert 1 - naive.upper_tail(49, 72, high) == pytest.approx(0.025, rel=1e-6)
    assert found.ratio == pytest.approx(2.0)


def test_dispersion_is_pearsons_square_of_the_pairs_about_their_ratio():
    recent = np.array([30.0, 10, 30, 10, 30, 10, 30, 10, 30, 10, 30, 10])
    earlier = np.full(12, 20.0)
    found = trend(recent, earlier)
    # A half of 50 is 25 and of 30 is 15: each is off by 5.
    square = 6 * 25 / (50 / 4) + 6 * 25 / (30 / 4)
    assert found.dispersion == pytest.approx(square / 11)


def test_months_that_vary_more_make_a_change_less_certain():
    swing = np.array([15.0, -15] * 6)
    calm = trend(np.full(12, 30.0), EVEN)
    wild = trend(np.full(12, 30.0) + swing, EVEN - swing)
    assert calm.direction == "up"
    assert wild.dispersion > 2
    assert wild.p_value > calm.p_value
    assert wild.high - wild.low > calm.high - calm.low


@pytest.mark.parametrize("shape", [None, 4.0])
def test_without_a_change_fewer_than_one_in_twenty_are_called_one(shape):
    random = np.random.default_rng(7)
    season = 20.0 * (1.0 + 0.5 * np.sin(np.arange(12)))
    wrong = 0
    for _ in range(400):
        rates = np.stack([season, season])
        if shape is not None:  # negative binomial: gamma times Poisson
            rates = rates * random.gamma(shape, 1.0 / shape, rates.shape)
        recent, earlier = random.poisson(rates)
        wrong += trend(recent, earlier).direction is not None
    # Of 400 at one in twenty, more than 32 come in 1 of 200 trials.
    assert wrong <= 32


def test_a_test_blind_to_dispersion_would_err_more_often():
    random = np.random.default_rng(7)
    rates = 20.0 * random.gamma(4.0, 0.25, (200, 2, 12))
    counts = random.poisson(rates)
    blind = [
        naive.p_value(int(a.sum()), int((a + b).sum()), 0.5) < 0.05 for a, b in counts
    ]
    assert sum(blind) > 60


def test_a_real_change_is_found_and_its_direction_is_told():
    random = np.random.default_rng(3)
    recent, earlier = random.poisson(30.0, 12), random.poisson(18.0, 12)
    found = trend(recent, earlier)
    assert found.direction == "up"
    assert trend(earlier, recent).direction == "down"
    assert found.low < 30 / 18 < found.high
    assert found.sentence.startswith("up ")
    assert "same 12 months a year before" in found.sentence


def test_of_few_months_or_no_incident_nothing_is_told():
    few = trend(np.full(5, 90.0), np.full(5, 10.0))
    none = trend(np.zeros(12), np.zeros(12))
    assert few.direction is None
    assert none.direction is None
    assert few.sentence == none.sentence == "too few months to tell a change"


def test_all_incidents_in_one_year_have_an_open_interval():
    found = trend(np.full(12, 3.0), np.zeros(12))
    assert found.direction == "up"
    assert np.isinf(found.high)
    assert found.low > 1
    assert found.sentence == "none in the same 12 months a year before, now 36"
    assert trend(np.zeros(12), np.full(12, 3.0)).low == 0.0


@pytest.mark.parametrize("bad", [-1.0, 1.5, np.nan, np.inf])
def test_what_is_no_count_is_refused(bad):
    with pytest.raises(DataError, match="1 of 12 monthly counts are not whole"):
        trend(np.r_[bad, EVEN[1:]], EVEN)


def test_years_of_other_lengths_are_refused():
    with pytest.raises(DataError, match="12 recent months cannot be paired with 11"):
        trend(EVEN, EVEN[1:])


def test_holm_multiplies_step_by_step():
    random = np.random.default_rng(1)
    for size in (0, 1, 5, 30):
        p_values = random.random(size) ** 3
        assert holm(p_values).tolist() == pytest.approx(naive.holm(p_values.tolist()))


def test_whole_months_leave_out_the_missing_and_the_half(record):
    record["data"] |= {
        "period_start": "2024-12-10T09:00:00+00:00",
        "period_end": "2025-06-01T00:00:00+01:00",
        "missing_months": ["2025-03"],
    }
    assert whole_months(record) == ["2025-01", "2025-02", "2025-04", "2025-05"]


def test_a_month_missing_in_one_year_is_left_out_of_both(toy):
    ids = toy.hotspots["hex_ids"].iloc[0]
    counts = {month: 40 if month > "2025" else 20 for month in MONTHS}
    run = changed(toy, incident_summary=counted(ids, counts | {"2024-05": 0}))
    data = run.record["data"] | {"missing_months": ["2024-05"]}
    found = trends(with_record(run, data=data))[1]
    assert found.months == 11
    assert (found.recent, found.earlier) == (440, 220)
    assert found.direction == "up"


def test_only_categories_that_hotspots_are_made_of_count(toy):
    ids = toy.hotspots["hex_ids"].iloc[0]
    other = counted(ids, dict.fromkeys(MONTHS, 50), "shoplifting")
    assert trends(changed(toy, incident_summary=other))[1].recent == 0


def test_an_arrow_of_one_among_many_is_judged_as_one_of_many(toy):
    places = [f"Place {k}" for k in range(20)]
    hotspots = hotspot_rows(toy, places)
    alone = hotspots.iloc[:1]
    # Twelve pairs of 10 and 7: p is between 0.05 / 20 and 0.05.
    counts = {m: 10 if m > "2025" else 7 for m in MONTHS}
    run = changed(toy, incident_summary=counted(hotspots["hex_ids"].iloc[0], counts))
    assert trends(changed(run, hotspots=alone))[1].direction == "up"
    among = trends(changed(run, hotspots=hotspots))[1]
    assert among.direction is None
    assert among.p_value == pytest.approx(
        20 * trends(changed(run, hotspots=alone))[1].p_value
    )


def test_no_hotspot_has_no_trend(toy):
    assert trends(changed(toy, hotspots=toy.hotspots.iloc[:0])) == {}
    assert trends_of.monthly(toy, []).empty
