"""The plan beside the one that it is compared with: cover, posts, figures, moves."""

from itertools import pairwise
from typing import Any

import numpy as np

from geoalloc._types import FloatArray
from geoalloc.maps import _context, _cubes, _encode, _hours, _strip, _words
from geoalloc.runs import Run
from geoalloc.schemas import GRADES

_SHADES = 7  # parts of its busiest hour that an hour of a hex is told in
_BELOW = (0.2, 0.6)  # shares of the sum of all differences that lie below the breaks
_WAIT_BREAKS = [1.0, 5.0]  # minutes


def compared(run: Run, cubes: _cubes.Cubes) -> dict[str, Any] | None:
    """Write what a page needs to set the plan beside its comparison.

    The comparison comes before and the plan of the run after: of a borderless plan,
    the bordered one comes before.

    Returns
    -------
    columns
        ``headings`` of before and after; ``cover`` in the form of that of the plan,
        but of immediate calls only who is first and the wait, and hours to the nearest
        seventh of the busiest; ``units``, where they stand by before; ``differences``,
        classes, unit and note by fill; ``figures`` (see ``_strip.figures``). None
        where the run has no comparison.
    """
    cover = cubes.compared
    if cover is None:
        return None
    mode = run.record["mode"]
    before, after = cover.total("unmet"), cubes.cover.total("unmet")
    ids = sorted(run.compared_posts["unit_id"].tolist())
    apart = after.sum(axis=(0, 1)) - before.sum(axis=(0, 1))
    wait, *_ = _hours.waits(cover, cubes.calls)
    sent, *_ = _hours.senders(cover, ids, GRADES[:1])
    return {
        "headings": [f"Before: {_strip.other(mode)}", f"After: {mode} (this plan)"],
        "cover": {
            "unmet": [_encode.measure(values) for values in before.sum(axis=1)],
            "hours": _by_hour(before.sum(axis=0)),
            "first": [sent | {"units": sent["units"][:1]}],
            "wait": [_encode.levels(wait)],
        },
        "units": _units(run),
        "differences": _differences(np.abs(apart)),
        "figures": _strip.figures(run),
    }


def _by_hour(late: FloatArray) -> list[str]:
    """Write each hour as a share of the busiest of its hex: few steps, as few bytes."""
    most = late.max(axis=0, initial=0.0)
    share = np.divide(late, most, out=np.zeros_like(late), where=most > 0)
    return _encode.profiles(np.rint(_SHADES * share) / _SHADES)


def _units(run: Run) -> list[dict[str, Any]]:
    """Write who stands by where before, in the order of call signs."""
    rows = run.compared_posts.sort_values("unit_id").itertuples()
    return [
        {
            "id": row.unit_id,
            "kind": _words.kind(row.kind),
            "station": row.home_station,
            "post": row.post,
            "gridRef": row.grid_ref,
            "at": _context.degrees(row.geometry),
        }
        for row in rows
    ]


def _differences(apart: FloatArray) -> dict[str, Any]:
    """Write the classes of after less before, alike to both sides of nothing."""
    return {
        "unmet": {
            "classes": _either_side(_breaks(apart), ("fewer", "more")),
            "unit": "late incidents in the hex this shift, after less before",
            "note": "By the model, all grades. 20 and 60% of the sum of all "
            "differences lie below the breaks, to either side.",
        },
        "wait": {
            "classes": _either_side(_WAIT_BREAKS, ("sooner", "later")),
            "unit": "minutes to the first free unit (immediate), after less before",
            "note": "Expected, in the mean of the shift. Blank where before or after "
            "no unit comes.",
        },
    }


def _breaks(apart: FloatArray) -> list[float]:
    """Values, to one digit, below which the shares of the sum lie; none of nothing."""
    if not (apart > 0).any():
        return []
    order = np.sort(apart)
    below = np.cumsum(order)
    at = np.searchsorted(below, np.array(_BELOW) * below[-1])
    return sorted({float(f"{value:.1g}") for value in order[at].tolist()})


def _either_side(breaks: list[float], words: tuple[str, str]) -> dict[str, Any]:
    """Mirror breaks at nothing, with labels from the least to the most."""
    if not breaks:
        return {"breaks": [], "labels": ["no difference"]}
    less, more = words
    texts = [_words.plain(value) for value in breaks]
    spans = [f"{a} to {b}" for a, b in pairwise(texts)]
    spans.append(f"{texts[-1]} or more")
    return {
        "breaks": [*(-value for value in reversed(breaks)), *breaks],
        "labels": [
            *(f"{span} {less}" for span in reversed(spans)),
            f"less than {texts[0]} either way",
            *(f"{span} {more}" for span in spans),
        ],
    }


def drives(run: Run) -> list[int | None]:
    """Minutes that each unit drives from its station to its first post.

    In the order of call signs of ``run.posts``; None for a unit that stays.
    """
    first = run.plan.sort_values("period", kind="stable").drop_duplicates("unit_id")
    minutes = dict(zip(first["unit_id"], first["travel_min"].tolist(), strict=True))
    moved = set(run.moves["unit_id"])
    return [
        round(minutes[unit]) if unit in moved and minutes.get(unit) else None
        for unit in sorted(run.posts["unit_id"])
    ]
