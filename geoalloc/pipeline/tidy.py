"""Scenarios compared from Python: one tidy frame."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import scenario as scenarios
from geoalloc import workers as crews
from geoalloc.pipeline.comparing import ComparisonRequest, compare, comparison_request
from geoalloc.runs import Comparison
from geoalloc.scenario import Scenario
from geoalloc.workers import Store

__all__ = ["tidy", "tidy_comparison"]

_MOST_SHIFTS = 2000
_BY = ["scenario", "measure", "group"]
_COLUMNS = [
    *_BY,
    *("value", "low", "high", "base_value", "difference"),
    *("difference_low", "difference_high", "simultaneous_low", "simultaneous_high"),
    *("p_adjusted", "verdict", "sentence"),
]


def tidy_comparison(
    listed: Sequence[Path | str | Scenario | Mapping[str, Any]],
    *,
    base: Path | str | Scenario | Mapping[str, Any] | None = None,
    shifts: int = 200,
    half_width: float | None = None,
    workers: int = 1,
    cache: Path | str | None = None,
) -> pd.DataFrame:
    """Compare scenarios with a base, as ``geoalloc compare`` does.

    Parameters
    ----------
    listed
        Scenario files (one with a grid gives many), scenarios, or what
        ``Scenario.resolved`` gave.
    base
        What to compare with; the first of ``listed`` if None.
    shifts
        Simulated of each at the least.
    half_width
        Shifts are added, to 2,000 at the most, until the interval of each difference
        in the share of immediate calls that are late is this narrow to either side.
    workers
        Processes. More than one needs a main module that may be imported again: on a
        script's own lines, behind ``if __name__ == "__main__"``.
    cache
        Folder in which finished scenarios are kept, and looked for; none if None.

    Returns
    -------
    frame
        A row per scenario, measure and group: ``value, low, high`` as simulated (95 %
        interval), and the difference from the base: ``base_value, difference,
        difference_low, difference_high`` (for this one comparison),
        ``simultaneous_low, simultaneous_high`` (for all at once; of the headline
        measures), ``p_adjusted, verdict, sentence``. The rows of the base have no
        difference. A scenario without a plan has one row: its status as the verdict,
        and why as the sentence.

    Raises
    ------
    DataError
        If a scenario is wrong, or the base cannot be planned.
    """
    asked = [*([] if base is None else [base]), *listed]
    most = max(_MOST_SHIFTS, shifts)
    request = _request(asked, shifts=shifts, half_width=half_width, most_shifts=most)
    store = None if cache is None else Store(Path(cache))
    with crews.hired(workers) as hired:
        return tidy(compare(request, hired=hired, store=store))


def _request(
    asked: Sequence[Path | str | Scenario | Mapping[str, Any]],
    **how: Any,  # noqa: ANN401 - fields of ComparisonRequest
) -> ComparisonRequest:
    found: list[Scenario] = []
    for one in asked:
        if isinstance(one, Scenario):
            found.append(one)
        elif isinstance(one, Mapping):
            found.append(scenarios.parse(one))
        else:
            found += [each.scenario for each in scenarios.read_all([Path(one)])]
    return comparison_request(found, **how)


def tidy(found: Comparison) -> pd.DataFrame:
    """Put figures and differences of a comparison side by side."""
    renamed = {"low": "difference_low", "high": "difference_high"}
    differences = found.differences.drop(columns="value").rename(columns=renamed)
    frame = found.figures.merge(differences, on=_BY, how="left")
    lost = found.scenarios[found.scenarios["status"] != "planned"]
    missing = pd.DataFrame(
        {
            "scenario": lost["scenario"],
            "measure": "",
            "group": "",
            "verdict": lost["status"],
            "sentence": lost["why"],
        }
    ).reindex(columns=_COLUMNS)
    numbers = dict.fromkeys(_COLUMNS[3:-2], np.float64)
    frame = pd.concat([frame[_COLUMNS].astype(numbers), missing.astype(numbers)])
    texts = dict.fromkeys(("verdict", "sentence"), "")
    return frame.fillna(texts).reset_index(drop=True)
