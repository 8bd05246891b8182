"""Travel minutes between hexes: over the lattice, over roads, or from a server."""

from geoalloc.travel._http import Patience
from geoalloc.travel.calibration import Calibration, calibrate
from geoalloc.travel.closures import (
    Closure,
    around,
    closure_notes,
    cut_off_note,
    hex_shares,
    read_closed,
)
from geoalloc.travel.crossing import crossable
from geoalloc.travel.lattice import Lattice, Speeds, minutes
from geoalloc.travel.network import Network, RoadSpeeds, read_roads
from geoalloc.travel.reaching import nearest_origin, unreachable
from geoalloc.travel.roadgraph import RoadGraph
from geoalloc.travel.server import TableServer
from geoalloc.travel.tags import CLASS_KMH
from geoalloc.travel.times import Journeys, TravelError, TravelTimes

__all__ = [
    "CLASS_KMH",
    "Calibration",
    "Closure",
    "Journeys",
    "Lattice",
    "Network",
    "Patience",
    "RoadGraph",
    "RoadSpeeds",
    "Speeds",
    "TableServer",
    "TravelError",
    "TravelTimes",
    "around",
    "calibrate",
    "closure_notes",
    "crossable",
    "cut_off_note",
    "hex_shares",
    "minutes",
    "nearest_origin",
    "read_closed",
    "read_roads",
    "unreachable",
]
