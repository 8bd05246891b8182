"""Scores of one forecast on one window.

A score is kept as a numerator and a denominator, so that the score of many windows is
the ratio of their sums: each incident counts the same, in a busy month or a quiet one.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd

from geoalloc import scores
from geoalloc._types import FloatArray, IndexArray
from geoalloc.demand import (
    Forecast,
    Forecaster,
    History,
    Horizon,
    Rhythm,
    pit_bounds,
    rhythm,
)
from geoalloc.evaluation.rolling import Rolling
from geoalloc.hexes import HexGrid

__all__ = ["CURVE", "NOMINAL", "Truth", "calibration", "measures", "truth"]

CURVE = (0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2)
NOMINAL = (0.5, 0.8, 0.95)
_DIGITS = 12
_INSTANT_DAYS = 1.0 / 24.0  # a window no longer than this tells the hour
Score: TypeAlias = tuple[str, float, float]  # measure, numerator, denominator


@dataclass(frozen=True)
class Ranking:
    """Hexes in the order of their values per km2 of land; ties by position."""

    order: IndexArray
    land: FloatArray

    @classmethod
    def of(cls, value: FloatArray, grid: HexGrid) -> "Ranking":
        """Rank by value per km2; a hex without land comes last.

        Values that are the same to twelve digits of the greatest are equal: rounding
        must not break ties in its own way at each origin.
        """
        land = grid.land_km2
        density = np.divide(value, land, out=np.full(land.size, -1.0), where=land > 0)
        most = float(density.max())
        tied = np.round(density / most, _DIGITS) if most > 0 else density
        order = np.argsort(-tied, kind="stable")
        return cls(order, np.cumsum(land[order]))

    def parts(self, area_share: float) -> tuple[IndexArray, FloatArray]:
        """Give the first hexes that make up a share of the land, the last in part."""
        most = area_share * self.land[-1]
        n = int(np.searchsorted(self.land, most, side="right"))
        before = self.land[n - 1] if n else 0.0
        part = np.ones(min(n + 1, self.order.size))
        if n < self.order.size:
            part[n] = (most - before) / (self.land[n] - before)
        return self.order[: part.size], part

    def captured(self, value: FloatArray, area_share: float) -> float:
        """Sum values in the first hexes that make up a share of the land."""
        at, part = self.parts(area_share)
        return float((value[at] * part).sum())


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What happened in a window.

    Attributes
    ----------
    count : (n_hexes,)
    hour : (n_hours,)
        Hour of the local week of each hour of the window.
    at_hex, at_hour : (n_timed,)
        Hex, and position in ``hour``, of incidents whose hour is known.
    """

    grid: HexGrid
    count: FloatArray
    hours: pd.DatetimeIndex
    at_hex: IndexArray
    at_hour: IndexArray

    @property
    def incidents(self) -> float:
        """Incidents in the window."""
        return float(self.count.sum())

    @cached_property
    def best(self) -> Ranking:
        """The ranking that no other can beat."""
        return Ranking.of(self.count, self.grid)


def truth(history: History, start: pd.Timestamp, end: pd.Timestamp) -> Truth:
    """Gather what happened in a half-open window; hexes without land are left out."""
    grid = history.grid
    chosen = history.between(start, end) & (grid.land_km2[history.position] > 0)
    at, zone = history.position[chosen], history.time_zone
    hours = pd.date_range(start, end, freq="h", inclusive="left").tz_convert(zone)
    known = (history.ended - history.started)[chosen] <= _INSTANT_DAYS
    seconds = np.rint((history.day[chosen][known]) * 86_400).astype(np.int64)
    at_hour = (seconds - int(start.timestamp())) // 3_600
    return Truth(
        grid=grid,
        count=np.bincount(at, minlength=len(grid)).astype(np.float64),
        hours=hours,
        at_hex=at[known],
        at_hour=np.clip(at_hour, 0, len(hours) - 1),
    )


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A forecast beside what happened, and the shares of the window's hours.

    Attributes
    ----------
    expected : (n_hexes,)
        Incidents expected in the window, at the hours that it has.
    by_hour : (n_hours,)
        Share of them in each hour of the window.
    """

    forecast: Forecast
    truth: Truth
    expected: FloatArray
    by_hour: FloatArray

    @classmethod
    def of(cls, forecast: Forecast, truth: Truth, rhythm: Rhythm | None) -> "Scored":
        """Bring a forecast of an average week to the hours of the window."""
        relative = np.ones(len(truth.hours))
        if rhythm is not None:
            relative = rhythm.relative(truth.hours)
        return cls(
            forecast=forecast,
            truth=truth,
            expected=forecast.expected * relative.mean(),
            by_hour=relative / relative.sum(),
        )

    @cached_property
    def ranking(self) -> Ranking:
        """Hexes by incidents expected per km2."""
        return Ranking.of(self.expected, self.truth.grid)


def measures(scored: Scored, rolling: Rolling) -> Iterator[Score]:
    """Give every measure of a forecast on a window."""
    happened, n = scored.truth, scored.truth.incidents
    grid, count = happened.grid, happened.count
    for share in rolling.area_shares:
        found = scored.ranking.captured(count, share)
        percent = f"{100 * share:g}"
        yield f"hit_rate_{percent}", found, n
        yield f"pai_{percent}", found / share, n
        yield f"pei_{percent}", found, happened.best.captured(count, share)
    focus = rolling.focus
    yield (
        f"rri_{100 * focus:g}",
        scored.ranking.captured(scored.expected, focus),
        scored.ranking.captured(count, focus),
    )
    even = grid.land_km2 / grid.land_km2.sum()
    surface = scored.forecast.surface.share
    score = scores.log_score(surface, count, even) if n else 0.0
    yield "log_score", score * n, n
    yield "deviance", scores.deviance(scored.expected, count), 1.0
    size = scored.forecast.hex_size
    yield "crps", scores.crps(scored.expected, count, size), 1.0
    if rolling.period is not None:
        yield from _space_time(scored, rolling.area_shares, rolling.period)


def calibration(
    scored: Scored, rolling: Rolling
) -> Iterator[tuple[str, float, float, float]]:
    """Give what, nominal share, numerator and denominator of the share covered.

    Of hexes, those that come first are asked, up to the area share in focus: where
    hardly anything is expected, nothing happens, and any forecast looks right.
    """
    at, part = scored.ranking.parts(rolling.focus)
    mean, count = scored.expected, scored.truth.count
    bounds = pit_bounds(mean[at], scored.forecast.hex_size, count[at])
    n, total = np.array([count.sum()]), np.array([mean.sum()])
    total_bounds = pit_bounds(total, scored.forecast.level.size, n)
    for nominal in NOMINAL:
        inside = float(_covered(*bounds, nominal) @ part)
        yield "hex", nominal, inside, float(part.sum())
        yield "total", nominal, float(_covered(*total_bounds, nominal)[0]), 1.0


def _covered(below: FloatArray, upto: FloatArray, nominal: float) -> FloatArray:
    """Part of each count's probability that lies in the central interval."""
    low, high = (1.0 - nominal) / 2.0, (1.0 + nominal) / 2.0
    inside, width = np.clip(upto, low, high) - np.clip(below, low, high), upto - below
    return np.divide(inside, width, out=np.zeros(width.size), where=width > 0)


