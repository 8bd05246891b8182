"""What a scenario says of months to come: growth by district, and investigations."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoalloc.scenario.table import NotNegative, Positive, Share, Table

_Growth = Annotated[float, Field(ge=-0.5, le=0.5)]
_NO_CRIME = "anti-social-behaviour"


class Outlook(Table):
    """Months to three years ahead."""

    months: int = Field(36, ge=1, le=36, description="How far to look ahead.")
    growth: dict[str, _Growth] = Field(
        default_factory=dict,
        description="By district, the share by which demand grows a year beyond what "
        "the past holds, such as by new housing: an assumption.",
    )


class Casework(Table):
    """What a recorded crime of a category asks of investigators."""

    hours: Positive = Field(description="Mean officer-hours of one investigated.")
    screened_out: Share = Field(description="Share closed without investigation.")
    pip: Literal[1, 2, 3] = Field(
        description="Level of who investigates: 1 priority and volume, 2 serious and "
        "complex, 3 major."
    )


class OpenCases(Table):
    """Cases of a district that are open on ``as_of``."""

    district: str = Field(description="A district of the boundary file.")
    pip: Literal[1, 2, 3] = Field(description="Level of who deals with them.")
    cases: NotNegative = Field(description="How many are open.")
    hours_left: NotNegative = Field(description="Mean officer-hours to go in one.")


class Investigations(Table):
    """How recorded crime becomes officer-hours of investigation."""

    categories: dict[str, Casework] = Field(
        default_factory=dict,
        description="By slug; a category of data.police.uk that is left out takes an "
        "assumption, which the outlook names.",
    )
    open_cases: list[OpenCases] = Field(
        default_factory=list, description="The caseload on as_of."
    )
    worked_off_months: int = Field(
        6, ge=1, le=36, description="Months over which open cases are worked off."
    )
    error: Share = Field(
        0.2, description="Standard error of the hours, as a share: an assumption."
    )
    officer_hours: Positive = Field(
        100.0,
        description="Hours an investigator has for cases in a month: an assumption.",
    )

    @model_validator(mode="after")
    def _crimes_only(self) -> Self:
        if _NO_CRIME in self.categories:
            raise ValueError(
                f"{_NO_CRIME} is no crime and has no investigation: take it out"
            )
        return self
