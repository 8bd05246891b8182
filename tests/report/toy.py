"""A backtest made up by hand: which forecaster is better is known."""

import numpy as np
import pandas as pd

from geoalloc.evaluation import Backtest

FORECASTERS = ("naive", "kde", "mixture")
GROUPS = ("burglary", "<b>all</b> & more")
MEASURES = (
    "log_score",
    "hit_rate_0.5",
    "hit_rate_1",
    "pai_1",
    "crps",
    "stability_1",
    "seconds",
)
RECORD = {
    "name": "Toy <i>Town</i>",
    "marking": "OFFICIAL",
    "version": "0.1.0",
    "run_id": "0123abcd",
    "n_read": 1300,
    "n_used": 1200,
    "period": {"from": "2019-01-01T00:00:00+00:00", "to": "2021-07-01T00:00:00+00:00"},
    "discovered": {"drugs": 100},
}


def leaderboard(gain: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    """Make the rows of every group from the gain of each forecaster on the naive."""
    rows = []
    for group in GROUPS:
        for name in FORECASTERS:
            for measure in MEASURES:
                skill, low, high = gain.get(name, (np.nan,) * 3)
                judged = measure not in ("stability_1", "seconds")
                if not judged or name == "naive":
                    skill, low, high = (np.nan,) * 3
                value = 1.75 + (0 if np.isnan(skill) else skill)
                rows.append(
                    {
                        "group": group,
                        "forecaster": name,
                        "measure": measure,
                        "value": value if measure != "stability_1" else 0.5,
                        "low": value - 0.1,
                        "high": value + 0.1,
                        "skill": skill,
                        "skill_low": low,
                        "skill_high": high,
                        "best": False,
                        "level_with_best": False,
                    }
                )
    frame = pd.DataFrame(rows)
    for _, mine in frame.groupby(["group", "measure"]):
        if mine["measure"].iloc[0] in ("stability_1", "seconds"):
            continue
        top = mine["value"].idxmax()
        frame.loc[top, ["best", "level_with_best"]] = True
        row = frame.loc[top]
        if row["forecaster"] != "naive" and not row["skill_low"] > 0:
            naive = mine.index[mine["forecaster"] == "naive"]
            frame.loc[naive, "level_with_best"] = True
    return frame


def backtest(
    gain: dict[str, tuple[float, float, float]] | None = None, *, n: int = 6
) -> Backtest:
    """Make a backtest of two groups; kde gains little, the mixture much."""
    gain = gain or {"kde": (0.05, -0.02, 0.1), "mixture": (0.35, 0.3, 0.4)}
    origins = pd.date_range("2021-01-01", periods=n, freq="MS", tz="UTC")
    rng = np.random.default_rng(0)
    scores = [
        (g, f, o, "log_score", 1.75 + 0.1 * i + rng.normal(0, 0.05), 100.0)
        for g in GROUPS
        for i, f in enumerate(FORECASTERS)
        for o in origins
    ]
    curves = [
        (g, f, a, min(1.0, (8 + i) * a))
        for g in GROUPS
        for i, f in enumerate(FORECASTERS)
        for a in (0.005, 0.01, 0.02, 0.05)
    ]
    calibration = [
        (g, f, what, p, p - 0.02, p - 0.05, min(1.0, p + 0.02))
        for g in GROUPS
        for f in FORECASTERS
        for what in ("hex", "total")
        for p in (0.5, 0.8, 0.95)
    ]
    rhythm = [(g, "rhythm", 0.12, 0.1, 0.14, 600.0) for g in GROUPS]
    explanations = [
        (g, f, of, f"{f} is made <so>.", part, weight)
        for g in GROUPS
        for f in FORECASTERS
        for of in ("level", "surface")
        for part, weight in (("floor <1>", 0.1), ("counts", 0.9))
    ]
    return Backtest(
        scores=pd.DataFrame(
            scores,
            columns=["group", "forecaster", "origin", "measure", "value", "incidents"],
        ),
        leaderboard=leaderboard(gain),
        curves=pd.DataFrame(
            curves, columns=["group", "forecaster", "area_share", "hit_rate"]
        ),
        calibration=pd.DataFrame(
            calibration,
            columns=[
                "group",
                "forecaster",
                "what",
                "nominal",
                "coverage",
                "low",
                "high",
            ],
        ),
        rhythm=pd.DataFrame(
            rhythm, columns=["group", "model", "log_score", "low", "high", "incidents"]
        ),
        explanations=pd.DataFrame(
            explanations,
            columns=["group", "forecaster", "of", "sentence", "part", "weight"],
        ),
        feedback=feedback(),
        settings={
            "groups": dict.fromkeys(GROUPS, 600),
            "forecasters": list(FORECASTERS),
            "origins": [origin.isoformat() for origin in origins],
            "horizon": "1 month",
            "period_h": None,
            "area_shares": [0.005, 0.01, 0.02, 0.05],
            "focus": 0.01,
            "confidence": 0.95,
            "seed": 1,
            "resamples": 2000,
            "block_origins": 2,
            "resolution": 9,
            "hexes": 1234,
            "land_km2": 130.0,
            "time_zone": "Europe/London",
            "timed": dict.fromkeys(GROUPS, False),
        },
        notes=("6 origins are few: the intervals tell <little>.",),
    )


def feedback() -> pd.DataFrame:
    rows = [
        ("mixture", setting, step, 0.3, 0.3 * r, 0.4, 0.05, r, r - 0.05, r + 0.05)
        for setting, slope in (("with discovered", 0.1), ("reported only", 0.0))
        for step, r in ((step, 1 + slope * step) for step in range(1, 13))
    ]
    columns = (
        "forecaster setting step true_share expected_share recorded_share patrol_share "
        "ratio low high"
    )
    return pd.DataFrame(rows, columns=columns.split())
