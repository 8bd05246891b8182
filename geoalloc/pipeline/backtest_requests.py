"""What is asked of ``geoalloc backtest``: groups, forecasters, origins, horizon."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from geoalloc import demand, incidents
from geoalloc.demand import Horizon
from geoalloc.errors import DataError, UsageError
from geoalloc.pipeline.requests import Request, request
from geoalloc.workers import TlsFiles, require_address

__all__ = ["BacktestRequest", "backtest_request", "groups_of"]

_COMMONEST = 4  # categories that make a group of their own, where none is asked for
_MOST = {"m": 36, "d": 3 * 366, "h": 3 * 366 * 24}  # three years of each unit
_NEEDS_EXTRA = ("gbm",)
_SPAN = re.compile(r"(\d+)? ?(months?|d|days?|h|hours?)")


def _month() -> Horizon:
    return pd.DateOffset(months=1)


@dataclass(frozen=True, kw_only=True)
class BacktestRequest:
    """Which forecasters to backtest on what.

    Attributes
    ----------
    incidents
        Which incidents, and where.
    groups
        Patterns of category slugs by name of the group; none takes all incidents and
        the four commonest categories.
    forecasters
        By name; none takes all but those that need an extra.
    horizon, every
        How far ahead, and from one origin to the next; None takes the horizon.
    n_origins
        The last so many.
    period
        Of equal parts of the horizon, such as shifts.
    discovered
        Slugs of categories that police discover, left out; None takes the usual ones.
    workers
        Processes to share the work out to; 1 works in this one.
    dask, tls
        Address of a Dask cluster to share it out to instead, and its certificates.
    feedback
        Simulate patrols that follow their own records, too.
    """

    incidents: Request
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forecasters: tuple[str, ...] = ()
    horizon: Horizon = field(default_factory=_month)
    every: Horizon | None = None
    n_origins: int = 12
    period: pd.Timedelta | None = None
    discovered: tuple[str, ...] | None = None
    workers: int = 1
    dask: str | None = None
    tls: TlsFiles | None = None
    feedback: bool = False

    def __post_init__(self) -> None:
        if self.n_origins < 1:
            raise UsageError(f"--origins must be at least 1, got {self.n_origins}")
        if self.workers < 1:
            raise UsageError(f"--workers must be at least 1, got {self.workers}")
        if self.dask is not None:
            require_address(self.dask)
        for name in self.forecasters:
            demand.forecaster(name)

    @property
    def forecaster_names(self) -> tuple[str, ...]:
        """The forecasters, each once."""
        all_but = tuple(n for n in demand.FORECASTERS if n not in _NEEDS_EXTRA)
        return tuple(dict.fromkeys(self.forecasters)) or all_but


def backtest_request(
    paths: Sequence[Path],
    *,
    columns: Mapping[str, str | None],
    spans: Mapping[str, str | None],
    groups: Sequence[str],
    asked: Mapping[str, Any],
    **settings: Any,  # noqa: ANN401 - as of ``request``
) -> BacktestRequest:
    """Make a request of what a command was given; None takes the default.

    Parameters
    ----------
    spans
        ``horizon``, ``every`` and ``period`` as words: month, 28d, 8h.
    groups
        ``NAME=PATTERN,PATTERN`` of category slugs, or the name of one.
    asked
        Other attributes of `BacktestRequest`.

    Raises
    ------
    UsageError
        If no path is given, or a span, group or number cannot be understood.
    DataError
        If there is no forecaster of a name.
    """
    if not paths:
        raise UsageError(
            "name the incidents, a file or a folder: geoalloc backtest incidents.csv"
        )
    given = {name: _span(name, text) for name, text in spans.items() if text}
    period = given.get("period")
    if period is not None and not isinstance(period, pd.Timedelta):
        raise UsageError("--period takes hours, such as 8h")
    return BacktestRequest(
        incidents=request(paths, columns=columns, options={}, **settings),
        groups=_groups(groups),
        **given,
        **{name: value for name, value in asked.items() if value is not None},
    )


def _span(option: str, text: str) -> Horizon:
    found = _SPAN.fullmatch(text.strip().lower())
    n = int(found[1] or 1) if found else 0
    if found is None or n < 1:
        raise UsageError(
            f"--{option} takes a span such as month, 3 months, 28d, 7d or 8h, not "
            f"{text!r}"
        )
    if n > _MOST[found[2][0]]:
        raise UsageError(f"--{option} takes three years at the most, not {text!r}")
    if found[2].startswith("month"):
        return pd.DateOffset(months=n)
    if found[2].startswith("d"):
        return pd.DateOffset(days=n)
    return pd.Timedelta(hours=n)


def _groups(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, patterns in map(_group, texts):
        if name in found:
            raise UsageError(
                f"--group names {name!r} twice: give each group a name of its own, or "
                "all its categories at once"
            )
        found[name] = patterns
    return found


def _group(text: str) -> tuple[str, tuple[str, ...]]:
    name, equals, listed = text.rpartition("=")  # of which no slug has any
    patterns = tuple(each.strip() for each in listed.split(",") if each.strip())
    if not equals:
        name = listed
    if not name.strip() or not patterns:
        raise UsageError(
            f"--group takes NAME=CATEGORY,CATEGORY with * for any letters, not {text!r}"
        )
    return name.strip(), patterns


def groups_of(
    asked: BacktestRequest, history: demand.History, *, named: bool
) -> dict[str, demand.History]:
    """Cut a history into the groups that are asked for.

    Parameters
    ----------
    named
        Whether the incidents have categories.

    Raises
    ------
    DataError
        If a pattern is of no category.
    """
    if asked.groups:
        return {
            name: history
            if patterns == ("*",)
            else history.only(_matching(name, patterns, history.categories))
            for name, patterns in asked.groups.items()
        }
    found = {"all": history}
    if named and len(history.categories) > 1:
        count = pd.Series(history.category).value_counts()
        common = sorted(count.index, key=lambda code: (-count[code], code))
        for code in common[:_COMMONEST]:
            name = history.categories[code]
            found[name] = history.only([name])
    return found


def _matching(
    group: str, patterns: tuple[str, ...], categories: tuple[str, ...]
) -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        wild = any(each in pattern for each in "*?[")
        slug = pattern if wild else incidents.category_slug(pattern)
        matching = fnmatch.filter(categories, slug)
        if not matching:
            raise DataError(
                f"no incident is of a category {pattern!r} (group {group!r}): there "
                f"are {', '.join(categories)}"
            )
        found += matching
    return found
