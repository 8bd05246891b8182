"""The network that road lines make: junctions, and the roads between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.travel import lines, tags, times
from geoalloc.travel.closures import Closure, road_shares
from geoalloc.travel.lines import Lines

_EARTH_KM = 6371.0088  # mean radius of WGS84
_CROSSING = 3  # neighbors that make a node a junction, where time is lost
_NO_STOP = ("motorway", "motorway_link")  # no journey begins or ends on these
_CELLS = 200.0  # to a degree: nodes are numbered by these, so that near ones are near


@dataclass(frozen=True, kw_only=True)
class RoadSpeeds:
    """How fast units drive on roads without blue lights.

    Attributes
    ----------
    class_kmh
        By class of ``highway``, put over those of ``tags.CLASS_KMH``. 0 closes a
        class.
    limit_share
        Speed driven over the limit, where one is tagged.
    factor
        All speeds are multiplied by this, as ``calibrate`` finds it.
    junction_delay_min
        Minutes lost, on average, at a node where three roads or more meet.
    setting_off_min
        Minutes from being sent to being on the move.
    time_factor : (24,)
        Minutes on the road by local hour of the day over those at other times.
    """

    class_kmh: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    limit_share: float = 0.85
    factor: float = 1.0
    junction_delay_min: float = 0.05
    setting_off_min: float = 1.5
    time_factor: tuple[float, ...] = (1.0,) * times.HOURS

    def __post_init__(self) -> None:
        for name in ("limit_share", "factor"):
            if not 0 < getattr(self, name) < np.inf:
                raise DataError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("junction_delay_min", "setting_off_min"):
            if not 0 <= getattr(self, name) < np.inf:
                raise DataError(f"{name} must be at least 0, got {getattr(self, name)}")
        for name, kmh in self.class_kmh.items():
            if not 0 <= kmh < np.inf:
                raise DataError(
                    f"class_kmh of {name!r} must be at least 0, got {kmh}: give km/h"
                )
        object.__setattr__(self, "time_factor", tuple(self.time_factor))
        times.require_factors(self.time_factor)

    def by_class(self) -> dict[str, float]:
        """Return the speed of each class that can be driven, km/h."""
        merged = {**tags.CLASS_KMH, **self.class_kmh}
        return {name: kmh for name, kmh in merged.items() if kmh > 0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Nodes of the roads, and the minutes between those that are next to each other.

    Attributes
    ----------
    source
        Name of the file.
    longitude, latitude : (n_nodes,)
        Degrees.
    here, there : (n_edges,)
        Each direction of a road is an edge.
    length_km : (n_edges,)
    kmh : (n_edges,)
        Before ``RoadSpeeds.factor``; 0 where a closure lets nobody through.
    crossing : (n_nodes,)
        Where three roads or more meet.
    stops : (n_nodes,)
        Whether a journey can begin or end here: not on a motorway.
    notes
        What was left out, in sentences.
    """

    source: str
    longitude: FloatArray
    latitude: FloatArray
    here: IndexArray
    there: IndexArray
    length_km: FloatArray
    kmh: FloatArray
    crossing: BoolArray
    stops: BoolArray
    notes: tuple[str, ...]

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return int(self.longitude.size)

    def minutes(self, speeds: RoadSpeeds) -> sp.csr_array:
        """Return the minutes along each edge and past the node at its end.

        Returns
        -------
        graph : (n_nodes, n_nodes), sparse
            Of edges between the same two nodes, the fastest.
        """
        is_open = self.kmh > 0
        here, there = self.here[is_open], self.there[is_open]
        kmh = self.kmh[is_open] * speeds.factor
        minutes = 60.0 * self.length_km[is_open] / kmh
        minutes = minutes + speeds.junction_delay_min * self.crossing[there]
        order = np.lexsort((minutes, there, here))
        here, there = here[order], there[order]
        first = np.ones(order.size, dtype=bool)
        first[1:] = (here[1:] != here[:-1]) | (there[1:] != there[:-1])
        # A stored 0 would be no edge: ends that agree to a metre are still apart.
        least = np.maximum(minutes[order[first]], 1e-6)
        shape = (self.n_nodes, self.n_nodes)
        return sp.csr_array((least, (here[first], there[first])), shape=shape)


