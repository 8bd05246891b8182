"""What the maps of a comparison show, worked out hex by hex in plain Python."""

import math


def table(comparison, measure):
    """Figure of each scenario and hex; none where it is missing."""
    rows = zip(
        comparison.cells["scenario"],
        comparison.cells["hex_id"],
        comparison.cells[measure],
        strict=True,
    )
    return {
        (name, int(hex_id)): None if math.isnan(value) else float(value)
        for name, hex_id, value in rows
    }


def breaks(values):
    """Values, rounded, below which 5, 20, 50 and 80 % of their sum lie."""
    ordered, whole = sorted(values), math.fsum(values)
    found = []
    for share in (0.05, 0.2, 0.5, 0.8):
        sum_ = 0.0
        for value in ordered:
            sum_ += value
            if sum_ >= share * whole:
                found.append(value)
                break
    for digits in (1, 2):
        rounded = sorted({float(f"{value:.{digits}g}") for value in found} - {0.0})
        if len(rounded) == 4:
            break
    return [value for value in rounded if value <= ordered[-1]]


def class_of(value, ends):
    """How many of the ends a figure reaches."""
    return sum(value >= end for end in ends)


def color(value, before, ends, inks):
    """Color of a change, with as many classes each way as there are ends."""
    if value is None and before is None:
        return inks["none"]
    if value is None or before is None:
        return inks["more" if value is None else "less"][-1]
    k = class_of(abs(value - before), ends)
    if not k:
        return inks["same"]
    side = inks["more" if value > before else "less"]
    return side[len(side) - len(ends) + k - 1]
