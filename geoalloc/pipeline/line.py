"""plan(scenario) -> Run, the whole program at a glance."""

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geoalloc import (
    allocation,
    boundaries,
    demand,
    evaluation,
    gazetteer,
    hexes,
    maps,
)
from geoalloc.errors import DataError
from geoalloc.pipeline import (
    assumptions,
    forecasts,
    inputs,
    layers,
    problems,
    records,
    stages,
    tables,
)
from geoalloc.runs import Run
from geoalloc.scenario import Scenario
from geoalloc.schemas import REJECTS


def plan(
    scenario: Scenario,
    *,
    progress: Callable[[str], None] = stages.silent,
    identified: Callable[[str], object] = stages.silent,
    same_inputs_as: Mapping[str, Any] | None = None,
) -> Run:
    """Make the plan of a scenario.

    The other mode of dispatch (bordered or borderless) is solved and simulated
    with the same units on the same calls, for comparison.

    Parameters
    ----------
    progress
        Called with the name of each stage as it begins.
    identified
        Called with the run id once the inputs are read, before the long work.
    same_inputs_as
        Record of an earlier run: its inputs must be found unchanged.

    Raises
    ------
    DataError
        If an input or the scenario is wrong.
    SolverError
        If no plan keeps the rules.
    """
    clock = stages.Clock(progress)
    with clock("boundaries"):
        area = boundaries.read(scenario.area.boundary)
        problems.require_names(scenario, area)
        assumed = assumptions.model(scenario, area)
    with clock("hexes"):
        grid = hexes.cover(area.outline, scenario.area.resolution)
        labels = gazetteer.label(
            grid, area, urban_population=scenario.area.urban_population
        )
    with clock("incidents"):
        past = inputs.read_incidents(scenario, area)
        files = layers.read(scenario, area)
    found = records.inputs_of(area, past, files)
    if same_inputs_as is not None:
        records.require_inputs(found, same_inputs_as["inputs"])
    identified(records.run_id(scenario, found))
    with clock("hotspots"):
        located = tables.located(grid, past)
        hotspots = tables.hotspot_frame(scenario, grid, area, past, located)
    with clock("demand"):
        history = inputs.history(scenario, past, grid)
        origin = inputs.origin(scenario, history)
        special = assumptions.calendar(scenario, history, origin)
        foreseen = demand.expect(
            history,
            origin,
            inputs.periods(scenario),
            dataclasses.replace(assumed, calendar=special),
            surfaces=layers.surfaces(scenario, grid, area, files),
            forecaster=demand.forecaster(scenario.demand.forecaster),
        )
        expected = foreseen.demand
    with clock("backtest"):
        made_from = forecasts.record(scenario, history, origin, foreseen)
    with clock("travel"):
        urban = labels["urban"].to_numpy()
        setting = problems.setting(scenario, grid, area, urban=urban, expected=expected)
    problem = problems.problem(scenario, area, labels, expected, setting)
    params = problems.solver_params(scenario)
    with clock("allocation"):
        chosen = allocation.solve(problem, params)
    other = dataclasses.replace(problem, bordered=not problem.bordered)
    with clock("comparison"):
        compared = allocation.solve(other, params)
    with clock("simulation"):
        judged = [
            tables.Judged(
                name="bordered" if case.bordered else "borderless",
                plan=result,
                outcome=evaluation.simulate(
                    case, result.post, problems.simulation_params(scenario)
                ),
            )
            for case, result in ((problem, chosen), (other, compared))
        ]
    with clock("tables"):
        plan_frame, moves = tables.plan_frames(grid, problem, chosen, setting, expected)
        posts, beats = tables.layers(grid, problem, chosen, setting, plan_frame)
        return Run(
            record=records.record(
                scenario,
                area=area,
                grid=grid,
                past=past,
                expected=expected,
                found=found,
            )
            | {
                "forecast": made_from | {"calendar": special.sentence},
                "retrospective": forecasts.sentence(made_from),
                "solver": records.solved(chosen),
                "comparison": records.solved(compared),
                "notes": [
                    *tables.warnings(judged),
                    *foreseen.notes,
                    *forecasts.left_out(inputs.recent(scenario, past), scenario),
                    *records.NOTES,
                ],
                "timings": clock.seconds,
            },
            hexes=labels,
            demand=expected.frame(grid),
            demand_flow=foreseen.flow,
            hotspots=hotspots,
            units=setting.units,
            plan=plan_frame,
            cover=tables.cover(grid, problem, chosen, setting, expected),
            moves=moves,
            scores=tables.scores(judged, problem),
            incident_summary=tables.incident_summary(grid, located),
            rejects=past.rejects[list(REJECTS.columns)],
            areas=tables.areas(area),
            posts=posts,
            beats=beats,
        )


def products(run: Run) -> dict[str, str]:
    """Make what people open, by file name."""
    return {"map.html": maps.plan_map(run)}


def write_sample(scenario: Scenario, path: Path) -> int:
    """Write the synthetic incidents of a scenario as CSV; return their number.

    Raises
    ------
    DataError
        If the file cannot be written.
    """
    area = boundaries.read(scenario.area.boundary)
    table = inputs.sample_table(scenario, area).assign(Synthetic="yes")
    partial = path.with_name(f".{path.name}.part")
    try:
        table.to_csv(partial, index=False, encoding="utf-8", lineterminator="\n")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise DataError(f"{path} cannot be written: {error}") from None
    return len(table)
