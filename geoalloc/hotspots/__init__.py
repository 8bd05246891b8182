"""Where incidents concentrate: density on hexes, significance, hotspots as objects.

Everything here describes the past (*retrospective*); it becomes a forecast only
through ``demand``.
"""

from geoalloc.hotspots.autocorrelation import MoransI, morans_i
from geoalloc.hotspots.bandwidth import (
    Choice,
    Support,
    Trial,
    adaptive_bandwidth_m,
    choose_bandwidth,
    support,
)
from geoalloc.hotspots.clock import peak_hours
from geoalloc.hotspots.concentration import (
    Concentration,
    concentration,
    generalized_gini,
    gini,
    lorenz,
)
from geoalloc.hotspots.density import (
    KERNELS,
    Density,
    Places,
    collapse,
    density,
    ratio,
)
from geoalloc.hotspots.exceedance import Exceedance, exceedance
from geoalloc.hotspots.find import best_bandwidth, find
from geoalloc.hotspots.naming import named
from geoalloc.hotspots.near_repeat import knox
from geoalloc.hotspots.objects import Area, Found, Options, groups
from geoalloc.hotspots.operator import Operator
from geoalloc.hotspots.persistence import PERSISTENCE, hot_windows, persistence
from geoalloc.hotspots.significance import (
    TIERS,
    GiStar,
    Steps,
    adjusted,
    false_discovery,
    gi_star,
    stepwise,
)
from geoalloc.hotspots.space_time import space_time
from geoalloc.hotspots.weights import harm, recency

__all__ = [
    "KERNELS",
    "PERSISTENCE",
    "TIERS",
    "Area",
    "Choice",
    "Concentration",
    "Density",
    "Exceedance",
    "Found",
    "GiStar",
    "MoransI",
    "Operator",
    "Options",
    "Places",
    "Steps",
    "Support",
    "Trial",
    "adaptive_bandwidth_m",
    "adjusted",
    "best_bandwidth",
    "choose_bandwidth",
    "collapse",
    "concentration",
    "density",
    "exceedance",
    "false_discovery",
    "find",
    "generalized_gini",
    "gi_star",
    "gini",
    "groups",
    "harm",
    "hot_windows",
    "knox",
    "lorenz",
    "morans_i",
    "named",
    "peak_hours",
    "persistence",
    "ratio",
    "recency",
    "space_time",
    "stepwise",
    "support",
]
