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


def peaks(neighbors, height, land, chosen, largest):
    """Groups by the peak that each chosen hex leads up to, as sets joined one by one.

    Every hex makes a set of its own when its turn comes, joins the set of its highest
    neighbor, and then any other set beside it that is small enough, higher ones first.
    """
    order = sorted(
        (i for i, one in enumerate(chosen) if one), key=lambda i: (-height[i], i)
    )
    turn = {hex_: k for k, hex_ in enumerate(order)}
    groups = []
    for here in order:
        taken = [j for j in neighbors[here] if j in turn and turn[j] < turn[here]]
        beside = []
        for j in sorted(taken, key=lambda j: turn[j]):
            group = next(g for g in groups if j in g)
            if group not in beside:
                beside.append(group)
        mine = {here}
        groups.append(mine)
        for number, other in enumerate(beside):
            together = sum(land[j] for j in mine | other)
            if number == 0 or together <= largest:
                groups.remove(mine)
                groups.remove(other)
                mine = mine | other
                groups.append(mine)
    return sorted(sorted(int(j) for j in group) for group in groups)
