"""From a scenario to how long units take from post to hex."""

from pathlib import Path

import numpy as np
import pandas as pd

from geoalloc import travel
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.inputs import periods
from geoalloc.scenario import Scenario


def times(
    scenario: Scenario, grid: HexGrid, boundaries: Boundaries, labels: pd.DataFrame
) -> travel.TravelTimes:
    """Build the source of travel minutes that the scenario names.

    Raises
    ------
    DataError
        If the road file cannot be used, or the server's address is not safe.
    """
    wanted = scenario.travel
    if wanted.source == "server" and wanted.server is not None:
        other = wanted.fallback
        return travel.TableServer(
            url=wanted.server.url,
            profile=wanted.server.profile,
            most_coordinates=wanted.server.most_coordinates,
            fastest_kmh=wanted.server.fastest_kmh,
            setting_off_min=wanted.setting_off_min,
            time_factor=tuple(wanted.time_factor),
            patience=travel.Patience(
                timeout_s=wanted.server.timeout_s, tries=wanted.server.tries
            ),
            fallback=other and _own(scenario, grid, boundaries, labels, other),
        )
    return _own(scenario, grid, boundaries, labels, wanted.source)


def _own(
    scenario: Scenario,
    grid: HexGrid,
    boundaries: Boundaries,
    labels: pd.DataFrame,
    source: str,
) -> travel.TravelTimes:
    wanted = scenario.travel
    if source == "roads" and wanted.roads is not None:
        roads = wanted.roads
        speeds = travel.RoadSpeeds(
            class_kmh=roads.class_kmh,
            limit_share=roads.limit_share,
            factor=roads.factor,
            junction_delay_min=roads.junction_delay_min,
            setting_off_min=wanted.setting_off_min,
            time_factor=tuple(wanted.time_factor),
        )
        return travel.RoadGraph(
            network=travel.read_roads(Path(roads.path), speeds),
            speeds=speeds,
            snap_km=roads.snap_km,
            access_kmh=roads.access_kmh,
            place=labels["place"].to_numpy(object),
        )
    return travel.Lattice(
        urban=labels["urban"].to_numpy(),
        open_steps=travel.crossable(grid, boundaries.rivers, boundaries.bridges),
        speeds=travel.Speeds(**wanted.speeds()),
    )


def hour(scenario: Scenario) -> int:
    """Give the local hour whose speeds hold for the whole shift.

    It is the one whose time factor is nearest to the mean of the shift's.
    """
    local = periods(scenario).hour.to_numpy()
    factor = np.array(scenario.travel.time_factor)[local]
    return int(local[np.argmin(np.abs(factor - factor.mean()))])
