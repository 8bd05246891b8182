"""What a plan loses if single units stood elsewhere, all others staying."""

from collections.abc import Sequence

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation._marginal import Layer, fall, layers, within_reach
from geoalloc.allocation.problem import AllocationProblem


def losses_of_moves(
    problem: AllocationProblem, where: IndexArray, others: Sequence[IndexArray]
) -> list[FloatArray]:
    """Tell how much dearer a plan gets if one unit alone stood elsewhere instead.

    Hexes that it covers from both posts lose nothing.

    Parameters
    ----------
    where : (n_units, n_periods)
        -1 is at no post.
    others
        Where each unit would stand, shaped and marked as ``where``: one table or
        several, each asked about by itself.

    Returns
    -------
    losses
        For each table, (n_units, n_periods), of the objective without the drives.
    """
    losses = [np.zeros(where.shape) for _ in others]
    for layer in layers(problem, where):
        for change in np.unique(layer.parts[layer.parts > 0]).tolist():
            rise = -layer.value * fall(problem, layer, -change)
            drop = layer.value * fall(problem, layer, change)
            alike = np.flatnonzero(layer.parts == change)
            for loss, other in zip(losses, others, strict=True):
                for u in alike.tolist():
                    pairs = where[u], other[u]
                    loss[u] += _loss(problem, u, pairs, layer, rise, drop)
    return losses


def _loss(
    problem: AllocationProblem,
    unit: int,
    pairs: tuple[IndexArray, IndexArray],
    layer: Layer,
    rise: FloatArray,
    drop: FloatArray,
) -> FloatArray:
    """Tell what a unit costs in a layer by moving, period by period: (n_periods,).

    ``pairs`` : where it stands, and where it would; ``rise, drop`` : (n_periods,
    n_hexes), what each hex costs more without it, and would cost less with it.
    """
    posts = np.column_stack(pairs)
    posts[posts[:, 0] == posts[:, 1]] = -1
    loss = np.zeros(len(posts))
    for here, there in np.unique(posts, axis=0).tolist():
        at = np.flatnonzero((posts == (here, there)).all(axis=1))
        old = within_reach(problem, unit, here, layer)
        new = within_reach(problem, unit, there, layer)
        left, won = _without(problem, old, new), _without(problem, new, old)
        loss[at] += rise[np.ix_(at, left)].sum(axis=1)
        loss[at] -= drop[np.ix_(at, won)].sum(axis=1)
    return loss


def _without(
    problem: AllocationProblem, hexes: IndexArray, others: IndexArray
) -> IndexArray:
    """List the hexes that are not among others."""
    if not (hexes.size and others.size):
        return hexes
    taken = np.zeros(problem.n_hexes, dtype=bool)
    taken[others] = True
    return hexes[~taken[hexes]]
