"""A linear program as arrays, and the two solvers that it is handed to.

MathOpt takes a program as one message; filled from arrays, it is built a hundred
times faster than from Python objects, one to a variable and a coefficient.
"""

import contextlib
import datetime
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    model_update_pb2,
    parameters_pb2,
    result_pb2,
    sparse_containers_pb2,
)
from ortools.math_opt.core.python import solver

from geoalloc._types import FloatArray, IndexArray

_GLOP = parameters_pb2.SOLVER_TYPE_GLOP
_HIGHS = parameters_pb2.SOLVER_TYPE_HIGHS
_OPTIMAL = result_pb2.TERMINATION_REASON_OPTIMAL
_INFEASIBLE = result_pb2.TERMINATION_REASON_INFEASIBLE


@dataclass(frozen=True, kw_only=True)
class Row:
    """``lower <= coefficient . value[column] <= upper``."""

    column: IndexArray
    coefficient: FloatArray
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Relaxed:
    """An optimum of the relaxation: values of the columns, prices of the rows."""

    value: FloatArray
    price: dict[int, float]


@dataclass(frozen=True, kw_only=True)
class Rounded:
    """What the integer solve came to; no ``value`` if it has no solution.

    Attributes
    ----------
    bound
        No solution costs less.
    nodes
        Branch-and-bound nodes that it took.
    infeasible
        Whether there is proven to be no solution.
    """

    value: FloatArray | None
    bound: float
    nodes: int
    infeasible: bool


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When an integer solve ends: gap as a share of the objective, nodes, clock."""

    gap: float
    nodes: int
    seconds: float | None = None


class Program:
    """Columns at least 0 with a cost, and rows; it stays warm between relaxations."""

    def __init__(self) -> None:
        self._cost: list[FloatArray] = []
        self._most: list[FloatArray] = []
        self.n_columns = 0
        self._rows: dict[int, Row] = {}
        self._next = 0
        self._sent = -1  # rows up to here are with the solver
        self._gone: list[int] = []
        self._glop: solver.Solver | None = None

    def add_columns(self, cost: FloatArray, most: FloatArray) -> IndexArray:
        """Add columns from 0 to ``most``; give their positions."""
        self._cost.append(np.asarray(cost, dtype=np.float64))
        self._most.append(np.asarray(most, dtype=np.float64))
        first, self.n_columns = self.n_columns, self.n_columns + len(cost)
        self._glop = None
        return np.arange(first, self.n_columns)

    def add_row(
        self,
        column: IndexArray,
        coefficient: FloatArray,
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> int:
        """Add a row, no column twice; give its name."""
        order = np.argsort(column)
        self._rows[self._next] = Row(
            column=np.asarray(column)[order],
            coefficient=np.asarray(coefficient, dtype=np.float64)[order],
            lower=lower,
            upper=upper,
        )
        self._next += 1
        return self._next - 1

    def delete_rows(self, rows: list[int]) -> None:
        """Delete rows by name."""
        for row in rows:
            del self._rows[row]
        self._gone += [row for row in rows if row <= self._sent]

    def relax(self) -> Relaxed | None:
        """Solve without regard to integers; None if the solver broke down."""
        glop = self._sent_to_glop()
        parameters = parameters_pb2.SolveParametersProto(
            lp_algorithm=parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX
        )
        none = sparse_containers_pb2.SparseVectorFilterProto(filter_by_ids=True)
        nonzero = sparse_containers_pb2.SparseVectorFilterProto(skip_zero_values=True)
        asked = model_parameters_pb2.ModelSolveParametersProto(
            variable_values_filter=nonzero,
            dual_values_filter=nonzero,
            reduced_costs_filter=none,
        )
        result = glop.solve(
            parameters,
            asked,
            None,
            callback_pb2.CallbackRegistrationProto(),
            None,
            None,
        )
        if result.termination.reason != _OPTIMAL:
            return None
        solution = result.solutions[0]
        dual = solution.dual_solution.dual_values
        return Relaxed(
            value=self._read(solution.primal_solution.variable_values),
            price=dict(zip(dual.ids, dual.values, strict=True)),
        )

    def round(
        self, integer: IndexArray, hint: FloatArray | None, limits: Limits
    ) -> Rounded | None:
        """Solve with some columns in whole numbers; None if the solver broke down.

        Parameters
        ----------
        hint : (n_columns,), optional
        """
        asked = model_parameters_pb2.ModelSolveParametersProto()
        if hint is not None:
            values = asked.solution_hints.add().variable_values
            values.ids.extend(range(self.n_columns))
            values.values.extend(hint.tolist())
        parameters = parameters_pb2.SolveParametersProto(
            relative_gap_tolerance=limits.gap, node_limit=limits.nodes
        )
        if limits.seconds is not None:
            parameters.time_limit.FromTimedelta(
                datetime.timedelta(seconds=limits.seconds)
            )
        with silence():
            result = solver.solve(
                self._message(integer),
                _HIGHS,
                parameters_pb2.SolverInitializerProto(),
                parameters,
                asked,
                None,
                callback_pb2.CallbackRegistrationProto(),
                None,
                None,
            )
        reason = result.termination.reason
        found = bool(result.solutions)
        if not found and reason != _INFEASIBLE:
            return None
        return Rounded(
            value=self._read(result.solutions[0].primal_solution.variable_values)
            if found
            else None,
            bound=result.termination.objective_bounds.dual_bound,
            nodes=max(1, result.solve_stats.node_count),
            infeasible=reason == _INFEASIBLE,
        )

    def _sent_to_glop(self) -> solver.Solver:
        """Tell the solver of the rows that are new or gone."""
        if self._glop is not None:
            update = model_update_pb2.ModelUpdateProto()
            update.deleted_linear_constraint_ids.extend(sorted(self._gone))
            new = {name: row for name, row in self._rows.items() if name > self._sent}
            _write(new, update.new_linear_constraints)
            _write_matrix(new, update.linear_constraint_matrix_updates)
            if not self._glop.update(update):
                self._glop = None
        if self._glop is None:
            nothing = parameters_pb2.SolverInitializerProto()
            message = self._message(np.zeros(0, dtype=np.int64))
            self._glop = solver.new(_GLOP, message, nothing)
        self._sent, self._gone = self._next - 1, []
        return self._glop

    def _message(self, integer: IndexArray) -> model_pb2.ModelProto:
        message = model_pb2.ModelProto()
        columns = message.variables
        columns.ids.extend(range(self.n_columns))
        columns.lower_bounds.extend([0.0] * self.n_columns)
        columns.upper_bounds.extend(np.concatenate(self._most).tolist())
        whole = np.zeros(self.n_columns, dtype=bool)
        whole[integer] = True
        columns.integers.extend(whole.tolist())
        cost = np.concatenate(self._cost)
        priced = np.flatnonzero(cost)
        message.objective.linear_coefficients.ids.extend(priced.tolist())
        message.objective.linear_coefficients.values.extend(cost[priced].tolist())
        _write(self._rows, message.linear_constraints)
        _write_matrix(self._rows, message.linear_constraint_matrix)
        return message

    def _read(
        self, values: sparse_containers_pb2.SparseDoubleVectorProto
    ) -> FloatArray:
        result = np.zeros(self.n_columns)
        result[np.array(values.ids, dtype=np.int64)] = np.array(values.values)
        return result


def _write(rows: dict[int, Row], message: model_pb2.LinearConstraintsProto) -> None:
    message.ids.extend(rows)
    message.lower_bounds.extend(row.lower for row in rows.values())
    message.upper_bounds.extend(row.upper for row in rows.values())


def _write_matrix(
    rows: dict[int, Row], message: sparse_containers_pb2.SparseDoubleMatrixProto
) -> None:
    if not rows:
        return
    sizes = [row.column.size for row in rows.values()]
    message.row_ids.extend(np.repeat(np.array(list(rows)), sizes).tolist())
    columns = np.concatenate([row.column for row in rows.values()])
    message.column_ids.extend(columns.tolist())
    coefficients = np.concatenate([row.coefficient for row in rows.values()])
    message.coefficients.extend(coefficients.tolist())


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep off standard output what HiGHS writes there whatever it is told.

    It writes past Python, to the file descriptor; results go there as JSON.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)
