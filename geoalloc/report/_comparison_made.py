"""How a comparison was made: work, feedback, changes, files, versions, notes."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoalloc.report import _comparison_words as told
from geoalloc.report._page import Block, Facts, Fold, Points, Table
from geoalloc.runs import comparison_words as words
from geoalloc.runs.comparison import Comparison

__all__ = ["changes", "facts", "feedback", "feedback_sentences", "made", "work"]


def work(comparison: Comparison) -> Table:
    """Lay out what each scenario took to plan and to simulate."""
    rows = [
        (
            row["scenario"],
            row["status"],
            row["mode"],
            row["objective"],
            _figure(row["seconds"], 1),
            _figure(100 * row["gap"], 2),
            _figure(row["load_factor"], 2),
            _figure(row["demand"], 0),
            _figure(row["workload_h"], 0),
            _figure(row["drive_min"], 0),
            _figure(row["cost"], 0),
            f"{row['shifts']:,}" if row["shifts"] else words.DASH,
            "kept from before" if row["cached"] else "made now",
            "the base's" if row["coupled"] else "its own",
        )
        for row in comparison.scenarios.to_dict("records")
    ]
    return Table(
        caption="Seconds of work; gap of the solver, % of unmet demand; load factor; "
        "incidents and unit-hours expected; minutes of driving to posts; cost of the "
        "shift; simulated shifts.",
        columns=(
            *("scenario", "status", "mode", "objective", "seconds", "gap, %"),
            *("load", "incidents", "unit-hours", "driving, min", "cost", "shifts"),
            *("work", "calls"),
        ),
        rows=rows,
    )


def _figure(value: float, n: int) -> str:
    return words.DASH if value != value else f"{value:,.{n}f}"


def _loops(comparison: Comparison) -> tuple[list[tuple[str, str]], list[str]]:
    """Pair scenarios with their lines on feedback; name those that say as the base."""
    base = comparison.record["base"]
    own = _of(comparison, base, "feedback")
    pairs, same = ([(base, own)] if own else []), []
    for name in comparison.scenarios["scenario"]:
        line = _of(comparison, name, "feedback")
        if name == base or not line:
            continue
        if line == own:
            same.append(name)
        else:
            pairs.append((name, line))
    return pairs, same


def feedback(comparison: Comparison) -> list[Block]:
    """Say of each scenario whether it could feed on records that it makes."""
    pairs, same = _loops(comparison)
    blocks: list[Block] = [Facts(pairs=pairs)] if pairs else []
    return [*blocks, *_same(same)]


def feedback_sentences(comparison: Comparison) -> list[str]:
    """Say the same a paragraph each."""
    pairs, same = _loops(comparison)
    return [*(f"{name}: {line}" for name, line in pairs), *_same(same)]


def _same(names: list[str]) -> list[str]:
    return [f"What holds of the base holds of {words.joined(names)}."] if names else []


def _of(comparison: Comparison, name: str, key: str) -> Any:  # noqa: ANN401 - as kept
    return comparison.record["scenarios"].get(name, {}).get(key) or ""


def changes(comparison: Comparison) -> list[tuple[str, list[str]]]:
    """Pair each scenario with what it changes of the base, in sentences."""
    base = comparison.record["base"]
    return [
        (name, list(_of(comparison, name, "changes") or ["nothing"]))
        for name in comparison.scenarios["scenario"]
        if name != base
    ]


def facts(comparison: Comparison) -> list[tuple[str, str]]:
    """Pair terms with what is said of the comparison as a whole."""
    record = comparison.record
    settings, workers = record["settings"], record["workers"]
    timings = ", ".join(f"{k} {v:,.1f} s" for k, v in record["timings"].items())
    pairs = [
        ("Made by", f"geoalloc {record['version']}"),
        ("Run", str(record["run_id"])),
        ("Base", str(record["base"])),
        ("Purpose", str(record["purpose"])),
        ("Marking", f"{record['marking']}. {record['handling']}".strip()),
        ("Data", str(record["attribution"])),
        ("Method", str(settings["method"])),
        ("Simulated shifts", _shifts(settings)),
        ("Seed", str(settings["seed"])),
        ("Processes", str(workers["description"])),
        ("Memory of the largest", _memory(workers["peak_mb"])),
        ("Time", timings),
    ]
    return [pair for pair in pairs if pair[1]]


def _shifts(settings: Mapping[str, Any]) -> str:
    return (
        f"{settings['shifts']:,} of each scenario (at least "
        f"{settings['least_shifts']:,}, at most {settings['most_shifts']:,})"
    )


def _memory(peak: float | None) -> str:
    return f"{peak:,.0f} MB" if peak and peak == peak else ""


def made(comparison: Comparison) -> list[Block]:
    """Make the blocks of how it was made."""
    record = comparison.record
    blocks: list[Block] = [Facts(pairs=facts(comparison))]
    notes = [*record["notes"], *record["workers"]["notes"]]
    if notes:
        blocks += ["To bear in mind:", Points(sentences=notes)]
    blocks.append(
        Fold(
            title="How sure is it?",
            blocks=[Points(sentences=told.precision(comparison))],
        )
    )
    blocks.append(
        Fold(title="Work and plan of each scenario", blocks=[work(comparison)])
    )
    lines = [
        (name, sentence) for name, said in changes(comparison) for sentence in said
    ]
    if lines:
        table = Table(
            caption="What each scenario changes of the base.",
            columns=("scenario", "change"),
            rows=lines,
        )
        blocks.append(Fold(title="Changes", blocks=[table]))
    own = [
        (name, str(note))
        for name in comparison.scenarios["scenario"]
        for note in _of(comparison, name, "notes") or ()
    ]
    if own:
        table = Table(
            caption="Notes of scenarios.", columns=("scenario", "note"), rows=own
        )
        blocks.append(Fold(title="Notes of scenarios", blocks=[table]))
    return [*blocks, _stages(comparison), _files(comparison), _versions(record)]


def _stages(comparison: Comparison) -> Fold:
    timings = {
        name: dict(_of(comparison, name, "timings") or {})
        for name in comparison.scenarios["scenario"]
    }
    stages = list(dict.fromkeys(stage for each in timings.values() for stage in each))
    table = Table(
        caption="Seconds by stage, as they were when each was worked out.",
        columns=("scenario", *stages),
        rows=[
            (name, *(_figure(each.get(stage, float("nan")), 1) for stage in stages))
            for name, each in timings.items()
        ],
    )
    return Fold(title="Time by stage", blocks=[table])


def _files(comparison: Comparison) -> Fold:
    """List each file once, with the scenarios that read it where not all do."""
    readers: dict[tuple[str, str], list[str]] = {
        (name, digest): [] for name, digest in comparison.record["inputs"].items()
    }
    names = list(comparison.scenarios["scenario"])
    for one in names:
        for pair in dict(_of(comparison, one, "inputs") or {}).items():
            readers.setdefault(pair, []).append(one)
    most = max((len(each) for each in readers.values()), default=0)
    rows = [
        (name, digest, "" if len(each) in (0, most) else words.joined(each, 6))
        for (name, digest), each in readers.items()
    ]
    table = Table(
        caption="Files that were read; named are those that not all scenarios read.",
        columns=("file", "SHA-256", "read by"),
        rows=rows,
    )
    return Fold(title="Files", blocks=[table])


def _versions(record: Mapping[str, Any]) -> Fold:
    frame = pd.Series(record["versions"], dtype="object")
    rows = [(str(name), str(version)) for name, version in frame.items()]
    table = Table(caption="Versions.", columns=("part", "version"), rows=rows)
    return Fold(title="Versions", blocks=[table])