@dataclass(frozen=True, kw_only=True)
class _Pieces:
    """Lines cut where they meet: from and to node, length, and of which line.

    ``share`` is that of its speed which a closure leaves, 0 where nobody passes.
    """

    begin: IndexArray
    end: IndexArray
    length_km: FloatArray
    line: IndexArray
    share: FloatArray


def read_roads(
    path: str | Path, speeds: RoadSpeeds, closures: Sequence[Closure] = ()
) -> Network:
    """Read a road file and join its lines: as ``lines.read`` and ``build``."""
    return build(lines.read(path), speeds, closures)


def build(
    roads: Lines, speeds: RoadSpeeds, closures: Sequence[Closure] = ()
) -> Network:
    """Join road lines into one network in which every node can reach every other.

    Parameters
    ----------
    roads
        As read; classes without a speed are left out.
    speeds
        Its classes, and the share of a limit that is driven.
    closures
        A road is driven at their share of its speed between the two of its points
        that a closure touches the line between, or not at all.

    Returns
    -------
    network
        The largest strongly connected part: what hangs together with it only one
        way, or not at all, could be left or reached and not both. What is closed
        counts as open there, so that what it cuts off is in the network.

    Raises
    ------
    DataError
        If no line has a class with a speed.
    """
    class_kmh = roads.tags["highway"].map(speeds.by_class()).to_numpy(np.float64)
    used = tags.drivable(roads.tags, class_kmh)
    limit, refused = tags.limits(roads.tags["maxspeed"])
    pieces = _cut(roads, used, closures)
    if not pieces.begin.size:
        found = ", ".join(sorted(roads.tags["highway"].dropna().unique())[:5])
        raise DataError(
            f"road file {roads.source} has no road that can be driven (highway is "
            f"{found or 'nowhere given'}); give roads, or speeds for their classes"
        )
    free_kmh = np.where(np.isnan(limit), class_kmh, limit * speeds.limit_share)
    kmh = free_kmh[pieces.line] * pieces.share
    direction = tags.directions(roads.tags)[pieces.line]
    along, against = direction >= 0, direction <= 0
    motorway = roads.tags["highway"].isin(_NO_STOP).to_numpy()[pieces.line]
    whole = _Whole(
        here=np.concatenate([pieces.begin[along], pieces.end[against]]),
        there=np.concatenate([pieces.end[along], pieces.begin[against]]),
        length_km=np.concatenate([pieces.length_km[along], pieces.length_km[against]]),
        kmh=np.concatenate([kmh[along], kmh[against]]),
        motorway=np.concatenate([motorway[along], motorway[against]]),
    )
    return _largest(roads, whole, int((refused & used).sum()))


@dataclass(frozen=True, kw_only=True)
class _Whole:
    """Edges by positions of points of the lines, before what is cut off is dropped."""

    here: IndexArray
    there: IndexArray
    length_km: FloatArray
    kmh: FloatArray
    motorway: BoolArray


def _cut(roads: Lines, used: BoolArray, closures: Sequence[Closure]) -> _Pieces:
    """Cut lines where they meet; nodes are the first points that stand for them."""
    counts = np.diff(roads.start)
    line_of = np.repeat(np.arange(counts.size), counts)
    kept = np.flatnonzero(used[line_of])
    line = line_of[kept]
    _, first, node, times_used = np.unique(
        roads.node[kept], return_index=True, return_inverse=True, return_counts=True
    )
    begins = np.ones(kept.size, dtype=bool)
    begins[1:] = line[1:] != line[:-1]
    is_end = begins | np.append(begins[1:], True)
    meeting = np.zeros(first.size, dtype=bool)
    meeting[node[is_end]] = True
    if roads.meets_inside:
        meeting |= times_used > 1
    at = np.flatnonzero(meeting[node])
    step = _apart_km(roads.longitude[kept], roads.latitude[kept])
    step[begins] = 0.0
    same = line[at[1:]] == line[at[:-1]]
    begin, end = at[:-1][same], at[1:][same]
    stands = kept[first]
    share = road_shares(
        roads.longitude[kept],
        roads.latitude[kept],
        roads.tags["highway"].to_numpy(object)[line],
        closures,
    )
    share[begins] = 1.0
    along = np.cumsum(step)
    length_km = along[end] - along[begin]
    return _Pieces(
        begin=stands[node[begin]],
        end=stands[node[end]],
        length_km=length_km,
        line=line[begin],
        share=_share_along(step, share, begin, end),
    )


