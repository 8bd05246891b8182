"""A comparison as ``geoalloc compare`` leaves it, on the hexes of Avon and Somerset.

Figures are drawn at random, but hang together: differences are value less base value,
intervals hold what they are of. One scenario of nine could not be planned.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geoalloc import boundaries, gazetteer, hexes
from geoalloc.runs.comparison import Comparison

BOUNDARY = Path(__file__).parents[1] / "boundaries" / "avon-and-somerset.geojson"
NAMES = (
    "friday-late",
    "bordered",
    "capped-borderless",
    "fifty-fewer-officers",
    "one-per-cent-speed",
    "one-per-cent-on-scene",
    "one-per-cent-units",
    "equity-cap",
    "minimum-cover-too-high",
)
LEVERS = {
    "one-per-cent-speed": "journey time",
    "one-per-cent-on-scene": "time on scene",
    "one-per-cent-units": "units",
}
CURVE = {f"units-{n}": n for n in (70, 75, 80, 85, 95, 100)}
MEASURES = {
    ("late_share", "immediate"): (0.09, 0.01),
    ("late", "immediate"): (7.0, 0.8),
    ("late_share", "priority"): (0.04, 0.008),
    ("response_p90_min", "immediate"): (14.5, 0.4),
    ("unmet", "all"): (9.0, 1.0),
    ("utilisation", "response"): (0.52, 0.01),
    ("wait_mean_min", "routine"): (21.0, 2.0),
}
HEADLINE = (("late_share", "immediate"), ("unmet", "all"))
GOOD_DOWN = {"late_share", "late", "response_p90_min", "unmet", "wait_mean_min"}


@cache
def ground(resolution=7):
    area = boundaries.read(BOUNDARY)
    grid = hexes.cover(area.outline, resolution)
    return area, grid, gazetteer.label(grid, area, urban_population=10_000)


def make_comparison(*, resolution=7, text=None):
    """The toy; with ``text``, every text of a user is that text."""
    rng = np.random.default_rng(7)
    area, grid, labels = ground(resolution)
    names = [*NAMES, *CURVE]
    effect = {name: float(rng.normal(0, 0.15)) for name in names}
    effect |= {name: 0.012 * (90 - n) for name, n in CURVE.items()}
    effect["friday-late"] = 0.0
    effect["bordered"], effect["one-per-cent-speed"] = 1.2, -0.03
    scenarios = make_scenarios(names, effect, text)
    planned = scenarios.loc[scenarios["status"] == "planned", "scenario"].tolist()
    figures, differences = make_figures(planned, effect, text)
    return Comparison(
        record=make_record(scenarios, text),
        scenarios=scenarios,
        figures=figures,
        differences=differences,
        groups=make_groups(planned, effect, rng),
        disparities=make_disparities(planned, rng),
        curve=make_curve(planned, effect),
        hexes=labels[["hex_id", "place", "district", "urban"]],
        cells=make_cells(grid, planned, effect, rng),
        posts=make_posts(area, planned, rng),
        areas=make_areas(area),
    )


def words(text, default):
    return default if text is None else text


def make_scenarios(names, effect, text):
    n = len(names)
    lost = np.array([name == "minimum-cover-too-high" for name in names])
    officers = np.array([CURVE.get(name, 90) * 2 + 31 for name in names])
    officers -= 50 * np.array([name == "fifty-fewer-officers" for name in names])
    missing = np.where(lost, np.nan, 1.0)
    return pd.DataFrame(
        {
            "scenario": names,
            "question": words(text, "What would this change do to the late shift?"),
            "expected": words(text, "A little fewer calls late."),
            "lever": [LEVERS.get(name, "") for name in names],
            "status": np.where(lost, "infeasible", "planned"),
            "why": np.where(
                lost, words(text, "the minimum cover of Bristol asks for 99 units"), ""
            ),
            "mode": ["bordered" if k == 1 else "borderless" for k in range(n)],
            "objective": "incidents",
            "units": (officers - 31) // 2 + 31,
            "officers": officers,
            "response_officers": officers - 31,
            "officer_hours": officers * 8.0,
            "cost": officers * 8.0 * 32.5 * missing,
            "moves": 20.0 * missing + np.arange(n) % 7,
            "drive_min": 210.0 * missing + 3.0 * np.arange(n),
            "equity": missing * [1.4 + 0.3 * max(effect[k], -0.5) for k in names],
            "demand": 290.0 * missing,
            "workload_h": 340.0 * missing,
            "model_unmet": missing * [8.0 * (1 + effect[k]) for k in names],
            "gap": 0.0031 * missing,
            "load_factor": 1.1 * missing,
            "shifts": np.where(lost, 0, 400),
            "seconds": 21.0 + np.arange(n) / 10,
            "cached": [k % 3 == 1 for k in range(n)],
            "coupled": True,
            "curve": [name in CURVE or name == "friday-late" for name in names],
        }
    ).astype(dict.fromkeys(("mode", "status", "why", "objective", "lever"), "str"))


def make_figures(planned, effect, text):
    figures, differences = [], []
    n_tests = len(HEADLINE) * (len(planned) - 1)
    for name in planned:
        for (measure, group), (level, spread) in MEASURES.items():
            value = level * (1 + effect[name])
            known = (name, measure, group, value)
            figures.append((*known, value - spread, value + spread))
            if name == planned[0]:
                continue
            gap, half = value - level, 0.3 * spread
            z = abs(gap) / (half / 1.96)
            p = float(np.exp(-0.717 * z - 0.416 * z * z))
            told = abs(gap) > 1.5 * half
            better = (gap < 0) == (measure in GOOD_DOWN)
            verdict = "better" if better else "worse"
            verdict = verdict if told else "not distinguishable"
            row = (name, measure, group, level, value, gap, gap - half, gap + half)
            row += (gap - 1.5 * half, gap + 1.5 * half, p, min(1.0, p * n_tests))
            row += ((measure, group) in HEADLINE,)
            row += ("" if measure == "utilisation" else verdict,)
            said = f"{name}: {measure} of {group} from {level:.3g} to {value:.3g}."
            differences.append((*row, words(text, said)))
    named = ["scenario", "measure", "group"]
    return (
        pd.DataFrame(figures, columns=[*named, "value", "low", "high"]),
        pd.DataFrame(
            differences,
            columns=[
                *named,
                *("base_value", "value", "difference", "low", "high"),
                *("simultaneous_low", "simultaneous_high", "p", "p_adjusted"),
                *("headline", "verdict", "sentence"),
            ],
        ),
    )


GROUPS = {
    "district": ("Bristol", "South Gloucestershire", "Somerset West"),
    "setting": ("rural", "urban"),
    "deprivation decile": tuple(str(k) for k in range(1, 11)),
}
GROUP_MEASURES = {
    "people": 90_000.0,
    "hexes": 300.0,
    "incidents": 40.0,
    "per_1000_people": 0.4,
    "covered_share": 0.9,
    "late_share": 0.09,
    "response_min": 8.0,
    "patrol_min_per_1000_people": 12.0,
    "patrol_min_per_incident": 20.0,
}


def make_groups(planned, effect, rng):
    rows = []
    for name in planned:
        for grouping, groups in GROUPS.items():
            for group in groups:
                for measure, level in GROUP_MEASURES.items():
                    value = level * (1 + 0.3 * effect[name]) * rng.uniform(0.8, 1.2)
                    half = 0.1 * value
                    if measure not in ("late_share", "response_min"):
                        half = np.nan
                    known = (name, grouping, group, measure, value)
                    rows.append((*known, value - half, value + half))
    columns = ["scenario", "grouping", "group", "measure", "value", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def make_disparities(planned, rng):
    rows = []
    for name in planned:
        for grouping, groups in GROUPS.items():
            for measure in ("late_share", "response_min", "covered_share"):
                ratio = float(rng.uniform(1.1, 2.0))
                ends = (groups[0], groups[-1])
                known = (name, grouping, measure, *ends, ratio)
                rows.append((*known, ratio - 0.1, ratio + 0.1))
    columns = ["scenario", "grouping", "measure", "worst", "best"]
    return pd.DataFrame(rows, columns=[*columns, "ratio", "low", "high"])


def make_curve(planned, effect):
    points = {"friday-late": 90} | CURVE
    rows = sorted((n * 2 + 31, name) for name, n in points.items())
    frame = pd.DataFrame(
        {
            "scenario": [name for _, name in rows],
            "officers": [n for n, _ in rows],
            "unmet": [9.0 * (1 + effect[name]) for _, name in rows],
        }
    )
    frame["low"], frame["high"] = frame["unmet"] - 0.4, frame["unmet"] + 0.4
    return frame.assign(elbow=frame["scenario"] == "units-85")


def make_cells(grid, planned, effect, rng):
    unmet = rng.gamma(0.3, 0.01, len(grid))
    minutes = rng.uniform(2, 40, len(grid)).astype(np.float32)
    minutes[:5] = np.nan
    parts = [
        pd.DataFrame(
            {
                "scenario": name,
                "hex_id": grid.hex_id,
                "unmet": unmet * (1 + effect[name]) * rng.uniform(0.9, 1.1, len(grid)),
                "minutes": minutes * np.float32(1 + 0.1 * effect[name]),
            }
        )
        for name in planned
    ]
    return pd.concat(parts, ignore_index=True)


def make_posts(area, planned, rng):
    stations = area.stations
    picked = rng.integers(0, len(stations), (len(planned), 30))
    parts = [
        pd.DataFrame(
            {
                "scenario": name,
                "unit_id": [f"R-{k:02d}" for k in range(30)],
                "kind": "response",
                "post": stations["name"].iloc[rows].to_numpy(),
                "longitude": stations.geometry.x.iloc[rows].to_numpy(),
                "latitude": stations.geometry.y.iloc[rows].to_numpy(),
            }
        )
        for name, rows in zip(planned, picked, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def make_areas(area):
    from geoalloc.pipeline import tables

    return tables.areas(area)


def make_record(scenarios, text):
    return {
        "name": "friday-late",
        "base": "friday-late",
        "run_id": "0a1b2c3d",
        "made_at": "2026-01-09T18:00:00+00:00",
        "version": "0.1.0",
        "marking": "OFFICIAL-SENSITIVE",
        "handling": words(text, "Made from synthetic incidents."),
        "purpose": "exercise",
        "synthetic": True,
        "attribution": words(text, "Contains nothing that is recorded."),
        "settings": {
            "shifts": 400,
            "least_shifts": 200,
            "most_shifts": 2000,
            "half_width": 0.005,
            "reached": 0.0042,
            "measure": "late_share",
            "group": "immediate",
            "confidence": 0.95,
            "seed": 1,
            "contrasts": 28,
            "method": "Common random numbers; intervals that hold for all at once.",
        },
        "workers": {"description": "2 processes", "peak_mb": 1210, "notes": []},
        "scenarios": {
            row.scenario: {
                "changes": []
                if row.scenario == "friday-late"
                else [words(text, "allocation.mode is bordered, and not borderless")],
                "inputs": {"boundary avon-and-somerset.geojson": "ab" * 32},
                "notes": [],
                "feedback": words(text, "Patrols do not feed on their own records."),
                "timings": {"demand": 3.1, "allocation": 12.0, "simulation": 1.1},
                "key": "0123456789abcdef",
                "scenario": {"name": row.scenario},
            }
            for row in scenarios.itertuples()
        },
        "inputs": {"boundary avon-and-somerset.geojson": "ab" * 32},
        "versions": {"geoalloc": "0.1.0", "python": "3.11.9"},
        "notes": ["This comparison advises; people decide."],
        "timings": {"all": 123.0},
    }
