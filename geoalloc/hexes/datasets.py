"""Counting in hexes the points of files that are too large for memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds

from geoalloc._types import FloatArray
from geoalloc.errors import DataError
from geoalloc.hexes.areas import swapped
from geoalloc.hexes.grid import HexGrid
from geoalloc.hexes.locator import Locator
from geoalloc.workers import Workers

_BATCH = 1 << 18  # rows read at once
_MOST_TASKS = 64
_SAMPLED = 200  # points of each task, to tell a swap by


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Points of a data set counted in the hexes of a grid.

    Attributes
    ----------
    count : (n_hexes,)
        Points in each hex, or the sum of their weights.
    n_read
        Rows.
    n_outside
        Points on the globe, but in no hex.
    n_unlocated
        Rows whose latitude or longitude is missing, infinite or off the globe.
    """

    count: FloatArray
    n_read: int
    n_outside: int
    n_unlocated: int


@dataclass(frozen=True)
class _Columns:
    latitude: str
    longitude: str
    weight: str | None

    def __post_init__(self) -> None:
        names = self.names()
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(
                "latitude, longitude and weight must be columns of their own, but "
                f"{twice[0]!r} is given for two of them"
            )

    def names(self) -> list[str]:
        return [c for c in (self.latitude, self.longitude, self.weight) if c]


@dataclass(frozen=True)
class _Part:
    """A file, or some row groups of a Parquet file."""

    path: str
    row_groups: tuple[int, ...] | None


@dataclass(frozen=True)
class _Tally:
    counts: Counts
    sample: tuple[FloatArray, FloatArray]  # latitude and longitude of some points


def count_dataset(
    path: str | Path,
    grid: HexGrid,
    *,
    latitude: str = "latitude",
    longitude: str = "longitude",
    weight: str | None = None,
    workers: Workers | None = None,
) -> Counts:
    """Count in each hex the points of a Parquet or CSV file, or a folder of either.

    Only the columns named are read, a batch at a time, so that memory is bounded.
    Files are taken in the order of their names, and their parts are summed in that
    order whoever counts them: the result is the same with and without workers.

    Parameters
    ----------
    path
        ``.parquet``, ``.csv`` or ``.csv.gz``; or a folder that holds files of one of
        these kinds, in folders of it, too; names that begin with ``_`` or ``.`` are
        passed over.
    latitude, longitude
        Names of the columns, degrees.
    weight
        Column to sum; each point counts 1 if not given.
    workers
        See ``workers.hired``: processes or a Dask cluster, to which files, and row
        groups of Parquet files, are shared out. Those of a cluster read them by the
        same paths.

    Raises
    ------
    DataError
        If there is no such file, a column is missing, named twice or not of numbers, a
        weight is missing or not finite, or no point is inside and most would be with
        latitude and longitude swapped.
    """
    columns = _Columns(latitude, longitude, weight)
    tasks = _tasks(Path(path), columns)
    work = partial(_count, grid.locator, columns)
    tallies = map(work, tasks) if workers is None else _shared(workers, work, tasks)
    count = np.zeros(len(grid))
    n_read = n_outside = n_unlocated = 0
    samples = []
    for tally in tallies:
        count += tally.counts.count
        n_read += tally.counts.n_read
        n_outside += tally.counts.n_outside
        n_unlocated += tally.counts.n_unlocated
        samples.append(tally.sample)
    if n_read and n_outside + n_unlocated == n_read:
        lat, lng = (np.concatenate(axis) for axis in zip(*samples, strict=True))
        if swapped(lat, lng, grid.area):
            raise DataError(
                f"none of the {n_read} points of {path} is in the area, but most would "
                f"be with {latitude!r} and {longitude!r} swapped: swap them"
            )
    return Counts(
        count=count, n_read=n_read, n_outside=n_outside, n_unlocated=n_unlocated
    )


def _shared(
    workers: Workers,
    work: Callable[[tuple[_Part, ...]], _Tally],
    tasks: list[tuple[_Part, ...]],
) -> Iterator[_Tally]:
    """Give the tallies in the order of their tasks, whichever is counted first."""
    early: dict[int, _Tally] = {}
    following = 0
    for position, tally in workers.each(work, tasks, label="count"):
        early[position] = tally
        while following in early:
            yield early.pop(following)
            following += 1


