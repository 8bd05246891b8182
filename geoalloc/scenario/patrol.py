"""What a scenario says of directed patrol."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from geoalloc.scenario.table import NotNegative, Share, Table

_Kind: TypeAlias = Literal["response", "pcso"]
_KINDS: tuple[_Kind, ...] = ("response", "pcso")


class Patrol(Table):
    """Short visits to hotspots by units that can be spared."""

    hotspots: int = Field(10, ge=0, le=200, description="Hotspots that are visited.")
    visits: int = Field(2, ge=1, le=12, description="Wanted at each in a shift.")
    visit_min: int = Field(
        15, ge=1, le=120, description="Length of a visit (Koper, 1995: 10 to 16)."
    )
    apart_min: int = Field(
        120, ge=1, le=1440, description="From one visit to the next at a hotspot."
    )
    busy_below: Share = Field(
        0.5, description="Largest share of an hour at calls at which a unit is spared."
    )
    longest_drive_min: NotNegative = Field(
        20.0, description="Longest drive to, between and from visits."
    )
    kinds: list[_Kind] = Field(
        default_factory=lambda: list(_KINDS),
        description="Kinds of unit that patrol; PCSOs only in their home beat.",
    )
    barred_categories: list[str] = Field(
        default_factory=lambda: ["violent-crime", "violence-and-sexual-offences"],
        description="Never a priority, unless the source separates violence in public.",
    )
    rule: Literal["available", "unavailable"] = Field(
        "available", description="Whether a unit on patrol answers calls."
    )
    minute_price: NotNegative = Field(
        0.002, description="Share of the heaviest visit that a minute's drive costs."
    )
    rounds: Annotated[int, Field(ge=0, le=20)] = Field(
        1, description="Times that units are routed again with their neighbors."
    )
