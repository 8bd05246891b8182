"""Slow twin of the aggregation of hexes: cell by cell, in plain Python."""


def cells(problem, group):
    """List the hexes of each cell: alike but for their travel, posts by themselves."""
    posts, found = set(problem.post_hex.tolist()), {}
    for h in range(problem.n_hexes):
        key = [
            str(group[h]),
            h if h in posts else None,
            int(problem.hex_beat[h]),
            int(problem.hex_district[h]),
            *(float(c.limit_min[h]) for c in problem.classes),
            *(bool(cap.hexes[h]) for cap in problem.caps),
        ]
        if problem.longest is not None:
            key.append(float(problem.longest.limit_min[h]))
        found.setdefault(tuple(key), []).append(h)
    return [frozenset(hexes) for hexes in found.values()]


def demand(problem, h):
    """Weigh a hex by its calls, as the objective does."""
    return sum(c.weight * float(c.arrivals[:, h].sum()) for c in problem.classes)


def minutes(problem, post, hexes):
    """Mean minutes to a cell by demand; None if half of it is out of reach."""
    row = problem.travel_min[[post]].tocoo()
    known = dict(zip(row.col.tolist(), row.data.tolist(), strict=True))
    whole = sum(demand(problem, h) for h in hexes)
    weights = {h: demand(problem, h) if whole > 0 else 1.0 for h in hexes}
    reached = sum(weights[h] for h in hexes if h in known)
    if reached == 0 or reached < 0.5 * sum(weights.values()) - 1e-9:
        return None
    return sum(weights[h] * known[h] for h in hexes if h in known) / reached
