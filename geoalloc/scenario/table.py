"""What every table of a scenario keeps, and the ranges that many keys share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PlaceError(ValueError):
    """What is wrong at a place below the table that finds it.

    Attributes
    ----------
    at
        Keys, and positions in lists, from that table.
    """

    def __init__(self, message: str, *at: str | int) -> None:
        super().__init__(message)
        self.at = at


Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Table(BaseModel):
    """A table that refuses unknown keys and wrong types, and does not change."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
