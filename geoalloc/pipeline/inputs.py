"""From a scenario to incidents, and the history that a forecast learns from."""

import datetime as dt
import glob
import hashlib
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from geoalloc import demand, incidents
from geoalloc._types import BoolArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError, ScenarioError, UsageError
from geoalloc.hexes import HexGrid
from geoalloc.pipeline.gathering import covered_spans
from geoalloc.scenario import Scenario

# Keys of a scenario that name a file; where they do not, they hold no absolute path.
_FILES = ("boundary", "path", "queue", "roads", "actions", "table")


def periods(scenario: Scenario) -> pd.DatetimeIndex:
    """List the hours of the shift, in the scenario's time zone."""
    start = pd.Timestamp(scenario.shift.starts_at).tz_localize(
        scenario.time_zone, ambiguous=True, nonexistent="shift_forward"
    )
    # Hours pass in UTC, whatever the clocks do.
    hours = pd.date_range(
        start.tz_convert("UTC"), periods=scenario.shift.hours, freq="h", unit="us"
    )
    return hours.tz_convert(scenario.time_zone)


def other_files(scenario: Scenario) -> dict[str, str]:
    """Give the SHA-256 of the other files that are read, by name.

    Raises
    ------
    DataError
        If a file cannot be read.
    """
    driving = scenario.travel
    used = driving.roads and "roads" in (driving.source, driving.fallback)
    named: list[tuple[str, str | None]] = [
        ("roster", scenario.roster.path),
        ("queue", scenario.roster.queue),
        ("roads", driving.roads.path if driving.roads and used else None),
        ("main roads", scenario.map.roads),
        ("actions", scenario.briefing.actions),
        ("people", scenario.people.path if scenario.people else None),
        ("table of people", scenario.people.table if scenario.people else None),
        *((f"closure {closure.name}", closure.path) for closure in driving.closures),
        *((f"group {group.name}", group.path) for group in scenario.groups),
        *((f"table of {group.name}", group.table) for group in scenario.groups),
    ]
    found = {}
    for what, name in named:
        if name is not None:
            path = Path(name)
            try:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                raise DataError(f"{what}: {path} cannot be read") from None
            found[f"{what} {path.name}"] = digest
    return found


