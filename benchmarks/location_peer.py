"""Solve an instance by spopt and print JSON: run by ``benchmarks.location`` alone.

A process of its own, since the solvers of spopt and OR-Tools do not share one; it
needs spopt and pulp and nothing of geoalloc.
"""

import json
import sys
import time

import numpy as np


def main() -> None:
    import pulp
    from spopt.locate import MCLP, PMedian

    model, path = sys.argv[1:3]
    given = np.load(path)
    began = time.perf_counter()
    if model == "median":
        problem = PMedian.from_cost_matrix(
            given["distance"], given["weight"], p_facilities=int(given["p"])
        )
    else:
        problem = MCLP.from_cost_matrix(
            given["distance"],
            given["weight"],
            float(given["radius"]),
            p_facilities=int(given["p"]),
        )
    built = time.perf_counter()
    problem.solve(pulp.PULP_CBC_CMD(msg=False, gapRel=0.0))
    done = time.perf_counter()
    chosen = [bool(variable.value() > 0.5) for variable in problem.fac_vars]
    print(json.dumps({"build": built - began, "solve": done - built, "open": chosen}))  # noqa: T201


if __name__ == "__main__":
    main()
