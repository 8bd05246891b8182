"""The only writer of run folders."""

import json
from collections.abc import Mapping
from pathlib import Path

from geoalloc import hexes
from geoalloc.runs import devices, exports
from geoalloc.runs import folder as folders
from geoalloc.runs.folder import Target, write_folder
from geoalloc.runs.run import FRAMES, Run, marking


def default_folder(name: str, run_id: str) -> Path:
    """Name the folder of a scenario's run."""
    return Path("out") / f"{name}-{run_id}"


def write(
    run: Run, target: Path, products: Mapping[str, str | bytes], *, force: bool = False
) -> Path:
    """Write a run folder whole or not at all.

    The frames, ``plan.csv`` and other tables, ``areas.gpkg``, the styled
    ``plan.gpkg``, ``plan-hexes.geoparquet``, ``posts.gpx`` and ``posts.geojson``,
    ``run.json`` and the products. Everything is written to a temporary folder beside
    the target, which then takes its name. A run of the same id is replaced: it is the
    same plan.

    Parameters
    ----------
    products
        Files to put beside the frames, by name, such as ``map.html``.
    force
        Set another thing of that name aside, as ``<name>.before-<n>``.

    Raises
    ------
    UsageError
        If something else is there already and ``force`` is not given.
    DataError
        If the folder cannot be written.
    """
    return write_folder(
        _target(target, run.record["run_id"], force=force),
        lambda folder: _fill(run, folder, products),
    )


def require_target(target: Path, run_id: str, *, force: bool) -> bool:
    """Require a folder that the run may take, and tell whether it replaces itself.

    Raises
    ------
    UsageError
        If something other than this run is there and ``force`` is not given.
    """
    return _target(target, run_id, force=force).require()


def _target(path: Path, run_id: str, *, force: bool) -> Target:
    return Target(path=Path(path), record="run.json", run_id=run_id, force=force)


def _fill(run: Run, folder: Path, products: Mapping[str, str | bytes]) -> None:
    for name in FRAMES:
        folders.parquet(getattr(run, name), folder / f"{name}.parquet")
    marked = marking(run.record)
    _tables(run, folder, marked)
    with folders.fixed_date(run.record["as_of"]):
        for name, layer in run.areas.groupby("kind", sort=True):
            folders.layer(layer.drop(columns="kind"), folder / "areas.gpkg", name)
    exports.geopackage_of_plan(run, folder / "plan.gpkg")
    folders.product(
        folder / "plan-hexes.geoparquet",
        exports.geoparquet(exports.hex_table(run), marked),
    )
    folders.text(folder / "posts.gpx", devices.gpx(run))
    folders.text(folder / "posts.geojson", devices.geojson(run))
    folders.text(
        folder / "run.json", json.dumps(run.record, indent=2, ensure_ascii=False)
    )
    for name, content in products.items():
        folders.product(folder / name, content)


def _tables(run: Run, folder: Path, marked: str) -> None:
    """Write the frames that people open in a spreadsheet."""
    zone = run.record["shift"]["time_zone"]
    plan = exports.local(run.plan, zone).assign(
        post_hex=hexes.to_strings(run.plan["post_hex"].to_numpy()), marking=marked
    )
    # The mark at the start tells Excel that the file is UTF-8.
    folders.neutral(plan).to_csv(
        folder / "plan.csv", index=False, encoding="utf-8-sig", float_format="%.1f"
    )
    for name in ("prices", "borders", "visits"):
        frame = exports.local(getattr(run, name), zone).assign(marking=marked)
        folders.table(frame, folder / f"{name}.csv")
    folders.table(run.demand_flow.assign(marking=marked), folder / "demand_flow.csv")
