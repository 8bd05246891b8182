"""Slow twins of finding hotspots, in plain Python."""


def adjusted(p):
    """Benjamini and Hochberg's adjusted p-values, by their definition."""
    ranked = sorted(range(len(p)), key=lambda i: p[i])
    result = [1.0] * len(p)
    least = 1.0
    for place in range(len(p), 0, -1):
        i = ranked[place - 1]
        least = min(least, p[i] * len(p) / place)
        result[i] = least
    return result


def grouped(neighbors, chosen, count):
    """Contiguous groups of chosen hexes by flooding, those of most incidents first."""
    left = {i for i, one in enumerate(chosen) if one}
    groups = []
    while left:
        waiting, group = [left.pop()], []
        while waiting:
            here = waiting.pop()
            group.append(here)
            for other in neighbors[here]:
                if other in left:
                    left.discard(int(other))
                    waiting.append(int(other))
        groups.append(sorted(group))
    return sorted(groups, key=lambda g: (-sum(count[i] for i in g), g[0]))
