"""What a scenario says of investigators: their teams, and the terms of their work."""

from typing import Literal, TypeAlias

from pydantic import Field

from geoalloc.scenario.table import NotNegative, Positive, Table

_Level: TypeAlias = Literal["1", "2", "3"]
_LEVELS: tuple[_Level, ...] = ("1", "2", "3")


class Team(Table):
    """A team of investigators."""

    name: str = Field(min_length=1, description="Of the team, never of a person.")
    district: str = Field(description="District of its base.")
    hours: NotNegative = Field(description="For casework in a month, drives included.")
    pip: Literal[1, 2, 3] = Field(description="Highest level accredited to.")
    specialisms: list[str] = Field(
        default_factory=list, description="Accredited for, such as fraud."
    )
    most_cases: Positive | None = Field(None, description="Largest caseload.")


class Holder(Table):
    """Who has the open cases of a district and level."""

    district: str = Field(description="A district of the boundary file.")
    pip: Literal[1, 2, 3] = Field(description="Level of the cases.")
    team: str = Field(description="Name of a team.")


class Teams(Table):
    """How the hours of investigators are shared out."""

    teams: list[Team] = Field(default_factory=list, description="All of them.")
    holders: list[Holder] = Field(
        default_factory=list, description="Of the open cases of the scenario."
    )
    mode: Literal["borderless", "bordered"] = Field(
        "bordered", description="Whether a team works outside its district."
    )
    may_move: bool = Field(False, description="Whether live cases may change team.")
    handover_h: NotNegative = Field(
        4.0, description="Hours to take over a live case: an assumption."
    )
    hours_per_trip: Positive = Field(
        6.0, description="Hours of casework that go with one drive there and back."
    )
    specialisms: dict[str, str] = Field(
        default_factory=dict, description="By category, the specialism that it needs."
    )
    weights: dict[_Level, NotNegative] = Field(
        default_factory=lambda: dict.fromkeys(_LEVELS, 1.0),
        description="By PIP level, of an hour that is not served.",
    )
    officer_hours: Positive = Field(
        100.0, description="Hours of one more investigator, for its price."
    )
