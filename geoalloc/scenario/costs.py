"""What an officer's hour costs, for those who set a price on a shift."""

from typing import Annotated

from pydantic import Field

from geoalloc.scenario.table import NotNegative, Table


class Costs(Table):
    """Prices of officers on duty; without this table nothing has a cost."""

    officer_hour: dict[str, NotNegative] = Field(
        min_length=1,
        description="Of one officer for one hour of duty, by kind of unit; what has a "
        "unit of another kind has no cost.",
    )
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field(
        "GBP", description="ISO 4217 code of the prices."
    )
    source: str = Field(
        min_length=1, description="Where the prices are from, and of which year."
    )
