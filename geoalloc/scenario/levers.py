"""Levers: what would change demand, each shown as a line of where demand goes."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoalloc.scenario.table import (
    Latitude,
    Longitude,
    NotNegative,
    Positive,
    Share,
    Table,
)

_AppliesTo = Annotated[
    list[str],
    Field(min_length=1, description="Categories and layers whose calls it may touch."),
]
_ReturnShare = Annotated[
    float,
    Field(
        ge=0,
        le=1,
        description="Of the calls avoided, the share that comes back as it was.",
    ),
]


class Growth(Table):
    """Calls of some categories become more, or fewer."""

    kind: Literal["growth"] = Field(description="Which lever this is.")
    categories: list[str] = Field(
        min_length=1, description="Categories and layers that grow."
    )
    factor: NotNegative = Field(
        description="Calls expected over those of the past: 1.05 is 5 % more."
    )


class Event(Table):
    """More calls around a place for some hours."""

    kind: Literal["event"] = Field(description="Which lever this is.")
    name: str = Field(min_length=1, description="Of the event, for the table.")
    place: str | None = Field(
        None, description="A place of the boundary file; or give both degrees."
    )
    latitude: Latitude | None = Field(None, description="Of its middle.")
    longitude: Longitude | None = Field(None, description="Of its middle.")
    radius_m: Positive = Field(description="Hexes this near are in it.")
    starts_at: dt.datetime = Field(description="Local time.")
    ends_at: dt.datetime = Field(description="Local time.")
    uplift: NotNegative = Field(
        description="Calls more, as a share of those expected there then without it: "
        "0.5 is half as many again."
    )
    categories: list[str] = Field(
        default_factory=list, description="Categories and layers; all if left out."
    )

    @model_validator(mode="after")
    def _somewhere_at_some_time(self) -> Self:
        degrees = (self.latitude is not None) + (self.longitude is not None)
        if (self.place is not None) + (degrees == 2) != 1 or degrees == 1:
            raise ValueError("give either place, or both latitude and longitude")
        if self.starts_at.tzinfo is not None or self.ends_at.tzinfo is not None:
            raise ValueError(
                "starts_at and ends_at are local times: leave out the offset"
            )
        if self.ends_at <= self.starts_at:
            raise ValueError(
                f"ends_at {self.ends_at:%Y-%m-%d %H:%M} is not after "
                f"starts_at {self.starts_at:%Y-%m-%d %H:%M}"
            )
        return self


class RightCare(Table):
    """Right Care Right Person: calls below a threshold go to another service.

    The threshold is a crime, or a real and immediate risk to life or of serious harm.
    """

    kind: Literal["right-care"] = Field(description="Which lever this is.")
    applies_to: _AppliesTo
    threshold_share: Share = Field(
        description="Share of the calls, immediate ones aside, that meets the "
        "threshold: out of reach of every lever."
    )
    declined_share: Share = Field(
        description="Of those below the threshold, the share that is declined."
    )
    return_share: _ReturnShare


class FireFirst(Table):
    """The fire service goes first to checks on people's welfare."""

    kind: Literal["fire-first"] = Field(description="Which lever this is.")
    applies_to: _AppliesTo
    share: Share = Field(description="Share of the calls that the fire service takes.")
    return_share: _ReturnShare


class Triage(Table):
    """Mental-health professionals advise before a unit is sent."""

    kind: Literal["mental-health-triage"] = Field(description="Which lever this is.")
    applies_to: _AppliesTo
    advised_share: Share = Field(
        description="Share of the calls that is advised on, which no published figure "
        "says."
    )
    avoided: int = Field(
        370, ge=0, description="Advised cases in which no unit had to go, counted."
    )
    advised: int = Field(3228, ge=1, description="Advised cases counted.")
    return_share: _ReturnShare

    @model_validator(mode="after")
    def _avoided_of_advised(self) -> Self:
        if self.avoided > self.advised:
            raise ValueError(
                f"avoided is {self.avoided} of {self.advised} advised: "
                "no more can be avoided than were advised on"
            )
        return self


Lever = Annotated[
    Growth | Event | RightCare | FireFirst | Triage, Field(discriminator="kind")
]
