"""Slow twin of the levers: calls are moved from bag to bag, grade by grade.

A bag is of calls of a grade that are free, protected or touched; plain Python only.
"""

GRADES = ("immediate", "priority", "routine", "none")


def sort_calls(calls, shares, threshold):
    """Put calls into bags by grade, and by whether no lever may touch them."""
    bags = {}
    for grade, share in zip(GRADES, shares, strict=True):
        if grade == "immediate":
            bags[grade, "protected"] = calls * share
        else:
            bags[grade, "protected"] = calls * share * threshold
            bags[grade, "free"] = calls * share * (1 - threshold)
    return bags


def take(bags, touched, avoided, returned):
    """Let a lever touch a share of the free calls: they leave its reach for good."""
    left = dict(bags)
    for (grade, state), calls in bags.items():
        if state == "free":
            reached = calls * touched
            gone = reached * avoided * (1 - returned)
            left[grade, "free"] -= reached
            key = (grade, "touched")
            left[key] = left.get(key, 0.0) + reached - gone
    return left


def answered(calls, shares, steps, threshold=0.0):
    """Calls left by grade, after (touched, avoided, returned) steps."""
    bags = sort_calls(calls, shares, threshold)
    for step in steps:
        bags = take(bags, *step)
    total = dict.fromkeys(GRADES, 0.0)
    for (grade, _), left in bags.items():
        total[grade] += left
    return total
