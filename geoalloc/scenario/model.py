"""A scenario: its tables, and what must hold between them."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from geoalloc.errors import ScenarioError
from geoalloc.scenario.casework import Teams
from geoalloc.scenario.costs import Costs
from geoalloc.scenario.demand import Demand
from geoalloc.scenario.force import KINDS, Duty, Kind, Roster, Units
from geoalloc.scenario.levers import Event
from geoalloc.scenario.patrol import Patrol
from geoalloc.scenario.planning import Investigations, Outlook
from geoalloc.scenario.products import Briefing, Map
from geoalloc.scenario.rules import Allocation, Group, People
from geoalloc.scenario.service import Custody, Grades, Simulation, Travel, Wait
from geoalloc.scenario.sources import Area, Hotspots, Incidents, Shift
from geoalloc.scenario.table import PlaceError, Table
from geoalloc.scenario.transparency import Transparency


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(
            f"{name!r} is not an IANA time zone such as Europe/London"
        ) from None
    return name


def _slug(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"{name!r} must be lower-case words joined by hyphens")
    return name


class Scenario(Table):
    """One question, and everything needed to answer it."""

    name: Annotated[str, AfterValidator(_slug)] = Field(
        description="Of the run folder."
    )
    question: str = Field(min_length=1, description="What the scenario asks.")
    expected: str = Field(
        "", description="What the answer is expected to be, written down beforehand."
    )
    lever: str = Field(
        "",
        description="Name of the lever that this scenario turns by one per cent: a "
        "comparison ranks such scenarios.",
    )
    purpose: Literal["duty", "exercise"] = Field(
        description="A plan for duty expires after its shift; one for an exercise, on "
        "past or synthetic incidents, says that it is one and does not."
    )
    marking: Literal["OFFICIAL", "OFFICIAL-SENSITIVE"] = Field(
        description="Protective marking, on the map, the summary and plan.csv."
    )
    handling: str = Field("", description="Handling instruction.")
    time_zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "Europe/London", description="IANA name; of all local times."
    )
    as_of: dt.date = Field(description="Nothing recorded from this day on is used.")
    area: Area
    shift: Shift
    incidents: Incidents
    hotspots: Hotspots
    demand: Demand
    travel: Travel
    grades: Grades
    kinds: dict[str, Kind] = Field(
        default_factory=dict, description="Kinds of unit besides response and pcso."
    )
    units: list[Units] = Field(default_factory=list)
    roster: Roster = Field(default_factory=lambda: Roster())
    duty: Duty = Field(default_factory=lambda: Duty())
    patrol: Patrol | None = Field(
        None, description="Directed patrol; none is planned without this table."
    )
    groups: list[Group] = Field(default_factory=list)
    people: People | None = Field(
        None, description="Who lives where; else the places of the boundary stand in."
    )
    allocation: Allocation
    custody: Custody | None = Field(None, description="Arrests, in the simulation.")
    waits: list[Wait] = Field(
        default_factory=list, description="Guards and waits, in the simulation."
    )
    simulation: Simulation = Field(default_factory=lambda: Simulation())
    costs: Costs | None = Field(
        None, description="Prices of officers; without this table nothing has a cost."
    )
    outlook: Outlook = Field(default_factory=lambda: Outlook())
    investigators: Teams = Field(default_factory=lambda: Teams())
    investigations: Investigations = Field(default_factory=lambda: Investigations())
    map: Map = Field(default_factory=lambda: Map())
    briefing: Briefing = Field(default_factory=lambda: Briefing())
    transparency: Transparency = Field(default_factory=lambda: Transparency())

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.marking == "OFFICIAL-SENSITIVE" and not self.handling:
            raise ValueError("marking OFFICIAL-SENSITIVE needs a handling instruction")
        if self.incidents.source == "sample" and self.purpose == "duty":
            raise ValueError(
                "a plan from synthetic incidents is an exercise: set purpose to it"
            )
        if self.as_of > self.shift.starts_at.date():
            raise ValueError(
                f"as_of {self.as_of} is after the shift begins: "
                "it would learn from the night that it plans"
            )
        unknown = sorted(set(self.hotspots.categories) - set(self.demand.categories))
        if unknown:
            raise ValueError(
                f"hotspots.categories names {unknown[0]}, which has no "
                "[demand.categories] table"
            )
        return self

    @model_validator(mode="after")
    def _units_can_be(self) -> Self:
        fixed = sorted(set(self.kinds) & set(KINDS))
        if fixed:
            raise ValueError(f"the kind {fixed[0]} is given and cannot be changed")
        if self.roster.path is not None:
            return self
        kinds = self.all_kinds()
        for number, group in enumerate(self.units):
            if group.kind not in kinds:
                raise PlaceError(
                    f"kind is {group.kind!r}; there are {', '.join(kinds)}: correct "
                    "it, or add it to [kinds]",
                    "units",
                    number,
                )
            if group.starts_h + (group.hours or 0.0) > self.shift.hours + 24:
                raise PlaceError("ends over a day after the shift", "units", number)
        if not any(u.count for u in self.units if u.kind == "response"):
            raise ValueError("units holds no response unit: raise a count above 0")
        return self

    @model_validator(mode="after")
    def _groups_are_known(self) -> Self:
        names = {"district", "beat", "setting"}
        for group in self.groups:
            if group.name in names:
                raise ValueError(f"groups has the name {group.name!r} twice")
            names.add(group.name)
        used = {
            "quotas": [rule.by for rule in self.allocation.quotas],
            "unmet_caps": [rule.by for rule in self.allocation.unmet_caps],
        }
        for key, table in used.items():
            for number, by in enumerate(table):
                if by not in names:
                    raise PlaceError(
                        f"by is {by!r}; there are {', '.join(sorted(names))}",
                        "allocation",
                        key,
                        number,
                    )
        return self

    @model_validator(mode="after")
    def _prices_are_of_kinds(self) -> Self:
        priced = {} if self.costs is None else self.costs.officer_hour
        kinds = self.all_kinds()
        unknown = sorted(set(priced) - set(kinds))
        if unknown:
            raise PlaceError(
                f"there is no kind of unit {unknown[0]!r}; there are "
                f"{', '.join(kinds)}: correct it, or add it to [kinds]",
                "costs",
                "officer_hour",
                unknown[0],
            )
        return self

    def all_kinds(self) -> dict[str, Kind]:
        """Every kind of unit, by name."""
        return KINDS | self.kinds

    @model_validator(mode="after")
    def _events_in_the_shift(self) -> Self:
        begins, zone = self.shift.starts_at, ZoneInfo(self.time_zone)
        # Hours pass in UTC, whatever the clocks do.
        last = begins.replace(tzinfo=zone).astimezone(dt.UTC)
        last += dt.timedelta(hours=self.shift.hours)
        ends = last.astimezone(zone).replace(tzinfo=None)
        for number, lever in enumerate(self.demand.levers):
            if isinstance(lever, Event) and not (
                lever.starts_at < ends and lever.ends_at > begins
            ):
                raise PlaceError(
                    f"the event {lever.name!r} from {lever.starts_at:%Y-%m-%d %H:%M} "
                    f"to {lever.ends_at:%Y-%m-%d %H:%M} is not in the shift from "
                    f"{begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}: leave it out, "
                    "or correct its times",
                    "demand",
                    "levers",
                    number,
                )
        return self

    def resolved(self) -> dict[str, Any]:
        """Every value, defaults too, as JSON can hold it."""
        return self.model_dump(mode="json")

    def changed(
        self,
        *,
        incidents: Path | None = None,
        boundary: Path | None = None,
        resolution: int | None = None,
    ) -> "Scenario":
        """Copy the scenario with other files or another resolution.

        Raises
        ------
        ScenarioError
            If incidents are given to a scenario that makes its own, or the
            resolution is out of range.
        """
        values = self.resolved()
        if incidents is not None:
            if self.incidents.source == "sample":
                raise ScenarioError(
                    f"scenario {self.name} makes its own incidents: set "
                    "incidents.source to data.police.uk or table to read a file"
                )
            values["incidents"]["path"] = incidents.resolve().as_posix()
        if boundary is not None:
            values["area"]["boundary"] = boundary.resolve().as_posix()
        if resolution is not None:
            limits = Area.model_fields["resolution"].metadata
            low, high = limits[0].ge, limits[1].le
            if not low <= resolution <= high:
                raise ScenarioError(
                    f"resolution must be from {low} to {high}, got {resolution}"
                )
            values["area"]["resolution"] = resolution
        return Scenario.model_validate_json(json.dumps(values))
