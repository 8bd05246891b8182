"""What each frame that passes between modules must be; ``check`` it or raise.

Coordinates are EPSG:4326, instants are UTC, categories are data.police.uk slugs
or the source's own words in lower case with hyphens. No frame has a column
about a person.
"""

from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pandera.pandas as pa

from geoalloc._types import FloatArray
from geoalloc.errors import SchemaError

GRADES = ("immediate", "priority", "routine")
PEAK_BASES = ("recorded", "assumed", "none")

Frame = TypeVar("Frame", bound=pd.DataFrame)
_UTC = "datetime64[us, UTC]"


def _column(dtype: Any = None, *checks: pa.Check, **options: Any) -> pa.Column:  # noqa: ANN401
    return pa.Column(dtype, list(checks), coerce=False, **options)


def _at_least(least: float) -> pa.Check:
    return pa.Check.ge(least, error=f"below {least:g}")


def _share() -> pa.Check:
    return pa.Check.in_range(0, 1.000001, error="not a share between 0 and 1")


def _frame(name: str, columns: dict[str, pa.Column]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, strict=True, ordered=True, name=name)


INCIDENTS = _frame(
    "incidents",
    {
        "incident_id": _column(str),
        "reported_at": _column(_UTC, nullable=True),
        "started_at": _column(_UTC, nullable=True),
        "ended_at": _column(_UTC, nullable=True),
        "category": _column(str),
        "grade": _column(
            str, pa.Check.isin(GRADES, error="not a grade"), nullable=True
        ),
        "on_scene_min": _column(float, _at_least(0), nullable=True),
        "reported": _column(bool),
        "place": _column(str, nullable=True),
        "geometry": _column(),
    },
)

REJECTS = _frame(
    "rejects",
    {
        "source": _column(str),
        "line": _column(np.int64, _at_least(1)),
        "reason": _column(str),
        "category": _column(str, nullable=True),
        "row": _column(str),
    },
)

HEXES = _frame(
    "hexes",
    {
        "hex_id": _column(np.uint64, unique=True),
        "area_km2": _column(float, _at_least(0)),
        "land_share": _column(float, _share()),
        "district": _column(str),
        "home_beat": _column(str),
        "urban": _column(bool),
        "place": _column(str),
        "grid_ref": _column(str),
    },
)

DEMAND = _frame(
    "demand",
    {
        "hex_id": _column(np.uint64),
        "period": _column(_UTC),
        "grade": _column(str, pa.Check.isin(GRADES, error="not a grade")),
        "incidents": _column(float, _at_least(0)),
        "low": _column(float, _at_least(0)),
        "high": _column(float, _at_least(0)),
        "workload_h": _column(float, _at_least(0)),
        "harm": _column(float, _at_least(0)),
        "observed": _column(float, _share()),
        "scaled": _column(float, _share()),
        "assumed": _column(float, _share()),
    },
)

DEMAND_FLOW = _frame(
    "demand_flow",
    {
        "line": _column(str),
        "basis": _column(str),
        # What a line takes away is negative.
        "incidents": _column(float),
        "immediate": _column(float),
        "priority": _column(float),
        "routine": _column(float),
        "none": _column(float),
        "workload_h": _column(float),
        "low": _column(float),
        "high": _column(float),
    },
)

HOTSPOTS = _frame(
    "hotspots",
    {
        "rank": _column(np.int64, _at_least(1), unique=True),
        "hex_ids": _column(),
        "incidents": _column(float, _at_least(0)),
        "rate": _column(float, _at_least(0)),
        "share": _column(float, _share()),
        "area_km2": _column(float, _at_least(0)),
        "area_share": _column(float, _share()),
        "times": _column(float, _at_least(0)),
        "p_value": _column(float, _share()),
        "exceedance": _column(float, _share()),
        "category": _column(str),
        "category_share": _column(float, _share(), nullable=True),
        "peak_hours": _column(str),
        "peak_basis": _column(
            str, pa.Check.isin(PEAK_BASES, error="not a basis of peak hours")
        ),
        # Lists of 24 and 7 shares, from 00:00 and from Monday; empty with basis none.
        "hour_shares": _column(),
        "day_shares": _column(),
        "persistence": _column(str),
        "windows": _column(str),
        "institution": _column(str),
        "place": _column(str),
        "grid_ref": _column(str),
        "latitude": _column(float),
        "longitude": _column(float),
    },
)

UNITS = _frame(
    "units",
    {
        "unit_id": _column(str, unique=True),
        "kind": _column(str),
        "skills": _column(str),
        "home_station": _column(str),
        "officers": _column(np.int64, _at_least(1)),
        "starts_at": _column(_UTC),
        "ends_at": _column(_UTC),
    },
)

