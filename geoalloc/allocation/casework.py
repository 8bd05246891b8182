"""What an allocation of investigators is made from: teams, work, and the way to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geoalloc._types import BoolArray, FloatArray
from geoalloc.demand import Investigations
from geoalloc.demand.investigations import INFLOW, OPEN
from geoalloc.errors import DataError

_LEVELS = (1, 2, 3)


def _require_level(pip: int, what: str) -> None:
    if pip not in _LEVELS:
        raise DataError(f"the PIP level of {what} must be 1, 2 or 3, got {pip}")


@dataclass(frozen=True, kw_only=True)
class InvestigationTeam:
    """A team of investigators and what it may take.

    Attributes
    ----------
    name, district
        ``district`` is where its base is.
    hours
        For casework in the time that is planned, driving included.
    pip
        Highest level that it is accredited to, which holds the lower ones
        (Professionalising Investigation Programme of the College of Policing).
    specialisms
        That it is accredited for, such as "fraud".
    most_cases
        Largest caseload; None for no limit.
    """

    name: str
    district: str
    hours: float
    pip: int
    specialisms: tuple[str, ...] = ()
    most_cases: float | None = None

    def __post_init__(self) -> None:
        _require_level(self.pip, f"team {self.name!r}")
        most = 0.0 if self.most_cases is None else self.most_cases
        for what, value in (("hours", self.hours), ("most_cases", most)):
            if not 0 <= value < np.inf:
                raise DataError(
                    f"{what} of team {self.name!r} must be 0 or more, got {value}"
                )


@dataclass(frozen=True, kw_only=True)
class InvestigationWork:
    """Cases of one district, level and specialism: live ones of a team, or inflow.

    Attributes
    ----------
    hours, cases
        Officer-hours to do in the time that is planned, and how many cases they are.
    specialism
        That is needed beside the level; empty for none.
    holder
        Team that has these cases; None for inflow.
    may_move
        Whether live cases may go to another team.
    handover_h
        Hours that it takes another team to take over one case.
    weight
        Of an hour that is not served.
    """

    district: str
    pip: int
    hours: float
    cases: float = 0.0
    specialism: str = ""
    holder: str | None = None
    may_move: bool = False
    handover_h: float = 0.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        _require_level(self.pip, f"work in {self.district!r}")
        for what in ("hours", "cases", "handover_h", "weight"):
            value = getattr(self, what)
            if not 0 <= value < np.inf:
                raise DataError(
                    f"{what} of work in {self.district!r} must be 0 or more, got "
                    f"{value}"
                )

    @property
    def label(self) -> str:
        """What the work is, in words."""
        special = f" {self.specialism}" if self.specialism else ""
        held = f", held by {self.holder}" if self.holder else ""
        return f"PIP {self.pip}{special} in {self.district}{held}"


@dataclass(frozen=True, kw_only=True)
class CaseworkProblem:
    """Who may investigate what, and how far it is.

    Attributes
    ----------
    travel_min : (n_districts, n_districts)
        Minutes from a base in one district (rows) to cases in another; inf where
        nobody goes.
    bordered
        Whether a team works only in the district of its base. Live cases that it
        holds elsewhere stay with it.
    hours_per_trip
        Hours of casework that go with one drive there and back.
    """

    teams: tuple[InvestigationTeam, ...]
    work: tuple[InvestigationWork, ...]
    districts: tuple[str, ...]
    travel_min: FloatArray
    bordered: bool = False
    hours_per_trip: float = 6.0

    def __post_init__(self) -> None:
        if not self.teams:
            raise DataError("there is no team to investigate; give at least one")
        if not self.work:
            raise DataError("there is no work to investigate; give at least one")
        names = [team.name for team in self.teams]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise DataError(f"two teams are named {twice[0]!r}; name each once")
        size = (len(self.districts), len(self.districts))
        if self.travel_min.shape != size:
            raise DataError(
                f"travel_min has shape {self.travel_min.shape}; {size[0]} districts "
                f"need {size}"
            )
        if np.isnan(self.travel_min).any() or (self.travel_min < 0).any():
            raise DataError("travel_min is nan or negative; use inf for out of reach")
        if not self.hours_per_trip > 0:
            raise DataError(
                f"hours_per_trip must be above 0, got {self.hours_per_trip}"
            )
        self._check_districts()
        for work in self.work:
            self._check_work(work)

    def _check_districts(self) -> None:
        named = [(f"team {team.name!r}", team.district) for team in self.teams]
        named += [("work", work.district) for work in self.work]
        for what, district in named:
            if district not in self.districts:
                raise DataError(
                    f"{what} names the district {district!r}; there are "
                    f"{', '.join(self.districts)}"
                )

    def _check_work(self, work: InvestigationWork) -> None:
        able = [team.name for team in self.teams if accredited(team, work)]
        if not able and work.hours > 0:
            need = (
                f"specialism {work.specialism!r}" if work.specialism else "no special"
            )
            raise DataError(
                f"no team is accredited for PIP {work.pip} with {need}, which "
                f"{work.hours:g} hours in {work.district} need; accredit a team"
            )
        if work.holder is None:
            return
        if work.holder not in [team.name for team in self.teams]:
            raise DataError(
                f"live cases in {work.district} are held by {work.holder!r}, which is "
                f"no team; name one of the teams"
            )
        if work.holder not in able and not work.may_move:
            raise DataError(
                f"team {work.holder!r} holds {work.label}, for which it is not "
                f"accredited; correct the team or set may_move"
            )

    def may(self) -> BoolArray:
        """Whether a team may do some work: (n_teams, n_work)."""
        return np.array(
            [[self._may(team, work) for work in self.work] for team in self.teams]
        )

    def _may(self, team: InvestigationTeam, work: InvestigationWork) -> bool:
        if not accredited(team, work) or not np.isfinite(self.minutes(team, work)):
            return False
        if work.holder == team.name:
            return True
        if work.holder is not None and not work.may_move:
            return False
        return not self.bordered or team.district == work.district

    def minutes(self, team: InvestigationTeam, work: InvestigationWork) -> float:
        """Minutes from the base of a team to the district of some work."""
        base = self.districts.index(team.district)
        return float(self.travel_min[base, self.districts.index(work.district)])

    def travel_share(self) -> FloatArray:
        """Hours on the road for an hour of work: (n_teams, n_work)."""
        minutes = [[self.minutes(t, w) for w in self.work] for t in self.teams]
        return np.array(minutes) / 30.0 / self.hours_per_trip

    def handover_share(self) -> FloatArray:
        """Hours of taking over for an hour of work: (n_teams, n_work)."""
        each = [w.handover_h * w.cases / w.hours if w.hours else 0.0 for w in self.work]
        held = [[w.holder not in (None, t.name) for w in self.work] for t in self.teams]
        return np.array(held) * np.array(each)


def accredited(team: InvestigationTeam, work: InvestigationWork) -> bool:
    """Whether a team has the level and the specialism that some work needs."""
    special = not work.specialism or work.specialism in team.specialisms
    return special and team.pip >= work.pip


@dataclass(frozen=True, kw_only=True)
class CaseworkTerms:
    """How an outlook of investigations becomes work for teams.

    Attributes
    ----------
    specialisms
        By category of incident, the specialism that it needs.
    holders
        By district and PIP level, the team that holds the open cases.
    may_move
        Whether open cases may go to another team, at ``handover_h`` hours each.
    weights
        By PIP level, of an hour not served; 1 where a level is not named.
    """

    specialisms: Mapping[str, str] = field(default_factory=dict)
    holders: Mapping[tuple[str, int], str] = field(default_factory=dict)
    may_move: bool = False
    handover_h: float = 0.0
    weights: Mapping[int, float] = field(default_factory=dict)


def casework_of(
    investigations: Investigations,
    months: Sequence[str],
    terms: CaseworkTerms = CaseworkTerms(),
) -> tuple[InvestigationWork, ...]:
    """Take the work of some months from an outlook of investigations.

    Inflow is summed by district, level and specialism; open cases by district and
    level. The number of open cases is that of those worked off in these months.

    Raises
    ------
    DataError
        If a month is not one of the outlook, or nobody holds some open cases.
    """
    known = list(investigations.frame["month"].unique())
    wrong = [month for month in months if month not in known]
    if wrong or not months:
        raise DataError(
            f"the month {wrong[0]!r} is not in the outlook, which has {known[0]} to "
            f"{known[-1]}"
            if wrong
            else "no month of the outlook is asked for; name at least one"
        )
    rows = investigations.frame[investigations.frame["month"].isin(list(months))]
    special = [terms.specialisms.get(category, "") for category in rows["category"]]
    keys = ["source", "district", "pip", "specialism"]
    sums = (
        rows.assign(specialism=pd.Series(special, index=rows.index, dtype="str"))
        .groupby(keys, as_index=False, sort=True)[["hours", "investigated"]]
        .sum()
    )
    return tuple(_work_of(row, terms) for row in sums.itertuples() if row.hours > 0)


def _work_of(row: pd.Series, terms: CaseworkTerms) -> InvestigationWork:
    pip, is_open = int(row.pip), row.source == OPEN
    holder = terms.holders.get((row.district, pip)) if is_open else None
    if is_open and holder is None:
        raise DataError(
            f"nobody holds the open cases of PIP {pip} in {row.district}; name the "
            f"team in holders"
        )
    return InvestigationWork(
        district=row.district,
        pip=pip,
        hours=float(row.hours),
        cases=float(row.investigated),
        specialism=row.specialism if row.source == INFLOW else "",
        holder=holder,
        may_move=is_open and terms.may_move,
        handover_h=terms.handover_h if is_open else 0.0,
        weight=float(terms.weights.get(pip, 1.0)),
    )


def hours_lost(casework_h: float, shifts: pd.DataFrame) -> pd.DataFrame:
    """Share the casework of response officers out over shifts: it takes them away.

    The hours fall on shifts in proportion to the officer-hours on duty in which
    casework can be done; a shift loses no more than those.

    Parameters
    ----------
    casework_h
        Hours that cases of response officers need in the time of these shifts.
    shifts
        ``shift``, ``officer_hours`` on duty, and ``suited``, the share of them in
        which casework can be done (witnesses are not called on at night).

    Returns
    -------
    lost
        By shift: ``shift``, ``officer_hours``, ``lost_h``, ``lost_share``, ``left_h``;
        casework that finds no hours is ``attrs["undone_h"]``.

    Raises
    ------
    DataError
        If hours are negative, or ``suited`` is not a share.
    """
    for name in ("shift", "officer_hours", "suited"):
        if name not in shifts:
            raise DataError(f"shifts have no column {name!r}; give it")
    on_duty = shifts["officer_hours"].to_numpy(dtype=np.float64)
    suited = shifts["suited"].to_numpy(dtype=np.float64)
    if not (np.isfinite(on_duty).all() and (on_duty >= 0).all()):
        raise DataError("officer_hours of shifts must be 0 or more; correct them")
    if not ((suited >= 0) & (suited <= 1)).all():
        raise DataError("suited of shifts must be shares of 0 to 1; correct them")
    if not 0 <= casework_h < np.inf:
        raise DataError(f"casework_h must be 0 or more, got {casework_h}")
    room = on_duty * suited
    taken = min(1.0, casework_h / room.sum()) if room.sum() > 0 else 0.0
    lost = room * taken
    share = np.divide(lost, on_duty, out=np.zeros_like(lost), where=on_duty > 0)
    found = pd.DataFrame(
        {
            "shift": shifts["shift"].to_numpy(),
            "officer_hours": on_duty,
            "lost_h": lost,
            "lost_share": share,
            "left_h": on_duty - lost,
        }
    )
    found.attrs["undone_h"] = float(max(0.0, casework_h - lost.sum()))
    return found
