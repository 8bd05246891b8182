"""Slow readers of the columns in a map page, one number at a time."""

import math

_SEXTETS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def varints(text):
    values, value, place = [], 0, 1
    for character in text:
        k = _SEXTETS.index(character)
        value += (k % 32) * place
        place *= 32
        if k < 32:
            values.append(value)
            value, place = 0, 1
    return values


def signed(folded):
    return -(folded + 1) // 2 if folded % 2 else folded // 2


def deltas(text):
    values, value = [], 0
    for folded in varints(text):
        value += signed(folded)
        values.append(value)
    return values


def runs(text):
    numbers = varints(text)
    values = []
    for i in range(0, len(numbers), 2):
        values += [numbers[i]] * numbers[i + 1]
    return values


def measure(column):
    return [
        (n - 1) * column["step"] if n else float("nan") for n in varints(column["d"])
    ]


def near(column):
    return [
        (n - 1) * column["step"] if n else float("nan") for n in deltas(column["d"])
    ]


def levels(column):
    values = []
    for character in column["d"]:
        k = _SEXTETS.index(character)
        value = float("nan") if k == 0 else 0.0
        if k > 1:
            value = column["most"] * column["ratio"] ** (63 - k)
        values.append(value)
    return values


def shares(text):
    return [_SEXTETS.index(character) / 63 for character in text]


def names(column):
    return [column["names"][i] for i in runs(column["d"])]


def grid_references(column):
    east, north = deltas(column["east"]), deltas(column["north"])
    return [
        f"{pair} {e:03d} {n:03d}"
        for pair, e, n in zip(names(column), east, north, strict=True)
    ]


def mesh(stream):
    """Rings of (latitude, longitude), not closed."""
    return lattice(stream) if "vectors" in stream else outlines(stream)


def lattice(stream):
    """Corners of hexagons in a plane that touches the Earth, seen from its middle."""
    numbers = iter(varints(stream["d"]))
    row = column = 0
    rings = []
    for _ in range(stream["n"]):
        row += signed(next(numbers))
        column += signed(next(numbers))
        ring = []
        for down, right in [(2, 1), (1, 2), (-1, 1), (-2, -1), (-1, -2), (1, -1)]:
            r, c = row + down / 3, column + right / 3
            x, y, z = (
                origin + r * a + c * b
                for origin, a, b in zip(*stream["vectors"], strict=True)
            )
            latitude = math.degrees(math.atan2(z, math.hypot(x, y)))
            longitude = math.degrees(math.atan2(y, x))
            turns = round((longitude - stream["middle"]) / 360)
            ring.append((latitude, longitude - 360 * turns))
        rings.append(ring)
    return rings


def outlines(stream):
    numbers = iter(varints(stream["d"]))
    corners, rings, edges, first = [], [], {}, (0, 0)
    for _ in range(stream["n"]):
        ring, last = [], first
        for k in range(next(numbers)):
            edge = edges.get(k, (0, 0)) if k else (0, 0)
            back = next(numbers)
            if back:
                corner = corners[len(corners) - back]
            else:
                residual = signed(next(numbers)), signed(next(numbers))
                corner = tuple(last[j] + edge[j] + residual[j] for j in (0, 1))
                corners.append(corner)
            if k:
                edges[k] = corner[0] - last[0], corner[1] - last[1]
            ring.append(corner)
            last = corner
        first = ring[0]
        rings.append(ring)
    scale = 10.0 ** -stream["digits"]
    return [[(lat * scale, lng * scale) for lat, lng in ring] for ring in rings]


def lines(stream):
    numbers = iter(varints(stream["d"]))
    at, parts = [0, 0], []
    for count in varints(stream["parts"]):
        part = []
        for _ in range(count):
            at = [at[0] + signed(next(numbers)), at[1] + signed(next(numbers))]
            part.append((at[0] / 1e5, at[1] / 1e5))
        parts.append(part)
    return parts


def breaks(values, weights):
    """Values, rounded, at which 5, 20, 50 and 80 % of the weight is reached."""
    pairs = sorted(zip(values, weights, strict=True))
    found = []
    for share in (0.05, 0.20, 0.50, 0.80):
        below = 0.0
        for value, weight in pairs:
            below += weight
            if below >= share * sum(weights):
                found.append(value)
                break
    for digits in (1, 2):
        rounded = sorted({float(f"{value:.{digits}g}") for value in found})
        if len(rounded) == len(found):
            break
    return rounded


def ids(stream):
    """H3 indexes, as whole numbers."""
    bits = stream["bits"]
    value = int(stream["first"], 16) >> bits
    last = int(stream["first"], 16) % 2**bits
    found = []
    for step in varints(stream["d"]):
        value += step
        found.append(value * 2**bits + last)
    return found
