"""The commands about scenario files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc.cli.options import AsJson, print_json
from geoalloc.errors import UsageError

_MANY = 1000  # scenarios, above which they are not shown one after another

ScenarioFiles = Annotated[
    list[Path], typer.Argument(metavar="SCENARIOS...", help="Scenario files (TOML).")
]
Places = Annotated[
    list[Path],
    typer.Argument(metavar="FOLDER|SCENARIOS...", help="Folders of, or files."),
]
On = Annotated[
    Path | None,
    typer.Option(
        help="Lay the scenarios over this one, instead of the one that they extend in "
        "the end."
    ),
]


def schema() -> None:
    """Print the JSON Schema of scenario files, for an editor to complete by."""
    from geoalloc import scenario

    print_json(scenario.json_schema())


def show(
    files: ScenarioFiles,
    changed: Annotated[
        bool,
        typer.Option(
            "--changed",
            help="Only what is neither a default nor said by the first base.",
        ),
    ] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Print scenarios with every default, and where each value comes from."""
    from geoalloc import scenario

    found = scenario.read_all(files, most=_MANY, onto=on)
    if as_json:
        told = [_json(one) for one in found]
        print_json(told[0] if len(told) == 1 else told)
        return
    typer.echo("\n\n".join((_changed if changed else _whole)(one) for one in found))


def _json(one: Any) -> dict[str, Any]:  # noqa: ANN401 - slow to import
    origins = {
        key: {"file": o.file, "line": o.line, "done": o.done}
        for key, o in one.origins.items()
    }
    return {"scenario": one.scenario.resolved(), "origins": origins}


def _whole(one: Any) -> str:  # noqa: ANN401 - slow to import
    from geoalloc import scenario

    return scenario.text(one.scenario, one.origins)


def _changed(one: Any) -> str:  # noqa: ANN401 - slow to import
    from geoalloc import scenario

    head = [f"# {one.scenario.name}: {one.scenario.question}"]
    lines = scenario.changed_text(one.scenario, one.origins, base=one.base)
    told = [f"#   {sentence}" for sentence in one.changes]
    if told:
        told = [f"# What differs from {one.extends or 'its own tables'}:", *told]
    return "\n".join([*head, *told, *([lines] if lines else [])])


def listed(places: Places, on: On = None, as_json: AsJson = False) -> None:
    """List scenarios: name, question and the reading expected beforehand."""
    from geoalloc import scenario

    found = scenario.read_all(_files(places), most=_MANY, onto=on)
    rows = [
        {
            "name": one.scenario.name,
            "question": one.scenario.question,
            "expected": one.scenario.expected,
            "file": one.file.name,
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
        return
    typer.echo("\n\n".join(_row(row) for row in rows))


def _row(row: dict[str, str]) -> str:
    lines = [row["name"], f"  {row['question']}"]
    if row["expected"]:
        lines.append(f"  Expected: {row['expected']}")
    return "\n".join(lines)


def _files(places: list[Path]) -> list[Path]:
    """Take the scenario files of folders, by name."""
    found: list[Path] = []
    for place in places:
        within = sorted(place.glob("*.toml")) if place.is_dir() else [place]
        if not within:
            raise UsageError(f"{place} has no scenario file (.toml): name another")
        found += within
    return found
