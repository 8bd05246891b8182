"""From a scenario to how long units take from post to hex."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp

from geoalloc import travel
from geoalloc._types import BoolArray, FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.inputs import periods
from geoalloc.scenario import Scenario
from geoalloc.scenario.tables import Closure
from geoalloc.schemas import GRADES


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
    closures = [_closure(given) for given in wanted.closures]
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
            network=travel.read_roads(Path(roads.path), speeds, closures),
            speeds=speeds,
            snap_km=roads.snap_km,
            access_kmh=roads.access_kmh,
            place=labels["place"].to_numpy(object),
        )
    return travel.Lattice(
        urban=labels["urban"].to_numpy(),
        open_steps=travel.crossable(grid, boundaries.rivers, boundaries.bridges),
        speeds=travel.Speeds(**wanted.speeds()),
        share=travel.hex_shares(grid, closures) if closures else None,
    )


def _closure(given: Closure) -> travel.Closure:
    width = (given.width_m or 0.0) / 2.0
    if given.path is not None:
        shape = travel.read_closed(given.path, metres=width)
    elif given.line is not None:
        points = [(longitude, latitude) for longitude, latitude in given.line]
        shape = travel.around(points, width)
    else:  # the scenario has seen to it that all three are there
        middle = (given.longitude or 0.0, given.latitude or 0.0)
        shape = travel.around([middle], given.radius_m or 0.0)
    return travel.Closure(
        name=given.name,
        shape=shape,
        speed_share=given.speed_share,
        highways=tuple(given.highways),
    )


def from_posts(
    scenario: Scenario,
    grid: HexGrid,
    boundaries: Boundaries,
    labels: pd.DataFrame,
    posts: pd.DataFrame,
    calls: FloatArray,
) -> tuple[pd.DataFrame, travel.Journeys]:
    """Find the minutes from every post, and leave out posts that closures cut off.

    Parameters
    ----------
    posts
        As ``allocation.candidate_posts``.
    calls : (n_hexes,)
        Expected in the shift.

    Returns
    -------
    posts
        Without those that no unit can get to from its station any more; all of them
        if nothing is closed.
    found
        From those; its notes say what is closed and what it cuts off.
    """
    found = _journeys(scenario, grid, boundaries, labels, posts)
    if not scenario.travel.closures:
        return posts, found
    open_travel = scenario.travel.model_copy(update={"closures": []})
    as_usual = scenario.model_copy(update={"travel": open_travel})
    free = _journeys(as_usual, grid, boundaries, labels, posts)
    kept = _usable(scenario, posts, found.travel_min)
    usual = _usable(scenario, posts, free.travel_min)
    left = found.travel_min[kept]
    place = labels["place"].to_numpy(object)
    lost = ~_reached(left) & _reached(free.travel_min[usual])
    closures = [_closure(given) for given in scenario.travel.closures]
    notes = (
        *found.notes,
        *travel.closure_notes(grid, closures, place),
        travel.cut_off_note(place, calls, lost),
    )
    found = dataclasses.replace(found, travel_min=left, notes=notes)
    return posts[kept].reset_index(drop=True), found


def _journeys(
    scenario: Scenario,
    grid: HexGrid,
    boundaries: Boundaries,
    labels: pd.DataFrame,
    posts: pd.DataFrame,
) -> travel.Journeys:
    grades = [getattr(scenario.grades, name) for name in GRADES]
    reach = max(grade.dispatch_cap_min * grade.speed_factor for grade in grades)
    return times(scenario, grid, boundaries, labels).journeys(
        grid,
        posts["position"].to_numpy(),
        reach_min=max(reach, scenario.allocation.post_reach_min),
        hour=hour(scenario),
    )


def _usable(
    scenario: Scenario, posts: pd.DataFrame, travel_min: sp.csr_array
) -> BoolArray:
    """Tell the stations, and the posts that a unit gets to from one: (n_posts,)."""
    is_station = (posts["kind"] == "station").to_numpy()
    staffed = np.flatnonzero(is_station)
    if scenario.roster.path is None:
        homes = {f"{group.station} police station" for group in scenario.units}
        staffed = staffed[posts["name"].iloc[staffed].isin(homes).to_numpy()]
    there = travel_min[staffed].tocsc()[:, posts["position"].to_numpy()].toarray()
    reach = scenario.allocation.post_reach_min
    near: BoolArray = ((there > 0) & (there <= reach)).any(axis=0)
    return near | is_station


def _reached(travel_min: sp.csr_array) -> BoolArray:
    return np.bincount(travel_min.indices, minlength=travel_min.shape[1]) > 0


def hour(scenario: Scenario) -> int:
    """Give the local hour whose speeds hold for the whole shift.

    It is the one whose time factor is nearest to the mean of the shift's.
    """
    local = periods(scenario).hour.to_numpy()
    factor = np.array(scenario.travel.time_factor)[local]
    return int(local[np.argmin(np.abs(factor - factor.mean()))])
