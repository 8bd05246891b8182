"""How good levels are on real counts: python -m benchmarks.levels [FOLDER].

FOLDER holds Avon and Somerset as ``GEOALLOC_DATA`` does. Months are forecast 1, 3, 6
and 12 months ahead, each from its past alone, and after a year of past at the least.
Deviances are means over categories of the logarithm of the ratio to that of the mean
of the last 12 months, made a ratio again: under 1 is better.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import special

from geoalloc import demand
from geoalloc.demand import levels, trend

LEADS = (1, 3, 6, 12)
SIMPLE = ("all the past", "last month", "same time last year", "last 12 months")
BASE = "last 12 months"
SHARES = (0.5, 0.8, 0.95)
_BEFORE = 12


def street(folder: Path) -> Iterator[tuple[str, trend.Series]]:
    """Counts by category and month of the files of data.police.uk, 2018 to 2021."""
    months = pd.period_range("2018-01", "2021-09", freq="M")
    counts: dict[str, dict[str, int]] = {}
    for path in sorted((folder / "avon-and-somerset/street").rglob("*.csv*")):
        rows = pd.read_csv(path, usecols=["Month", "Crime type"], dtype="str")
        for (month, kind), n in rows.value_counts().items():
            counts.setdefault(kind, {})[month] = int(n)
    published = {month for by_month in counts.values() for month in by_month}
    there = np.array([str(month) in published for month in months])
    for kind, by_month in sorted(counts.items()):
        count = [by_month.get(str(month), 0) for month in months]
        yield kind, _series(count, months, there)


def lsoa(folder: Path) -> Iterator[tuple[str, trend.Series]]:
    """Counts by category and month, 2023 to 2026."""
    path = next((folder / "avon-and-somerset/lsoa21_monthly_counts").glob("*.csv*"))
    table = pd.read_csv(path).pivot_table(
        index="month", columns="crime_type", values="count", aggfunc="sum", fill_value=0
    )
    months = pd.PeriodIndex(table.index, freq="M")
    for kind in table:
        yield str(kind), _series(table[kind], months, np.ones(len(months), dtype=bool))


def judged(series: trend.Series, lead: int) -> dict[str, float]:
    """Deviance of ours and of each simple count, and coverage of our intervals."""
    month = int((series.month[-1] + lead) % 12)
    past = trend.replay(
        trend.Candidates(series),
        lead=lead,
        month=month,
        prior=levels.prior_alpha(lead),
    )
    at = np.arange(_BEFORE, len(series) - lead)
    at = at[series.days[at + lead] > 0]
    count, days = series.count[at + lead], series.days[at + lead]
    names = trend.names(series.yearly)
    said = {name: past.said[at, names.index(name)] for name in SIMPLE}
    row = {
        name: float(_deviance(rate * days, count).mean())
        for name, rate in (said | {"seasonal level": past.per_day[at]}).items()
    }
    mean, size = past.per_day[at] * days, 1.0 / past.alpha[at]
    return row | {f"{p:.0%}": demand.coverage(mean, size, count, p) for p in SHARES}


def table(folder: Path) -> pd.DataFrame:
    """Compare by source and lead."""
    rows = []
    for source, read in (("2018-21", street), ("2023-26", lsoa)):
        for kind, series in read(folder):
            for lead in LEADS:
                row = judged(series, lead)
                for name in (*SIMPLE, "seasonal level"):
                    if name != BASE:
                        row[name] = float(np.log(row[name] / row[BASE]))
                row[BASE] = 0.0
                rows.append({"source": source, "ahead": lead, "kind": kind} | row)
    found = pd.DataFrame(rows).drop(columns="kind").groupby(["source", "ahead"]).mean()
    ratios = [*SIMPLE, "seasonal level"]
    return found.assign(**{name: np.exp(found[name]) for name in ratios})


def _series(count: object, months: pd.PeriodIndex, there: np.ndarray) -> trend.Series:
    return trend.Series(
        count=np.asarray(count, dtype=np.float64) * there,
        days=months.days_in_month.to_numpy(np.float64) * there,
        month=months.month.to_numpy(np.int64) - 1,
        yearly=12,
    )


def _deviance(mean: np.ndarray, count: np.ndarray) -> np.ndarray:
    return 2.0 * (special.xlogy(count, count / mean) - count + mean)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["GEOALLOC_DATA"])
    start = time.perf_counter()
    sys.stdout.write(table(folder).round(3).to_string() + "\n")
    sys.stdout.write(f"{time.perf_counter() - start:.1f} s\n")


if __name__ == "__main__":
    main()
