"""How calls are answered: travel, standards, units, posts and the judge."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoalloc.scenario.table import NotNegative, Positive, Share, Table


class Travel(Table):
    """How fast units get about without blue lights."""

    urban_kmh: Positive = Field(description="Mean door-to-door speed in towns.")
    rural_kmh: Positive = Field(description="Mean door-to-door speed elsewhere.")
    detour: Annotated[float, Field(ge=1, le=3)] = Field(
        description="Length by road over the straight line."
    )
    setting_off_min: NotNegative = Field(description="From being sent to moving.")


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


class Units(Table):
    """Units of one kind that start from one station."""

    kind: Literal["response", "pcso"] = Field(
        description="A PCSO never counts towards immediate or priority calls."
    )
    station: str = Field(description="Name of a station of the boundary file.")
    count: int = Field(ge=0, le=500, description="Units that start here.")
    officers: int = Field(ge=1, le=8, description="Crew of each unit.")
    skills: list[str] = Field(default_factory=list, description="Of the crew.")


class Allocation(Table):
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


class Simulation(Table):
    """The judge."""

    shifts: int = Field(400, ge=20, le=100_000, description="Replications.")
    warmup_h: NotNegative = Field(2.0, description="Simulated before the shift.")
    seed: int = Field(1, ge=0, description="The same seed draws the same calls.")
