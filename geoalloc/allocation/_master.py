"""The master problem: integer places, transport from stations, and cuts.

Each block (class and district) has one variable theta, bounded from below by the
tangents of its convex unmet demand (Benders, 1962; Kelley, 1960); so has each cap,
whose theta is bounded from above. GLOP solves the relaxation, HiGHS the integer
problem.
"""

from dataclasses import dataclass

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.allocation import _search
from geoalloc.allocation._cover import Cover, tangent
from geoalloc.allocation._program import Limits, Program
from geoalloc.kernels import gathering

_SCALE = 1e3  # objective in thousandths, or GLOP turns abnormal
_TINY = 1e-6  # scaled cut coefficients below this are dropped
_VIOLATED = 1e-6  # scaled; a cut less violated than this is not worth having
_IDLE = 6  # rounds without a price after which a cut is dropped
_UNLIMITED = 1 << 30  # a most at or beyond it is no limit
_SLACK = 1e-5  # share that is taken off a bound of HiGHS for its tolerances


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A solution of the relaxed master and the lower bound that came with it.

    Attributes
    ----------
    placed : (n_sides, n_posts)
        Fractions of units of each side at each post.
    theta : (n_blocks + n_caps,)
        Unmet demand that the cuts so far know of, scaled.
    """

    placed: FloatArray
    theta: FloatArray
    bound: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the integer master came to.

    Attributes
    ----------
    post : (n_units,)
        None if it has no plan.
    infeasible
        Whether the cuts and rules are proven to leave no plan.
    """

    post: IndexArray | None
    theta: FloatArray
    bound: float
    nodes: int
    infeasible: bool


@dataclass(kw_only=True)
class _Cut:
    """A row ``theta[block] + steep . y >= rhs``, and rounds without a price."""

    row: int
    block: int
    steep: FloatArray
    rhs: float
    idle: int = 0