def _space_time(
    scored: Scored, area_shares: tuple[float, ...], each: pd.Timedelta
) -> Iterator[Score]:
    """Score hexes and hours together, by the incidents whose hour is known."""
    happened, n_timed = scored.truth, float(scored.truth.at_hex.size)
    grid, n_hours = happened.grid, scored.by_hour.size
    share = scored.forecast.surface.share[happened.at_hex]
    even = grid.land_km2[happened.at_hex] / grid.land_km2.sum()
    hour = scored.by_hour[happened.at_hour]
    with np.errstate(divide="ignore"):
        gain = np.log(share / even) + np.log(hour * n_hours)
    yield "log_score_hours", float(gain.sum()), n_timed
    period = np.arange(n_hours) // (each // pd.Timedelta(hours=1))
    by_period = np.bincount(period, scored.by_hour) / np.bincount(period)
    happened_in = period[happened.at_hour]
    for area_share in area_shares:
        found = _periods_captured(scored, by_period, happened_in, area_share)
        yield f"hit_rate_{100 * area_share:g}_periods", found, n_timed


def _periods_captured(
    scored: Scored, by_period: FloatArray, happened_in: IndexArray, area_share: float
) -> float:
    """Count hits where a share of all hexes and periods is chosen at its best.

    A period's hexes are always taken in the one order of the surface, so that how far
    each period goes down it is all there is to choose.
    """
    order, land = scored.ranking.order, scored.truth.grid.land_km2[scored.ranking.order]
    density = np.divide(
        scored.expected[order], land, out=np.zeros(land.size), where=land > 0
    )
    most = area_share * scored.ranking.land[-1] * by_period.size
    # Were it all of one period, it would go no further down.
    reach = min(order.size, int(np.searchsorted(scored.ranking.land, most)) + 1)
    value = density[None, :reach] * by_period[:, None]
    ranked = np.argsort(-value.ravel(), kind="stable")
    taken = np.cumsum(np.broadcast_to(land[:reach], value.shape).ravel()[ranked])
    size = np.diff(taken, prepend=0.0)
    part = np.clip((most - (taken - size)) / np.maximum(size, 1e-300), 0.0, 1.0)
    chosen = np.zeros(value.size)
    chosen[ranked] = part
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    at = rank[scored.truth.at_hex]
    within = at < reach
    return float(chosen[happened_in[within] * reach + at[within]].sum())


def rhythm_counts(happened: Truth) -> FloatArray:
    """Count incidents whose hour is known by hour of the local week, (168,)."""
    hours = happened.hours[happened.at_hour]
    week = np.asarray(hours.day_of_week * 24 + hours.hour, dtype=np.int64)
    return np.bincount(week, minlength=168).astype(np.float64)


def counted_rhythm(history: History, origin: pd.Timestamp) -> FloatArray:
    """Share of the hours of the week among all incidents known, one added to each."""
    n = history.known(origin)
    instant = (history.ended - history.started)[:n] <= _INSTANT_DAYS
    seconds = np.rint(history.day[:n][instant] * 86_400).astype(np.int64)
    local = pd.DatetimeIndex(pd.to_datetime(seconds, unit="s", utc=True)).tz_convert(
        history.time_zone
    )
    week = np.asarray(local.day_of_week * 24 + local.hour, dtype=np.int64)
    count = np.bincount(week, minlength=168) + 1.0
    return np.asarray(count / count.sum())


def timed_rhythm(history: History, origin: pd.Timestamp) -> Rhythm | None:
    """Give the rhythm known at an origin, where hours are known."""
    if not history.timed:
        return None
    return history.made(
        ("backtest rhythm", origin.value), lambda: rhythm(history, origin)
    )


def timed(
    forecaster: Forecaster, history: History, origin: pd.Timestamp, horizon: Horizon
) -> tuple[Forecast, float]:
    """Forecast, and tell the seconds that it took."""
    start = time.perf_counter()
    made = forecaster.forecast(history, origin, horizon)
    return made, time.perf_counter() - start
