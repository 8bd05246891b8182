"""Who is there: kinds of unit, units or a roster, and what a duty consists of."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoalloc.scenario.table import NotNegative, Positive, Table

Stream = Literal["immediate", "priority", "routine", "routine-pcso"]


class Kind(Table):
    """A kind of unit, and which calls it answers."""

    serves: list[Stream] = Field(
        min_length=1,
        description="Calls it answers; routine-pcso are those a PCSO may take.",
    )
    home_bound: bool = Field(
        False, description="Whether it answers and stands by in its home beat only."
    )
    lent: bool = Field(
        False,
        description="Whether it is lent from other work: its hours are reported as "
        "abstraction.",
    )


KINDS = {
    "response": Kind(serves=["immediate", "priority", "routine", "routine-pcso"]),
    "pcso": Kind(serves=["routine-pcso"], home_bound=True),
}
"""Kinds that every scenario knows; it may add others."""


class Units(Table):
    """Units of one kind that start from one station."""

    kind: str = Field(
        description="response, pcso (never counts towards immediate or priority "
        "calls), or one of [kinds]."
    )
    station: str = Field(description="Name of a station of the boundary file.")
    count: int = Field(ge=0, le=500, description="Units that start here.")
    officers: int = Field(ge=1, le=8, description="Crew of each unit.")
    skills: list[str] = Field(default_factory=list, description="Of the crew.")
    blue_light: bool = Field(
        True, description="Whether a response driver is in the crew."
    )
    starts_h: NotNegative = Field(
        0.0, description="Hours into the shift at which its duty starts."
    )
    hours: Positive | None = Field(
        None, description="Of duty; until the end of the shift if left out."
    )


class Roster(Table):
    """Files of tonight: who is on duty, and which calls wait."""

    path: str | None = Field(
        None,
        description="CSV of call signs in place of [[units]]: unit_id, kind, "
        "home_station, starts_at, ends_at; and officers, skills, blue_light, post, "
        "locked, busy_until, busy_latitude, busy_longitude. Never names.",
    )
    queue: str | None = Field(
        None,
        description="CSV of calls that wait as the shift begins: grade, reported_at, "
        "latitude, longitude.",
    )


class Duty(Table):
    """What a duty consists of besides standing by and answering calls."""

    briefing_min: NotNegative = Field(0.0, description="Off post at its start.")
    close_down_min: NotNegative = Field(0.0, description="Off post at its end.")
    break_min: NotNegative = Field(
        0.0,
        description="Length of the one break of a duty; 0 for none. It takes whole "
        "hours of the plan.",
    )
    break_after_h: NotNegative = Field(
        2.0, description="Hours of duty before which no break begins."
    )
    break_before_end_h: NotNegative = Field(
        1.0, description="Hours before the end of duty by which a break is over."
    )
    most_on_break: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="Largest share of a station's units on a break at once."
    )
    shortest_h: NotNegative = Field(
        6.0, description="A duty shorter than this has no break."
    )
    reposts: int = Field(
        0, ge=0, le=5000, description="Units that may change their post, in all."
    )
    repost_reach_min: Positive = Field(
        20.0, description="Farthest drive from one post to the next."
    )
    double_crewed: list[dt.time] = Field(
        default_factory=list,
        max_length=2,
        description="From and to: between these local times single-crewed response "
        "units of a station pair up.",
    )

    @model_validator(mode="after")
    def _from_and_to(self) -> Self:
        if len(self.double_crewed) == 1:
            raise ValueError(
                'double_crewed needs two times, such as ["22:00:00", "06:00:00"]'
            )
        return self
