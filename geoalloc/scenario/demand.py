"""How recorded incidents become expected calls and work."""

import datetime as dt
import difflib
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from geoalloc.scenario.levers import Event, Growth, Lever
from geoalloc.scenario.table import NotNegative, PlaceError, Positive, Share, Table

Hours = Annotated[list[NotNegative], Field(min_length=24, max_length=24)]
Days = Annotated[list[NotNegative], Field(min_length=7, max_length=7)]
# Those of geoalloc.demand, which takes a second to import: too long to read a scenario.
FORECASTERS = (
    "naive",
    "last",
    "kde",
    "recency-kde",
    "self-exciting",
    "mixture",
    "gbm",
)
# Categories of data.police.uk that are crimes, of the same module: no lever takes them.
CRIMES = frozenset(
    {
        "bicycle-theft",
        "burglary",
        "criminal-damage-arson",
        "drugs",
        "other-crime",
        "other-theft",
        "possession-of-weapons",
        "public-order",
        "robbery",
        "shoplifting",
        "theft-from-the-person",
        "vehicle-crime",
        "violent-crime",
    }
)
# What a surface is made from, where that is not the incidents or the population.
_OF_FILES = ("roads", "file")


def _known_forecaster(name: str) -> str:
    if name not in FORECASTERS:
        raise ValueError(f"{name!r} is no forecaster: {_hint(name, FORECASTERS)}")
    return name


def _hint(name: str, valid: Iterable[str]) -> str:
    valid = sorted(valid)
    near = difflib.get_close_matches(name, valid, n=1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(valid)}"


class Rhythm(Table):
    """Weights of the hours of a day and the days of a week; they are normalized."""

    hours: Hours = Field(description="From 00:00 local time.")
    days: Days = Field(description="From Monday.")

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not (sum(self.hours) > 0 and sum(self.days) > 0):
            raise ValueError("hours and days must each hold a weight above 0")
        return self


class Answer(Table):
    """How calls become work; what is left of 1 is resolved without deployment."""

    immediate: Share = Field(description="Share answered as immediate.")
    priority: Share = Field(description="Share answered as priority.")
    routine: Share = Field(description="Share answered by appointment, as routine.")
    on_scene_min: Positive = Field(description="Mean minutes on scene and writing up.")
    on_scene_sd_min: NotNegative | None = Field(
        None, description="Standard deviation of those; 0.8 of the mean if left out."
    )
    units: Positive = Field(
        1.0, description="Units per incident, where officers is left out."
    )
    officers: Positive | None = Field(
        None, description="Officers needed per incident; units follow from the crews."
    )
    skills: list[str] = Field(
        default_factory=list, description="That one of the officers must have."
    )
    rhythm: str = Field("default", description="Name of a table of demand.rhythms.")
    harm: NotNegative = Field(0.0, description="Severity weight of one incident.")
    vulnerability: Positive = Field(
        1.0,
        description="Factor on harm, and on the weight of a late call, where those who "
        "call are vulnerable.",
    )
    pcso: bool = Field(False, description="PCSOs may take the routine calls.")

    @model_validator(mode="after")
    def _shares(self) -> Self:
        total = self.immediate + self.priority + self.routine
        if total > 1 + 1e-9:
            raise ValueError(
                f"immediate + priority + routine is {total:g}: "
                "shares add up to at most 1"
            )
        return self


class Response(Answer):
    """How the incidents of a recorded category become work."""

    recorded_share: Annotated[float, Field(gt=0, le=1)] = Field(
        1.0,
        description="Share of such incidents that the file stands for: what it lacks "
        "is scaled up.",
    )
    discovered: bool = Field(
        False, description="Found by police: never forecast, its hours are lost."
    )


class Layer(Answer):
    """Demand that recorded incidents do not hold: an assumption, shown as one."""

    name: str = Field(min_length=1, description="What the calls are about.")
    per_day: NotNegative = Field(description="Calls a day over the whole area.")
    error: Share = Field(description="Standard error of per_day, as a share of it.")
    surface: Literal["population", "recorded", "night-time", "roads", "file"] = Field(
        description="Where they arise: as people live, as recorded incidents lie, as "
        "those of the night lie, along the roads of a file, or as the points of one."
    )
    categories: list[str] = Field(
        default_factory=list,
        description="Of recorded and night-time: whose incidents; all if left out.",
    )
    path: str | None = Field(
        None, description="Of roads, a file of lines; of file, a file of points."
    )
    class_column: str | None = Field(
        None, description="Of roads: which column of path holds the class of a line."
    )
    class_weights: dict[str, NotNegative] = Field(
        default_factory=dict,
        description="Of roads: calls per kilometre by class, as weights; other "
        "classes have none. Every line weighs 1 if left out.",
    )
    bandwidth_m: Positive = Field(
        1000.0, description="Of file: radius of the quartic kernel round its points."
    )
    partner: str = Field(
        "", description="Whose demand it is, if another service's; empty if ours."
    )

    @model_validator(mode="after")
    def _its_surface(self) -> Self:
        if self.surface in _OF_FILES and self.path is None:
            raise ValueError(f"surface {self.surface!r} needs the path of a file")
        if self.surface not in _OF_FILES and self.path is not None:
            raise ValueError(f"surface {self.surface!r} takes no path")
        if self.class_weights and self.class_column is None:
            raise ValueError("class_weights need the class_column that they weigh")
        if self.categories and self.surface not in ("recorded", "night-time"):
            raise ValueError(f"surface {self.surface!r} takes no categories")
        return self


