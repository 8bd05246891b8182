"""Raw rows of one or more files, before any of them is judged."""

import csv
import difflib
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from geoalloc._types import IndexArray
from geoalloc.errors import DataError
from geoalloc.incidents.reading import Source

_LONGEST = 1_000_000  # bytes of a header; a file without line ends is no CSV


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """Rows as read, with where each of them stood.

    Attributes
    ----------
    fields : (n_rows, n_fields)
        Columns named by field of ``TableColumns``, mapped ones only; text from
        CSV, typed from other formats; 0..n-1 as index.
    source, line : (n_rows,)
        Position in ``sources``; line in the file, the header being line 1 (of
        formats without lines: position of the row plus one for the header, if any).
    malformed
        ``source, line, row`` of the lines with a wrong number of fields; ``row``
        tells the two numbers and not the text, whose columns are unknown.
    """

    fields: pd.DataFrame
    source: IndexArray
    line: IndexArray
    sources: tuple[Source, ...]
    malformed: pd.DataFrame


@dataclass
class _Misfits:
    """Collects the rows that Arrow hands over as malformed."""

    numbers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __call__(self, row: arrow_csv.InvalidRow) -> str:
        self.numbers.append(row.number)
        self.texts.append(
            f"{row.actual_columns} fields where the header has {row.expected_columns}"
        )
        return "skip"


def parse_csv(content: bytes, name: str, mapping: dict[str, str]) -> RawTable:
    """Parse the mapped columns of a CSV file as text.

    Lines with nothing in any mapped column are not rows.

    Parameters
    ----------
    content
        The file, already unpacked, in UTF-8 with or without a byte-order mark.
    name
        For messages and for the source.
    mapping
        Column of each field.

    Raises
    ------
    DataError
        If it is empty, no CSV, not UTF-8, or lacks a column.
    """
    _require_text(content, name)
    names_there = header(content, name)
    position = {
        field: _find_column(column, names_there, name)
        for field, column in mapping.items()
    }
    if b"\n" not in content:
        content += b"\n"
    names = [str(i) for i in range(len(names_there))]
    wanted = list(dict.fromkeys(names[i] for i in position.values()))
    misfits = _Misfits()
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(content),
            # One thread: only then does Arrow number the malformed rows.
            read_options=arrow_csv.ReadOptions(
                use_threads=False, column_names=names, skip_rows=1
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=_delimiter(content),
                invalid_row_handler=misfits,
                ignore_empty_lines=False,
                newlines_in_values=True,
            ),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=wanted,
                column_types=dict.fromkeys(wanted, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(f"{name} cannot be read as CSV: {_reason(error)}") from None
    texts = table.to_pandas()
    fields = pd.DataFrame({f: texts[names[i]] for f, i in position.items()})
    return _assemble(fields, misfits, content, name)


def _assemble(
    fields: pd.DataFrame, misfits: _Misfits, content: bytes, name: str
) -> RawTable:
    n_lines = len(fields) + len(misfits.numbers)
    starts = _line_starts(content, n_lines, name)
    bad = np.asarray(misfits.numbers, dtype=np.int64) - 2
    lines = np.delete(starts, bad)
    filled = fields.notna().any(axis=1).to_numpy()
    source = Source(
        name=name,
        sha256=hashlib.sha256(content).hexdigest(),
        rows=int(filled.sum()) + len(bad),
    )
    return RawTable(
        fields=fields[filled].reset_index(drop=True),
        source=np.zeros(int(filled.sum()), dtype=np.int64),
        line=lines[filled],
        sources=(source,),
        malformed=pd.DataFrame(
            {
                "source": pd.Series([name] * len(bad), dtype="str"),
                "line": starts[bad],
                "row": pd.Series(misfits.texts, dtype="str"),
            }
        ),
    )


def _line_starts(content: bytes, n_rows: int, name: str) -> IndexArray:
    """Line on which each row starts; exact where quoted values hold line ends."""
    n_lines = content.count(b"\n") + (not content.endswith(b"\n"))
    if n_lines == n_rows + 1:
        return np.arange(2, n_rows + 2)
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    reader = csv.reader(text, delimiter=_delimiter(content))
    try:
        ends = np.fromiter((reader.line_num for _ in reader), dtype=np.int64)
    except csv.Error as error:
        raise DataError(
            f"{name} cannot be read as CSV at line {reader.line_num}: {error}; "
            "look for a quote that is not closed"
        ) from None
    return ends[:n_rows] + 1


def _require_text(content: bytes, name: str) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name} is not in UTF-8, first at line {line}: save it so"
        ) from None
    if b"\r" in content and b"\n" not in content:
        raise DataError(
            f"{name} ends its lines with CR alone: save it with the line ends of today"
        )


