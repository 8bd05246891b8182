"""Leaderboards of the forecasters on real data: ``python -m benchmarks.forecasts``.

Avon and Somerset by month, at resolution 9, five groups and 40 origins; St Louis by
shifts of 8 hours, every tenth shift so that all hours of the week come up. The data lie
in the folder that GEOALLOC_DATA names, or in shared/data beside the repository.
"""

import argparse
import datetime as dt
import os
import sys
import time
from pathlib import Path

from geoalloc import pipeline, runs

REPOSITORY = Path(__file__).resolve().parents[1]
GROUPS = (
    "all=*",
    "burglary",
    "violence+robbery=violent-crime,robbery",
    "vehicle=vehicle-crime",
    "asb=anti-social-behaviour",
)
TIMED_GROUPS = (
    "all=*",
    "burglary=burglary-*",
    "violence+robbery=agg-assault-*,simple-assault-*,as*lt-*,robbery-*,homicide",
    "vehicle=auto-theft-*,larceny-from-mtr-veh-*",
)


def main() -> None:
    """Run what is asked for, and print it."""
    asked = _asked()
    data = Path(os.environ.get("GEOALLOC_DATA", REPOSITORY.parent / "shared/data"))
    names = tuple(asked.forecaster)
    for place in asked.place:
        start = time.perf_counter()
        run = pipeline.run_backtest(_request(place, data, asked.origins, names))
        seconds = time.perf_counter() - start
        words = pipeline.backtest_words(run.result)
        sys.stdout.write(f"{place}: {seconds:.0f} s in all\n{words}\n\n")
        if asked.out:
            products = pipeline.backtest_products(run)
            runs.write_backtest(run, asked.out / place, products, force=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", nargs="+", default=["avon", "st-louis"])
    parser.add_argument("--forecaster", nargs="*", default=[])
    parser.add_argument("--origins", type=int, default=40)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _request(
    place: str, data: Path, origins: int, names: tuple[str, ...]
) -> pipeline.BacktestRequest:
    asked = {"n_origins": origins, "forecasters": names}
    if place == "avon":
        return pipeline.backtest_request(
            [data / "avon-and-somerset/street"],
            columns={},
            spans={},
            groups=GROUPS,
            # ASB and all are as they were published; drugs and weapons are left out.
            asked=asked,
            boundary=REPOSITORY / "boundaries/avon-and-somerset.geojson",
            until=dt.date(2021, 9, 30),
            name="Avon and Somerset",
        )
    return pipeline.backtest_request(
        [data / "timed-incidents/st_louis_slmpd_2015_2019.csv.gz"],
        columns={},
        spans={"horizon": "8h", "every": "80h", "period": "8h"},
        groups=TIMED_GROUPS,
        asked=asked,
        time_zone="America/Chicago",
        name="St Louis",
    )


if __name__ == "__main__":
    main()
