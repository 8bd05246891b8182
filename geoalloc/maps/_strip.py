"""The strip of figures: what was before, what is after, and what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geoalloc.maps import _words
from geoalloc.runs import Run

_SAME = "the same"
_NOTHING = "–"  # noqa: RUF001
_URGENT = ("immediate", "priority")
_WHOLE = 9.95  # from here on counts are whole
_ALMOST = 99.5  # per cent

_Figure = tuple[float, float | None, float | None]  # with the ends of its interval


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How amounts of a kind are written, and how a change of them is."""

    small: bool = False  # small ones to one decimal
    unit: str = ""
    less: str = "fewer"
    more: str = "more"

    def digits(self, size: float) -> int:
        """Decimals that an amount of a size is written with."""
        if self.unit == "%":  # what is almost all is not all
            return 1 if _ALMOST < size < 100.0 else 0
        return 1 if self.small and size < _WHOLE else 0

    def text(self, figure: _Figure) -> str:
        """Write an amount with its interval."""
        value, low, high = figure
        digits = self.digits(value)
        text = f"{value:,.{digits}f}{self.unit}"
        if low is None or high is None:
            return text
        return f"{text} ({low:,.{digits}f}–{high:,.{digits}f})"  # noqa: RUF001

    def change(self, before: float, after: float) -> str:
        """Write by how much after is less or more."""
        size = abs(after - before)
        text = f"{size:,.{self.digits(size)}f}"
        if not text.strip("0."):
            return _SAME
        return f"{text} {self.less if after < before else self.more}"


_CALLS = _Kind(small=True)
_UNITS = _Kind()
_SHARE = _Kind(unit="%", less="points less", more="points more")
_MINUTES = _Kind(unit=" min", less="min less", more="min more")


def other(mode: str) -> str:
    """Name the mode that a plan is compared with."""
    return "bordered" if mode == "borderless" else "borderless"


def figures(run: Run) -> dict[str, Any]:
    """Set the figures of the plan against those of its comparison.

    Returns
    -------
    table
        ``rows`` of four texts (what, before, after, change), and a ``note`` on the
        intervals. A figure that the scores do not give of both plans is left out.
    """
    found = _Scored(run)
    grades = [(grade, grade.capitalize()) for grade in _URGENT]
    rows = [
        *(_row(f"{Grade} calls late", found("late", g), _CALLS) for g, Grade in grades),
        *(
            _row(f"{Grade} within the standard", _rest(found("late_share", g)), _SHARE)
            for g, Grade in grades
        ),
        *(
            _row(f"9 in 10 {g} calls within", found("response_p90_min", g), _MINUTES)
            for g in _URGENT
        ),
        _row(
            "Immediate late, 1 night in 20", found("late_1_in_20", _URGENT[0]), _CALLS
        ),
        _row(
            "Response utilisation", _per_cent(found("utilisation", "response")), _SHARE
        ),
        _row("Units used", [(len(f), None, None) for f in _posts(run)], _UNITS),
        _row("Unmet demand by the model", _unmet(run), _CALLS),
        _solver(run.record),
    ]
    paired = found.paired()
    known = [row for row in rows if row]
    if paired and known[0][0] == f"{grades[0][1]} calls late":
        known[0][-1] = paired
    return {"rows": known, "note": _note(bool(paired))}


class _Scored:
    """Scores of the comparison and of the plan, in this order."""

    def __init__(self, run: Run) -> None:
        mode = run.record["mode"]
        self._plans = (other(mode), mode)
        self._scores = _words.Scores(run.scores, mode)

    def __call__(self, measure: str, group: str) -> list[_Figure] | None:
        """Give the simulated figures; None if one of them is unknown."""
        found = [self._one(plan, measure, group) for plan in self._plans]
        known = [figure for figure in found if figure]
        return known if len(known) == len(found) else None

    def _one(self, plan: str, measure: str, group: str) -> _Figure | None:
        value, low, high = (
            self._scores.value(plan, measure, group, column)
            for column in ("simulated", "low", "high")
        )
        return None if value is None else (value, low, high)

    def paired(self) -> str | None:
        """Write the change in late immediate calls, taken shift by shift."""
        saved = self._one(self._plans[1], "late_saved", _URGENT[0])
        if saved is None:
            return None
        value, low, high = saved
        if low is None or high is None:
            return _CALLS.change(value, 0.0)
        if low <= 0.0 <= high:
            return f"none that can be told ({-high:.1f} to {-low:.1f})"
        ends = sorted((abs(low), abs(high)))
        text = f"{abs(value):.1f} {_CALLS.less if value > 0 else _CALLS.more}"
        return f"{text} ({ends[0]:.1f}–{ends[1]:.1f})"  # noqa: RUF001


def _row(title: str, pair: list[_Figure] | None, kind: _Kind) -> list[str] | None:
    if pair is None:
        return None
    before, after = pair
    change = kind.change(before[0], after[0])
    return [title, kind.text(before), kind.text(after), change]


def _rest(pair: list[_Figure] | None) -> list[_Figure] | None:
    """Take from the whole, in per cent: the ends of an interval change places."""
    left = pair and [
        (1.0 - value, _left(high), _left(low)) for value, low, high in pair
    ]
    return _per_cent(left)


def _left(share: float | None) -> float | None:
    return None if share is None else 1.0 - share


def _per_cent(pair: list[_Figure] | None) -> list[_Figure] | None:
    return pair and [
        (100.0 * value, _times(low), _times(high)) for value, low, high in pair
    ]


def _times(share: float | None) -> float | None:
    return None if share is None else 100.0 * share


def _posts(run: Run) -> tuple[Any, Any]:
    return run.compared_posts, run.posts


def _unmet(run: Run) -> list[_Figure]:
    """Late incidents of all grades, as the map has them."""
    covers = (run.compared_cover, run.cover)
    return [(float(cover["unmet"].sum()), None, None) for cover in covers]


def _solver(record: Mapping[str, Any]) -> list[str]:
    told = [_solved(record.get(key)) for key in ("comparison", "solver")]
    return ["Solver", *told, _NOTHING]


def _solved(solver: Mapping[str, Any] | None) -> str:
    if solver is None:
        return _NOTHING
    status, gap = _words.kind(str(solver["status"])), solver.get("gap")
    return status if gap is None else f"{status}, gap {gap:.1%}"


def _note(paired: bool) -> str:
    told = (
        "The change in immediate calls late is taken shift by shift on the same calls; "
        "of other changes no interval is given."
        if paired
        else "No interval of a change is given."
    )
    return f"Simulated, in brackets the 95% interval. {told} Late is past the standard."
