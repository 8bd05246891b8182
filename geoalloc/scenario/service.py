"""How calls are answered: travel, standards, and the judge."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from geoalloc.scenario.table import (
    Latitude,
    Longitude,
    NotNegative,
    PlaceError,
    Positive,
    Share,
    Table,
)


class Roads(Table):
    """A road network, and how fast units drive on it without blue lights."""

    path: str = Field(description="An .osm.pbf extract, or GeoJSON lines.")
    class_kmh: dict[str, NotNegative] = Field(
        default_factory=dict,
        description="Speed by class of highway, over the defaults; 0 closes a class.",
    )
    limit_share: Positive = Field(
        0.85, description="Speed driven over the limit, where one is tagged."
    )
    factor: Positive = Field(1.0, description="All speeds are multiplied by this.")
    junction_delay_min: NotNegative = Field(
        0.05, description="Lost, on average, where three roads or more meet."
    )
    snap_km: Positive = Field(
        1.0, description="Farthest distance from the middle of a hex to a road."
    )
    access_kmh: Positive = Field(
        20.0, description="Speed between the middle of a hex and its road."
    )


class Server(Table):
    """A table service of OSRM's kind."""

    url: str = Field(description="Address; https, unless it is this machine.")
    profile: str = Field("driving", description="How units drive, as it names that.")
    most_coordinates: int = Field(
        100, ge=2, le=100_000, description="Of one request, as the server limits them."
    )
    fastest_kmh: Positive = Field(
        110.0, description="Hexes beyond this speed are not asked for."
    )
    timeout_s: Positive = Field(30.0, description="Longest time for one answer.")
    tries: int = Field(4, ge=1, le=20, description="Attempts at one request.")


_Point = Annotated[list[float], Field(min_length=2, max_length=2)]


class Closure(Table):
    """Where a flood or an event slows units down, or lets nobody through."""

    name: str = Field(min_length=1, description="Of the closure, for the notes.")
    path: str | None = Field(
        None, description="Polygons or lines: GeoJSON, GeoPackage or Shapefile."
    )
    line: list[_Point] | None = Field(
        None, min_length=2, description="Longitude and latitude of points along it."
    )
    width_m: Positive | None = Field(
        None, description="Of the line, or of the lines of the file."
    )
    latitude: Latitude | None = Field(None, description="Of the middle of a circle.")
    longitude: Longitude | None = Field(None, description="Of the middle of a circle.")
    radius_m: Positive | None = Field(None, description="Of that circle.")
    speed_share: Share = Field(
        description="Of their speed that units keep there: 0 is closed, 1 free."
    )
    highways: list[str] = Field(
        default_factory=list,
        description="Classes of road that are closed; all if left out. For minutes "
        "over roads: hexes that are touched take the share, whatever is in them.",
    )

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        circle = (self.latitude, self.longitude, self.radius_m)
        given = [self.path, self.line, next((c for c in circle if c is not None), None)]
        if sum(one is not None for one in given) != 1:
            raise ValueError(
                "give one of path, line, or latitude, longitude and radius_m"
            )
        if given[2] is not None and None in circle:
            raise ValueError("latitude, longitude and radius_m go together: give all")
        if self.line is not None and self.width_m is None:
            raise ValueError("line needs width_m: how wide what is closed is")
        if self.width_m is not None and given[2] is not None:
            raise ValueError("a circle has a radius_m and no width_m: leave that out")
        for longitude, latitude in self.line or ():
            if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
                raise ValueError(
                    f"line has the point [{longitude:g}, {latitude:g}], which is no "
                    "longitude and latitude in degrees"
                )
        return self


