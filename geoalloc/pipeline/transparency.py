"""The transparency record of a run folder, written into it."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from geoalloc import report, runs
from geoalloc.errors import DataError, UsageError
from geoalloc.pipeline import fairness, stages
from geoalloc.runs.folder import text
from geoalloc.scenario.tables import Transparency

__all__ = ["Recorded", "write_record"]

_PAGE = "transparency.html"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Files that were written, and what is still open in them.

    Attributes
    ----------
    page, words
        Paths of the HTML and of the Markdown.
    still_open
        Keys of ``[transparency]`` that the force has not filled in.
    """

    page: Path
    words: Path
    still_open: tuple[str, ...]


def write_record(
    source: Path,
    out: Path | None = None,
    *,
    progress: Callable[[str], None] = stages.silent,
) -> Recorded:
    """Write ``transparency.html`` and ``transparency.md`` of a run.

    The same run folder gives the same bytes. An earlier record of that name is
    replaced.

    Parameters
    ----------
    source
        A run folder, or its ``run.json``.
    out
        Path of the page, ending in .html; the Markdown lies beside it under the same
        name. In the run folder if None.

    Raises
    ------
    UsageError
        If ``out`` does not end in .html.
    DataError
        If the run folder cannot be read, or a file not written.
    """
    folder = Path(source).parent if Path(source).name == "run.json" else Path(source)
    target = folder / _PAGE if out is None else Path(out)
    if target.suffix.lower() != ".html":
        raise UsageError(f"{target} must end in .html: the Markdown lies beside it")
    progress("run")
    run = runs.read(folder)
    progress("record")
    made = report.transparency_files(
        run, fairness.of_run(run), fairness.population_of(run)
    )
    words = target.with_suffix(".md")
    for path, content in ((target, made[_PAGE]), (words, made["transparency.md"])):
        _put(path, content)
    given = run.record["scenario"].get("transparency") or {}
    return Recorded(
        page=target,
        words=words,
        still_open=tuple(
            key for key in Transparency.model_fields if not given.get(key)
        ),
    )


def _put(path: Path, content: str) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        text(fresh, content)
        os.replace(fresh, path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        fresh.unlink(missing_ok=True)