PLAN = _frame(
    "plan",
    {
        "unit_id": _column(str),
        "period": _column(_UTC),
        "kind": _column(str),
        "home_station": _column(str),
        "post": _column(str),
        "grid_ref": _column(str),
        "post_hex": _column(np.uint64),
        "activity": _column(str),
        "travel_min": _column(float, _at_least(0)),
        "hexes_covered": _column(np.int64, _at_least(0)),
        "reason": _column(str),
    },
)

COVER = _frame(
    "cover",
    {
        "hex_id": _column(np.uint64),
        "period": _column(_UTC),
        "grade": _column(str, pa.Check.isin(GRADES, error="not a grade")),
        "first_unit": _column(str, nullable=True),
        "second_unit": _column(str, nullable=True),
        "minutes": _column(float, _at_least(0), nullable=True),
        "wait_min": _column(float, _at_least(0), nullable=True),
        "none_free": _column(float, _share()),
        "unmet": _column(float, _at_least(0)),
    },
)

MOVES = _frame(
    "moves",
    {
        "unit_id": _column(str, unique=True),
        "from_post": _column(str),
        "to_post": _column(str),
        "gain": _column(float),
    },
)

SCORES = _frame(
    "scores",
    {
        "plan": _column(str),
        "measure": _column(str),
        "group": _column(str),
        "model": _column(float, nullable=True),
        "simulated": _column(float, nullable=True),
        "low": _column(float, nullable=True),
        "high": _column(float, nullable=True),
    },
)

PRICES = _frame(
    "prices",
    {
        "what": _column(str),
        "item": _column(str),
        "period": _column(_UTC, nullable=True),
        "change": _column(str),
        "gain": _column(float, nullable=True),
        "late_immediate": _column(float, nullable=True),
        "simulated": _column(float, nullable=True),
        "low": _column(float, nullable=True),
        "high": _column(float, nullable=True),
    },
)

BORDERS = _frame(
    "borders",
    {
        "component": _column(str),
        "district": _column(str),
        "late": _column(float, _at_least(0)),
        "saved": _column(float),
        "low": _column(float, nullable=True),
        "high": _column(float, nullable=True),
    },
)

BORDER_VALUE = _frame(
    "border_value",
    {
        "hex_id": _column(np.uint64, unique=True),
        "saved": _column(float),
    },
)

VISITS = _frame(
    "visits",
    {
        "unit_id": _column(str),
        "rank": _column(np.int64, _at_least(1)),
        "place": _column(str),
        "grid_ref": _column(str),
        "starts_at": _column(_UTC),
        "ends_at": _column(_UTC),
        "drive_min": _column(float, _at_least(0)),
        "expected_min": _column(float, _at_least(0)),
    },
)

INCIDENT_SUMMARY = _frame(
    "incident_summary",
    {
        "hex_id": _column(np.uint64),
        "category": _column(str),
        "month": _column(str),
        "incidents": _column(np.int64, _at_least(1)),
    },
)


def check(frame: Frame, schema: pa.DataFrameSchema) -> Frame:
    """Return ``frame`` unchanged if it keeps ``schema``; else say what breaks it.

    Raises
    ------
    SchemaError
        One sentence with every column that breaks the contract.
    """
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise SchemaError(_sentence(schema.name, error.failure_cases)) from None
    return frame


def _sentence(name: str, cases: pd.DataFrame) -> str:
    problems = []
    for (column, what), rows in cases.groupby(["column", "check"], sort=False):
        first = rows["failure_case"].iloc[0]
        where = rows["index"].iloc[0]
        at = f", first {first!r} at row {where}" if pd.notna(where) else f": {first!r}"
        subject = first if what.startswith("column_in") else column
        problems.append(f"{subject} {what} ({len(rows)} rows{at})")
    if not problems:
        problems = [f"{row.check}: {row.failure_case}" for row in cases.itertuples()]
    return f"{name} frame: " + "; ".join(problems)


def require_measure(values: FloatArray, name: str) -> None:
    """Require an array of finite numbers of 0 or more."""
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)).ravel())
    if bad.size:
        raise SchemaError(
            f"{name} is nan, infinite or negative at {bad.size} of {values.size} "
            f"positions, first {bad[0]}"
        )


def days(values: Any, name: str) -> FloatArray:  # noqa: ANN401 - whatever is given
    """Take times as numbers of days; refuse instants and lengths, which are no such."""
    types = pd.api.types
    if types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values):
        raise SchemaError(
            f"{name} holds dates or lengths of time, where numbers of days are needed: "
            'subtract a start and divide by pd.Timedelta("1D")'
        )
    return np.asarray(values, dtype=np.float64)


def require_columns(frame: pd.DataFrame, *columns: str) -> None:
    """Require every one of ``columns``."""
    missing = [column for column in columns if column not in frame]
    if missing:
        raise SchemaError(f"missing columns {missing}; found {list(frame.columns)}")
