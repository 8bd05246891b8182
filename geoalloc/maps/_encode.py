"""Compact columns for a page: texts of one alphabet, and the whole deflated."""

import base64
import json
import math
import zlib
from typing import Any

import numpy as np

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import SchemaError

ONE_BYTE, TWO_BYTES = 126, 16_000  # steps to the largest value of a measure
_SEXTETS = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", dtype=np.uint8
)
_DIGIT = 5  # bits of a number in each character; the sixth tells whether one follows
_DEFLATION = 5  # 6 takes twice as long for 2 % less, 9 fifteen times for 5 %


def packed(value: Any) -> str:  # noqa: ANN401
    """Write a value as JSON, deflated (RFC 1950), in base64: nothing of it is markup.

    Raises
    ------
    SchemaError
        If a number is nan or infinite, for which JSON has no word.
    """
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
    except ValueError as error:
        raise SchemaError(f"the page cannot hold a number: {error}") from None
    # A lone surrogate, which no page could show, is not worth failing for.
    deflated = zlib.compress(text.encode("utf-8", "replace"), _DEFLATION)
    return base64.b64encode(deflated).decode()


def profiles(by_hour: FloatArray) -> list[str]:
    """Write each hour (n_hours, n) as ``shares`` of the most of any hour."""
    most = by_hour.max(axis=0, initial=0.0)
    share = np.divide(by_hour, most, out=np.zeros_like(by_hour), where=most > 0)
    return [shares(row) for row in share]


def _characters(sextets: IndexArray) -> str:
    return _SEXTETS[sextets].tobytes().decode("ascii")


def shares(values: FloatArray) -> str:
    """Write shares of 0 to 1 to the nearest 63rd, one character of base64 each."""
    return _characters(np.rint(63 * np.clip(values, 0.0, 1.0)).astype(np.int64))


def varints(values: IndexArray) -> str:
    """Write integers of 0 or more as characters of base64, five bits each, low first.

    A number is a whole number of characters, so that what comes again in a column
    comes again in its text, and deflates: bytes in base64 would lie across them.

    Parameters
    ----------
    values : (n,)
        Less than 2**53, which is as far as JavaScript counts.
    """
    parts = np.asarray(values, dtype=np.uint64)
    width = max(1, math.ceil(int(parts.max(initial=0)).bit_length() / _DIGIT))
    digit, follows = np.uint64(_DIGIT), np.uint64(1 << _DIGIT)
    shifted = parts[:, None] >> (digit * np.arange(width, dtype=np.uint64))
    more = (shifted >> digit) > 0  # at least one character follows
    kept = np.ones(shifted.shape, dtype=bool)
    kept[:, 1:] = more[:, :-1]
    sextets = (shifted & (follows - np.uint64(1))) | (more * follows)
    return _characters(sextets[kept].astype(np.int64))


def zigzag(values: IndexArray) -> IndexArray:
    """Fold signed integers into 0, 1, 2, ... for 0, -1, 1, ...: small stays small."""
    return np.where(values >= 0, 2 * values, -2 * values - 1)


def deltas(values: IndexArray) -> str:
    """Write signed integers as varints of their zigzag differences."""
    return varints(zigzag(np.diff(values, prepend=0)))


def runs(values: IndexArray) -> str:
    """Write integers of 0 or more as varints of value, length, value, length, ..."""
    starts = np.flatnonzero(np.diff(values, prepend=-1))
    lengths = np.diff(starts, append=values.size)
    return varints(np.stack([values[starts], lengths], axis=1).ravel())


def measure(values: FloatArray, largest: int = TWO_BYTES) -> dict[str, Any]:
    """Write measures of 0 or more as varints of a decimal step; nan as missing.

    Parameters
    ----------
    values : (n,)
        Any unit.
    largest
        No value takes more steps than this; the step is a power of ten.

    Returns
    -------
    column
        ``step``, and ``d``: 0 for a missing value, else 1 + the number of steps.
    """
    known, step, steps = _steps(values, largest)
    return {"step": step, "d": varints(np.where(known, steps + 1, 0))}


def _steps(values: FloatArray, largest: int) -> tuple[BoolArray, float, IndexArray]:
    known = np.isfinite(values)
    most = float(values[known].max(initial=0.0))
    step = 10.0 ** math.ceil(math.log10(most / largest)) if most > 0 else 1.0
    steps = np.rint(np.where(known, values, 0.0) / step).astype(np.int64)
    return known, step, steps


def near(values: FloatArray, largest: int) -> dict[str, Any]:
    """Write measures as ``measure`` does, but each as its step from the one before.

    This is shorter where values that follow each other are alike, as minutes of
    neighboring hexes are; ``d`` is zigzag differences of what it is there.
    """
    known, step, steps = _steps(values, largest)
    return {"step": step, "d": deltas(np.where(known, steps + 1, 0))}


def levels(values: FloatArray) -> dict[str, Any]:
    """Write measures of 0 or more on a scale of ratios, one character each.

    Parameters
    ----------
    values : (n,)
        Any unit; nan is missing. What is under a thousandth of the largest is 0.

    Returns
    -------
    column
        ``most``, ``ratio`` (at most 1) and ``d``: 0 for a missing value, 1 for 0,
        else k of 2 to 63 for ``most * ratio ** (63 - k)``, which is at most 6 % off.
    """
    known = np.isfinite(values)
    most = float(values[known].max(initial=0.0))
    shown = known & (np.nan_to_num(values) > most / 1000.0)
    least = float(values[shown].min(initial=most)) if most > 0 else 1.0
    ratio = (least / most) ** (1.0 / 61.0) if 0 < least < most else 1.0
    code = np.where(known, 1, 0)
    if ratio < 1.0:
        code[shown] = 63 - np.rint(np.log(values[shown] / most) / np.log(ratio))
    else:
        code[shown] = 63
    return {"most": most, "ratio": ratio, "d": _characters(code)}


def names(values: list[str]) -> dict[str, Any]:
    """Write texts as a list of different texts and runs of positions in it."""
    different = sorted(set(values))
    position = {text: i for i, text in enumerate(different)}
    index = np.array([position[text] for text in values], dtype=np.int64)
    return {"names": different, "d": runs(index)}
