"""Slow twins of how a scenario is changed, in plain Python."""


def largest_remainder(values, change):
    """Share a whole change of a sum in proportion, one unit at a time.

    Each value gets the whole part of its share; what is left goes, one by one, to the
    value whose share is the farthest from what it got so far, the first of equals.
    """
    total = sum(values)
    size, sign = abs(change), 1 if change >= 0 else -1
    # In units of 1 / total, so that all is whole.
    shares = [size * value for value in values]
    got = [share // total for share in shares]
    while sum(got) < size:
        short = [share - total * have for share, have in zip(shares, got, strict=True)]
        got[short.index(max(short))] += 1
    return [value + sign * have for value, have in zip(values, got, strict=True)]


def lines(text):
    """Find the line of each simple ``key = value`` by table, without lists."""
    found, table = {}, ()
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line.startswith("["):
            table = tuple(line.strip("[]").split("."))
            found[table] = number
        elif "=" in line:
            found[(*table, line.split("=")[0].strip())] = number
    return found
