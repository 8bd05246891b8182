"""Sources of calls: the recorded categories, forecast, and the layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.composing import Composed
from geoalloc.demand.forecasters import forecaster as named
from geoalloc.demand.forecasting import Forecast, Forecaster, Level
from geoalloc.demand.history import History, day_of
from geoalloc.demand.hours import HOURS_OF_WEEK
from geoalloc.demand.layers import recorded_surface
from geoalloc.demand.levels import MeanLevel, SeasonalLevel
from geoalloc.demand.model import Layer, Model, Response
from geoalloc.demand.rhythm import Rhythm, rhythm
from geoalloc.demand.shift import BRIEF_DAYS, Span, shift_error
from geoalloc.demand.surfaces import floored
from geoalloc.errors import DataError

# Local hours that are the night of a night-time layer.
NIGHT = (20, 21, 22, 23, 0, 1, 2, 3)

_SPANS = 4  # shifts whose forecasts are kept
_KEPT = 8  # profiles of the scenario that are drawn to what was measured
_OLD_DAYS = 7.0  # from which on the age of the data is said


@dataclass(frozen=True, kw_only=True)
class Source:
    """Calls of one category or layer before any lever.

    Attributes
    ----------
    rate : (n_periods,)
        Calls of each hour in the whole area.
    where : (n_hexes,)
        Share of them in each hex.
    located, recorded
        Shares of the calls that are on file with coordinates, of those on file; and
        on file, of all. Both 1 of a layer.
    total_error, place_error
        Variance of the area's and of a hex's expectation, over its square.
    layer
        None of a recorded category.
    """

    name: str
    response: Response
    rate: FloatArray
    where: FloatArray
    total_error: float
    place_error: float
    located: float = 1.0
    layer: Layer | None = None

    @property
    def kind(self) -> str:
        """Category, layer or partner."""
        if self.layer is None:
            return "category"
        return "partner" if self.layer.partner else "layer"

    @property
    def basis(self) -> FloatArray:
        """Shares observed, scaled and assumed, (3,)."""
        if self.layer is not None:
            return np.array([0.0, 0.0, 1.0])
        observed = self.located * self.response.recorded_share
        return np.array([observed, 1.0 - observed, 0.0])


@dataclass(frozen=True, kw_only=True)
class Forecasts:
    """What was forecast of the recorded categories.

    Attributes
    ----------
    sources
        By category, in the order of their names.
    weekly, nightly : each (n_hexes,)
        Calls of an average week, and of its nights, by category: what layers that lie
        as recorded incidents are shaped by.
    discovered_h : (n_periods,)
        Unit-hours lost to incidents that police discover.
    shift_error
        Standard deviation of the calls of one shift about their mean, beyond chance
        and as a share of it.
    common_error
        Variance that the levels of all categories share, over the square of their sum.
    """

    sources: tuple[Source, ...]
    forecasts: Mapping[str, Forecast]
    rhythms: Mapping[str, Rhythm]
    weekly: Mapping[str, FloatArray]
    nightly: Mapping[str, FloatArray]
    discovered_h: FloatArray
    shift_error: float
    common_error: float
    notes: tuple[str, ...]


def forecast(
    history: History, at: Span, model: Model, forecaster: Forecaster
) -> Forecasts:
    """Forecast each category by itself.

    A category too thin for the forecaster is forecast by the naive count, and a note
    says so.

    Raises
    ------
    DataError
        If a category has no response.
    """
    known = np.unique(history.category[: history.known(at.origin)])
    names = [history.categories[code] for code in known]
    missing = sorted(set(names) - set(model.responses))
    if missing:
        raise DataError(
            f"no response is given for the categories {missing}: "
            "add a [demand.categories.<name>] table for each"
        )
    told, found = _split(history, model)
    notes = _age_of(history, at)
    special = _special(model, at)
    made = []
    for name in names:
        if not _has(told, name, at):
            continue
        part = told.made(("only", name), partial(told.only, [name]))
        predicted, note = _forecast(part, at, forecaster, name)
        notes += note
        made.append(_Made.of(name, part, at, predicted, model))
    error, assumed = shift_error(told, at, model.shift_error)
    discovered_h = np.zeros(len(at.hours))
    for name in names:
        if _has(found, name, at):
            discovered_h += _lost(found.only([name]), name, at, model) * special
    return Forecasts(
        sources=tuple(each.source(at, model, special) for each in made),
        forecasts={each.name: each.forecast for each in made},
        rhythms={each.name: each.rhythm for each in made},
        weekly={each.name: each.weekly(model, at) for each in made},
        nightly={each.name: each.nightly(model, at) for each in made},
        discovered_h=discovered_h,
        shift_error=error,
        common_error=_common_error(told, at, forecaster, made),
        notes=(*notes, *assumed, *_lost_note(discovered_h, found)),
    )


def of_layer(
    layer: Layer,
    at: Span,
    model: Model,
    past: Forecasts,
    surfaces: Mapping[str, FloatArray],
    history: History,
) -> Source:
    """Lay out the calls of a layer.

    Raises
    ------
    DataError
        If its surface is missing, or is not a number of at least 0 for each hex.
    """
    profile = model.rhythms[layer.response.rhythm]
    assumed = Rhythm.assumed(profile, history.time_zone)
    relative = assumed.relative(at.hours) * _special(model, at)
    return Source(
        name=layer.name,
        response=layer.response,
        rate=layer.per_day / 24.0 * relative,
        where=floored(_surface(layer, past, surfaces, history), history.grid),
        total_error=layer.error**2,
        place_error=0.0,
        layer=layer,
    )


def _surface(
    layer: Layer,
    past: Forecasts,
    surfaces: Mapping[str, FloatArray],
    history: History,
) -> FloatArray:
    nothing = np.zeros(len(history.grid))
    if layer.surface in ("recorded", "night-time"):
        shaped = past.weekly if layer.surface == "recorded" else past.nightly
        found = recorded_surface(shaped, layer.categories)
        return nothing if found is None else found
    key = layer.name if layer.name in surfaces else layer.surface
    if key not in surfaces:
        raise DataError(
            f"layer {layer.name!r} lies as {layer.surface!r}, of which there is no "
            f"surface: there are {', '.join(sorted(surfaces)) or 'none'}"
        )
    surface = np.asarray(surfaces[key], dtype=np.float64)
    if surface.shape != nothing.shape or not (surface >= 0).all():
        raise DataError(
            f"the surface of layer {layer.name!r} must be a number of at least 0 for "
            f"each of {nothing.size} hexes, got {surface.shape}"
        )
    return surface


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A category, its forecast and its rhythm."""

    name: str
    forecast: Forecast
    rhythm: Rhythm
    part: History
    located: float

    @classmethod
    def of(
        cls, name: str, part: History, at: Span, predicted: Forecast, model: Model
    ) -> "_Made":
        return cls(
            name=name,
            forecast=predicted,
            rhythm=_rhythm(part, name, at, model),
            part=part,
            located=part.located_share.get(name, 1.0),
        )

    def source(self, at: Span, model: Model, special: FloatArray) -> Source:
        level, response = self.forecast.level, model.responses[self.name]
        relative = self.rhythm.relative(at.hours) * special
        on_file = self.located * response.recorded_share
        return Source(
            name=self.name,
            response=response,
            rate=at.spread(level.mean, relative) / on_file,
            where=self.forecast.surface.share,
            total_error=1.0 / level.size,
            place_error=1.0 / self.forecast.size,
            located=self.located,
        )

    def weekly(self, model: Model, at: Span) -> FloatArray:
        on_file = self.located * model.responses[self.name].recorded_share
        per_hour = at.spread(self.forecast.level.mean, np.ones(1))[0] / on_file
        return HOURS_OF_WEEK * per_hour * self.forecast.surface.share

    def nightly(self, model: Model, at: Span) -> FloatArray:
        """Spread the calls of the night as past ones of the night lie."""
        week = self.weekly(model, at)
        night = np.isin(np.arange(HOURS_OF_WEEK) % 24, NIGHT)
        share = self.rhythm.share[night].sum()
        if not self.part.timed_at(at.origin):
            return week * share
        local = pd.to_datetime(self.part.day, unit="D", utc=True).tz_convert(
            self.part.time_zone
        )
        brief = self.part.ended - self.part.started <= BRIEF_DAYS
        chosen = brief & np.isin(local.hour, NIGHT)
        known = np.arange(len(self.part)) < self.part.known(at.origin)
        count = np.bincount(
            self.part.position[chosen & known], minlength=len(self.part.grid)
        )
        # Few calls of a night lie anywhere: the whole day's surface is worth as many
        # as have been seen on average.
        where = self.forecast.surface.share
        mixed = where * (count.sum() + 1.0) + count
        return week.sum() * share * mixed / mixed.sum()