class Term(Table):
    """Days on which schools are open."""

    first: dt.date = Field(description="First day.")
    last: dt.date = Field(description="Last day.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"last {self.last} is before first {self.first}")
        return self


class Uplifts(Table):
    """Calls on special days over those on ordinary ones: 1.1 is a tenth more."""

    bank_holiday: NotNegative | None = Field(
        None, description="Measured where days are known, else 1, if left out."
    )
    payday: NotNegative | None = Field(
        None, description="Measured where days are known, else 1, if left out."
    )
    school_term: NotNegative | None = Field(
        None, description="Measured where days are known, else 1, if left out."
    )


class Calendar(Table):
    """Days that are unlike others of their weekday."""

    bank_holidays: list[dt.date] = Field(
        default_factory=list, description="Dates, past ones too if to be measured."
    )
    paydays: list[dt.date] = Field(
        default_factory=list, description="Dates, past ones too if to be measured."
    )
    school_terms: list[Term] = Field(
        default_factory=list, description="Days on which schools are open."
    )
    uplifts: Uplifts = Field(default_factory=Uplifts)


class Demand(Table):
    """How recorded incidents become expected calls and work."""

    forecaster: Annotated[str, AfterValidator(_known_forecaster)] = Field(
        "mixture", description=f"One of {', '.join(FORECASTERS)}."
    )
    rhythm_trust: NotNegative = Field(
        100.0, description="Timed incidents that the scenario's rhythm is worth."
    )
    non_recent_days: NotNegative = Field(
        28.0,
        description="An offence reported this long after it ended sends no unit; left "
        "out where both times are known.",
    )
    rhythms: dict[str, Rhythm] = Field(description="Times of the week, by name.")
    calendar: Calendar = Field(default_factory=Calendar)
    categories: dict[str, Response] = Field(min_length=1, description="By slug.")
    layers: list[Layer] = Field(
        default_factory=list, description="Demand that the incidents do not hold."
    )
    levers: list[Lever] = Field(
        default_factory=list,
        description="What changes demand; applied in the order that the methods "
        "document, whatever their order here.",
    )

    @model_validator(mode="after")
    def _rhythms_exist(self) -> Self:
        wanted = {r.rhythm for r in self.categories.values()}
        wanted |= {layer.rhythm for layer in self.layers}
        missing = sorted(wanted - set(self.rhythms))
        if missing:
            raise ValueError(
                f"no [demand.rhythms.{missing[0]}] table; "
                f"there are {sorted(self.rhythms)}"
            )
        return self

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        layers = [layer.name for layer in self.layers]
        twice = sorted(
            {n for n in layers if layers.count(n) > 1 or n in self.categories}
        )
        if twice:
            raise ValueError(f"two layers or categories are named {twice[0]!r}")
        for number, layer in enumerate(self.layers):
            at = ("layers", number, "categories")
            self._require(at, layer.categories, list(self.categories))
        for number, lever in enumerate(self.levers):
            key = "categories" if isinstance(lever, Growth | Event) else "applies_to"
            names = getattr(lever, key)
            at = ("levers", number, key)
            self._require(at, names, [*self.categories, *layers])
        return self

    @model_validator(mode="after")
    def _levers_take_once_and_no_crime(self) -> Self:
        taken: set[tuple[str, str]] = set()
        for number, lever in enumerate(self.levers):
            if isinstance(lever, Growth | Event):
                continue
            at = ("levers", number, "applies_to")
            for name in lever.applies_to:
                if name in CRIMES:
                    raise PlaceError(
                        f"{name} is a crime, and crimes meet the threshold of Right "
                        "Care Right Person: no lever takes them away",
                        *at,
                    )
                if (lever.kind, name) in taken:
                    raise PlaceError(
                        f"another {lever.kind} lever applies to {name!r}: give one", *at
                    )
                taken.add((lever.kind, name))
        return self

    def _require(
        self, at: tuple[str | int, ...], names: list[str], valid: list[str]
    ) -> None:
        for name in names:
            if name not in valid:
                raise PlaceError(
                    f"names {name!r}, which is no category or layer: "
                    f"{_hint(name, valid)}",
                    *at,
                )
            if name in self.categories and self.categories[name].discovered:
                raise PlaceError(
                    f"names {name!r}, which police discover: it is not forecast, so "
                    "that there are no calls to change or to follow",
                    *at,
                )
