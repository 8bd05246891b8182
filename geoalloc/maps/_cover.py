"""Who is sent where, how long a call waits, and what stays unmet, for the page."""

from typing import Any

import numpy as np

from geoalloc.maps import _cubes, _encode, _hours, _scale
from geoalloc.runs import Run


def cover(run: Run, cubes: _cubes.Cubes) -> dict[str, Any]:
    """Write the cover of a plan.

    Classes hold for every hour, and for the plan that this one is compared with:
    the same color is the same number on both, whatever the hour.

    Returns
    -------
    columns
        ``unmet`` by grade, ``hours`` (all grades; shares of the busiest),
        ``first`` and ``wait`` by grade, and what legends need. A profile that does
        not hold unmet demand has nothing for the first two and for ``classes``.
    """
    mine, other, calls = cubes.cover, cubes.compared, cubes.calls
    waits = _hours.waits(mine, calls)
    ids = sorted(run.posts["unit_id"].tolist())
    return {
        **_unmet(run, mine, other),
        "first": _without_repeats(_hours.senders(mine, ids)),
        "wait": [_encode.levels(values) for values in waits],
    }


def holds_unmet(run: Run) -> bool:
    """Tell whether the profile of a run holds what stays unmet."""
    return run.record.get("profile") != "briefing"


def _unmet(run: Run, mine: _cubes.Cube, other: _cubes.Cube | None) -> dict[str, Any]:
    unit = {"unit": "late incidents expected in the hex per hour"}
    if not holds_unmet(run):
        return {"unmet": None, "hours": None, "classes": None, **unit}
    late = mine.total("unmet")
    by_hour = late.sum(axis=0)
    shown = [by_hour] if other is None else [by_hour, other.total("unmet").sum(axis=0)]
    lengths = _cubes.lengths(run)[:, None]
    rates = np.concatenate([one / lengths for one in shown])
    return {
        "unmet": [_encode.measure(values) for values in late.sum(axis=1)],
        "hours": _encode.profiles(by_hour),
        "classes": _scale.classes(rates, np.concatenate(shown)),
        **unit,
    }


def _without_repeats(grades: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the units of a grade where they are those of the first grade."""
    first, *rest = grades
    same = [
        grade | {"units": None} if grade["units"] == first["units"] else grade
        for grade in rest
    ]
    return [first, *same]
