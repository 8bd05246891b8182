"""Where and when, what was recorded, and which concentrations are shown."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from geoalloc.scenario.table import NotNegative, Positive, Table


class Area(Table):
    """Where."""

    boundary: str = Field(description="GeoJSON, GeoPackage or Shapefile of the area.")
    resolution: int = Field(8, ge=5, le=11, description="H3 resolution of the hexes.")
    urban_population: NotNegative = Field(
        10_000,
        description="A hex within the built-up radius of a town of at least this "
        "many people is urban.",
    )


class Shift(Table):
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


class Columns(Table):
    """Which column of a table holds what; leave out what it does not have."""

    id: str | None = Field(None, description="Rows that share one are one incident.")
    month: str | None = Field(None, description="Written 2018-01.")
    reported_at: str | None = Field(None, description="When the call came.")
    started_at: str | None = Field(None, description="Earliest it can have begun.")
    ended_at: str | None = Field(None, description="Latest it can have begun.")
    time_of_day: str | None = Field(
        None, description="Of started_at, where that is a day alone; written 21:30."
    )
    time_format: str | None = Field(None, description="As strptime takes it.")
    longitude: str | None = Field(None, description="Degrees, EPSG:4326.")
    latitude: str | None = Field(None, description="Degrees, EPSG:4326.")
    easting: str | None = Field(None, description="In crs.")
    northing: str | None = Field(None, description="In crs.")
    crs: str | None = Field(None, description="Such as EPSG:27700.")
    category: str | None = Field(None, description="What kind of incident.")
    default_category: str = Field("incident", description="Where there is no column.")
    category_words: dict[str, list[str]] = Field(
        default_factory=dict,
        description="Categories put together: by the name of each group, words that "
        "the slug of a category of it holds; the first that fits, * fits all.",
    )
    grade: str | None = Field(None, description="How the call was graded.")
    grade_names: dict[str, Literal["immediate", "priority", "routine"]] = Field(
        default_factory=dict, description="The file's grades as ours."
    )
    on_scene_min: str | None = Field(None, description="Minutes on scene.")
    place: str | None = Field(None, description="Name of a street or premises.")
    reported: str | None = Field(None, description="By the public: yes or no.")
    count: str | None = Field(None, description="Incidents that a row stands for.")


class Incidents(Table):
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


class Hotspots(Table):
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
