"""What options must be: each is refused by name, in one sentence."""

import math
import re
import sys
import zoneinfo
from collections.abc import Iterable
from numbers import Integral, Real

import pandas as pd

from geoalloc.errors import DataError

__all__ = ["months", "number", "period", "whole", "words", "zone"]

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def number(
    value: object,
    name: str,
    *,
    above: float = 0.0,
    least: float = -math.inf,
    most: float = sys.float_info.max,
    what: str = "above 0",
) -> None:
    """Require a number above one limit and within others."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise DataError(f"{name} must be a number {what}, got {_shown(value)}")
    if not (float(value) > above and least <= float(value) <= most):
        finite = " and finite" if float(value) == math.inf else ""
        raise DataError(f"{name} must be {what}{finite}, got {_shown(value)}")


def whole(value: object, name: str, least: int) -> None:
    """Require a whole number, no less than another."""
    if not isinstance(value, Integral) or isinstance(value, bool) or int(value) < least:
        raise DataError(
            f"{name} must be a whole number of {least} or more, got {_shown(value)}"
        )


def words(value: object, name: str) -> tuple[str, ...]:
    """Require several texts; one alone would be read letter by letter."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise DataError(
            f'{name} must be several words, as ("hospital",), got {_shown(value)}'
        )
    found = tuple(value)
    for word in found:
        if not isinstance(word, str):
            raise DataError(f"{name} must be words, and holds {_shown(word)}")
    return found


def months(value: object, name: str) -> tuple[str, ...]:
    """Require months, each as ``2024-03``."""
    if not isinstance(value, (tuple, list)):
        raise DataError(
            f'{name} must be a tuple of months, as ("2024-03",), got {_shown(value)}'
        )
    for month in value:
        if not isinstance(month, str) or not _MONTH.fullmatch(month):
            raise DataError(
                f"{name} must be of months such as 2024-03, and holds {_shown(month)}"
            )
    return tuple(value)


def zone(value: object, name: str) -> None:
    """Require the name of a time zone."""
    try:
        known = isinstance(value, str) and zoneinfo.ZoneInfo(value) is not None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        known = False
    if not known:
        raise DataError(
            f"{name} must be the name of a time zone, such as Europe/London, got "
            f"{_shown(value)}"
        )


def period(value: object, name: str) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """Require a start and a later end, each with its zone; None stays None."""
    if value is None:
        return None
    if (
        not isinstance(value, (tuple, list))
        or len(value) != 2
        or not all(isinstance(instant, pd.Timestamp) for instant in value)
        or any(instant.tzinfo is None for instant in value)
    ):
        raise DataError(
            f"{name} must be two pandas.Timestamp with a time zone, start and end, got "
            f"{_shown(value)}"
        )
    start, end = value
    if not start < end:
        raise DataError(f"{name} must end after it starts, got {start} to {end}")
    return start, end


def _shown(value: object) -> str:
    """Write a value as it was given, of a long one the beginning."""
    text = repr(value) if isinstance(value, (str, bytes)) else str(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
