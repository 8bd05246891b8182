"""look_ahead(scenario) -> OutlookRun: months to three years ahead."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pandas as pd

import geoalloc
from geoalloc import boundaries, demand, gazetteer, hexes, report
from geoalloc import scenario as scenarios
from geoalloc.boundaries import Boundaries
from geoalloc.demand import Investigations, Outlook
from geoalloc.errors import ScenarioError
from geoalloc.incidents import Reading
from geoalloc.incidents.integrity_rows import spans
from geoalloc.pipeline import inputs, records, stages
from geoalloc.runs import OutlookRun
from geoalloc.scenario import Scenario

__all__ = ["look_ahead", "outlook_products", "outlook_words"]

_ALL = "all"
_SHOWN = (1, 12, 24, 36)  # months ahead


def look_ahead(
    scenario: Scenario,
    *,
    months: int | None = None,
    progress: Callable[[str], None] = stages.silent,
    identified: Callable[[str], object] = stages.silent,
) -> OutlookRun:
    """Look months to three years ahead, at incidents and at investigations.

    Parameters
    ----------
    months
        How far, instead of what the scenario says.
    progress
        Called with the name of each stage as it begins.
    identified
        Called with the run id once the inputs are read, before the long work.

    Raises
    ------
    DataError
        If an input or the scenario is wrong, or the history too short.
    """
    if months is not None:
        values = scenario.resolved()
        values["outlook"]["months"] = months
        scenario = scenarios.parse(values)
    clock = stages.Clock(progress)
    with clock("boundaries"):
        area = boundaries.read(scenario.area.boundary)
        _require_districts(scenario, area)
    with clock("hexes"):
        grid = hexes.cover(area.outline, scenario.area.resolution)
        labels = gazetteer.label(
            grid, area, urban_population=scenario.area.urban_population
        )
    with clock("incidents"):
        past = inputs.read_incidents(scenario, area)
    found = records.inputs_of(area, past, {})
    run_id = records.run_id(scenario, found)
    identified(run_id)
    with clock("outlook"):
        history = inputs.history(scenario, past, grid)
        origin, ahead = foreseen(scenario, history, labels)
    with clock("investigations"):
        casework = casework_ahead(scenario, ahead)
    made_of = _record(scenario, area, past, origin, ahead, casework)
    return OutlookRun(
        ahead=ahead,
        casework=casework,
        record=made_of
        | {
            "run_id": run_id,
            "inputs": found,
            "timings": clock.seconds,
            "notes": [
                *_missing(past),
                *ahead.notes,
                *(casework.notes if casework else []),
            ],
        },
    )


def foreseen(
    scenario: Scenario, history: demand.History, labels: pd.DataFrame
) -> tuple[pd.Timestamp, Outlook]:
    """Expect the incidents of the months ahead, and say from which instant on."""
    origin = inputs.origin(scenario, history)
    responses = scenario.demand.categories
    ahead = demand.outlook(
        history,
        origin,
        scenario.outlook.months,
        district=labels["district"].tolist(),
        growth=scenario.outlook.growth,
        discovered=[name for name, r in responses.items() if r.discovered],
    )
    return origin, ahead


def outlook_products(run: OutlookRun) -> dict[str, str]:
    """Make what people open, by file name."""
    return {"outlook.html": report.outlook_page(run.ahead, run.casework, run.record)}


def outlook_words(run: OutlookRun) -> str:
    """Say what lies ahead in a few lines, for the terminal."""
    record, frame = run.record, run.ahead.frame
    area = frame[frame["district"] == _ALL]
    leads = [lead for lead in _SHOWN if lead <= area["lead"].max()]
    head = f"{'incidents a month':<24}" + "".join(
        f"{area.loc[area['lead'] == lead, 'month'].iloc[0]:>26}" for lead in leads
    )
    made_up = ["Incidents are made up: a demonstration, not evidence."]
    lines = [record["marking"], *(made_up * record["synthetic"])]
    lines += [record["sentence"], "", head]
    for category, rows in area.groupby("category", sort=False):
        rows = rows.set_index("lead")
        lines.append(f"{category:<24}" + "".join(_cell(rows, k) for k in leads))
    lines.append("In brackets: the interval that should hold 4 of 5 such months.")
    if run.casework is not None:
        lines += ["", _hours(run.casework)]
    return "\n".join([*lines, "", record["basis"], *record["notes"]])


def _cell(rows: pd.DataFrame, lead: int) -> str:
    row = rows.loc[lead]
    said = f"{row['mean']:,.0f} ({row['low_80']:,.0f} to {row['high_80']:,.0f})"
    return f"{said:>26}"


def _hours(casework: Investigations) -> str:
    totals = casework.totals
    first = totals[
        (totals["district"] == _ALL) & (totals["month"] == totals["month"].min())
    ]
    by_level = {int(row.pip): row for row in first.itertuples()}
    parts = ", ".join(
        f"PIP {pip} {row.hours:,.0f}" for pip, row in by_level.items() if pip
    )
    whole = by_level[0]
    return (
        f"Investigations in {whole.month}: {whole.hours:,.0f} officer-hours "
        f"({whole.low_80:,.0f} to {whole.high_80:,.0f}), the work of "
        f"{whole.officers:,.0f} investigators; {parts}."
    )


def _require_districts(scenario: Scenario, area: Boundaries) -> None:
    there = list(area.districts["name"])
    named = {
        "outlook.growth": list(scenario.outlook.growth),
        "investigations.open_cases": [
            case.district for case in scenario.investigations.open_cases
        ],
    }
    for key, districts in named.items():
        for name in districts:
            if name not in there:
                raise ScenarioError(
                    f"{key} names the district {name!r}, which {area.source} does not "
                    f"have; there are {', '.join(there)}"
                )


def _missing(past: Reading) -> list[str]:
    if not past.missing_months:
        return []
    months = spans(past.missing_months)
    return [f"No incident was read of {months}: that counts as no time, not as none."]


def casework_ahead(scenario: Scenario, ahead: Outlook) -> Investigations | None:
    """Turn the crime of the months ahead into hours; None if no category has any."""
    wanted = scenario.investigations
    known = set(demand.ASSUMED_CASEWORK) | set(wanted.categories)
    if not known & set(ahead.frame["category"]):
        return None
    model = demand.InvestigationModel(
        casework={
            name: demand.Casework(**work.model_dump())
            for name, work in wanted.categories.items()
        },
        open_cases=[demand.OpenCases(**c.model_dump()) for c in wanted.open_cases],
        worked_off_months=wanted.worked_off_months,
        error=wanted.error,
        officer_hours=wanted.officer_hours,
    )
    return demand.investigations(ahead, model)


def _record(
    scenario: Scenario,
    area: Boundaries,
    past: Reading,
    origin: pd.Timestamp,
    ahead: Outlook,
    casework: Investigations | None,
) -> dict[str, Any]:
    months = ahead.frame["month"]
    shares = _shares(ahead)
    start, end = past.period
    day = origin.tz_convert(scenario.time_zone).round("s")
    return {
        "name": scenario.name,
        "made_at": dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat(),
        "version": geoalloc.__version__,
        "marking": scenario.marking,
        "handling": scenario.handling,
        "synthetic": past.synthetic,
        "origin": origin.isoformat(),
        "months": [months.min(), months.max()],
        "period": [start.isoformat(), end.isoformat()],
        "missing_months": list(past.missing_months),
        "shares": shares,
        "sentence": f"Recorded incidents expected from {months.min()} to "
        f"{months.max()}, from what was known on {day:%Y-%m-%d}.",
        "basis": _basis(shares, casework),
        "explanations": {
            name: explanation.sentence
            for name, explanation in ahead.explanations.items()
        },
        "attribution": area.attribution,
        "versions": stages.versions(),
        "scenario": scenario.resolved(),
    }


def _shares(ahead: Outlook) -> dict[str, float]:
    """Shares of all incidents expected, growth counted by its size."""
    frame = ahead.frame
    rows = frame[(frame["category"] == _ALL) & (frame["district"] != _ALL)]
    sums = {n: float(rows[n].abs().sum()) for n in ("observed", "scaled", "assumed")}
    total = sum(sums.values())
    return {name: value / total for name, value in sums.items()}


def _basis(shares: dict[str, float], casework: Investigations | None) -> str:
    said = (
        f"Of these incidents {shares['observed']:.1%} follow incidents observed with "
        f"coordinates, {shares['scaled']:.1%} are scaled up for those without, and "
        f"{shares['assumed']:.1%} are growth that the scenario assumes."
    )
    if casework is None:
        return said
    frame = casework.frame
    guessed = frame.loc[frame["assumed"], "hours"].sum() / frame["hours"].sum()
    return (
        f"{said} {guessed:.1%} of the officer-hours rest on casework that this package "
        "assumes, the rest on what the scenario says of it."
    )
