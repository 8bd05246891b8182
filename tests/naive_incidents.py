"""The rules of cleaning once more, row by row in plain Python."""

import csv
import io
import math
from collections import Counter


def police_uk(texts, contains):
    """Verdict of each row of street-level files.

    ``texts`` maps file name to text, ``contains(x, y)`` tells the area. Returns
    ``{(name, line): "used" or reason}`` in order of file and line.
    """
    rows = [row for name in sorted(texts) for row in _rows(name, texts[name])]
    verdict = {row["at"]: _own_fault(row, contains) for row in rows}

    by_id = {}
    for row in rows:
        if verdict[row["at"]] in _RANK and row["Crime ID"]:
            by_id.setdefault(row["Crime ID"], []).append(row)
    for group in by_id.values():
        kept = min(group, key=lambda row: _RANK[verdict[row["at"]]])
        copies = [row for row in group if row is not kept]
        verdict |= {row["at"]: _copy(_place(row), _place(kept)) for row in copies}
    return verdict


_RANK = {"used": 0, "outside the area": 1, "no coordinates": 2, "bad coordinates": 2}


def _rows(name, text):
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader)
    end = 1
    for cells in reader:
        start, end = end + 1, reader.line_num
        if cells:
            row = dict(zip(header, cells, strict=False))
            yield {"at": (name, start), "fits": len(cells) == len(header), **row}


def _copy(place, kept):
    if place == kept:
        return "duplicate: a copy"
    if place is None:
        return "duplicate: without coordinates"
    return "duplicate: at another place"


def _own_fault(row, contains):
    if not row["fits"]:
        return "wrong number of fields"
    if not any(c.isalnum() for c in row["Crime type"]):
        return "no category"
    if not row["Month"]:
        return "no time"
    year, _, month = row["Month"].partition("-")
    if not (year.isdigit() and month.isdigit() and 1 <= int(month) <= 12):
        return "unreadable time"
    texts = row["Longitude"].strip(), row["Latitude"].strip()
    if "" in texts:
        return "no coordinates"
    if texts == ("0", "0"):
        return "no coordinates"
    place = _place(row)
    if place is None:
        return "bad coordinates"
    return "used" if contains(*place) else "outside the area"


def _place(row):
    try:
        x, y = float(row["Longitude"]), float(row["Latitude"])
    except ValueError:
        return None
    on_globe = math.isfinite(x) and abs(x) <= 180 and abs(y) <= 90
    if (x, y) == (0, 0) or not on_globe:
        return None
    return (x, y)


def counted(rows):
    """How many incidents of each id and category signed counts leave."""
    total = Counter()
    positive = Counter()
    for key, count in rows:
        total[key] += count
        positive[key] += max(count, 0)
    return {key: max(total[key], 0) for key in total if positive[key]}


def nearest_m(points):
    """Great-circle distance of each (longitude, latitude) to the nearest other."""
    return [
        min(_haversine_m(p, q) for j, q in enumerate(points) if j != i)
        for i, p in enumerate(points)
    ]


def _haversine_m(p, q):
    x1, y1, x2, y2 = map(math.radians, (*p, *q))
    h = (
        math.sin((y2 - y1) / 2) ** 2
        + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    )
    return 2 * 6_371_008.8 * math.asin(math.sqrt(h))
