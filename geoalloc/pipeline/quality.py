"""check(files) -> figures, page and words: how far incidents can be trusted."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geoalloc import __version__, boundaries, incidents, report
from geoalloc.errors import DataError, UsageError
from geoalloc.incidents import Asked
from geoalloc.pipeline.requests import MARKING, Request

__all__ = ["check", "check_page", "check_words", "require_page", "write_page"]

_WIDE = 88
_GRADE = 9  # letters, and a space


def check(
    paths: Sequence[Path], *, asked: Asked | None = None, boundary: Path | None = None
) -> dict[str, Any]:
    """Report on the integrity of incident files.

    Parameters
    ----------
    paths
        Files and folders as `incidents.gather` takes them.
    asked
        What is known of their columns.
    boundary
        File of the area that incidents should lie in.

    Returns
    -------
    figures
        As `incidents.inspect` gives them, ready for JSON.

    Raises
    ------
    UsageError
        If no path is given, or files are of different kinds.
    DataError
        If a file cannot be read, or no row can be used.
    """
    if not paths:
        raise UsageError(
            "name the incidents, a file or a folder: geoalloc check incidents.csv"
        )
    gathered = incidents.gather(paths, asked or Asked())
    within = boundaries.read(boundary).outline if boundary else None
    return incidents.inspect(gathered, within, paths=paths)


def check_page(
    figures: Mapping[str, Any],
    paths: Sequence[Path],
    *,
    name: str | None = None,
    marking: str | None = None,
) -> str:
    """Write the report as one HTML file.

    Parameters
    ----------
    paths
        Of the files, the first of which names the report if ``name`` does not.
    """
    title = Request(paths=tuple(paths), name=name).title
    record = {"name": title, "marking": marking or MARKING, "version": __version__}
    return report.check_page(figures, record)


def check_words(figures: Mapping[str, Any]) -> str:
    """Say what was found and what to do, the worst first."""
    lines = []
    for item in figures["items"]:
        lines += [
            _filled(item["grade"].upper(), f"{item['title']}: {item['finding']}"),
            *([_filled("", f"To do: {item['action']}")] if _asks(item) else []),
        ]
    return "\n".join(lines)


def require_page(path: Path, *, force: bool) -> None:
    """Refuse a file that is there already, before the work that leads to it.

    Raises
    ------
    UsageError
        If it is there and ``force`` is not given, or it is a folder.
    """
    if path.is_dir():
        raise UsageError(
            f"{path} is a folder: name a file such as {path / 'check.html'}"
        )
    if path.exists() and not force:
        raise UsageError(
            f"{path} is there already: name another file, or replace it with --force"
        )


def write_page(path: Path, page: str) -> None:
    """Write a page whole or not at all.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(page, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DataError(f"{path} cannot be written: {error.strerror}") from None


def _asks(item: Mapping[str, Any]) -> bool:
    return item["grade"] in ("poor", "watch") and item["action"] != "Nothing."


def _filled(head: str, text: str) -> str:
    return textwrap.fill(
        text,
        _WIDE,
        initial_indent=f"{head:<{_GRADE}}",
        subsequent_indent=" " * _GRADE,
        break_on_hyphens=False,
    )
