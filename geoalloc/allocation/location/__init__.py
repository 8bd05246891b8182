"""Classical location models on any table of distances: sites in, proof out."""

from geoalloc.allocation.location.capacitated import (
    CapacitatedProblem,
    capacitated_p_median,
)
from geoalloc.allocation.location.choice import (
    CoverageChoice,
    LocationParams,
    MedianChoice,
    SiteChoice,
)
from geoalloc.allocation.location.cover import SetCoverProblem, min_sites
from geoalloc.allocation.location.coverage import CoverageProblem, max_coverage
from geoalloc.allocation.location.median import (
    MedianProblem,
    graph_distance,
    p_median,
)

__all__ = [
    "CapacitatedProblem",
    "CoverageChoice",
    "CoverageProblem",
    "LocationParams",
    "MedianChoice",
    "MedianProblem",
    "SetCoverProblem",
    "SiteChoice",
    "capacitated_p_median",
    "graph_distance",
    "max_coverage",
    "min_sites",
    "p_median",
]