def _rhythm(part: History, name: str, at: Span, model: Model) -> Rhythm:
    """Measure a category's hours, drawn to those of all, and these to the scenario's.

    Where the hours of a category are not known they are its own of the scenario.
    """
    toward, trust = model.rhythms[model.responses[name].rhythm], model.rhythm_trust
    whole = part.whole or part
    wide = whole.lately(
        "rhythm of all",
        (at.origin.value, toward.tobytes(), trust),
        lambda: rhythm(whole, at.origin, toward=toward, trust=trust),
        keep=_KEPT,
    )
    if wide.observed:
        found = rhythm(part, at.origin, toward=wide.share)
        if found.observed:
            return found
    return rhythm(part, at.origin, toward=toward, trust=trust)


def _special(model: Model, at: Span) -> FloatArray:
    if model.calendar is None:
        return np.ones(len(at.hours))
    return model.calendar.factor(at.hours)


def _split(history: History, model: Model) -> tuple[History, History]:
    """Part what the public reported from what police discovered."""
    found = tuple(
        code
        for code, name in enumerate(history.categories)
        if name in model.responses and model.responses[name].discovered
    )
    told = history.reported & ~np.isin(history.category, found)
    if told.all():
        return history, history.where(~told)
    return history.made(
        ("told", found), lambda: (history.where(told), history.where(~told))
    )


