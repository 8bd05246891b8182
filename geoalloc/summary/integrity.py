"""How good incident files are, in words."""

from typing import Any

from geoalloc.summary import _lines


def quality(figures: dict[str, Any]) -> str:
    """Sum up how good incident files are, worst news not left out."""
    months, places = figures["months"], figures["places"]
    period = _lines.period(*figures["period"])
    known = "exact times" if figures["timed"] else "months only"
    lines = [
        f"{figures['rows']:,} rows in {len(figures['sources'])} files, {period} "
        f"({known}); {figures['used']:,} used ({figures['used_share']:.1%})",
        *_lines.refused(figures["rejected"]),
        *_lines.categories(figures["categories"]),
    ]
    lines += [
        f"Months {word}: {', '.join(months[word])}"
        for word in ("missing", "thin")
        if months[word]
    ]
    if places["p90_spacing_m"] is not None:
        lines.append(
            f"Places: {places['unique']:,} distinct, {places['shared_share']:.1%} of "
            "incidents on a shared one; the next is "
            f"{places['median_spacing_m']:.0f} m away at the median, over "
            f"{places['p90_spacing_m']:.0f} m for a tenth of them"
        )
    generic = figures["generic_places"]
    lines.append(
        f'Generic places such as "Supermarket": {generic["rows"]:,} incidents '
        f"({generic['share']:.1%}), of them {generic['institution_rows']:,} at police "
        "stations, hospitals and prisons"
    )
    if figures["times"] and figures["times"]["spikes"]:
        spikes = figures["times"]["spikes"]
        lines.append(
            "Times that stand in for unknown ones: "
            + ", ".join(f"{minute} ({n:,})" for minute, n in spikes.items())
        )
    return "\n".join(lines)
