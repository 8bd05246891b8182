"""What the mixture is made of: surfaces of the past, worked out all at once."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.history import History
from geoalloc.demand.surfaces import covered_since

__all__ = ["Components", "bandwidths_m", "components"]

HALF_LIVES_DAYS = (np.inf, 90.0)
COUNT_DAYS = (365.0, 90.0, 30.0)
_FINEST_M = 200.0
_PER_SPACING = 1.15
_KEPT = 3  # origins of which all components are held: about 10 MB each
_STREETS_KEPT = 24  # of which streets are, 3 MB each: all categories of a plan ask

# Families, as a sentence names them, and what each weighs before anything is known.
OWN = "the hex's own count"
NEAR = "the density around it"
STREETS = "the places that any incident has been recorded at"
EVEN = "an even spread"


@dataclass(frozen=True, kw_only=True)
class Components:
    """Surfaces of the past, each of which sums to 1.

    Attributes
    ----------
    names
        Of the components.
    families
        What a sentence calls the kind of each.
    share : (n_components, n_hexes)
    prior : (n_components,)
        Weights before anything is known of how good each is; they sum to 1. Most is
        on what is smooth, which is safe where incidents are few.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    share: FloatArray
    prior: FloatArray


@dataclass(frozen=True)
class _Part:
    name: str
    family: str
    value: FloatArray
    prior: float


@dataclass(frozen=True, kw_only=True)
class _Streets:
    """Where incidents of any kind have been, and how much of that is around."""

    name: str
    mass: FloatArray  # by place
    here: FloatArray  # by hex
    around: dict[float, FloatArray]  # by bandwidth and hex


def bandwidths_m(history: History) -> tuple[float, ...]:
    """Give the kernel radii, metres: the finest that hexes can show, doubled twice.

    A radius below the distance between hex centers would be the hex's own count.
    """
    spacing_m = 1e3 * np.sqrt(2.0 / np.sqrt(3.0) * np.median(history.grid.area_km2))
    finest = max(_FINEST_M, float(np.round(_PER_SPACING * spacing_m, -1)))
    return (finest, 2.0 * finest, 4.0 * finest)


def components(history: History, origin: pd.Timestamp) -> Components:
    """Work out the components from what was known at an origin.

    They are an even spread over the land; the hex's own count, of all the past and of
    its last year, 90 and 30 days; densities of three bandwidths, of the long run and
    of what is recent; and *rates of places*: how many incidents there are around for
    each place (or the root of its incidents) that incidents of any kind have been
    recorded at, times the places in the hex. A burglary is recorded where there are
    streets, and incidents of every kind tell where these are. Incidents of other
    kinds are known only of a part of a whole history (``History.only``).
    """
    return history.lately(
        "components", origin.value, partial(_made, history, origin), keep=_KEPT
    )


def _made(history: History, origin: pd.Timestamp) -> Components:
    parts = [*_counts(history, origin), *_densities(history, origin)]
    even = history.grid.land_km2 / history.grid.land_km2.sum()
    share = np.empty((len(parts) + 1, even.size))
    share[0] = even
    for row, part in zip(share[1:], parts, strict=True):
        # Recent counts of a thin category may be of nothing: that says nothing.
        total = part.value.sum()
        row[:] = part.value / total if total > 0 else even
    prior = np.array([0.05, *(part.prior for part in parts)])
    return Components(
        names=(EVEN, *(part.name for part in parts)),
        families=(EVEN, *(part.family for part in parts)),
        share=share,
        prior=prior / prior.sum(),
    )


def _counts(history: History, origin: pd.Timestamp) -> list[_Part]:
    whole = _Part("count of all the past", OWN, history.known_count(origin), 0.15)
    recent = [
        _Part(
            f"count of {days:g} days",
            OWN,
            history.known_count(origin, covered_since(history, origin, days)),
            0.01,
        )
        for days in COUNT_DAYS
    ]
    return [whole, *recent]


def _densities(history: History, origin: pd.Timestamp) -> list[_Part]:
    mass = history.known_mass(origin, HALF_LIVES_DAYS)
    streets = _streets(history.whole or history, origin)
    found = [_Part(kind.name, STREETS, kind.here, 0.02) for kind in streets]
    for bandwidth_m in bandwidths_m(history):
        smooth = history.smoothed(bandwidth_m, mass)
        for days, near in zip(HALF_LIVES_DAYS, smooth, strict=True):
            about = f"{bandwidth_m:g} m, {_span(days)}"
            prior = 0.08 if np.isinf(days) else 0.02
            found.append(_Part(f"density of {about}", NEAR, near, prior))
            found.extend(
                _Part(
                    f"rate within {about}, of {kind.name}",
                    STREETS,
                    _rate(near, kind, bandwidth_m),
                    prior,
                )
                for kind in streets
                if bandwidth_m in kind.around
            )
    return found


def _rate(near: FloatArray, kind: _Streets, bandwidth_m: float) -> FloatArray:
    around = kind.around[bandwidth_m]
    rate = np.divide(near, around, out=np.zeros_like(near), where=around > 0)
    return rate * kind.here


def _streets(whole: History, origin: pd.Timestamp) -> tuple[_Streets, ...]:
    """Find places in use, shared by all the parts of a whole."""

    def make() -> tuple[_Streets, ...]:
        known = np.bincount(
            whole.places.of[: whole.known(origin)], minlength=len(whole.places)
        )
        finest, _, widest = bandwidths_m(whole)
        mass = np.array([known > 0, np.sqrt(known)], dtype=np.float64)
        here = [
            np.bincount(whole.place_position, each, minlength=len(whole.grid)).astype(
                np.float64
            )
            for each in mass
        ]
        around = {width: whole.smoothed(width, mass) for width in (finest, widest)}
        return tuple(
            _Streets(
                name=name,
                mass=mass[k],
                here=here[k],
                around={width: sums[k] for width, sums in around.items()},
            )
            for k, name in enumerate(("places", "busy places"))
        )

    return whole.lately("streets", origin.value, make, keep=_STREETS_KEPT)


def _span(half_life_days: float) -> str:
    long_run = np.isinf(half_life_days)
    return "long run" if long_run else f"half-life {half_life_days:g} days"
