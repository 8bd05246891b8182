"""From the rules of a scenario to those of the allocation problem."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import allocation, demand
from geoalloc._types import BoolArray, IndexArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import ScenarioError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline import groups as groups_of
from geoalloc.pipeline.force import Force
from geoalloc.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class Places:
    """What hexes and posts are called, for rules that name them.

    Attributes
    ----------
    groups
        By grouping (district, beat, setting, and those of the scenario), the group
        of each hex, (n_hexes,).
    posts
        As ``allocation.candidate_posts``.
    people : (n_hexes,)
        Residents, as ``[people]`` of the scenario says; without it, the places of the
        boundary file stand in for them.
    """

    groups: dict[str, np.ndarray]
    posts: pd.DataFrame
    people: np.ndarray
    urban: BoolArray


def places(
    scenario: Scenario,
    grid: HexGrid,
    boundaries: Boundaries,
    labels: pd.DataFrame,
    posts: pd.DataFrame,
) -> Places:
    """Gather the groups of hexes that rules, scores and maps refer to.

    Raises
    ------
    DataError
        If a file of ``[[groups]]`` or ``[people]`` cannot be read or lacks a column.
    """
    urban = labels["urban"].to_numpy()
    groups = {
        "district": labels["district"].to_numpy(),
        "beat": labels["home_beat"].to_numpy(),
        "setting": np.where(urban, "urban", "rural"),
    }
    known = None
    if scenario.people is not None:
        known = groups_of.residents(grid, scenario.people)
    for group in scenario.groups:
        groups[group.name] = groups_of.labels(grid, group, known)
    return Places(
        groups=groups,
        posts=posts,
        people=_people(grid, boundaries) if known is None else known.sum(axis=1),
        urban=urban,
    )


def _people(grid: HexGrid, boundaries: Boundaries) -> np.ndarray:
    """Spread the people of the places of the boundary file, which stand in for all."""
    places_ = boundaries.places
    total = float(places_["population"].sum()) if len(places_) else 0.0
    return total * demand.population_surface(grid, places_)


def quotas(
    scenario: Scenario, force: Force, at: Places
) -> tuple[allocation.Quota, ...]:
    """State minimum cover, visible presence, and the other floors and ceilings.

    Raises
    ------
    ScenarioError
        If a rule names a group or kind that is not there.
    """
    kind = force.units["kind"].to_numpy()
    wanted = scenario.allocation
    made = [
        _quota(f"minimum cover of {name}", kind == "response", at, "district", name)
        | {"least": least}
        for name, least in sorted(wanted.minimum_cover.items())
    ]
    made += [
        _quota(f"visible presence in {name}", kind == "pcso", at, "beat", name)
        | {"least": least, "hours": True}
        for name, least in sorted(wanted.visible_presence.items())
    ]
    for rule in wanted.quotas:
        if rule.kind not in scenario.all_kinds():
            raise ScenarioError(
                f"allocation.quotas names the kind {rule.kind!r}; there are "
                f"{', '.join(scenario.all_kinds())}"
            )
        unit = " hours" if rule.hours else ""
        name = f"quota of {rule.kind}{unit} in {rule.group}"
        limits = {"least": rule.least, "most": rule.most, "hours": rule.hours}
        made.append(_quota(name, kind == rule.kind, at, rule.by, rule.group) | limits)
    return tuple(allocation.Quota(**values) for values in made)


def _quota(
    name: str, units: BoolArray, at: Places, by: str, group: str
) -> dict[str, Any]:
    hexes = _members(at, by, group)
    posts = hexes[at.posts["position"].to_numpy()]
    return {"name": name, "units": units, "posts": posts}


def _members(at: Places, by: str, group: str) -> BoolArray:
    """Tell which hexes belong to a group: (n_hexes,)."""
    labels = at.groups[by]
    member: BoolArray = np.asarray(labels == group)
    if not member.any():
        known = sorted(set(labels.tolist()) - {""})
        raise ScenarioError(
            f"a rule names {group!r}, which is no {by}; there are "
            f"{', '.join(known[:30])}"
        )
    return member


def caps(scenario: Scenario, at: Places) -> tuple[allocation.UnmetCap, ...]:
    """State the largest unmet shares."""
    return tuple(
        allocation.UnmetCap(
            name=f"{rule.by} {rule.group}",
            hexes=_members(at, rule.by, rule.group),
            share=rule.share,
        )
        for rule in scenario.allocation.unmet_caps
    )


def longest(scenario: Scenario, at: Places) -> allocation.LongestTravel | None:
    """State the longest acceptable travel to inhabited hexes."""
    rule = scenario.allocation.longest_travel
    if rule is None:
        return None
    limit = np.where(at.urban, rule.urban_min, rule.rural_min)
    inhabited = at.people >= rule.least_people
    return allocation.LongestTravel(
        limit_min=np.where(inhabited, limit, np.inf), price=rule.price
    )


def excluded(scenario: Scenario, at: Places) -> dict[str, IndexArray]:
    """Find the posts that a kind of unit may not take."""
    found = {}
    for kind, names in sorted(scenario.allocation.excluded_posts.items()):
        if kind not in scenario.all_kinds():
            raise ScenarioError(
                f"allocation.excluded_posts names the kind {kind!r}; there are "
                f"{', '.join(scenario.all_kinds())}"
            )
        found[kind] = np.array(
            [_post(at, name, "allocation.excluded_posts") for name in names],
            dtype=np.int64,
        )
    return found


def locked(scenario: Scenario, force: Force, at: Places) -> dict[int, int]:
    """Find the posts that units keep, as scenario and roster say."""
    units = list(force.units["unit_id"])
    found = {
        u: _post(at, force.post[u], f"the roster for {units[u]}")
        for u in np.flatnonzero(force.locked).tolist()
    }
    for unit, name in sorted(scenario.allocation.locked.items()):
        if unit not in units:
            raise ScenarioError(
                f"allocation.locked names the unit {unit!r}, which is not on duty"
                f"{_near(unit, units)}"
            )
        u, post = units.index(unit), _post(at, name, f"allocation.locked for {unit}")
        if found.get(u, post) != post:
            raise ScenarioError(
                f"{unit} is locked at {name!r} by the scenario and at "
                f"{force.post[u]!r} by the roster: leave one out"
            )
        found[u] = post
    return found


def current(scenario: Scenario, force: Force, at: Places) -> IndexArray | None:
    """Find where the units are now; at their stations where the roster is silent.

    None if nobody says where any unit is.

    Raises
    ------
    ScenarioError
        If moves are limited and nobody says.
    """
    if not any(force.post):
        if scenario.allocation.most_moves is not None:
            raise ScenarioError(
                "allocation.most_moves needs to know where the units are: give a "
                "roster with the column post"
            )
        return None
    station = at.posts["name"].tolist()
    return np.array(
        [
            _post(at, name, f"the roster for {unit}")
            if name
            else station.index(f"{home} police station")
            for unit, name, home in zip(
                force.units["unit_id"],
                force.post,
                force.units["home_station"],
                strict=True,
            )
        ],
        dtype=np.int64,
    )


def _post(at: Places, name: str, where: str) -> int:
    names = at.posts["name"].tolist()
    for wanted in (name, f"{name} police station", f"Patrol area: {name}"):
        if wanted in names:
            return names.index(wanted)
    raise ScenarioError(f"{where} names {name!r}, which is no post{_near(name, names)}")


def _near(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    return f"; near it are {', '.join(map(repr, close))}" if close else ""