class Travel(Table):
    """How fast units get about without blue lights, and what that is taken from."""

    urban_kmh: Positive = Field(description="Mean door-to-door speed in towns.")
    rural_kmh: Positive = Field(description="Mean door-to-door speed elsewhere.")
    detour: Annotated[float, Field(ge=1, le=3)] = Field(
        description="Length by road over the straight line."
    )
    setting_off_min: NotNegative = Field(description="From being sent to moving.")
    time_factor: Annotated[list[Positive], Field(min_length=24, max_length=24)] = Field(
        default_factory=lambda: [1.0] * 24,
        description="Minutes on the road by local hour of the day over those at the "
        "speeds given: over 1 in a rush hour.",
    )
    source: Literal["lattice", "roads", "server"] = Field(
        "lattice",
        description="Minutes over the hexes at the speeds above, over a road network, "
        "or from a table service.",
    )
    roads: Roads | None = Field(None, description="Of source or fallback = roads.")
    server: Server | None = Field(None, description="Of source = server.")
    fallback: Literal["lattice", "roads"] | None = Field(
        None,
        description="Where all minutes come from if the server fails; without one "
        "there is no plan then.",
    )
    closures: list[Closure] = Field(
        default_factory=list, description="What is flooded, shut or slow tonight."
    )

    @model_validator(mode="after")
    def _closures_can_be(self) -> Self:
        if self.closures and self.source == "server":
            raise ValueError(
                f"closures cannot be told to the server ({self.closures[0].name!r}): "
                "it knows its own roads alone; close them there, or take source "
                "lattice or roads"
            )
        names = [closure.name for closure in self.closures]
        for number, name in enumerate(names):
            if name in names[:number]:
                raise PlaceError(
                    f"there are two closures of the name {name!r}: rename one",
                    "closures",
                    number,
                )
        return self

    @model_validator(mode="after")
    def _its_source(self) -> Self:
        asked = {self.source, self.fallback}
        for name in ("roads", "server"):
            if name in asked and getattr(self, name) is None:
                raise ValueError(f"{name} is asked for: add a [travel.{name}] table")
        if self.fallback is not None and self.source != "server":
            raise ValueError(f"source {self.source!r} takes no fallback")
        return self

    def speeds(self) -> dict[str, Any]:
        """Return what ``geoalloc.travel.Speeds`` takes."""
        names = ("urban_kmh", "rural_kmh", "detour", "setting_off_min", "time_factor")
        return self.model_dump(include=set(names))


class Grade(Table):
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


class Grades(Table):
    """Standards and weights by grade."""

    immediate: Grade
    priority: Grade
    routine: Grade


class Simulation(Table):
    """The judge."""

    shifts: int = Field(400, ge=20, le=100_000, description="Replications.")
    warmup_h: NotNegative = Field(2.0, description="Simulated before the shift.")
    seed: int = Field(1, ge=0, description="The same seed draws the same calls.")
    drain_h: NotNegative = Field(
        2.0, description="Simulated after the shift, without new calls."
    )
    level_cv: NotNegative = Field(
        0.0, description="Variation of the level of calls from shift to shift."
    )
    travel_cv: NotNegative = Field(
        0.0, description="Variation of journeys around the travel table."
    )
    dispatch: Literal["nearest", "expected-cost"] = Field(
        "nearest", description="Who is sent; expected-cost spares the cover."
    )
    minutes_per_late: NotNegative = Field(
        30.0, description="Drive that one late call of weight 1 is worth, for it."
    )
    queue: Literal["grade-nearest", "grade-fifo", "fifo"] = Field(
        "grade-nearest", description="Which waiting call a freed unit takes."
    )
    promote_min: Positive | None = Field(
        None, description="A wait that counts as one grade higher; none if left out."
    )
    divert: bool = Field(
        False, description="Immediate calls may take a unit on its way to others."
    )
    interruptible: list[str] = Field(
        default_factory=list, description="Grades at whose scene they may take it."
    )
    recall_from_break: bool = Field(
        False, description="Immediate calls may end a break, taken up again later."
    )
    reserve: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict,
        description="Free units in reach below which a call of the grade waits.",
    )


class Custody(Table):
    """Calls that end in an arrest: the unit drives to a suite, and is free there."""

    shares: dict[Literal["immediate", "priority", "routine"], Share] = Field(
        description="Of calls that end in an arrest, by grade."
    )
    suites: list[str] = Field(
        min_length=1, description="Stations with a custody suite open in the shift."
    )
    minutes: Positive = Field(description="Mean time that the unit is lost there.")
    cv: NotNegative = Field(0.5, description="Its variation, as a share of the mean.")


class Wait(Table):
    """Calls that end in a wait: hospital, section 136, a scene guard."""

    name: str = Field(min_length=1, description="Of the wait.")
    shares: dict[Literal["immediate", "priority", "routine"], Share] = Field(
        description="Of calls that end in it, by grade."
    )
    minutes: Positive = Field(description="Mean time that the unit is lost.")
    cv: NotNegative = Field(0.8, description="Its variation, as a share of the mean.")
