"""A synthetic table of incidents that has the ways of a real one.

No row is of a real incident. Shares, rhythms and faults are round figures in the
range of published street-level data for a force of mixed towns and countryside;
they are for trying the program out and for tests, not for conclusions.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc import schemas
from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.incidents.table import TableColumns

SAMPLE_COLUMNS = TableColumns(
    id="Reference",
    reported_at="Call received",
    started_at="Occurred from",
    ended_at="Occurred to",
    longitude="Longitude",
    latitude="Latitude",
    category="Type",
    grade="Grade",
    on_scene_min="Minutes on scene",
    place="Location",
    reported="Reported by public",
)
"""Mapping that reads what `generate_sample` writes."""


@dataclass(frozen=True)
class _Kind:
    """How incidents of a category come about: assumptions, all of them."""

    label: str
    share: float  # of all incidents
    rhythm: str  # key of _HOURS
    central: float  # share that keeps to town centers
    grades: tuple[float, float, float]  # immediate, priority, routine
    on_scene_min: float
    window_h: float  # mean length of the window of occurrence; 0 an instant
    unlocated: float = 0.09
    reported: float = 1.0


_KINDS = (
    _Kind(
        "Violence and sexual offences", 0.31, "night", 0.4, (0.30, 0.40, 0.30), 75, 0
    ),
    _Kind(
        "Anti-social behaviour", 0.19, "evening", 0.3, (0.10, 0.45, 0.45), 30, 0, 0.0
    ),
    _Kind("Public order", 0.11, "night", 0.6, (0.25, 0.45, 0.30), 45, 0),
    _Kind("Criminal damage and arson", 0.09, "evening", 0.2, (0.10, 0.35, 0.55), 40, 8),
    _Kind("Other theft", 0.07, "day", 0.3, (0.03, 0.27, 0.70), 35, 10),
    _Kind("Shoplifting", 0.06, "shops", 0.9, (0.10, 0.30, 0.60), 45, 0),
    _Kind("Vehicle crime", 0.055, "morning", 0.1, (0.05, 0.20, 0.75), 30, 9),
    _Kind("Burglary", 0.045, "morning", 0.1, (0.20, 0.40, 0.40), 60, 8),
    _Kind("Drugs", 0.02, "evening", 0.5, (0.05, 0.35, 0.60), 60, 0, 0.18, 0.4),
    _Kind("Bicycle theft", 0.015, "day", 0.6, (0.01, 0.14, 0.85), 20, 9),
    _Kind("Other crime", 0.012, "day", 0.2, (0.05, 0.25, 0.70), 60, 0),
    _Kind("Robbery", 0.011, "night", 0.7, (0.50, 0.40, 0.10), 80, 0),
    _Kind("Theft from the person", 0.006, "night", 0.9, (0.10, 0.30, 0.60), 30, 0),
    _Kind(
        "Possession of weapons", 0.006, "night", 0.5, (0.40, 0.40, 0.20), 75, 0, 0.15
    ),
)

# Weight of each hour from 00 to 23, and of the days from Monday to Sunday.
_HOURS = {
    "night": "864321123455566667789999",
    "evening": "542111112334445678999987",
    "day": "211111135788888887654433",
    "shops": "000000025799999999642100",
    "morning": "322222469987666667766543",
}
_DAYS = {
    "night": (9, 9, 9, 10, 13, 15, 12),
    "evening": (9, 9, 9, 10, 12, 13, 11),
    "day": (11, 11, 11, 11, 11, 9, 8),
    "shops": (10, 10, 10, 11, 12, 12, 7),
    "morning": (12, 11, 11, 11, 11, 9, 9),
}
_SUMMER = 0.12  # how far the height of summer lies above the mean of the year

_PEOPLE_PER_POINT = 75
_NAMES = (
    *("Mill", "Church", "Orchard", "Station", "Park", "Manor", "Bridge", "Elm"),
    *("Chapel", "Meadow", "Victoria", "Quarry", "School", "Castle", "Willow"),
)
_STREETS = ("Lane", "Road", "Close", "Street", "Avenue", "Drive", "Hill", "Way")
_GENERIC = (
    *("Supermarket", "Parking Area", "Petrol Station", "Shopping Area"),
    *("Sports/Recreation Area", "Park/Open Space", "Nightclub"),
)


def generate_sample(
    towns: pd.DataFrame,
    *,
    start: str = "2024-01-01",
    months: int = 24,
    per_month: float = 15_000,
    time_zone: str = "Europe/London",
    seed: int = 0,
) -> pd.DataFrame:
    """Make a table of synthetic incidents as a file might hold it, faults included.

    Incidents fall on snap points, more of them on some than on others, thicker
    towards town centers for some categories, with a rhythm of hours, days and
    seasons. Faults: about 8 % of rows have no coordinates (none of anti-social
    behavior, which has no id either; 18 % of drugs), some 1 % repeat an id,
    0.3 % lie far away.

    Parameters
    ----------
    towns
        ``name``, ``latitude``, ``longitude`` (degrees), ``population`` (over 0),
        ``spread_km`` (radius of the built-up area).
    start
        First day, local.
    months
        How many months.
    per_month
        Expected incidents a month.
    time_zone
        In which times are written, without an offset.
    seed
        The same seed gives the same table.

    Returns
    -------
    table
        Raw rows in order of the call, as `SAMPLE_COLUMNS` describes them.

    Raises
    ------
    DataError
        If a town lacks a column or has a population or spread that is not above
        0, or there is nothing to make.
    """
    _require_towns(towns)
    if months < 1 or not per_month > 0:
        raise DataError(
            f"months and per_month must be above 0, got {months} and {per_month}"
        )
    rng = np.random.default_rng(seed)
    hours = _local_hours(start, months, time_zone)
    kind = rng.choice(
        len(_KINDS), size=rng.poisson(per_month * months), p=_normalized_shares()
    )
    calls = hours.iloc[_hours_of(kind, hours, rng)].reset_index(drop=True)
    calls = calls + pd.to_timedelta(rng.integers(0, 3600, kind.size), unit="s")
    order = np.argsort(calls.to_numpy(), kind="stable")
    kind, calls = kind[order], calls.iloc[order].reset_index(drop=True)
    table = _columns(kind, calls, rng)
    table = table.assign(**_placed(kind, towns, rng))
    table.loc[table["Type"] == "Anti-social behaviour", "Reference"] = None
    return _with_repeats(table, rng)


def _require_towns(towns: pd.DataFrame) -> None:
    schemas.require_columns(
        towns, "name", "latitude", "longitude", "population", "spread_km"
    )
    if not len(towns):
        raise DataError("no town to make a sample from: give at least one")
    for column in ("population", "spread_km"):
        values = towns[column].to_numpy(np.float64)
        bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
        if bad.size:
            raise DataError(
                f"{column} is not above 0 at {bad.size} of {len(towns)} towns, first "
                f"{towns['name'].iloc[bad[0]]!r}"
            )


def _normalized_shares() -> FloatArray:
    shares = np.array([kind.share for kind in _KINDS])
    return shares / shares.sum()


def _local_hours(start: str, months: int, time_zone: str) -> pd.Series:
    """Every hour of the period that a clock on the wall shows."""
    first = pd.Timestamp(start).normalize()
    hours = pd.date_range(
        first.tz_localize(time_zone),
        (first + pd.DateOffset(months=months)).tz_localize(time_zone),
        freq="h",
        inclusive="left",
    )
    return pd.Series(hours.tz_localize(None))


def _hours_of(
    kind: IndexArray, hours: pd.Series, rng: np.random.Generator
) -> IndexArray:
    """Position of an hour of the period for each incident."""
    season = 1 + _SUMMER * np.cos((hours.dt.day_of_year - 197) / 365.25 * 2 * np.pi)
    picked = np.empty(kind.size, dtype=np.int64)
    for k, category in enumerate(_KINDS):
        of_day = np.array([int(digit) + 0.2 for digit in _HOURS[category.rhythm]])
        of_week = np.array(_DAYS[category.rhythm], dtype=np.float64)
        weight = of_day[hours.dt.hour] * of_week[hours.dt.day_of_week] * season
        rows = kind == k
        picked[rows] = _draw(weight.to_numpy(), int(rows.sum()), rng)
    return picked


def _draw(weight: FloatArray, n: int, rng: np.random.Generator) -> IndexArray:
    """Draw ``n`` positions in proportion to weight."""
    edges = np.cumsum(weight)
    drawn = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    return np.minimum(drawn, weight.size - 1)


def _columns(
    kind: IndexArray, calls: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    n = kind.size
    labels = pd.Series([k.label for k in _KINDS], dtype="str")
    of_kind = {
        name: np.array([getattr(k, name) for k in _KINDS])[kind]
        for name in ("on_scene_min", "window_h", "reported", "grades")
    }
    ended = calls - pd.to_timedelta(rng.integers(60, 1800, n), unit="s")
    length_s = (rng.exponential(1.0, n) * of_kind["window_h"] * 3600).astype(np.int64)
    started = ended - pd.to_timedelta(np.minimum(length_s, 72 * 3600), unit="s")
    cut = np.cumsum(of_kind["grades"], axis=1)
    grade = (rng.random(n)[:, None] > cut[:, :2]).sum(axis=1)
    sigma2 = np.log(1 + 0.8**2)  # coefficient of variation 0.8
    minutes = of_kind["on_scene_min"] * rng.lognormal(-sigma2 / 2, sigma2**0.5, n)
    yes = rng.random(n) < of_kind["reported"]
    return pd.DataFrame(
        {
            "Reference": "S" + pd.Series(np.arange(1, n + 1)).astype("str"),
            "Call received": _text(calls),
            "Occurred from": _text(started),
            "Occurred to": _text(ended),
            "Type": labels.iloc[kind].array,
            "Grade": pd.Series(schemas.GRADES, dtype="str").iloc[grade].array,
            "Minutes on scene": np.maximum(np.rint(minutes), 1.0),
            "Reported by public": pd.Series(["no", "yes"], dtype="str")
            .iloc[yes.astype(np.int64)]
            .array,
        }
    )


def _text(times: pd.Series) -> pd.Series:
    return times.dt.strftime("%Y-%m-%d %H:%M:%S").astype("str")


def _placed(
    kind: IndexArray, towns: pd.DataFrame, rng: np.random.Generator
) -> dict[str, object]:
    """Longitude, latitude and name of a snap point for each incident."""
    points = _snap_points(towns, rng)
    weight = points["weight"].to_numpy()
    # Within a town centers take more; between towns people count.
    near = weight * np.exp(-3 * points["distance"].to_numpy())
    town = points["town"].to_numpy()
    near *= (np.bincount(town, weight) / np.bincount(town, near))[town]
    central = rng.random(kind.size) < np.array([k.central for k in _KINDS])[kind]
    at = np.where(central, _draw(near, kind.size, rng), _draw(weight, kind.size, rng))
    missing = rng.random(kind.size) < np.array([k.unlocated for k in _KINDS])[kind]
    away = rng.random(kind.size) < 0.003
    longitude = points["longitude"].to_numpy()[at] + away * rng.uniform(2, 4, kind.size)
    latitude = points["latitude"].to_numpy()[at] + away * rng.uniform(0, 2, kind.size)
    return {
        "Longitude": np.where(missing, np.nan, np.round(longitude, 6)),
        "Latitude": np.where(missing, np.nan, np.round(latitude, 6)),
        "Location": points["name"]
        .iloc[at]
        .reset_index(drop=True)
        .mask(missing, "No Location"),
    }


def _snap_points(towns: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Points of all towns, with Pareto weights that sum to each population."""
    people = towns["population"].to_numpy(np.float64)
    n_points = np.maximum(people // _PEOPLE_PER_POINT, 3).astype(np.int64)
    town = np.repeat(np.arange(len(towns)), n_points)
    n = town.size
    distance = np.abs(rng.normal(0, 0.5, n)).clip(max=1)  # of the spread
    angle = rng.uniform(0, 2 * np.pi, n)
    north_km = towns["spread_km"].to_numpy(np.float64)[town] * distance
    latitude = towns["latitude"].to_numpy(np.float64)[town]
    to_degrees = 1 / 111.2
    weight = rng.pareto(1.3, n).clip(max=60) + 0.1
    weight *= people[town] / np.bincount(town, weight)[town]
    first, last = (
        pd.Series(words, dtype="str")
        .iloc[rng.integers(0, len(words), n)]
        .reset_index(drop=True)
        for words in (_NAMES, _STREETS)
    )
    kinds = pd.Series(_GENERIC, dtype="str").iloc[rng.integers(0, len(_GENERIC), n)]
    generic = rng.random(n) < 0.15
    name = (first + " " + last).mask(generic, kinds.reset_index(drop=True))
    return pd.DataFrame(
        {
            "town": town,
            "distance": distance,
            "weight": weight,
            "longitude": towns["longitude"].to_numpy(np.float64)[town]
            + north_km * np.cos(angle) * to_degrees / np.cos(np.radians(latitude)),
            "latitude": latitude + north_km * np.sin(angle) * to_degrees,
            "name": "On or near " + name,
        }
    )


def _with_repeats(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Repeat some rows: a third as they are, a third elsewhere, a third nowhere."""
    has_id = table["Reference"].notna().to_numpy()
    rows = np.flatnonzero(has_id & (rng.random(len(table)) < 0.015))
    repeats = table.iloc[rows].copy()
    how = rng.integers(0, 3, len(rows))
    repeats.loc[how == 1, ["Longitude", "Latitude"]] += 0.004
    repeats.loc[how == 2, ["Longitude", "Latitude"]] = np.nan
    repeats.loc[how == 2, "Location"] = "No Location"
    return pd.concat([table, repeats]).sort_index(kind="stable", ignore_index=True)