def _tasks(path: Path, columns: _Columns) -> list[tuple[_Part, ...]]:
    """Cut the files into parts, and gather these, in order, into not too many tasks."""
    parts: list[_Part] = []
    for file in _files(path):
        fragment = _fragment(_Part(str(file), None), columns)
        if isinstance(fragment, ds.ParquetFileFragment):
            groups = range(fragment.num_row_groups)
            parts += [_Part(str(file), (group,)) for group in groups]
        else:
            parts.append(_Part(str(file), None))
    size = -(-len(parts) // _MOST_TASKS)
    return [tuple(parts[at : at + size]) for at in range(0, len(parts), max(size, 1))]


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise DataError(f"there is no file or folder {path}")
    if path.is_file():
        return [path]
    kinds = {
        "Parquet": _shown(path, "*.parquet"),
        "CSV": sorted([*_shown(path, "*.csv"), *_shown(path, "*.csv.gz")]),
    }
    found = {kind: files for kind, files in kinds.items() if files}
    if len(found) != 1:
        held = " and ".join(found) or "no Parquet or CSV"
        raise DataError(f"{path} holds {held} files: give a folder of one kind")
    return next(iter(found.values()))


def _shown(path: Path, pattern: str) -> list[Path]:
    """Files of a folder that are not hidden, nor in a hidden folder, in order."""
    return sorted(
        file
        for file in path.rglob(pattern)
        if not any(name.startswith(("_", ".")) for name in file.relative_to(path).parts)
    )


def _fragment(part: _Part, columns: _Columns) -> ds.Fragment:
    """Open a part of a file, and refuse it where a column is not as it must be."""
    kind: ds.FileFormat = ds.ParquetFileFormat(pre_buffer=False)
    if not part.path.endswith(".parquet"):
        floats = dict.fromkeys(columns.names(), pa.float64())
        kind = ds.CsvFileFormat(
            convert_options=pyarrow.csv.ConvertOptions(column_types=floats)
        )
    try:
        fragment = next(ds.dataset(part.path, format=kind).get_fragments())
        schema = fragment.physical_schema
        names = schema.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{part.path} cannot be read: {_reason(error, part)}") from None
    for name in columns.names():
        if name not in names:
            raise DataError(
                f"{part.path} has no column {name!r}, only {', '.join(names)}"
            )
        kept = schema.field(name).type
        if not (pa.types.is_floating(kept) or pa.types.is_integer(kept)):
            raise DataError(
                f"column {name!r} of {part.path} is of type {kept}, not of numbers"
            )
    if part.row_groups is None:
        return fragment
    return fragment.subset(row_group_ids=list(part.row_groups))


def _reason(error: Exception, part: _Part) -> str:
    """First line of an error, without the places that name the file once more."""
    return _first_line(error).split(f"'{part.path}': ")[-1].removeprefix("Invalid: ")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _count(locator: Locator, columns: _Columns, parts: tuple[_Part, ...]) -> _Tally:
    count = np.zeros(locator.hex_id.size)
    n_read = n_outside = n_unlocated = 0
    sample = np.empty(0), np.empty(0)
    for lat, lng, weight in _batches(columns, parts):
        position = locator.locate(lat, lng)
        inside = position >= 0
        kept = None if weight is None else weight[inside]
        count += np.bincount(position[inside], kept, minlength=count.size)
        on_globe = (np.abs(lat) <= 90.0) & (np.abs(lng) <= 360.0)
        n_read += lat.size
        n_outside += int((on_globe & ~inside).sum())
        n_unlocated += int((~on_globe).sum())
        if sample[0].size == 0:
            known = np.flatnonzero(np.isfinite(lat) & np.isfinite(lng))[:_SAMPLED]
            sample = lat[known], lng[known]
    counts = Counts(
        count=count, n_read=n_read, n_outside=n_outside, n_unlocated=n_unlocated
    )
    return _Tally(counts, sample)


def _batches(
    columns: _Columns, parts: tuple[_Part, ...]
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray | None]]:
    for part in parts:
        scanner = _fragment(part, columns).scanner(
            columns=columns.names(),
            batch_size=_BATCH,
            batch_readahead=1,
            fragment_readahead=1,
        )
        try:
            for batch in scanner.to_batches():
                lat, lng = (
                    _numbers(batch, columns.latitude),
                    _numbers(batch, columns.longitude),
                )
                yield lat, lng, _weights(batch, columns, part)
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                f"{part.path} cannot be read: {_reason(error, part)}"
            ) from None


def _weights(
    batch: pa.RecordBatch, columns: _Columns, part: _Part
) -> FloatArray | None:
    if columns.weight is None:
        return None
    weight = _numbers(batch, columns.weight)
    bad = np.flatnonzero(~np.isfinite(weight))
    if bad.size:
        raise DataError(
            f"{columns.weight} is missing or infinite in {bad.size} of "
            f"{weight.size} rows of a part of {part.path}"
        )
    return weight


def _numbers(batch: pa.RecordBatch, name: str) -> FloatArray:
    """Read a column as floats, nan where it is null."""
    column = batch.column(name).cast(pa.float64())
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)
