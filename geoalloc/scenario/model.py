"""The tables and keys of a scenario, each with its range and its meaning."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from geoalloc.errors import ScenarioError

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Hours = Annotated[list[NotNegative], Field(min_length=24, max_length=24)]
Days = Annotated[list[NotNegative], Field(min_length=7, max_length=7)]


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


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Area(_Table):
    """Where."""

    boundary: str = Field(description="GeoJSON, GeoPackage or Shapefile of the area.")
    resolution: int = Field(8, ge=5, le=11, description="H3 resolution of the hexes.")
    urban_population: NotNegative = Field(
        10_000,
        description="A hex within the built-up radius of a town of at least this "
        "many people is urban.",
    )


class Shift(_Table):
    """When."""

    starts_at: dt.datetime = Field(description="Local time, on the hour.")
    hours: int = Field(ge=1, le=24, description="Length.")

    @model_validator(mode="after")
    def _on_the_hour(self) -> Self:
        at = self.starts_at
        if at.tzinfo is not None:
            raise ValueError("starts_at is local time: leave out the offset")
        if at.minute or at.second or at.microsecond:
            raise ValueError("starts_at must be on the hour")
        return self


class Columns(_Table):
    """Which column of a table holds what; leave out what it does not have."""

    id: str | None = Field(None, description="Rows that share one are one incident.")
    month: str | None = Field(None, description="Written 2018-01.")
    reported_at: str | None = Field(None, description="When the call came.")
    started_at: str | None = Field(None, description="Earliest it can have begun.")
    ended_at: str | None = Field(None, description="Latest it can have begun.")
    time_format: str | None = Field(None, description="As strptime takes it.")
    longitude: str | None = Field(None, description="Degrees, EPSG:4326.")
    latitude: str | None = Field(None, description="Degrees, EPSG:4326.")
    easting: str | None = Field(None, description="In crs.")
    northing: str | None = Field(None, description="In crs.")
    crs: str | None = Field(None, description="Such as EPSG:27700.")
    category: str | None = Field(None, description="What kind of incident.")
    default_category: str = Field("incident", description="Where there is no column.")
    grade: str | None = Field(None, description="How the call was graded.")
    grade_names: dict[str, Literal["immediate", "priority", "routine"]] = Field(
        default_factory=dict, description="The file's grades as ours."
    )
    on_scene_min: str | None = Field(None, description="Minutes on scene.")
    place: str | None = Field(None, description="Name of a street or premises.")
    reported: str | None = Field(None, description="By the public: yes or no.")
    count: str | None = Field(None, description="Incidents that a row stands for.")


class Incidents(_Table):
    """What was recorded."""

    source: Literal["sample", "data.police.uk", "table"] = Field(
        description="sample makes synthetic incidents; the others read `path`."
    )
    path: str | None = Field(None, description="Folder, file or zip archive.")
    columns: Columns | None = Field(None, description="For source = table.")
    months: int = Field(24, ge=1, le=120, description="Of a sample, before as_of.")
    rows_per_month: int = Field(15_000, ge=10, le=1_000_000, description="Of a sample.")
    seed: int = Field(1, ge=0, description="Of a sample.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.source == "table" and self.columns is None:
            raise ValueError("source = table needs an [incidents.columns] table")
        return self


class Hotspots(_Table):
    """Which concentrations are shown."""

    bandwidth_m: Positive = Field(description="Radius of the quartic kernel.")
    area_share: Annotated[float, Field(gt=0, le=0.5)] = Field(
        description="Share of the land that hotspots may take."
    )
    most: int = Field(ge=1, le=200, description="Number of hotspots at the most.")
    categories: list[str] = Field(min_length=1, description="Categories counted.")
    excluded_places: list[str] = Field(
        default_factory=list,
        description="Snap points whose place holds one of these words are left out.",
    )


class Rhythm(_Table):
    """Weights of the hours of a day and the days of a week; they are normalized."""

    hours: Hours = Field(description="From 00:00 local time.")
    days: Days = Field(description="From Monday.")

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not (sum(self.hours) > 0 and sum(self.days) > 0):
            raise ValueError("hours and days must each hold a weight above 0")
        return self


class Response(_Table):
    """How incidents become work; what is left of 1 is resolved without deployment."""

    immediate: Share = Field(description="Share answered as immediate.")
    priority: Share = Field(description="Share answered as priority.")
    routine: Share = Field(description="Share answered as routine.")
    on_scene_min: Positive = Field(description="Mean minutes on scene and writing up.")
    units: Positive = Field(1.0, description="Units per incident.")
    rhythm: str = Field("default", description="Name of a table of demand.rhythms.")
    harm: NotNegative = Field(0.0, description="Severity weight of one incident.")
    pcso: bool = Field(False, description="PCSOs may take the routine calls.")
    discovered: bool = Field(
        False, description="Found by police: never forecast, its hours are lost."
    )

    @model_validator(mode="after")
    def _shares(self) -> Self:
        total = self.immediate + self.priority + self.routine
        if total > 1 + 1e-9:
            raise ValueError(
                f"immediate + priority + routine is {total:g}: "
                "shares add up to at most 1"
            )
        return self


class Layer(Response):
    """Demand that recorded incidents do not hold: an assumption, shown as one."""

    name: str = Field(description="What the calls are about.")
    per_day: NotNegative = Field(description="Calls a day over the whole area.")
    surface: Literal["population", "recorded"] = Field(description="Where they arise.")
    error: Share = Field(description="Standard error of per_day, as a share of it.")


class Demand(_Table):
    """How recorded incidents become expected calls and work."""

    bandwidth_m: Positive = Field(description="Radius of the quartic kernel.")
    half_life_days: Positive = Field(description="An incident this old counts half.")
    floor_share: Share = Field(
        0.02, description="Part of each surface spread evenly over the land."
    )
    rhythm_trust: NotNegative = Field(
        2000.0, description="Timed incidents that the scenario's rhythm is worth."
    )
    rhythms: dict[str, Rhythm] = Field(description="Times of the week, by name.")
    categories: dict[str, Response] = Field(min_length=1, description="By slug.")
    layers: list[Layer] = Field(default_factory=list)

    @model_validator(mode="after")
    def _rhythms_exist(self) -> Self:
        wanted = {r.rhythm for r in self.categories.values()}
        wanted |= {layer.rhythm for layer in self.layers}
        missing = sorted(wanted - set(self.rhythms))
        if missing:
            raise ValueError(
                f"no [demand.rhythms.{missing[0]}] table; "
                f"there are {sorted(self.rhythms)}"
            )
        return self


class Travel(_Table):
    """How fast units get about without blue lights."""

    urban_kmh: Positive = Field(description="Mean door-to-door speed in towns.")
    rural_kmh: Positive = Field(description="Mean door-to-door speed elsewhere.")
    detour: Annotated[float, Field(ge=1, le=3)] = Field(
        description="Length by road over the straight line."
    )
    setting_off_min: NotNegative = Field(description="From being sent to moving.")


class Grade(_Table):
    """What is promised to callers of one grade."""

    urban_min: Positive = Field(description="Response standard in towns.")
    rural_min: Positive = Field(description="Response standard elsewhere.")
    call_handling_min: NotNegative = Field(description="From the call to the dispatch.")
    speed_factor: Positive = Field(1.0, description="Speed over the routine speed.")
    dispatch_cap_min: Positive = Field(description="Farthest drive a unit is sent on.")
    weight: NotNegative = Field(description="Of one late call in the objective.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.call_handling_min >= min(self.urban_min, self.rural_min):
            raise ValueError("call_handling_min leaves no time to travel")
        return self


class Grades(_Table):
    """Standards and weights by grade."""

    immediate: Grade
    priority: Grade
    routine: Grade


class Units(_Table):
    """Units of one kind that start from one station."""

    kind: Literal["response", "pcso"] = Field(
        description="A PCSO never counts towards immediate or priority calls."
    )
    station: str = Field(description="Name of a station of the boundary file.")
    count: int = Field(ge=0, le=500, description="Units that start here.")
    officers: int = Field(ge=1, le=8, description="Crew of each unit.")
    skills: list[str] = Field(default_factory=list, description="Of the crew.")


class Allocation(_Table):
    """How units are placed."""

    mode: Literal["borderless", "bordered"] = Field(
        description="Whether a unit answers anywhere or only in its home beat."
    )
    post_reach_min: Positive = Field(description="Farthest post from the home station.")
    patrol_resolution: int = Field(
        7, ge=5, le=9, description="H3 resolution of the patrol areas used as posts."
    )
    patrol_demand_share: Share = Field(
        0.98, description="Patrol areas are kept until they hold this much demand."
    )
    minimum_cover: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="Least response units posted, by district."
    )
    minute_price: NotNegative = Field(
        2e-4,
        description="Late calls that a minute's drive from station to post is worth; "
        "keeps units at home where posting them gains next to nothing.",
    )
    load_factor: Positive = Field(
        1.45, description="Load around a hex over its nominal load (alpha)."
    )
    cut_rounds: int = Field(60, ge=1, le=1000, description="Work limit of the bound.")
    node_limit: int = Field(200, ge=0, description="Work limit of the integer search.")
    gap: Share = Field(0.005, description="Stop when this near to the bound.")
    seconds: Positive | None = Field(
        None, description="Wall-clock limit; a plan that hits it cannot be repeated."
    )


class Simulation(_Table):
    """The judge."""

    shifts: int = Field(400, ge=20, le=100_000, description="Replications.")
    warmup_h: NotNegative = Field(2.0, description="Simulated before the shift.")
    seed: int = Field(1, ge=0, description="The same seed draws the same calls.")


class Scenario(_Table):
    """One question, and everything needed to answer it."""

    name: Annotated[str, AfterValidator(_slug)] = Field(
        description="Of the run folder."
    )
    question: str = Field(min_length=1, description="What the scenario asks.")
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
    units: list[Units] = Field(min_length=1)
    allocation: Allocation
    simulation: Simulation = Field(default_factory=lambda: Simulation())

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
        if not any(u.count for u in self.units if u.kind == "response"):
            raise ValueError("units holds no response unit: raise a count above 0")
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
