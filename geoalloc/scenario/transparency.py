"""What a force tells of its use of the tool, for the transparency record."""

import datetime as dt

from pydantic import Field

from geoalloc.scenario.table import Table


class Transparency(Table):
    """Facts that no run can know; what is left out the record lists as open."""

    owner: str = Field("", description="Team and role that answer for the tool.")
    contact: str = Field("", description="Address for questions from the public.")
    purpose: str = Field("", description="What the force uses the tool for.")
    benefit: str = Field("", description="What it is expected to be good for.")
    before: str = Field("", description="How it was done before; what else was tried.")
    legal_basis: str = Field("", description="Law that the use rests on.")
    impact_assessments: str = Field(
        "", description="Data protection and equality assessments: reference and day."
    )
    decides: str = Field("", description="Role that decides on a plan.")
    decisions: str = Field("", description="Where decisions on plans are recorded.")
    training: str = Field("", description="What those who use it are taught.")
    appeals: str = Field("", description="How the public may question its use.")
    retention: str = Field("", description="How long runs and records are kept.")
    changes: str = Field("", description="What changed since the last record.")
    next_review: dt.date | None = Field(None, description="Day of the next review.")
