"""A comparison in words: what is better, what is worse, what cannot be told."""

from typing import Any

from geoalloc.runs import comparison_gist, comparison_words
from geoalloc.runs.comparison import Comparison
from geoalloc.summary import _lines

_NAME = 22  # letters of a name


def comparison(compared: Comparison) -> str:
    """Sum up a comparison: the answer first, then a line for each scenario."""
    record = compared.record
    marking = f"{record['marking']}. {record['handling']}".strip()
    lines = [marking, f"Scenarios compared: {record['name']}"]
    if record["synthetic"]:
        lines.append("SYNTHETIC incidents: a demonstration, not evidence.")
    if record["purpose"] == "exercise":
        lines.append("EXERCISE: made to learn from, not for duty.")
    lines.append("")
    lines += [
        _lines.folded(f"- {text}", "  ") for text in comparison_gist.in_short(compared)
    ]
    lines += ["", *_table(compared), "", *_made(record)]
    return "\n".join(lines)


def _table(compared: Comparison) -> list[str]:
    """Give each scenario a line of the first headline measure, and its verdict."""
    pairs = comparison_gist.headlines(compared)
    if not pairs:
        return []
    measure, group = pairs[0]
    standing = comparison_gist.standings(compared)
    rows = comparison_gist.headline_rows(compared, measure, group)
    by = {row["scenario"]: row for row in rows.to_dict("records")}
    of = comparison_words.unit(measure)
    cells = [("", "", "difference", "interval", "")]
    for name, word in standing.items():
        told = _figures(measure, by.get(name))
        if word == comparison_gist.BASE and len(rows):
            own = comparison_words.figure(measure, float(rows["base_value"].iloc[0]))
            told = (own, "", "")
        cells.append((_cut(name), *told, word))
    widths = [max(len(row[k]) for row in cells) for k in range(4)]
    title = comparison_words.label(measure, group)
    return [f"{title}; differences in {of}" if of else title] + [
        f"  {row[0]:<{widths[0]}}"
        + "".join(f"  {row[k]:>{widths[k]}}" for k in (1, 2, 3))
        + f"  {row[4]}".rstrip()
        for row in cells
    ]


def _figures(measure: str, row: dict[str, Any] | None) -> tuple[str, str, str]:
    if row is None:
        return "", "", ""
    n = comparison_words.digits(row)
    return (
        comparison_words.figure(measure, row["value"], n),
        comparison_words.difference(measure, row["difference"], n),
        comparison_words.interval(measure, row["low"], row["high"], n),
    )


def _cut(name: str) -> str:
    """Shorten a name in its middle: names of scenarios differ at their ends."""
    if len(name) <= _NAME:
        return name
    tail = (_NAME - 3) // 2
    return f"{name[: _NAME - 3 - tail]}...{name[-tail:]}"


def _made(record: dict[str, Any]) -> list[str]:
    settings, workers = record["settings"], record["workers"]
    told = [
        _lines.hanging(
            "Simulated",
            f"{settings['shifts']:,} shifts of each scenario, on the same calls; "
            f"{settings['contrasts']:,} headline comparisons allowed for at once",
        ),
        _lines.hanging("Work", _work(workers, record["timings"])),
    ]
    notes = [*record["notes"], *workers["notes"]]
    return told + [_lines.hanging("Note", str(note)) for note in notes]


def _work(workers: dict[str, Any], timings: dict[str, float]) -> str:
    text = str(workers["description"])
    if workers.get("peak_mb"):
        text += f", the largest of {workers['peak_mb']:,.0f} MB"
    whole = timings.get("all")
    return text if whole is None else f"{text}; {whole:,.0f} s"
