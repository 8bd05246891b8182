"""How units are placed, and the rules that a plan must keep."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoalloc.scenario.table import NotNegative, Positive, Share, Table

Count = Annotated[int, Field(ge=0)]


class Group(Table):
    """A grouping of hexes besides districts, beats, and urban or rural."""

    name: str = Field(min_length=1, description="By which rules refer to it.")
    path: str = Field(description="Polygons: GeoJSON, GeoPackage or Shapefile.")
    column: str = Field(description="Of the polygons, or of table, with the group.")
    table: str | None = Field(
        None, description="CSV to join, such as deprivation by area code."
    )
    key: str | None = Field(None, description="Column by which it is joined.")
    table_key: str | None = Field(
        None, description="The same in table, if it has another name there."
    )
    bands: int | None = Field(
        None,
        ge=2,
        le=20,
        description="Numbers are cut into so many bands of as many areas each, the "
        "lowest first.",
    )

    @model_validator(mode="after")
    def _joined(self) -> Self:
        if (self.table is None) != (self.key is None):
            raise ValueError("table and key go together: give both or neither")
        if self.table_key is not None and self.table is None:
            raise ValueError("table_key is of a table: give table too, or leave it out")
        return self


class People(Table):
    """Residents by area, such as of a census, spread over the hexes of each."""

    path: str = Field(description="Polygons: GeoJSON, GeoPackage or Shapefile.")
    column: str = Field(description="Of the polygons, or of table, with residents.")
    table: str | None = Field(None, description="CSV to join, by area code.")
    key: str | None = Field(None, description="Column by which it is joined.")
    table_key: str | None = Field(
        None, description="The same in table, if it has another name there."
    )
    source: str = Field(
        min_length=1, description="Of which census or estimate, and of what day."
    )

    @model_validator(mode="after")
    def _joined(self) -> Self:
        if (self.table is None) != (self.key is None):
            raise ValueError("table and key go together: give both or neither")
        if self.table_key is not None and self.table is None:
            raise ValueError("table_key is of a table: give table too, or leave it out")
        return self


class QuotaRule(Table):
    """At least, or at most, so many units of a kind in a group of hexes."""

    kind: str = Field("response", description="Kind of unit that counts.")
    by: str = Field(
        "district", description="district, beat, setting, or a name of [[groups]]."
    )
    group: str = Field(description="Which of them; of setting, urban or rural.")
    least: Count = Field(0, description="Units at all hours, or unit-hours.")
    most: Count | None = Field(None, description="Units at any hour, or unit-hours.")
    hours: bool = Field(False, description="Whether unit-hours are counted.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most is not None and self.most < self.least:
            raise ValueError(f"least is {self.least}, above most, {self.most}")
        return self


class CapRule(Table):
    """The largest share of the demand of a group of hexes that may stay unmet."""

    by: str = Field(
        "district", description="district, beat, setting, or a name of [[groups]]."
    )
    group: str = Field(description="Which of them; of setting, urban or rural.")
    share: Share = Field(description="Of its demand, weighted by grade.")


class LongestTravel(Table):
    """The longest acceptable travel of a response unit to where anybody lives."""

    urban_min: Positive = Field(description="In towns, at immediate speed.")
    rural_min: Positive = Field(description="Elsewhere, at immediate speed.")
    price: NotNegative = Field(
        0.05, description="Late calls that one hex beyond it is worth."
    )
    least_people: Positive = Field(
        5.0, description="A hex in which fewer live counts as not inhabited."
    )


class Allocation(Table):
    """How units are placed."""

    mode: Literal["borderless", "bordered"] = Field(
        description="Whether a unit answers anywhere or only in its home beat."
    )
    objective: Literal["incidents", "work-hours", "harm"] = Field(
        "incidents",
        description="Whether a late call costs its weight, its weight times the "
        "unit-hours that it takes, or its weight times how severe the calls of its hex "
        "and hour are over all of its grade. Plans are judged by the weight alone.",
    )
    curve: Literal["erlang", "mexclp", "mclp", "backup"] = Field(
        "erlang", description="How the chance to be late falls with units in reach."
    )
    post_reach_min: Positive = Field(description="Farthest post from the home station.")
    patrol_resolution: int = Field(
        7, ge=5, le=9, description="H3 resolution of the patrol areas used as posts."
    )
    patrol_demand_share: Share = Field(
        0.98, description="Patrol areas are kept until they hold this much demand."
    )
    minimum_cover: dict[str, Count] = Field(
        default_factory=dict, description="Least response units posted, by district."
    )
    visible_presence: dict[str, Count] = Field(
        default_factory=dict,
        description="Least PCSO hours over the shift, by home beat.",
    )
    quotas: list[QuotaRule] = Field(
        default_factory=list, description="Other floors and ceilings."
    )
    unmet_caps: list[CapRule] = Field(
        default_factory=list, description="Largest unmet shares, for equity."
    )
    longest_travel: LongestTravel | None = Field(
        None, description="Of every inhabited hex; breaches are listed by place."
    )
    excluded_posts: dict[str, list[str]] = Field(
        default_factory=dict, description="Posts not to be taken, by kind of unit."
    )
    locked: dict[str, str] = Field(
        default_factory=dict, description="Post that a unit keeps, by call sign."
    )
    most_moves: Count | None = Field(
        None,
        description="Units that may leave the post that the roster names; needs one.",
    )
    minute_price: NotNegative = Field(
        2e-4,
        description="Late calls that a minute's drive from station to post is worth; "
        "keeps units at home where posting them gains next to nothing.",
    )
    load_factor: Positive | None = Field(
        None,
        description="Load around a hex over its nominal load (alpha); calibrated "
        "against the simulation if left out.",
    )
    cut_rounds: int = Field(60, ge=1, le=1000, description="Work limit of the bound.")
    node_limit: int = Field(200, ge=0, description="Work limit of the integer search.")
    gap: Share = Field(0.005, description="Stop when this near to the bound.")
    seconds: Positive | None = Field(
        None, description="Wall-clock limit; a plan that hits it cannot be repeated."
    )