class Digests:
    """SHA-256 of the files that scenarios name, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, list[str]] = {}

    def of(self, scenario: Scenario) -> list[str]:
        """Give those of all files of a scenario, in a fixed order.

        Raises
        ------
        DataError
            If a file is missing or cannot be read.
        """
        return [
            digest
            for path in _named_files(scenario)
            for digest in self._digests(Path(path))
        ]

    def _digests(self, path: Path) -> list[str]:
        if path not in self._known:
            files = [path]
            if path.is_dir():
                files = sorted(each for each in path.rglob("*") if each.is_file())
            elif path.suffix.lower() == ".shp":  # the names, and the CRS, lie beside it
                files = sorted(path.parent.glob(f"{glob.escape(path.stem)}.*"))
            try:
                self._known[path] = [
                    f"{each.name if len(files) > 1 else ''} "
                    f"{hashlib.sha256(each.read_bytes()).hexdigest()}"
                    for each in files or [path]
                ]
            except OSError as error:
                raise DataError(
                    f"{error.filename or path} cannot be read: {error.strerror}"
                ) from None
        return self._known[path]


def _named_files(scenario: Scenario) -> list[str]:
    """List every path below a scenario, in the order of its tables."""
    found: list[str] = []

    def look(value: object, key: str = "") -> None:
        if isinstance(value, dict):
            for name, below in value.items():
                look(below, name)
        elif isinstance(value, list):
            for below in value:
                look(below, key)
        elif isinstance(value, str) and key in _FILES and Path(value).is_absolute():
            found.append(value)

    look(scenario.resolved())
    return found


def as_of(scenario: Scenario) -> pd.Timestamp:
    """Give the instant, in UTC, from which on nothing recorded is used."""
    midnight = dt.datetime.combine(scenario.as_of, dt.time())
    local = midnight.replace(tzinfo=ZoneInfo(scenario.time_zone))
    return pd.Timestamp(local).tz_convert("UTC").as_unit("us")


def read_incidents(scenario: Scenario, boundaries: Boundaries) -> incidents.Reading:
    """Read, or make, the incidents of a scenario."""
    wanted = scenario.incidents
    zone, within, until = scenario.time_zone, boundaries.outline, as_of(scenario)
    if wanted.source == "sample":
        return _sample(scenario, boundaries)
    if wanted.path is None:
        raise UsageError(
            f"scenario {scenario.name} reads incidents from a file: "
            "name it with --incidents PATH"
        )
    if wanted.source == "data.police.uk":
        return incidents.read_police_uk(
            Path(wanted.path), within=within, time_zone=zone, until=until
        )
    if wanted.columns is None:
        raise ScenarioError("source = table needs an [incidents.columns] table")
    columns = incidents.TableColumns(**wanted.columns.model_dump())
    return incidents.read_table(
        Path(wanted.path), columns, within=within, time_zone=zone, until=until
    )


def _sample(scenario: Scenario, boundaries: Boundaries) -> incidents.Reading:
    """Make synthetic incidents for the months before ``as_of``, and clean them."""
    return incidents.read_frame(
        sample_table(scenario, boundaries),
        incidents.SAMPLE_COLUMNS,
        within=boundaries.outline,
        time_zone=scenario.time_zone,
        name=f"synthetic sample, seed {scenario.incidents.seed}",
        synthetic=True,
    )


def sample_table(scenario: Scenario, boundaries: Boundaries) -> pd.DataFrame:
    """Make the raw table of a scenario's synthetic incidents."""
    wanted = scenario.incidents
    return incidents.generate_sample(
        _sample_towns(boundaries),
        start=(pd.Period(scenario.as_of, "M") - wanted.months).strftime("%Y-%m-01"),
        months=wanted.months,
        per_month=wanted.rows_per_month,
        time_zone=scenario.time_zone,
        seed=wanted.seed,
    )


def _sample_towns(boundaries: Boundaries) -> pd.DataFrame:
    """List the places that a sample of incidents is drawn around."""
    places = boundaries.places
    towns = places[(places["population"] > 0) & (places["spread_km"] > 0)]
    if towns.empty:
        raise DataError(
            f"{boundaries.source} has no place with people to make a sample around: "
            "add rows of kind place with population and spread_km, or read incidents "
            "from a file"
        )
    return pd.DataFrame(
        {
            "name": towns["name"],
            "latitude": towns.geometry.y,
            "longitude": towns.geometry.x,
            "population": towns["population"],
            "spread_km": towns["spread_km"],
        }
    ).reset_index(drop=True)


def history(
    scenario: Scenario, reading: incidents.Reading, grid: HexGrid
) -> demand.History:
    """Say what the forecast may learn from, and how much time that covers.

    Response demand follows the call: where its time is not known, what is known of
    the occurrence stands in. Offences that ended long before their report are left
    out: they send no unit on the night of the report.

    Raises
    ------
    DataError
        If no incident lies in the area.
    """
    counts = reading.counts.set_index("category")
    located = counts["used"] / (counts["used"] + counts["no_coordinates"])
    return demand.History.of(
        reading.incidents[recent(scenario, reading)],
        grid,
        covered=covered_spans(reading),
        located_share=located[counts["used"] > 0].to_dict(),
        time_zone=scenario.time_zone,
        follows="report",
    )


def recent(scenario: Scenario, reading: incidents.Reading) -> BoolArray:
    """Tell which incidents were reported soon enough to send a unit, (n_incidents,)."""
    return demand.recent(reading.incidents, most_days=scenario.demand.non_recent_days)


def origin(scenario: Scenario, history: demand.History) -> pd.Timestamp:
    """Give the instant to forecast from: ``as_of``, or the end of the data before it.

    Between the two nothing is known; the forecast spans it.
    """
    end = pd.Timestamp(history.covered[-1, 1], unit="D", tz="UTC")
    return min(as_of(scenario), end.round("us").as_unit("us"))
