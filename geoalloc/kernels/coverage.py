"""What search and cuts work on: cells to cover, teams to cover them, and rules."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoalloc._types import FloatArray, IndexArray


class Cells(NamedTuple):
    """What there is to cover: one cell is one hex in one layer of service.

    A layer is a class of service in the periods that share the same units. Layers
    may share a block of coverage: ``cell[indptr[r]:indptr[r + 1]]`` with ``r = block
    * n_posts + p`` are the cells, counted from the layer's ``offset``, within the
    standard of post p. ``beat, curve`` have one row per cell; ``curve[i, n]`` is the
    cost of cell i with n parts in reach, convex and not increasing in n.
    """

    n_posts: int
    indptr: IndexArray
    cell: npt.NDArray[np.int32]
    offset: IndexArray
    beat: IndexArray
    curve: FloatArray


class Within(NamedTuple):
    """The coverage of ``Cells`` turned round: from which posts a cell is covered.

    ``post[indptr[k]:indptr[k + 1]]`` with ``k = first[b] + j`` are the posts from
    which block b covers its cell j; ``first`` has one entry more than blocks.
    """

    first: IndexArray
    indptr: IndexArray
    post: npt.NDArray[np.int32]


class Teams(NamedTuple):
    """Units that cover alike: how they serve each layer, and in which beat only.

    ``block`` : (n_teams, n_layers), the block of coverage, -1 where they do not
    serve; ``parts`` : (n_teams, n_layers), what one unit counts for; ``beat`` :
    (n_teams,), -1 for everywhere.
    """

    block: IndexArray
    parts: IndexArray
    beat: IndexArray


class Quotas(NamedTuple):
    """Rows that want at least and at most so much at some posts.

    ``row[indptr[p]:indptr[p + 1]]`` are the rows that count post p; ``parts`` :
    (n_rows, n_teams), what a unit counts for; ``least, most, price`` : (n_rows,),
    the price of each part short or over.
    """

    indptr: IndexArray
    row: IndexArray
    parts: IndexArray
    least: IndexArray
    most: IndexArray
    price: FloatArray


class Moves(NamedTuple):
    """How many units may leave where they stand: ``current`` (n_teams, n_posts).

    ``most`` below 0 sets no limit.
    """

    current: IndexArray
    most: int
