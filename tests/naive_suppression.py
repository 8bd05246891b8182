"""What an attacker can work out from a published table, by linear programming."""

import numpy as np
from scipy.optimize import linprog


def bounds(counts, parts, withheld):
    """Least and greatest value that each hidden figure can have.

    Unknown are the cells alone; every figure that is published is an equation.
    Returns a list of (what, true value, least, greatest).
    """
    counts = np.asarray(counts)
    n, m = counts.shape
    names = sorted(set(parts))
    member = np.array([[part == name for part in parts] for name in names])

    def cells(rows, columns):
        chosen = np.zeros((n, m))
        chosen[np.ix_(np.flatnonzero(rows), np.flatnonzero(columns))] = 1.0
        return chosen.ravel()

    every_row, every_column = np.ones(n, bool), np.ones(m, bool)
    figures = [
        *(
            (f"cell {i}, {j}", cells(np.arange(n) == i, np.arange(m) == j), h)
            for (i, j), h in np.ndenumerate(withheld.cells)
        ),
        *(
            (f"total {i}", cells(np.arange(n) == i, every_column), h)
            for i, h in enumerate(withheld.totals)
        ),
        *(
            (f"part {p}, {j}", cells(member[p], np.arange(m) == j), h)
            for (p, j), h in np.ndenumerate(withheld.part_cells)
        ),
        *(
            (f"part total {p}", cells(member[p], every_column), h)
            for p, h in enumerate(withheld.part_totals)
        ),
        *(
            (f"column {j}", cells(every_row, np.arange(m) == j), False)
            for j in range(m)
        ),
    ]
    flat = counts.ravel().astype(float)
    told = [(a, a @ flat) for _, a, hidden in figures if not hidden]
    matrix, right = np.array([a for a, _ in told]), np.array([b for _, b in told])
    found = []
    for what, a, hidden in figures:
        if hidden:
            ends = [extreme(sign, a, matrix, right) for sign in (1.0, -1.0)]
            found.append((what, a @ flat, ends[0], ends[1]))
    return found


def extreme(sign, figure, matrix, right):
    """Least value of a figure, or with a sign of -1 its greatest."""
    best = linprog(sign * figure, A_eq=matrix, b_eq=right, bounds=(0, None))
    return sign * best.fun if best.status == 0 else sign * -np.inf


def tables(published):
    """Every table of whole numbers that agrees with one published, by brute force.

    ``published`` is rows of counts, None for one that is hidden, then the totals of
    rows, and the totals of columns; one part.
    """
    rows, totals, columns = published
    n, m = len(rows), len(columns)

    def fill(i, j, left, grid):
        if i == n:
            if not any(left):
                yield tuple(tuple(row) for row in grid)
            return
        if j == m:
            if totals[i] is None or sum(grid[i]) == totals[i]:
                yield from fill(i + 1, 0, left, grid)
            return
        known = rows[i][j]
        for value in range(left[j] + 1) if known is None else [known]:
            if value <= left[j]:
                grid[i][j] = value
                rest = [*left]
                rest[j] -= value
                yield from fill(i, j + 1, rest, grid)

    return list(fill(0, 0, list(columns), [[0] * m for _ in range(n)]))
