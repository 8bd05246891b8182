"""What a forecast of demand was made from, and how it did on data not seen."""

import math
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import demand, evaluation
from geoalloc._types import BoolArray
from geoalloc.scenario import Scenario
from geoalloc.schemas import GRADES

_SHARE = 0.9  # of the nights between the bounds that are printed with a grade's calls
_LEAST = 5e-4  # of a weight that is kept
_DIGITS = 6  # significant, of figures in the record


def record(
    scenario: Scenario,
    history: demand.History,
    origin: pd.Timestamp,
    expected: demand.Expected,
) -> dict[str, Any]:
    """Say what was forecast, by what, how well that did lately, and what rests on it.

    Parameters
    ----------
    history
        As the forecast was given it.
    origin
        Instant from which on nothing recorded was used.
    """
    name = scenario.demand.forecaster
    return {
        "forecaster": name,
        "origin": origin.isoformat(),
        "backtest": _backtest(learnt(scenario, history), name, origin),
        "calls": {grade: _calls(expected.demand, grade) for grade in GRADES},
        "explanations": _explanations(expected),
        "rhythm": _rhythm(history, expected),
        "stability": _stability(history, expected.demand),
        "sources": rows(expected.sources),
        "sensitivity": rows(expected.sensitivity),
        "skills": rows(expected.skills),
        "notes": list(expected.notes),
    }


def _backtest(
    learnt: demand.History, name: str, origin: pd.Timestamp
) -> dict[str, Any]:
    if learnt.known(origin) == 0:
        return {"sentence": "not backtested: nothing is forecast from the incidents"}
    return _plain(
        evaluation.quick_backtest(learnt, demand.forecaster(name), end=origin)
    )


def learnt(scenario: Scenario, history: demand.History) -> demand.History:
    """Keep what is forecast: the incidents that police did not discover."""
    responses = scenario.demand.categories
    found = [
        name in responses and responses[name].discovered for name in history.categories
    ]
    return history.where(history.reported & ~np.array(found)[history.category])


def sentence(made_from: dict[str, Any]) -> str:
    """Name the forecaster with its backtest, for the head of every product."""
    tested = made_from["backtest"]["sentence"].rstrip(".")
    by = ", " if tested.startswith("not backtested") else " by "
    return (
        f"Demand is a forecast{by}{tested}. Hotspots are retrospective, a density of "
        "the past."
    )


def left_out(recent: BoolArray, scenario: Scenario) -> list[str]:
    """Say how many incidents were left out as reported long after they ended."""
    n = int((~recent).sum())
    if n == 0:
        return []
    return [
        f"{n:,} incidents reported over {scenario.demand.non_recent_days:g} days after "
        "they ended are no calls to respond to: left out of the forecast."
    ]


def _calls(expected: demand.Demand, grade: str) -> dict[str, float]:
    low, high = expected.total_interval(grade, _SHARE)
    return {"mean": _short(expected.total(grade)), "low": low, "high": high}


def _explanations(expected: demand.Expected) -> list[dict[str, Any]]:
    """Say of each category why its level, surface and rhythm are as they are."""
    told = []
    for category, forecast in sorted(expected.forecasts.items()):
        parts = {
            "level": forecast.level.explanation,
            "surface": forecast.surface.explanation,
        }
        if category in expected.rhythms:
            parts["rhythm"] = expected.rhythms[category].explanation
        told += [
            {
                "category": category,
                "forecaster": forecast.name,
                "of": of,
                "sentence": explained.sentence,
                "weights": rows(
                    explained.weights[explained.weights["weight"] >= _LEAST]
                ),
            }
            for of, explained in parts.items()
        ]
    return told


def _rhythm(history: demand.History, expected: demand.Expected) -> dict[str, Any]:
    """Say whether the times of the week were measured, of how many categories."""
    measured = sorted(n for n, r in expected.rhythms.items() if r.observed)
    every = len(expected.rhythms)
    if not every:
        text = "from the scenario: nothing is forecast from the incidents"
    elif not measured:
        known = "are known only to the month" if history.coarse else "tell no hours"
        text = f"from the scenario, not measured: the incidents {known}"
    elif len(measured) == every:
        text = "measured from the times of the incidents"
    else:
        text = (
            f"measured from the times of the incidents in {len(measured)} of {every} "
            "categories, else from the scenario"
        )
    return {"measured": measured, "categories": every, "sentence": text}


def _stability(history: demand.History, expected: demand.Demand) -> dict[str, Any]:
    """Say whether the land that is first by calls is also first by harm."""
    found = demand.stability(
        expected.incidents.sum(axis=(0, 1)),
        expected.harm.sum(axis=(0, 1)),
        history.grid.land_km2,
    )
    return {
        "overlap": _value(float(found.overlap)),
        "stable": bool(found.stable),
        "sentence": found.sentence,
    }


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Write a small frame for JSON, a row a mapping."""
    found: list[dict[str, Any]] = frame.to_dict(orient="records")
    return [_plain(row) for row in found]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {str(key): _value(value) for key, value in values.items()}


def _value(value: Any) -> Any:  # noqa: ANN401 - whatever a frame holds
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return _short(float(value)) if math.isfinite(value) else None
    return value.isoformat() if isinstance(value, pd.Timestamp) else value


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
