"""Blocks of origins: the pieces that a backtest is worked on, kept and taken up in."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from geoalloc import scores, workers
from geoalloc.demand import Forecast, Forecaster, History, Rhythm
from geoalloc.errors import DataError
from geoalloc.evaluation import scoring
from geoalloc.evaluation.rolling import Rolling

__all__ = ["Block", "Frames", "digest", "taken", "work"]

Frames: TypeAlias = dict[str, pd.DataFrame]
_Rows: TypeAlias = dict[str, list[tuple[Any, ...]]]

COLUMNS = {
    "scores": {
        "forecaster": "str",
        "origin": "datetime64[us, UTC]",
        "measure": "str",
        "numerator": "float64",
        "denominator": "float64",
        "incidents": "float64",
    },
    "curves": {
        "forecaster": "str",
        "origin": "datetime64[us, UTC]",
        "area_share": "float64",
        "captured": "float64",
        "incidents": "float64",
    },
    "calibration": {
        "forecaster": "str",
        "origin": "datetime64[us, UTC]",
        "what": "str",
        "nominal": "float64",
        "numerator": "float64",
        "denominator": "float64",
    },
    "rhythm": {
        "model": "str",
        "origin": "datetime64[us, UTC]",
        "numerator": "float64",
        "denominator": "float64",
    },
    "chosen": {
        "forecaster": "str",
        "origin": "datetime64[us, UTC]",
        "position": "int64",
        "part": "float64",
    },
    "explanations": {
        "forecaster": "str",
        "of": "str",
        "sentence": "str",
        "part": "str",
        "weight": "float64",
    },
    "failures": {
        "forecaster": "str",
        "origin": "datetime64[us, UTC]",
        "sentence": "str",
    },
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some consecutive origins of one group, forecast by every forecaster.

    Attributes
    ----------
    explained
        The origin whose forecasts are explained; in one block only.
    """

    group: str
    history: History
    forecasters: Mapping[str, Forecaster]
    rolling: Rolling
    origins: tuple[pd.Timestamp, ...]
    explained: pd.Timestamp

    def key(self, data: str) -> str:
        """Name the block by all that its scores depend on.

        Parameters
        ----------
        data
            Digest of its history, see ``digest``.
        """
        return workers.key(
            workers.code_digest(),
            data,
            sorted((name, repr(one)) for name, one in self.forecasters.items()),
            repr(self.rolling.horizon),
            repr(self.rolling.period),
            self.rolling.hours,
            self.rolling.area_shares,
            [origin.isoformat() for origin in self.origins],
            self.explained in self.origins,
        )


def taken(store: workers.Store, key: str) -> Frames | None:
    """Give the frames of a block that was finished before; None if it was not."""
    kept = store.take(key)
    if kept is None:
        return None
    return {name: kept.frames[name].astype(types) for name, types in COLUMNS.items()}


def digest(history: History) -> str:
    """Give the SHA-256 of the incidents, the grid and what the source covers."""
    found = hashlib.sha256()
    grid = history.grid
    for each in (
        *(grid.hex_id, grid.land_km2, history.position, history.x_m, history.y_m),
        *(history.started, history.ended, history.category, history.covered),
    ):
        found.update(np.ascontiguousarray(each).tobytes())
    found.update(
        repr((history.time_zone, sorted(history.located_share.items()))).encode()
    )
    return found.hexdigest()


def work(block: Block, done: Callable[[], None] = lambda: None) -> Frames:
    """Forecast and score every origin of a block.

    A forecaster that cannot forecast an origin leaves its reason in "failures".

    Parameters
    ----------
    done
        Called after each origin.
    """
    rows: _Rows = {name: [] for name in COLUMNS}
    for origin in block.origins:
        _work_origin(block, origin, rows)
        done()
    return {
        name: pd.DataFrame(rows[name], columns=list(types)).astype(types)
        for name, types in COLUMNS.items()
    }


def _work_origin(block: Block, origin: pd.Timestamp, rows: _Rows) -> None:
    history, rolling = block.history, block.rolling
    happened = scoring.truth(history, *rolling.window(origin))
    at = origin.tz_convert("UTC")
    rhythm = scoring.timed_rhythm(history, origin) if rolling.hours else None
    for model, total, n in _rhythm_scores(history, origin, rhythm, happened):
        rows["rhythm"].append((model, at, total, n))
    for name, forecaster in block.forecasters.items():
        try:
            forecast, seconds = scoring.timed(
                forecaster, history, origin, rolling.horizon
            )
        except DataError as error:
            rows["failures"].append((name, at, str(error)))
            continue
        scored = scoring.Scored.of(forecast, happened, rhythm)
        _add(scored, rolling, rows, (name, at), seconds)
        if origin == block.explained:
            rows["explanations"] += _explained(name, forecast, rhythm)


def _add(
    scored: scoring.Scored,
    rolling: Rolling,
    rows: _Rows,
    by: tuple[str, pd.Timestamp],
    seconds: float,
) -> None:
    n, count = scored.truth.incidents, scored.truth.count
    found = [*scoring.measures(scored, rolling), ("seconds", seconds, 1.0)]
    rows["scores"] += [(*by, *score, n) for score in found]
    rows["calibration"] += [(*by, *one) for one in scoring.calibration(scored, rolling)]
    rows["curves"] += [
        (*by, share, scored.ranking.captured(count, share), n)
        for share in scoring.CURVE
    ]
    at, part = scored.ranking.parts(rolling.focus)
    rows["chosen"] += [
        (*by, position, share)
        for position, share in zip(at.tolist(), part.tolist(), strict=True)
    ]


def _rhythm_scores(
    history: History,
    origin: pd.Timestamp,
    rhythm: Rhythm | None,
    happened: scoring.Truth,
) -> Iterator[tuple[str, float, float]]:
    """Give model, numerator and denominator of the scores of the hours of the week."""
    if rhythm is None:
        return
    count = scoring.rhythm_counts(happened)
    n = float(count.sum())
    models = {
        "rhythm": rhythm.share,
        "count of each hour": scoring.counted_rhythm(history, origin),
    }
    for model, share in models.items():
        yield model, scores.rhythm_log_score(share, count) * n if n else 0.0, n


def _explained(
    name: str, forecast: Forecast, rhythm: Rhythm | None
) -> Iterator[tuple[str, str, str, str, float]]:
    reasons = {
        "level": forecast.level.explanation,
        "surface": forecast.surface.explanation,
    } | ({} if rhythm is None else {"rhythm": rhythm.explanation})
    for of, reason in reasons.items():
        for row in reason.weights.itertuples(index=False):
            yield name, of, reason.sentence, str(row.part), float(row.weight)