def _share_along(
    step: FloatArray, share: FloatArray, begin: IndexArray, end: IndexArray
) -> FloatArray:
    """Give the share of its speed that a piece keeps over all of its steps."""
    passable = share > 0
    slow = np.cumsum(step / np.where(passable, share, 1.0))
    free, shut = np.cumsum(step), np.cumsum(~passable)
    length, slow = free[end] - free[begin], slow[end] - slow[begin]
    kept = np.divide(length, slow, out=np.ones_like(slow), where=slow > 0)
    return np.where(shut[end] > shut[begin], 0.0, kept)


def _apart_km(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Great-circle distance of each point from the one before it, (n_points,)."""
    east, north = np.radians(longitude), np.radians(latitude)
    half = np.sin(np.diff(north) / 2.0) ** 2
    half += np.cos(north[1:]) * np.cos(north[:-1]) * np.sin(np.diff(east) / 2.0) ** 2
    return np.append(0.0, 2.0 * _EARTH_KM * np.arcsin(np.sqrt(half)))


def _largest(roads: Lines, edges: _Whole, n_refused: int) -> Network:
    node, index = np.unique(
        np.concatenate([edges.here, edges.there]), return_inverse=True
    )
    here, there = np.split(index, 2)
    shape = (node.size, node.size)
    joined = sp.csr_array((np.ones(here.size), (here, there)), shape=shape)
    _, part = connected_components(joined, connection="strong")
    inside = part == np.bincount(part).argmax()
    node, kept = node[inside], inside[here] & inside[there]
    order = _near_to_near(roads.longitude[node], roads.latitude[node])
    number = np.full(inside.size, -1, dtype=np.int64)
    number[np.flatnonzero(inside)[order]] = np.arange(node.size)
    here, there = number[here[kept]], number[there[kept]]
    stops = np.zeros(node.size, dtype=bool)
    stops[here[~edges.motorway[kept]]] = True
    stops[there[~edges.motorway[kept]]] = True
    return Network(
        source=roads.source,
        longitude=roads.longitude[node[order]],
        latitude=roads.latitude[node[order]],
        here=here,
        there=there,
        length_km=edges.length_km[kept],
        kmh=edges.kmh[kept],
        crossing=_degree(here, there, node.size) >= _CROSSING,
        stops=stops if stops.any() else np.ones(node.size, dtype=bool),
        notes=_remarks(roads.source, inside, n_refused),
    )


def _near_to_near(longitude: FloatArray, latitude: FloatArray) -> IndexArray:
    """Order nodes by small cells, so that a search stays in near memory."""
    row = np.floor(latitude * _CELLS)
    return np.lexsort((longitude, np.floor(longitude * _CELLS), row))


def _degree(here: IndexArray, there: IndexArray, n_nodes: int) -> IndexArray:
    """Count the other nodes that each is next to, whichever way, (n_nodes,)."""
    low, high = np.minimum(here, there), np.maximum(here, there)
    pair = np.unique(low[low != high] * n_nodes + high[low != high])
    return np.bincount(pair // n_nodes, minlength=n_nodes) + np.bincount(
        pair % n_nodes, minlength=n_nodes
    )


def _remarks(source: str, inside: BoolArray, n_refused: int) -> tuple[str, ...]:
    notes = []
    if not inside.all():
        notes.append(
            f"{(~inside).sum():,} of {inside.size:,} junctions of {source} cannot be "
            "both reached and left over the rest of the roads, and are left out."
        )
    if n_refused:
        notes.append(
            f"Roads of {source} whose maxspeed is no speed, so that the speed of their "
            f"class holds: {n_refused:,}."
        )
    return tuple(notes)
