"""The number of ways to draw a sum from a population without replacement."""

from numba import njit

from geoalloc._types import FloatArray, IndexArray


@njit(cache=True)
def include(
    ways: FloatArray, reached: IndexArray, value: IndexArray, number: IndexArray
) -> None:
    """Let more members of the population be drawn; ``ways`` is changed in place.

    Every term is positive, so that the smallest number of ways is as exact, in
    proportion, as the largest.

    Parameters
    ----------
    ways : (most + 1, cap + 1)
        In how many ways j members that sum to s can be drawn of those included so
        far; the last column counts every sum of ``cap`` or more. One way to draw
        nothing, ``ways[0, 0] = 1``, to begin with.
    reached : (most + 1,)
        Last column of each row that is above 0, -1 if none is; changed in place.
    value, number : (n_values,)
        Distinct values of the members to include, 0 or more, and how many members
        have each. Ascending values keep ``reached`` low, which is faster.
    """
    most, cap = ways.shape[0] - 1, ways.shape[1] - 1
    for d in range(value.size):
        # From the most drawn to the least: a row is read before it is changed.
        for j in range(most, 0, -1):
            row = ways[j]
            choices = 1.0
            for t in range(1, min(j, number[d]) + 1):
                choices *= (number[d] - t + 1) / t
                last = reached[j - t]
                if last < 0:
                    continue
                drawn = ways[j - t]
                shift = min(t * value[d], cap)
                for s in range(min(last, cap - shift - 1) + 1):
                    row[s + shift] += choices * drawn[s]
                beyond = 0.0
                for s in range(cap - shift, last + 1):
                    beyond += drawn[s]
                row[cap] += choices * beyond
                reached[j] = max(reached[j], min(last + shift, cap))
