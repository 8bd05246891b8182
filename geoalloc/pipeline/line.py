"""plan(scenario) -> Run, the whole program at a glance."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from geoalloc import boundaries
from geoalloc.errors import DataError
from geoalloc.pipeline import (
    actions,
    fairness,
    forecasts,
    ground,
    inputs,
    judging,
    patrolling,
    records,
    stages,
    tables,
    timetables,
    worth,
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
    on = ground.read(scenario, clock)
    if same_inputs_as is not None:
        records.require_inputs(on.found, same_inputs_as["inputs"])
    identified(records.run_id(scenario, on.found))
    with clock("hotspots"):
        located = tables.located(on.grid, on.past)
        hotspots = tables.hotspot_frame(scenario, on.grid, on.area, on.past, located)
    ahead = ground.foresee(scenario, on, clock)
    setting, expected = ahead.setting, ahead.foreseen.demand
    hotspots = tables.assume_clocks(
        scenario, on.grid, located, hotspots, ahead.foreseen.rhythms
    )
    with clock("backtest"):
        made_from = forecasts.record(
            scenario, ahead.history, ahead.origin, ahead.foreseen
        )
    way = judging.way(scenario, ahead)
    with clock("calibration"):
        problem, way, calibrated = judging.calibrated(way, ahead.problem)
    with clock("allocation"):
        chosen = judging.tonight(way, problem, compare_breaks=True)
    with clock("comparison"):
        compared = judging.tonight(way, judging.other_mode(problem))
    judged = [chosen, compared]
    with clock("judgment"):
        honest = judging.honesty(way, judged, calibrated)
    with clock("borders"):
        borders, border_value = judging.borders(way, judged, on.grid)
    with clock("patrol"):
        visits, patrol = patrolling.patrols(
            scenario, on.grid, chosen, setting, hotspots, way.params
        )
    with clock("prices"):
        prices = worth.prices(chosen, setting, ahead.foreseen, way.params)
    with clock("tables"):
        plan_frame, moves = timetables.plan_frames(
            on.grid, chosen, setting, expected, scenario.time_zone
        )
        posts, beats = timetables.layers(on.grid, chosen, setting, plan_frame)
        return Run(
            record=records.record(
                scenario,
                area=on.area,
                grid=on.grid,
                past=on.past,
                expected=expected,
                found=on.found,
            )
            | {
                "forecast": made_from | {"calendar": ahead.special.sentence},
                "retrospective": forecasts.sentence(made_from),
                "solver": records.solved(chosen.solved),
                "comparison": records.solved(compared.solved),
                "shift_plan": records.laid_out(chosen, setting, chosen.rests),
                "briefing": actions.record(scenario, on.actions),
                "honesty": honest,
                "safety": honest["safety"],
                "patrol": patrol,
                "fairness": fairness.record(scenario, on, ahead, chosen, visits),
                **records.reach(chosen, setting, on.labels),
                "notes": [
                    *tables.warnings(judged),
                    *ahead.foreseen.notes,
                    *forecasts.left_out(inputs.recent(scenario, on.past), scenario),
                    *setting.travel_notes,
                    *records.NOTES,
                ],
                "timings": clock.seconds,
            },
            hexes=on.labels,
            demand=expected.frame(on.grid),
            demand_flow=ahead.foreseen.flow,
            hotspots=hotspots,
            units=setting.units,
            plan=plan_frame,
            cover=timetables.cover(on.grid, chosen, setting, expected),
            compared_cover=timetables.cover(on.grid, compared, setting, expected),
            moves=moves,
            scores=tables.scores(judged),
            prices=prices,
            borders=borders,
            border_value=border_value,
            visits=visits,
            incident_summary=tables.incident_summary(on.grid, located),
            rejects=on.past.rejects[list(REJECTS.columns)],
            areas=tables.areas(on.area, on.roads),
            posts=posts,
            beats=beats,
            compared_posts=timetables.first_posts(on.grid, compared, setting),
        )


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