def _has(history: History, name: str, at: Span) -> bool:
    code = history.categories.index(name)
    return bool((history.category[: history.known(at.origin)] == code).any())


def _forecast(
    part: History, at: Span, forecaster: Forecaster, name: str
) -> tuple[Forecast, list[str]]:
    horizon = at.end - at.origin

    def make() -> tuple[Forecast, list[str]]:
        try:
            return forecaster.forecast(part, at.origin, horizon), []
        except DataError as error:
            naive = named("naive").forecast(part, at.origin, horizon)
            return naive, [
                f"{name} is forecast by its naive count, not by {forecaster.name}: "
                f"{error}"
            ]

    # Scenarios that differ in what is done about demand share what is forecast of it.
    return part.lately("forecast", (forecaster, at.origin, at.end), make, keep=_SPANS)


def _common_error(
    told: History, at: Span, forecaster: Forecaster, made: Sequence[_Made]
) -> float:
    """Find how far the level of all categories errs beyond errors of its parts.

    A lockdown, or a change of recording, moves many categories at once: what the level
    of all calls together has erred in the past is more than independent errors of the
    categories would make of it. The rest is shared by all.
    """
    if not isinstance(forecaster, Composed) or not made:
        return 0.0
    try:
        whole = forecaster.level.level(told, at.origin, at.end)
    except DataError:
        return 0.0
    mean = np.array([each.forecast.level.mean for each in made])
    size = np.array([each.forecast.level.size for each in made])
    apart = float((mean**2 / size).sum() / max(mean.sum() ** 2, 1e-300))
    return max(1.0 / whole.size - apart, 0.0)


def _lost(part: History, name: str, at: Span, model: Model) -> FloatArray:
    """Count the unit-hours that incidents discovered by police take, (n_hours,)."""
    response = model.responses[name]
    on_file = part.located_share.get(name, 1.0) * response.recorded_share
    level = _level(part, at).mean / on_file
    per_call = response.streams().sum() * response.unit_hours(model.crew)
    relative = _rhythm(part, name, at, model).relative(at.hours)
    return at.spread(level * per_call, relative)


def _level(part: History, at: Span) -> Level:
    try:
        return SeasonalLevel().level(part, at.origin, at.end)
    except DataError:
        return MeanLevel().level(part, at.origin, at.end)


def _age_of(history: History, at: Span) -> list[str]:
    ahead = (at.hours[0] - at.origin) / pd.Timedelta(days=1)
    last = float(history.covered[-1, 1])
    if ahead < _OLD_DAYS or day_of(at.origin) < last - 1e-6:
        return []
    day = (at.origin - pd.Timedelta(1, "us")).date()
    return [
        f"The incidents end on {day.day} {day:%B %Y}, {ahead:.0f} days before the "
        "shift: the forecast starts from there."
    ]


def _lost_note(discovered_h: FloatArray, found: History) -> list[str]:
    if discovered_h.sum() <= 0:
        return []
    names = sorted({found.categories[code] for code in np.unique(found.category)})
    return [
        f"{discovered_h.sum():.1f} unit-hours are lost to incidents that police "
        f"discover ({', '.join(names)}): they are not forecast as calls."
    ]