class Master:
    """The cut master; it grows by ``add_cuts`` and stays warm between solves."""

    def __init__(self, cover: Cover) -> None:
        roster = cover.roster
        self._cover = cover
        self._team, self._post = np.nonzero(np.isfinite(roster.cost))
        shape = (roster.sides.beat.size, roster.cost.shape[1])
        self._allowed = np.zeros(shape, dtype=bool)
        self._allowed[roster.side[self._team], self._post] = True
        self._place = np.full(shape, -1)
        self._place[self._allowed] = np.arange(self._allowed.sum())
        self._program = Program()
        self._add_places()
        self._post_units()
        self._require_quotas()
        self._budget = self._limit_moves()
        self.cuts: list[_Cut] = []

    @property
    def n_cuts(self) -> int:
        """Number of cuts that are kept."""
        return len(self.cuts)

    def _add_places(self) -> None:
        """Add y by side, theta, and x by team where a side has several."""
        cover, roster, program = self._cover, self._cover.roster, self._program
        place = self._place[roster.side[self._team], self._post]
        self._shared = (np.bincount(roster.side) > 1)[roster.side][self._team]
        cost = roster.cost[self._team, self._post] * _SCALE
        own = np.zeros(int(self._allowed.sum()))
        own[place[~self._shared]] = cost[~self._shared]
        everybody = float(roster.size.sum())
        self._y = program.add_columns(own, np.full(own.size, everybody))
        n_caps = cover.cap_limit.size
        self._theta = program.add_columns(
            np.repeat([1.0, 0.0], [cover.n_blocks, n_caps]),
            np.concatenate([np.full(cover.n_blocks, np.inf), cover.cap_limit * _SCALE]),
        )
        # A team that is alone on its side needs no variables but those of the side.
        self._x = self._y[place]
        shared = cost[self._shared]
        self._x[self._shared] = program.add_columns(
            shared, np.full(shared.size, everybody)
        )

    def _post_units(self) -> None:
        """Every unit of a team is posted; those of a side are those of its teams."""
        roster, program = self._cover.roster, self._program
        for g, n in enumerate(roster.size.tolist()):
            x = self._x[self._team == g]
            program.add_row(x, np.ones(x.size), lower=n, upper=n)
        place = self._place[roster.side[self._team], self._post]
        order = np.flatnonzero(self._shared)
        order = order[np.argsort(place[order], kind="stable")]
        starts = np.flatnonzero(np.diff(place[order], prepend=-1))
        for members in np.split(order, starts[1:]) if order.size else []:
            column = np.append(self._x[members], self._y[place[members[0]]])
            sign = np.append(np.ones(members.size), -1.0)
            program.add_row(column, sign, lower=0.0, upper=0.0)

    def _require_quotas(self) -> None:
        """Each quota has its least and no more than its most."""
        cover, quotas = self._cover, self._cover.quotas
        self._rows = []
        for r in range(quotas.least.size):
            most = float(quotas.most[r]) if quotas.most[r] < _UNLIMITED else np.inf
            parts = (cover.side_parts[r][:, None] * cover.quota_post[r])[self._allowed]
            counted = np.flatnonzero(parts)
            self._rows.append(
                self._program.add_row(
                    self._y[counted],
                    parts[counted].astype(np.float64),
                    lower=float(quotas.least[r]),
                    upper=most,
                )
            )

    def _limit_moves(self) -> int | None:
        """No more than so many units leave where they stand: v >= current - x."""
        moves, program = self._cover.moves, self._program
        self._v = np.zeros(0, dtype=np.int64)
        if moves.most < 0:
            return None
        stood = moves.current[self._team, self._post]
        here = np.flatnonzero(stood)
        forced = int(moves.current.sum() - stood.sum())  # may not stay
        self._v = program.add_columns(np.zeros(here.size), stood[here].astype(float))
        for v, k in zip(self._v.tolist(), here.tolist(), strict=True):
            column = np.array([v, self._x[k]])
            program.add_row(column, np.ones(2), lower=float(stood[k]))
        left = float(moves.most - forced)
        return program.add_row(self._v, np.ones(self._v.size), upper=left)

    def value(self, placed: FloatArray) -> FloatArray:
        """Unmet demand by block, then by cap, at ``placed``, scaled."""
        return _SCALE * self._by_block(self._cover.unmet(placed))

    def placed(self, post: IndexArray) -> FloatArray:
        """Count the units of each side at each post: (n_sides, n_posts)."""
        return self._cover.placed(post)

    def _by_block(self, cost: FloatArray) -> FloatArray:
        cover = self._cover
        total = np.bincount(cover.block, cost, cover.n_blocks)
        return np.concatenate([total, cover.capped @ cost])

    def add_cuts(self, placed: FloatArray, against: Solution | None = None) -> int:
        """Add the tangents at ``placed``, or only those that ``against`` violates."""
        cover = self._cover
        count = cover.parts(placed)
        cost, slope = tangent(cover.cells.curve, count)
        steep = self._gathered(slope * _SCALE)
        rhs = _SCALE * self._by_block(cost + slope * count)
        dropped = (steep > 0) & (steep < _TINY)
        steep[dropped] = 0.0
        # A dropped coefficient would have helped by at most _TINY a unit.
        rhs -= np.where(dropped.any(axis=1), _TINY * cover.roster.size.sum(), 0.0)
        blocks = np.flatnonzero(rhs > 0)
        if against is not None:
            short = rhs - against.theta - steep @ against.placed[self._allowed]
            blocks = blocks[short[blocks] > _VIOLATED * np.maximum(1.0, rhs[blocks])]
        for block in blocks.tolist():
            self._add_cut(block, steep[block], float(rhs[block]))
        return len(blocks)

    def _gathered(self, slope: FloatArray) -> FloatArray:
        """Give what one more unit saves by block, then by cap: (n, n_places)."""
        cover = self._cover
        parts = [(slope, cover.block, cover.n_blocks)]
        parts += [(slope, np.where(capped, 0, -1), 1) for capped in cover.capped]
        return np.concatenate(
            [
                gathering.gather(cover.cells, cover.within, cover.roster.sides, *part)[
                    :, self._allowed
                ]
                for part in parts
            ]
        )

    def _add_cut(self, block: int, steep: FloatArray, rhs: float) -> None:
        places = np.flatnonzero(steep)
        row = self._program.add_row(
            np.append(self._y[places], self._theta[block]),
            np.append(steep[places], 1.0),
            lower=rhs,
        )
        self.cuts.append(_Cut(row=row, block=block, steep=steep, rhs=rhs))

    def relax(self) -> Solution | None:
        """Solve the relaxation; None if the solver broke down or there is no plan."""
        found = self._program.relax()
        if found is None:
            return None
        placed = np.zeros(self._allowed.shape)
        placed[self._allowed] = np.maximum(found.value[self._y], 0.0)
        price = np.array([found.price.get(cut.row, 0.0) for cut in self.cuts])
        worth = np.array([found.price.get(row, 0.0) for row in self._rows])
        dear = 0.0
        if self._budget is not None:
            dear = -found.price.get(self._budget, 0.0)
        bound = self.bound_at(price, worth, dear)
        self._drop_idle(price)
        return Solution(placed=placed, theta=found.value[self._theta], bound=bound)

    def _drop_idle(self, price: FloatArray) -> None:
        """Drop cuts that have had no price for long: they only slow the solver."""
        for cut, worth in zip(self.cuts, price.tolist(), strict=True):
            cut.idle = 0 if worth > 0 else cut.idle + 1
        self._program.delete_rows([c.row for c in self.cuts if c.idle >= _IDLE])
        self.cuts = [cut for cut in self.cuts if cut.idle < _IDLE]

    def bound_at(
        self, price: FloatArray, worth: FloatArray, dear: float = 0.0
    ) -> float:
        """Give the Lagrangian bound at any prices: true even if the solver erred.

        The cuts are priced out and the rules with them; what is left is that each
        unit goes where it is cheapest. ``worth`` has one price per quota: above 0
        for its least, below 0 for its most; ``dear`` is that of a move.
        """
        cover, roster, quotas = self._cover, self._cover.roster, self._cover.quotas
        price, saving = self._priced_cuts(price)
        bound = sum(p * c.rhs for p, c in zip(price.tolist(), self.cuts, strict=True))
        block = np.array([cut.block for cut in self.cuts], dtype=np.int64)
        of_cap = np.bincount(block, price, self._theta.size)[cover.n_blocks :]
        bound -= float(of_cap @ cover.cap_limit) * _SCALE
        worth = np.where(quotas.most < _UNLIMITED, worth, np.maximum(worth, 0.0))
        for r in np.flatnonzero(worth).tolist():
            limit = quotas.least[r] if worth[r] > 0 else quotas.most[r]
            bound += worth[r] * limit
            saving += worth[r] * cover.side_parts[r][:, None] * cover.quota_post[r]
        cost = roster.cost * _SCALE - saving[roster.side]
        moves = cover.moves
        if moves.most < 0:
            return float(bound + roster.size @ cost.min(axis=1)) / _SCALE
        # Each unit stays for its cost less the price of a move, or goes where it
        # is cheapest.
        dear = max(dear, 0.0)
        team, post = np.nonzero(moves.current)
        each = np.minimum(cost.min(axis=1)[team], cost[team, post] - dear)
        bound += dear * float(moves.current.sum() - moves.most)
        return float(bound + moves.current[team, post] @ each) / _SCALE

    def _priced_cuts(self, price: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Make prices of cuts such as may be, and add up what they save."""
        n_blocks = self._cover.n_blocks
        price = np.maximum(price, 0.0)
        block = np.array([cut.block for cut in self.cuts], dtype=np.int64)
        # theta is not negative, so the prices of its cuts may add up to 1 at most.
        total = np.maximum(np.bincount(block, price, self._theta.size), 1.0)
        total[n_blocks:] = 1.0  # those of a cap pay for it instead
        price = price / total[block]
        saving = np.zeros(self._allowed.shape)
        for i in np.flatnonzero(price).tolist():
            saving[self._allowed] += price[i] * self.cuts[i].steep
        return price, saving

    def round(self, hint: IndexArray | None, limits: Limits) -> Answer | None:
        """Solve the integer master from a hint: the post of each unit, (n_units,).

        None if the solver broke down or had no plan at its limit.
        """
        budgeted = self._budget is not None
        integer = np.concatenate([self._y, self._x, self._v]) if budgeted else self._y
        values = None if hint is None else self._hint(hint)
        result = self._program.round(np.unique(integer), values, limits)
        if result is None:
            return None
        post, theta = None, np.zeros(0)
        if result.value is not None:
            post = self._posts(np.rint(result.value), budgeted)
            theta = result.value[self._theta]
        bound = result.bound
        return Answer(
            post=post,
            theta=theta,
            bound=(bound - _SLACK * max(1.0, abs(bound))) / _SCALE,
            nodes=result.nodes,
            infeasible=result.infeasible,
        )

    def _posts(self, value: FloatArray, by_team: bool) -> IndexArray:
        """Read the post of each unit from the columns."""
        cover = self._cover
        if by_team:
            placed = np.zeros(cover.roster.cost.shape, dtype=np.int64)
            placed[self._team, self._post] = value[self._x]
            return _search.posts_of_teams(cover, placed)
        sides = np.zeros(self._allowed.shape, dtype=np.int64)
        sides[self._allowed] = value[self._y]
        return _search.posts_of_sides(cover, sides)

    def _hint(self, post: IndexArray) -> FloatArray:
        roster, moves = self._cover.roster, self._cover.moves
        placed = self.placed(post)
        by_team = np.zeros(roster.cost.shape)
        np.add.at(by_team, (roster.team, post), 1.0)
        values = np.zeros(self._program.n_columns)
        values[self._x] = by_team[self._team, self._post]
        values[self._y] = placed[self._allowed]
        values[self._theta] = self.value(placed)
        if self._v.size:
            stood = moves.current[self._team, self._post]
            gone = np.maximum(stood - by_team[self._team, self._post], 0.0)
            values[self._v] = gone[stood > 0]
        return values
