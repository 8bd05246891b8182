"""What simulated shifts gave, measure by measure and shift by shift."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.evaluation.outcomes import Key, Measure, Outcome, Quantile, Ratio, table

__all__ = ["Samples", "figures_of"]

_HOURLY = re.compile(r", period \d+$")
_COLUMNS = ("measure", "group", "kind", "shift", "part", "whole")
_SHIFTS = "shifts"  # the kind of the row that counts them
_NONE = -1  # the shift of a row that stands for a quantile of no values


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Measures of a plan over simulated shifts; more shifts can be joined to them.

    Attributes
    ----------
    measures
        By measure and group, those by hour aside.
    n_shifts
        Independent of each other.
    """

    measures: Mapping[Key, Measure]
    n_shifts: int

    @classmethod
    def of(cls, outcome: Outcome) -> "Samples":
        """Take them from simulated shifts.

        Raises
        ------
        DataError
            If the shifts follow on each other.
        """
        if outcome.dependent:
            raise DataError(
                "the shifts follow on each other, and samples must be independent: "
                "simulate them without carry_over"
            )
        kept = {k: v for k, v in outcome.measures.items() if not _HOURLY.search(k[1])}
        return cls(measures=kept, n_shifts=outcome.calls.shape[0])

    def joined(self, more: "Samples") -> "Samples":
        """Add the shifts of another batch after those of this one.

        Raises
        ------
        DataError
            If the two do not hold the same measures.
        """
        odd = sorted(set(self.measures) ^ set(more.measures))
        if odd:
            raise DataError(
                f"only one of the two batches has {odd[0][0]} of {odd[0][1]}: join "
                f"batches of one plan"
            )
        return Samples(
            measures={
                k: _joined(v, more.measures[k]) for k, v in self.measures.items()
            },
            n_shifts=self.n_shifts + more.n_shifts,
        )

    def frame(self) -> pd.DataFrame:
        """Lay them out as a table, from which ``from_frame`` makes them again.

        Returns
        -------
        frame
            ``measure, group, kind`` (categories), ``shift`` (int32), ``part, whole``:
            a row for each shift of a ratio, and for each value (``part``) of a
            quantile. ``kind`` tells which it is, with its bounds. The first row gives
            the number of shifts.
        """
        heads, blocks = [("", "", _SHIFTS)], [_block([self.n_shifts], [np.nan])]
        for (measure, group), one in self.measures.items():
            if isinstance(one, Ratio):
                kind = _kind("ratio", one.least, one.most)
                blocks.append(_block(np.arange(self.n_shifts), one.part, one.whole))
            else:
                kind = _kind("quantile", one.least, one.most, one.share)
                blocks.append(_quantile_block(one))
            heads.append((measure, group, kind))
        lengths = [block["shift"].size for block in blocks]
        columns = {
            name: _categories([head[k] for head in heads], lengths)
            for k, name in enumerate(_COLUMNS[:3])
        }
        return pd.DataFrame(
            columns
            | {
                name: np.concatenate([block[name] for block in blocks])
                for name in _COLUMNS[3:]
            }
        )

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> "Samples":
        """Make them from what ``frame`` gave.

        Raises
        ------
        DataError
            If it is no such table.
        """
        missing = [name for name in _COLUMNS if name not in frame]
        if missing or frame.empty or frame["kind"].iloc[0] != _SHIFTS:
            what = f"it lacks {missing[0]}" if missing else "its first row is no count"
            raise DataError(f"this is no table of samples: {what}")
        n_shifts = int(frame["shift"].iloc[0])
        shift = frame["shift"].to_numpy(dtype=np.int64)
        part, whole = (frame[name].to_numpy(np.float64) for name in ("part", "whole"))
        measures: dict[Key, Measure] = {}
        for (measure, group, kind), rows in _blocks(frame):
            least, most, *share = (float(text) for text in kind.split()[1:])
            if not share:
                measures[measure, group] = Ratio(
                    part=part[rows], whole=whole[rows], least=least, most=most
                )
                continue
            inside = slice(rows.start + int(shift[rows.start] == _NONE), rows.stop)
            measures[measure, group] = Quantile(
                values=part[inside],
                start=np.searchsorted(shift[inside], np.arange(n_shifts + 1)),
                share=share[0],
                least=least,
                most=most,
            )
        return cls(measures=measures, n_shifts=n_shifts)


def figures_of(samples: Samples) -> pd.DataFrame:
    """Give every figure with its own 95 % interval.

    Returns
    -------
    figures
        ``measure, group, value, low, high``.
    """
    found = table(samples.measures, ["measure", "group"], dependent=False)
    return found.rename(columns={"simulated": "value"})


def _joined(one: Measure, more: Measure) -> Measure:
    if isinstance(one, Ratio) and isinstance(more, Ratio):
        return Ratio(
            part=np.concatenate([one.part, more.part]),
            whole=np.concatenate([one.whole, more.whole]),
            least=one.least,
            most=one.most,
        )
    if isinstance(one, Quantile) and isinstance(more, Quantile):
        both = [each.values for each in (one, more)]  # noqa: PD011 - no frame
        return Quantile(
            values=np.concatenate(both),
            start=np.concatenate([one.start, one.start[-1] + more.start[1:]]),
            share=one.share,
            least=one.least,
            most=one.most,
        )
    raise DataError("a ratio cannot be joined to a quantile: join batches of one plan")


def _kind(name: str, *figures: float) -> str:
    # repr of a float is read back to the same float.
    return " ".join([name, *(repr(float(figure)) for figure in figures)])


def _block(
    shift: IndexArray | list[int],
    part: FloatArray | list[float],
    whole: FloatArray | None = None,
) -> dict[str, FloatArray]:
    lacking = np.full(len(part), np.nan)
    return {
        "shift": np.asarray(shift, dtype=np.int32),
        "part": np.asarray(part, dtype=np.float64),
        "whole": lacking if whole is None else whole,
    }


def _quantile_block(one: Quantile) -> dict[str, FloatArray]:
    count = np.diff(one.start)
    if count.sum() == 0:
        return _block([_NONE], [np.nan])
    return _block(np.repeat(np.arange(count.size), count), one.values)


def _categories(names: list[str], lengths: list[int]) -> pd.Categorical:
    codes, known = pd.factorize(np.array(names, dtype=np.object_))
    categories = pd.Index(known, dtype="str")
    return pd.Categorical.from_codes(np.repeat(codes, lengths), categories)


def _blocks(frame: pd.DataFrame) -> Iterator[tuple[tuple[str, str, str], slice]]:
    """Give measure, group and kind of each run of rows, but that of the first row."""
    coded = [pd.factorize(frame[name]) for name in _COLUMNS[:3]]
    codes = np.stack([one for one, _ in coded])
    names = [[str(name) for name in known] for _, known in coded]
    changes = 1 + np.flatnonzero((np.diff(codes, axis=1) != 0).any(axis=0))
    for first, stop in pairwise([*changes.tolist(), len(frame)]):
        measure, group, kind = (
            n[c] for n, c in zip(names, codes[:, first], strict=True)
        )
        yield (measure, group, kind), slice(first, stop)