def header(content: bytes, name: str) -> list[str]:
    """Read the names of the columns of a CSV file.

    Raises
    ------
    DataError
        If it is empty or no CSV.
    """
    if not content or content.isspace():
        raise DataError(f"{name} is empty: a CSV file with a header is needed")
    first = _first_line(content).removeprefix(b"\xef\xbb\xbf")
    try:
        text = first.decode("utf-8").strip()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or text.startswith(("<", "{", "%PDF", "PK")):
        raise DataError(
            f"{name} is not a CSV file in UTF-8: it starts with {first[:20]!r}"
        )
    return [
        cell.strip() for cell in next(csv.reader([text], delimiter=_delimiter(content)))
    ]


def _delimiter(content: bytes) -> str:
    """Find what parts the fields: a comma, unless something else parts more."""
    first = _first_line(content)
    return max(",;\t|", key=lambda mark: first.count(mark.encode()))


def _first_line(content: bytes) -> bytes:
    """Take the first line, and copy no more of the file than that."""
    return content[:_LONGEST].partition(b"\n")[0]


def _find_column(column: str, header: Sequence[str], name: str) -> int:
    if column in header:
        return header.index(column)
    raise missing_column(column, header, name)


def missing_column(column: str, header: Iterable[str], name: str) -> DataError:
    """Say which column is missing, and the nearest one there is."""
    found = list(header)
    lowered = {text.lower(): text for text in reversed(found)}
    near = difflib.get_close_matches(column.lower(), lowered, n=1, cutoff=0.5)
    hint = f"the nearest is {lowered[near[0]]!r}" if near else "none is like it"
    listed = ", ".join(map(repr, found[:12])) + (", ..." if len(found) > 12 else "")
    return DataError(f"{name} has no column {column!r}: {hint}; it has {listed}")


def _reason(error: pa.ArrowInvalid) -> str:
    text = str(error).splitlines()[0]
    return "it is not in UTF-8; save it so" if "invalid UTF8" in text else text


def unpack(content: bytes, name: str) -> bytes:
    """Unpack gzip if the name ends in ``.gz``.

    Raises
    ------
    DataError
        If it is cut short, damaged, or no gzip at all.
    """
    if not name.lower().endswith(".gz"):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{name} cannot be unpacked ({error}): fetch the file again"
        ) from None


def header_of(path: Path) -> list[str]:
    """Read the names of the columns of a CSV file, packed or not, and no more.

    Raises
    ------
    DataError
        If it cannot be read, is empty or no CSV.
    """
    try:
        with (
            gzip.open(path)
            if path.name.lower().endswith(".gz")
            else path.open("rb") as f
        ):
            first = f.readline(_LONGEST)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} cannot be read: {error}") from None
    return header(first, path.name)


def from_frame(fields: pd.DataFrame, source: Source, *, first_line: int) -> RawTable:
    """Take rows that are a frame already, one line each, none of them malformed."""
    return RawTable(
        fields=fields.reset_index(drop=True),
        source=np.zeros(len(fields), dtype=np.int64),
        line=np.arange(first_line, len(fields) + first_line),
        sources=(source,),
        malformed=pd.DataFrame(
            {
                "source": pd.Series(dtype="str"),
                "line": pd.Series(dtype=np.int64),
                "row": pd.Series(dtype="str"),
            }
        ),
    )


def concatenate(tables: Sequence[RawTable]) -> RawTable:
    """Put the rows of several files one under another, in the order given."""
    return RawTable(
        fields=pd.concat([table.fields for table in tables], ignore_index=True),
        source=np.concatenate([t.source + i for i, t in enumerate(tables)]),
        line=np.concatenate([table.line for table in tables]),
        sources=tuple(source for table in tables for source in table.sources),
        malformed=pd.concat([t.malformed for t in tables], ignore_index=True),
    )
