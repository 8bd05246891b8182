"""What a reader must know of the levers and layers of a forecast."""

from collections.abc import Iterator

from geoalloc.demand.layers import recorded_surface
from geoalloc.demand.levers import Event, FireFirst, Growth, Lever, RightCare, Triage
from geoalloc.demand.model import Model
from geoalloc.demand.sources import Forecasts


def remarks(model: Model, past: Forecasts) -> list[str]:
    """Say which levers and layers do not do what their names promise."""
    return [
        *_idle(model, past),
        *_unprotected(model),
        *_shapeless(model, past),
    ]


def _idle(model: Model, past: Forecasts) -> Iterator[str]:
    """Name what levers are to change, but is not forecast."""
    there = {source.name for source in past.sources}
    there |= {layer.name for layer in model.layers}
    for lever in model.levers:
        absent = [name for name in _names(lever) if name not in there]
        if absent:
            yield (
                f"{_begun(lever.line)}: changes nothing of {', '.join(absent)}, of "
                "which no call is forecast."
            )


def _unprotected(model: Model) -> Iterator[str]:
    """Name levers that may take calls of which no share is said to be protected."""
    kept = {
        name
        for lever in model.levers
        if isinstance(lever, RightCare)
        for name in lever.applies_to
    }
    for lever in model.levers:
        if isinstance(lever, FireFirst | Triage):
            bare = [name for name in lever.applies_to if name not in kept]
            if bare:
                yield (
                    f"{_begun(lever.line)}: every call of {', '.join(bare)} that is "
                    "not immediate is in its reach, since no right-care lever says "
                    "what share meets the threshold."
                )


def _shapeless(model: Model, past: Forecasts) -> Iterator[str]:
    """Name layers that are to lie as calls of which there are none."""
    for layer in model.layers:
        if layer.surface not in ("recorded", "night-time"):
            continue
        shaped = past.weekly if layer.surface == "recorded" else past.nightly
        if recorded_surface(shaped, layer.categories) is None:
            yield (
                f"The layer {layer.name} lies evenly over the land: no call that it is "
                "to lie as is forecast."
            )


def _names(lever: Lever) -> tuple[str, ...]:
    return lever.categories if isinstance(lever, Growth | Event) else lever.applies_to


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
