"""What people open: made with a run, or released from a run folder by profile."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geoalloc import briefing, maps, runs, scenario
from geoalloc.errors import UsageError
from geoalloc.pipeline import stages
from geoalloc.runs import PublicPicture, Run
from geoalloc.runs.exports import export_plan, export_public
from geoalloc.runs.folder import Target, text, write_folder

_Made = tuple[dict[str, Any], Callable[[Path], None]]  # a record, and what writes

_MARKINGS = ("OFFICIAL", "OFFICIAL-SENSITIVE")
_RECORD = "release.json"
_TOLD = ("name", "purpose", "synthetic", "valid", "version", "attribution")


def products(run: Run) -> dict[str, str | bytes]:
    """Make what people open, by file name."""
    sheets = briefing.brief(run)
    return {
        "map.html": maps.plan_map(run),
        "briefing.pdf": sheets.pdf(),
        "briefing.html": sheets.html(),
    }


@dataclass(frozen=True, kw_only=True)
class ReleaseRequest:
    """What to make of a run folder.

    Attributes
    ----------
    profile
        One of ``runs.PROFILES``.
    marking, handling
        Instead of the run's own; None leaves those. A release that shows posts and
        has no marking is OFFICIAL-SENSITIVE.
    tiles, tiles_attribution
        Instead of the scenario's own.
    """

    profile: str = "operational"
    marking: str | None = None
    handling: str | None = None
    tiles: str | None = None
    tiles_attribution: str = ""


@dataclass(frozen=True, kw_only=True)
class Release:
    """A folder that was written, and what its ``release.json`` says."""

    folder: Path
    record: dict[str, Any]


def release(
    source: Path,
    wanted: ReleaseRequest,
    out: Path | None = None,
    *,
    force: bool = False,
    progress: Callable[[str], None] = stages.silent,
) -> Release:
    """Write the map of a run and what belongs beside it, whole or not at all.

    Parameters
    ----------
    source
        A run folder, or its ``run.json``.
    out
        The folder to write; ``<run folder>-<profile>`` if absent. The same release
        of the same run is replaced.
    force
        Set another thing of that name aside, as ``<name>.before-<n>``.

    Raises
    ------
    UsageError
        If the profile, marking or target cannot be.
    DataError
        If the run folder cannot be read, or the folder not written.
    """
    folder = Path(source).parent if Path(source).name == "run.json" else Path(source)
    target = out or folder.resolve().with_name(
        f"{folder.resolve().name}-{_kind(wanted)}"
    )
    if target.resolve() == folder.resolve():
        raise UsageError(f"{target} is the run itself: name another folder with --out")
    progress("run")
    run = runs.read(folder)
    progress("map")
    made = _public if wanted.profile == "public" else _plan
    record, fill = made(run, wanted)
    write_folder(
        Target(path=target, record=_RECORD, run_id=record["run_id"], force=force), fill
    )
    return Release(folder=target, record=record)


def _plan(run: Run, wanted: ReleaseRequest) -> _Made:
    cut = runs.profiled(_asked(run, wanted), wanted.profile)
    record = _plan_record(cut)

    def fill(folder: Path) -> None:
        export_plan(cut, folder)
        _finish(folder, maps.plan_map(cut), record)

    return record, fill


def _public(run: Run, wanted: ReleaseRequest) -> _Made:
    picture = runs.public(run, wanted.marking)
    record = _public_record(picture)

    def fill(folder: Path) -> None:
        export_public(picture, folder)
        _finish(folder, maps.public_map(picture), record)

    return record, fill


def _kind(wanted: ReleaseRequest) -> str:
    if wanted.profile not in runs.PROFILES:
        raise UsageError(
            f"there is no profile {wanted.profile!r}: choose one of "
            f"{', '.join(runs.PROFILES)}"
        )
    if wanted.profile == "public" and wanted.tiles:
        raise UsageError(
            "a public map asks no server for tiles: leave --tiles out, or choose "
            "another profile"
        )
    return wanted.profile


def _finish(folder: Path, page: str, record: dict[str, Any]) -> None:
    text(folder / "map.html", page)
    text(folder / _RECORD, json.dumps(record, indent=2, ensure_ascii=False))


def _asked(run: Run, wanted: ReleaseRequest) -> Run:
    """Give the run the marking and the tiles that were asked for."""
    record = dict(run.record)
    marking = wanted.marking or record.get("marking") or _MARKINGS[-1]
    if marking not in _MARKINGS:
        raise UsageError(
            f"the marking {marking!r} is unknown: choose one of {', '.join(_MARKINGS)}"
        )
    handling = wanted.handling or record.get("handling", "")
    if marking == _MARKINGS[-1] and not handling:
        raise UsageError(
            f"{marking} needs a handling instruction, and the run has none: give one "
            "with --handling"
        )
    record |= {"marking": marking, "handling": handling}
    if wanted.tiles:
        tiles = {
            "tiles": wanted.tiles,
            "tiles_attribution": wanted.tiles_attribution,
        }
        changed = record["scenario"] | {
            "map": record["scenario"].get("map", {}) | tiles
        }
        record["scenario"] = scenario.parse(changed).resolved()
        record["map"] = record.get("map", {}) | tiles
    return replace(run, record=record)


def _plan_record(run: Run) -> dict[str, Any]:
    """Say which run a release was made from."""
    record = run.record
    told = {key: record[key] for key in _TOLD}
    return {
        # Of one run there are two releases, and one never takes the other's place.
        "run_id": f"{record['run_id']}-{record['profile']}",
        "profile": record["profile"],
        "marking": record["marking"],
        "handling": record["handling"],
        "made_from": record["run_id"],
        "period": [record["data"]["period_start"], record["data"]["period_end"]],
        **told,
    }


def _public_record(picture: PublicPicture) -> dict[str, Any]:
    """Say what a public release holds; nothing that names its run."""
    facts = picture.facts
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    digest.update(picture.groups.to_csv(index=False).encode())
    return {
        "run_id": f"public-{digest.hexdigest()[:8]}",
        "profile": "public",
        "marking": facts["marking"],
        "name": facts["name"],
        "synthetic": facts["synthetic"],
        "period": [facts["period"]["from"], facts["period"]["to"]],
        "forecast_for": facts["shift"],
        "version": facts["version"],
        "attribution": facts["attribution"],
        "notes": facts["notes"],
    }
