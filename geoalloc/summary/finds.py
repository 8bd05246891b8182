"""Hotspots in words, and the defaults that they were found with."""

import textwrap
from typing import Any

from geoalloc.hotspots import Found
from geoalloc.runs import HotspotRun
from geoalloc.summary import _lines

_WIDEST = 32  # letters of a category


def hotspots(run: HotspotRun) -> str:
    """Sum up hotspots: where they are first, then what to bear in mind."""
    record, found = run.record, run.found
    lines = [f"{record['marking']}", f"{record['name']}: {_number(found)}"]
    if record["synthetic"]:
        lines.append("SYNTHETIC incidents: a demonstration, not for duty.")
    ranked = _ranked(found)
    lines += ["", *ranked, *([""] if ranked else []), *_made_of(record, found), ""]
    lines += [
        textwrap.fill(note, 88, initial_indent="- ", subsequent_indent="  ")
        for note in record["notes"]
    ]
    return "\n".join(lines)


def _number(found: Found) -> str:
    n = len(found.hotspots)
    if not n:
        return "no hotspot"
    share = found.hotspots["share"].sum()
    land = found.hotspots["area_share"].sum()
    one = "1 hotspot holds" if n == 1 else f"{n} hotspots hold"
    return f"{one} {share:.0%} of the incidents on {_percent(land)} of the land"


def _percent(share: float) -> str:
    return "under 0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _ranked(found: Found) -> list[str]:
    """Lay the hotspots out in columns; those that say nothing are left out."""
    if not len(found.hotspots):
        return []
    table = found.hotspots
    columns = {
        "": table["rank"].astype("str"),
        "place": table["place"],
        "at": table["grid_ref"].where(table["grid_ref"] != table["place"], ""),
        "incidents": [f"{n:,.0f}" for n in table["incidents"]],
        "times the area": [_figure(times, 1) for times in table["times"]],
        "category": [
            f"{_short(name)} {share:.0%}" if name else ""
            for name, share in zip(
                table["category"], table["category_share"], strict=True
            )
        ],
        "peak hours": table["peak_hours"],
        "persistence": [
            f"{name} ({windows})" if name else ""
            for name, windows in zip(
                table["persistence"], table["windows"], strict=True
            )
        ],
        "institution": table["institution"],
    }
    parts = []
    for title, cells in columns.items():
        texts = [str(cell) for cell in cells]
        if any(texts):
            right = title in ("", "incidents", "times the area")
            width = max(map(len, [title, *texts]))
            parts.append(
                [f"{t:>{width}}" if right else f"{t:<{width}}" for t in [title, *texts]]
            )
    return ["  ".join(row).rstrip() for row in zip(*parts, strict=True)]


def _short(name: str) -> str:
    return name if len(name) <= _WIDEST else name[: _WIDEST - 3].rstrip("-") + "..."


def _figure(value: float, digits: int) -> str:
    """Write a figure to so many decimals, but a hundred or more as a whole one."""
    return f"{value:,.{0 if value >= 100 else digits}f}"


def _made_of(record: dict[str, Any], found: Found) -> list[str]:
    area, options = found.area, found.options
    known = area.morans_i == area.morans_i
    moran = f"{round(area.morans_i, 2) + 0.0:.2f}" if known else "undefined"
    rate = _figure(area.rate, 2) if area.rate >= 0.1 else f"{area.rate:.2g}"
    return [
        f"Incidents    {record['n_used']:,} of {record['n_read']:,} used, "
        f"{record['period']['text']}",
        *_lines.refused(record["rejects"]),
        _lines.hanging("Read as", str(record["columns"])),
        _lines.hanging(
            "Area",
            f"{record['area']}: {area.land_km2:,.0f} km² of land, "
            f"{area.hexes:,} hexes of resolution {record['resolution']}, "
            f"{rate} {area.rate_unit}",
        ),
        _lines.hanging(
            "Spread",
            f"{area.concentration} Gini {area.gini:.2f}, Moran's I {moran}",
        ),
        f"Density      {options.kernel} kernel, bandwidth {options.bandwidth_m:,.0f} m",
        _lines.hanging(
            "Significant",
            f"{area.significant:,} of {area.hexes:,} hexes: {area.clustered:,} in "
            f"clusters (exact Gi*, false discovery rate {options.rate:g}), "
            f"{area.exceeding:,} over {options.times:g} times the area's rate; "
            f"hotspots lie in the densest {100 * options.area_share:g} % of the land",
        ),
    ]


def defaults(rows: list[tuple[str, str, str]]) -> str:
    """List defaults by name, each with its value and its reason."""
    width = max(len(name) for name, _, _ in rows) + 2
    return "\n".join(
        textwrap.fill(
            f"{value}: {why}",
            88,
            initial_indent=f"{name:<{width}}",
            subsequent_indent=" " * width,
        )
        for name, value, why in rows
    )
