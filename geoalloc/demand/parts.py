"""What each source adds to the demand of a shift, for prices by category."""

from collections.abc import Sequence

import numpy as np

from geoalloc.demand.expected import Need, SourceCalls
from geoalloc.demand.flow import Answered


def parts(answered: Sequence[Answered], crew: float) -> tuple[SourceCalls, ...]:
    """Take the demand apart by source, those of the most work first."""
    found = [_part(one, crew) for one in answered]
    return tuple(sorted(found, key=lambda part: (-part.workload_h, part.name)))


def _part(one: Answered, crew: float) -> SourceCalls:
    response = one.source.response
    kept = np.where(np.arange(response.streams().size) > 0, one.kept, 1.0)
    return SourceCalls(
        name=one.source.name,
        need=Need(response.skills, response.crew_needed()),
        rate=one.source.rate * one.factor,
        where=one.source.where,
        streams=response.streams() * kept,
        unit_hours=response.unit_hours(crew),
    )
