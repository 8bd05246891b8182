"""The printed sheets of a run folder, written beside it."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoalloc import briefing, runs
from geoalloc.errors import UsageError
from geoalloc.pipeline import stages
from geoalloc.runs.folder import Target, product, text, write_folder

__all__ = ["Sheets", "SheetsRequest", "write_sheets"]

_RECORD = "sheets.json"


@dataclass(frozen=True, kw_only=True)
class SheetsRequest:
    """What to print of a run: as of ``briefing.brief``.

    Attributes
    ----------
    area
        A district, home beat or place; the whole force if None.
    paper
        ``a4`` or ``a3``.
    profile
        ``operational`` or ``briefing``.
    units
        Whether the duty sheets are written too.
    """

    area: str | None = None
    paper: str = "a4"
    profile: str = "operational"
    units: bool = True


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """A folder that was written, and what its ``sheets.json`` says."""

    folder: Path
    record: dict[str, Any]


def write_sheets(
    source: Path,
    wanted: SheetsRequest,
    out: Path | None = None,
    *,
    force: bool = False,
    now: dt.datetime | None = None,
    progress: Callable[[str], None] = stages.silent,
) -> Sheets:
    """Write ``briefing.pdf``, ``duties.pdf`` and their HTML twins, all or none.

    The same run and request give the same bytes, but for what is said of sheets
    printed outside the time for which the plan holds.

    Parameters
    ----------
    source
        A run folder, or its ``run.json``.
    out
        The folder to write; ``<run folder>-sheets`` if absent. The same sheets of the
        same run are replaced.
    force
        Set another thing of that name aside, as ``<name>.before-<n>``.
    now
        As of ``briefing.brief``.

    Raises
    ------
    UsageError
        If there is no such area, paper or profile, or the target is taken.
    DataError
        If the run folder cannot be read, or the folder not written.
    """
    folder = Path(source).parent if Path(source).name == "run.json" else Path(source)
    resolved = folder.resolve()
    target = out or resolved.with_name(f"{resolved.name}-sheets")
    if target.resolve() == resolved:
        raise UsageError(f"{target} is the run itself: name another folder with --out")
    progress("run")
    run = runs.read(folder)
    progress("sheets")
    made = briefing.brief(
        run, area=wanted.area, paper=wanted.paper, profile=wanted.profile, now=now
    )
    record = _record(run.record, wanted, made)
    at = Target(path=target, record=_RECORD, run_id=record["run_id"], force=force)
    at.require()  # before the drawing, not after it
    files = _files(made, wanted, progress)

    def fill(fresh: Path) -> None:
        for name, content in files.items():
            product(fresh / name, content)
        text(fresh / _RECORD, json.dumps(record, indent=2, ensure_ascii=False))

    write_folder(at, fill)
    return Sheets(folder=target, record=record)


def _files(
    made: briefing.Document, wanted: SheetsRequest, progress: Callable[[str], None]
) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {
        "briefing.pdf": made.pdf(),
        "briefing.html": made.html(),
    }
    if wanted.units and made.duties:
        progress("duty sheets")
        files |= {"duties.pdf": made.duties_pdf(), "duties.html": made.duties_html()}
    return files


def _record(
    record: dict[str, Any], wanted: SheetsRequest, made: briefing.Document
) -> dict[str, Any]:
    """Say what was printed of which run."""
    asked = [record["run_id"], "sheets", wanted.profile, wanted.paper]
    asked += [wanted.area.casefold()] if wanted.area else []
    asked += [] if wanted.units else ["without duties"]
    return {
        # Of one run there are several sets, and one never takes the other's place.
        "run_id": " ".join(asked),
        "made_from": record["run_id"],
        "profile": wanted.profile,
        "paper": wanted.paper,
        "area": wanted.area,
        "marking": runs.marking(record),
        "handling": record["handling"],
        "valid": record["valid"],
        "sheets": made.n_sheets,
        "duty_sheets": len(made.duties) if wanted.units else 0,
        "version": record["version"],
    }
