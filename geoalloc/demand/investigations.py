"""Demand for investigation: officer-hours from recorded crime and open cases.

A crime that is not screened out takes hours of an officer accredited at its PIP level
(Professionalising Investigation Programme of the College of Policing: 1 priority and
volume, 2 serious and complex, 3 major). Anti-social behavior is no crime: nothing is
investigated. Hours and shares are assumptions unless the scenario gives the force's
own; each row says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from geoalloc._types import FloatArray
from geoalloc.demand.outlook import ALL, INTERVALS, Outlook
from geoalloc.errors import DataError

PIP_LEVELS = (1, 2, 3)
NO_CRIME = ("anti-social-behaviour",)
INFLOW, OPEN = "inflow", "open cases"


def _require_level(pip: int) -> None:
    if pip not in PIP_LEVELS:
        raise DataError(f"the PIP level must be 1, 2 or 3, got {pip}")


@dataclass(frozen=True, kw_only=True)
class Casework:
    """What a recorded crime of a category asks of investigators.

    Attributes
    ----------
    hours
        Mean officer-hours of one that is investigated.
    screened_out
        Share that is closed without an investigation.
    pip
        PIP level, 1 to 3, of who investigates.
    assumed
        Whether these are assumptions of this package rather than of the force.
    """

    hours: float
    screened_out: float
    pip: int
    assumed: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.hours < np.inf:
            raise DataError(f"hours of a crime must be above 0, got {self.hours}")
        if not 0 <= self.screened_out <= 1:
            raise DataError(
                f"screened_out must be from 0 to 1, got {self.screened_out}"
            )
        _require_level(self.pip)


@dataclass(frozen=True, kw_only=True)
class OpenCases:
    """Cases that were open at the origin.

    Attributes
    ----------
    district
        Where they are dealt with.
    pip
        Level of who deals with them.
    cases, hours_left
        How many, and mean officer-hours still to go in one.
    """

    district: str
    pip: int
    cases: float
    hours_left: float

    def __post_init__(self) -> None:
        _require_level(self.pip)
        for name, value in (("cases", self.cases), ("hours_left", self.hours_left)):
            if not 0 <= value < np.inf:
                raise DataError(
                    f"{name} of open cases in {self.district} must be 0 or more, "
                    f"got {value}"
                )


def _assumed(hours: float, screened_out: float, pip: int) -> Casework:
    return Casework(hours=hours, screened_out=screened_out, pip=pip, assumed=True)


# No force publishes these: round figures to be replaced by a force's own.
ASSUMED_CASEWORK: Mapping[str, Casework] = {
    "bicycle-theft": _assumed(1.0, 0.85, 1),
    "burglary": _assumed(8.0, 0.4, 1),
    "criminal-damage-arson": _assumed(2.5, 0.55, 1),
    "drugs": _assumed(5.0, 0.1, 1),
    "other-crime": _assumed(10.0, 0.3, 2),
    "other-theft": _assumed(2.0, 0.65, 1),
    "possession-of-weapons": _assumed(7.0, 0.1, 1),
    "public-order": _assumed(3.5, 0.35, 1),
    "robbery": _assumed(20.0, 0.15, 2),
    "shoplifting": _assumed(2.5, 0.4, 1),
    "theft-from-the-person": _assumed(2.0, 0.75, 1),
    "vehicle-crime": _assumed(2.5, 0.7, 1),
    "violent-crime": _assumed(9.0, 0.25, 2),
}
"""By category of data.police.uk: assumptions, flagged wherever they are used."""


@dataclass(frozen=True, kw_only=True)
class InvestigationModel:
    """How recorded crime becomes work of investigators.

    Attributes
    ----------
    casework
        By category; ``ASSUMED_CASEWORK`` stands in for a category without.
    open_cases
        Caseload at the origin.
    worked_off_months
        Months over which the hours left in open cases are spread evenly.
    error
        Standard error of every figure of hours, as a share of it.
    officer_hours
        Hours that an investigator has for cases in a month.
    """

    casework: Mapping[str, Casework]
    open_cases: Sequence[OpenCases] = ()
    worked_off_months: int = 6
    error: float = 0.2
    officer_hours: float = 100.0

    def __post_init__(self) -> None:
        never = sorted(set(self.casework) & set(NO_CRIME))
        if never:
            raise DataError(
                f"{never[0]} is no crime and has no investigation: take it out of the "
                "casework"
            )
        if self.worked_off_months < 1:
            raise DataError(
                f"worked_off_months must be at least 1, got {self.worked_off_months}"
            )
        if not 0 <= self.error <= 1:
            raise DataError(f"error must be from 0 to 1, got {self.error}")
        if not 0 < self.officer_hours < np.inf:
            raise DataError(f"officer_hours must be above 0, got {self.officer_hours}")


@dataclass(frozen=True, kw_only=True)
class Investigations:
    """Officer-hours that investigations ask for.

    Attributes
    ----------
    frame
        By ``month``, ``district``, ``category`` and ``source`` ("inflow" or "open
        cases", whose category is empty): ``pip``, ``crimes``, ``screened_out``,
        ``investigated`` (of open cases, those worked on), ``hours``, ``assumed``
        (whether hours and shares are this package's).
    totals
        By ``month``, ``district`` (also "all") and ``pip`` (also 0 for all levels):
        ``hours``, ``officers``, and ``low_50`` to ``high_95`` of the hours.
    notes
        Sentences on what was assumed or left out.
    """

    frame: pd.DataFrame
    totals: pd.DataFrame
    notes: tuple[str, ...]


def investigations(ahead: Outlook, model: InvestigationModel) -> Investigations:
    """Turn an outlook into work of investigators by month, district and PIP level.

    Intervals hold the spread of the counts, an error of the hours, and that one case
    takes as much more or less than the mean as an exponential variable does.
    Relative errors of levels and hours are taken to go the same way in all
    categories, so that their standard deviations add; chance does not.

    Parameters
    ----------
    ahead
        Of recorded incidents.
    model
        Hours, screening, open cases.

    Raises
    ------
    DataError
        If open cases are of a district that the outlook does not have, or no category
        has casework.
    """
    districts = [name for name in ahead.frame["district"].unique() if name != ALL]
    unknown = [o.district for o in model.open_cases if o.district not in districts]
    if unknown:
        raise DataError(
            f"open cases name the district {unknown[0]!r}; there are "
            f"{', '.join(districts)}"
        )
    months = list(ahead.frame["month"].unique())
    casework = dict(ASSUMED_CASEWORK) | dict(model.casework)
    rows = ahead.frame[
        (ahead.frame["district"] != ALL) & ahead.frame["category"].isin(list(casework))
    ]
    if rows.empty:
        raise DataError(
            "no category of the outlook has casework: give hours, screened_out and pip "
            "by category"
        )
    inflow = _inflow(rows, casework)
    frame = pd.concat([inflow, *_open(model, months)], ignore_index=True)
    frame = frame.sort_values(
        ["month", "district", "source", "category", "pip"], kind="stable"
    ).reset_index(drop=True)
    return Investigations(
        frame=frame.drop(columns=["relative", "chance"]),
        totals=_totals(frame, model),
        notes=_notes(ahead, casework, model),
    )


def _inflow(rows: pd.DataFrame, casework: Mapping[str, Casework]) -> pd.DataFrame:
    of_row = [casework[name] for name in rows["category"]]
    each = np.array([work.hours for work in of_row])
    kept = 1.0 - np.array([work.screened_out for work in of_row])
    crimes = rows["mean"].to_numpy()
    hours = crimes * kept * each
    return pd.DataFrame(
        {
            "month": rows["month"].to_numpy(),
            "district": rows["district"].to_numpy(),
            "category": rows["category"].to_numpy(),
            "source": INFLOW,
            "pip": np.array([work.pip for work in of_row], dtype=np.int64),
            "crimes": crimes,
            "screened_out": crimes * (1.0 - kept),
            "investigated": crimes * kept,
            "hours": hours,
            "assumed": np.array([work.assumed for work in of_row]),
            # Of a Poisson number of cases, each of exponential hours.
            "relative": hours * np.sqrt(rows["alpha"].to_numpy()),
            "chance": 2.0 * crimes * kept * each**2,
        }
    ).astype({"month": "str", "district": "str", "category": "str", "source": "str"})


def _open(model: InvestigationModel, months: list[str]) -> list[pd.DataFrame]:
    spread = model.worked_off_months
    rows = [
        {
            "month": month,
            "district": case.district,
            "category": "",
            "source": OPEN,
            "pip": case.pip,
            "crimes": 0.0,
            "screened_out": 0.0,
            "investigated": case.cases / spread,
            "hours": case.cases * case.hours_left / spread,
            "assumed": False,
            "relative": 0.0,
            "chance": case.cases * case.hours_left**2 / spread,
        }
        for month in months[:spread]
        for case in model.open_cases
    ]
    return [pd.DataFrame(rows)] if rows else []


def _totals(frame: pd.DataFrame, model: InvestigationModel) -> pd.DataFrame:
    sums = ["hours", "relative", "chance"]
    everywhere = frame.assign(district=ALL)
    by_level = pd.concat([frame, everywhere], ignore_index=True)
    both = pd.concat([by_level, by_level.assign(pip=0)], ignore_index=True)
    totals = both.groupby(["month", "district", "pip"], as_index=False)[sums].sum()
    hours = totals["hours"].to_numpy()
    variance = (
        totals["chance"].to_numpy()
        + totals["relative"].to_numpy() ** 2
        + (model.error * hours) ** 2
    )
    totals["officers"] = hours / model.officer_hours
    for share in INTERVALS:
        low, high = _gamma(hours, variance, share)
        totals[f"low_{share * 100:.0f}"], totals[f"high_{share * 100:.0f}"] = low, high
    return totals.drop(columns=["relative", "chance"])


def _gamma(
    mean: FloatArray, variance: FloatArray, share: float
) -> tuple[FloatArray, FloatArray]:
    """Bounds of gamma variables with these means and variances: never below 0."""
    tail = (1.0 - share) / 2.0
    some = (mean > 0) & (variance > 0)
    shape = np.where(some, mean**2 / np.where(some, variance, 1.0), 1.0)
    scale = np.where(some, np.where(some, variance, 1.0) / np.where(some, mean, 1.0), 0)
    low, high = (stats.gamma.ppf(p, shape) * scale for p in (tail, 1.0 - tail))
    return np.where(some, low, mean), np.where(some, high, mean)


def _notes(
    ahead: Outlook, casework: Mapping[str, Casework], model: InvestigationModel
) -> tuple[str, ...]:
    present = [name for name in ahead.frame["category"].unique() if name != ALL]
    guessed = [name for name in present if name in casework and casework[name].assumed]
    without = [
        name for name in present if name not in casework and name not in NO_CRIME
    ]
    notes = []
    if guessed:
        notes.append(
            "Hours, screening and PIP levels are assumptions of this package, not "
            f"figures of a force, for {', '.join(guessed)}."
        )
    if without:
        notes.append(f"No casework is given for {', '.join(without)}: left out.")
    if any(name in NO_CRIME for name in present):
        notes.append("Anti-social behavior is no crime: none of it is investigated.")
    if not model.open_cases:
        notes.append("No open cases are given: the hours are those of new crime alone.")
    return tuple(notes)
