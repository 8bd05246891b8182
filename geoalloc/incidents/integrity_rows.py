"""What the items of an integrity report share: rows, grades, words for months."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, IndexArray
from geoalloc.incidents.cleaning import Judged
from geoalloc.incidents.reading import Reason
from geoalloc.incidents.times import month_range

TOP = 15
"""Categories told apart; the rest are taken together."""

OTHER = "all other"

_REPEATED = [reason for reason in Reason if reason.is_duplicate]


class Grade(StrEnum):
    """How an item came out; unknown where the files cannot tell."""

    GOOD = "good"
    WATCH = "watch"
    POOR = "poor"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One way in which files may mislead.

    Attributes
    ----------
    key, title
        Its name to programs and to people.
    grade
        By ``rule``.
    finding
        What was found, in sentences.
    rule
        What makes the grade, and why.
    action
        What to do about it.
    figures
        Behind the finding, ready for JSON.
    """

    key: str
    title: str
    grade: Grade
    finding: str
    rule: str
    action: str
    figures: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of the files, judged, and what is known of all of them.

    Attributes
    ----------
    recorded_area
        Area that the file names for a row, by position of the row, or None.
    bounded
        Whether an area was given that incidents should lie in.
    """

    judged: Judged
    has_category: bool
    recorded_area: pd.Series | None
    time_zone: str
    bounded: bool

    def __len__(self) -> int:
        """Rows that have as many fields as the header."""
        return len(self.judged.table.fields)

    @functools.cached_property
    def distinct(self) -> BoolArray:
        """Rows that stand for an incident of their own."""
        return ~self.judged.verdicts.reason_is(
            *_REPEATED, Reason.WITHDRAWN, Reason.EARLIER, Reason.LATER
        )

    @functools.cached_property
    def unlocated(self) -> BoolArray:
        """Distinct rows whose place is not known."""
        return self.distinct & (self.judged.places.place < 0)

    @functools.cached_property
    def months(self) -> list[str]:
        """Months of the period in order, with and without rows."""
        return list(month_range(self.judged.times.period, self.time_zone))

    @functools.cached_property
    def month(self) -> IndexArray:
        """Position of each row's month in `months`; -1 of none of them."""
        return np.asarray(pd.Index(self.months).get_indexer(self.judged.times.month))

    @functools.cached_property
    def categories(self) -> list[str]:
        """The commonest categories, and `OTHER` if there are more."""
        n = self.judged.category[self.distinct].value_counts()
        ranked = sorted(n.index, key=lambda name: (-n[name], name))
        more = [OTHER] if len(ranked) > TOP else []
        return [*ranked[:TOP], *more]

    @functools.cached_property
    def category(self) -> IndexArray:
        """Position of each row's category in `categories`; -1 of none."""
        names = self.categories
        found = np.asarray(pd.Index(names).get_indexer(self.judged.category))
        if OTHER in names:
            other = (found < 0) & self.judged.category.notna().to_numpy()
            found = np.where(other, names.index(OTHER), found)
        return found

    def table(self, which: BoolArray) -> IndexArray:
        """Count rows by month and category."""
        shape = (len(self.months), len(self.categories))
        known = which & (self.month >= 0) & (self.category >= 0)
        cell = self.month[known] * shape[1] + self.category[known]
        return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)

    def by_month(self, which: BoolArray) -> IndexArray:
        """Count rows by month."""
        month = self.month[which & (self.month >= 0)]
        return np.bincount(month, minlength=len(self.months))

    def tally(self, *reasons: Reason) -> int:
        """Count the rows refused for one of these reasons."""
        return int(self.judged.verdicts.reason_is(*reasons).sum())


def graded(value: float, watch: float, poor: float) -> Grade:
    """Grade a share that is the worse the higher it is."""
    if value >= poor:
        return Grade.POOR
    return Grade.WATCH if value >= watch else Grade.GOOD


def worst(*grades: Grade) -> Grade:
    """Take the worst of the grades that are known."""
    order = (Grade.POOR, Grade.WATCH, Grade.GOOD, Grade.UNKNOWN)
    return min(grades, key=order.index)


def spans(months: Sequence[str]) -> str:
    """Write months as ``2019-07, 2021-10 to 2024-12``."""
    parts: list[list[str]] = []
    for month in months:
        if parts and pd.Period(month) == pd.Period(parts[-1][-1]) + 1:
            parts[-1].append(month)
        else:
            parts.append([month])
    return ", ".join(p[0] if len(p) == 1 else f"{p[0]} to {p[-1]}" for p in parts)


def listed(words: Sequence[str], most: int = 6) -> str:
    """Write words one after another, and how many more there are."""
    more = len(words) - most
    shown = ", ".join(words[:most])
    return f"{shown} and {more} more" if more > 0 else shown


def percent(share: float) -> str:
    """Write a share; one that is small but not none is not written as none."""
    return "under 0.1 %" if 0 < share < 0.0005 else f"{100 * share:.1f} %"
