"""Frames of hexes, periods and grades laid out as cubes: the rows looked up once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geoalloc._types import BoolArray, FloatArray, IdArray, IndexArray
from geoalloc.maps import _mesh, _words
from geoalloc.runs import Run
from geoalloc.schemas import GRADES


@dataclass(frozen=True, kw_only=True)
class Cube:
    """A frame with one row for each hex, period and grade, in any order.

    Attributes
    ----------
    frame
        Of any columns.
    cell : (n_rows,)
        Where each row stands in the raveled cube; the rows ``known`` only, where some
        are of another hex or period.
    known
        Those rows, or nothing where it is all of them.
    shape
        Numbers of grades, periods and hexes.
    """

    frame: pd.DataFrame
    cell: IndexArray
    known: BoolArray | None
    shape: tuple[int, int, int]

    def total(self, column: str) -> FloatArray:
        """Sum a column into (n_grades, n_periods, n_hexes)."""
        weights = self._of(self.frame[column].to_numpy(dtype=np.float64))
        size = int(np.prod(self.shape))
        total = np.bincount(self.cell, weights=weights, minlength=size)
        return total.astype(np.float64, copy=False).reshape(self.shape)

    def values(self, column: str, fill: float) -> FloatArray:
        """Lay a column out as (n_grades, n_periods, n_hexes)."""
        found = self.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
        return self._laid_out(found, fill)

    def codes(self, column: str, names: Sequence[str]) -> IndexArray:
        """Lay names out by position: 1 and on, 0 for any other and for none."""
        at = positions_of(self.frame[column], names)
        return self._laid_out((at + 1).astype(np.int16), 0)

    def _of(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values if self.known is None else values[self.known]

    def _laid_out(self, values: npt.NDArray[Any], fill: float) -> npt.NDArray[Any]:
        table = np.full(int(np.prod(self.shape)), fill, dtype=values.dtype)
        table[self.cell] = self._of(values)
        return table.reshape(self.shape)


@dataclass(frozen=True, kw_only=True)
class Cubes:
    """The cubes of a run.

    Attributes
    ----------
    calls : (n_grades, n_periods, n_hexes)
        Expected.
    demand, cover, compared
        Of the frame of that name; ``compared`` is nothing where a run has none.
    """

    calls: FloatArray
    demand: Cube
    cover: Cube
    compared: Cube | None


def lay_out(run: Run) -> Cubes:
    """Lay the frames of a run out, each once."""
    demand = cube(run, run.demand)
    compared = cube(run, run.compared_cover) if len(run.compared_cover) else None
    return Cubes(
        calls=demand.total("incidents"),
        demand=demand,
        cover=cube(run, run.cover),
        compared=compared,
    )


def cube(run: Run, frame: pd.DataFrame) -> Cube:
    """Find where each row of a frame stands among hexes, periods and grades."""
    starts = pd.DatetimeIndex(periods(run)).as_unit("us").asi8
    ids = run.hexes["hex_id"].to_numpy()
    shape = (len(GRADES), starts.size, ids.size)
    grade = positions_of(frame["grade"], GRADES)
    instants = frame["period"].dt.as_unit("us").array.asi8
    period, at = _in_blocks(starts, ids, instants, frame["hex_id"].to_numpy())
    cell = (grade * shape[1] + period) * shape[2] + at
    known: BoolArray = (grade >= 0) & (period >= 0) & (at >= 0)
    if known.all():
        return Cube(frame=frame, cell=cell, known=None, shape=shape)
    return Cube(frame=frame, cell=cell[known], known=known, shape=shape)


def _in_blocks(
    starts: IndexArray, ids: IdArray, instants: IndexArray, found: IdArray
) -> tuple[IndexArray, IndexArray]:
    """Position of period and hex of each row.

    Frames come with all hexes of one period after those of another, in order: then
    the rows need no search, which is most of the work on a million of them.
    """
    n = ids.size
    if n and found.size % n == 0 and (found.reshape(-1, n) == ids).all():
        blocks = instants.reshape(-1, n)
        if (blocks == blocks[:, :1]).all():
            period = _positions(starts, blocks[:, 0])
            return np.repeat(period, n), np.tile(np.arange(n), len(blocks))
    return _positions(starts, instants), _mesh.positions(ids, found)


def _positions(starts: IndexArray, found: IndexArray) -> IndexArray:
    """Position of each instant among a few, which stand in no certain order."""
    at = np.full(found.size, -1)
    for k, start in enumerate(starts.tolist()):
        at[found == start] = k
    return at


def periods(run: Run) -> list[pd.Timestamp]:
    """Start of each period."""
    return [pd.Timestamp(_words.instant(t)) for t in run.record["shift"]["periods"]]


def lengths(run: Run) -> FloatArray:
    """Hours of each period, (n_periods,)."""
    last = pd.Timestamp(_words.instant(run.record["shift"]["ends_at"]))
    pairs = pairwise([*periods(run), last])
    return np.array([(end - start).total_seconds() / 3600 for start, end in pairs])


def positions_of(texts: pd.Series, names: Sequence[str]) -> IndexArray:
    """Position of each text in a list of names; -1 where it is missing or another."""
    # Arrow looks a million texts up in the time in which pandas makes objects of them.
    known = pa.array(list(names), type=pa.large_string())
    column = pa.array(texts, type=pa.large_string(), from_pandas=True)
    found = pc.fill_null(pc.index_in(column, value_set=known), -1)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
