"""Travel minutes between hexes, from a table service of OSRM's kind over HTTP.

The requests are those of the table service of OSRM's HTTP API, version 1:
``/table/v1/{profile}/{longitude},{latitude};...?sources=...&destinations=...``.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.spatial import cKDTree

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.travel import times
from geoalloc.travel._http import Patience, Server, require_safe
from geoalloc.travel.times import Journeys, TravelError, TravelTimes

_OK = 200
_PROFILE = re.compile(r"[A-Za-z0-9_-]+")
_WITHIN_KMH = (
    15.0  # within a hex, straight, with detour: the server has one point of it
)
_MOST_S = 1e7  # four months: no drive takes longer
_SAID = 80  # characters of a server's own words that an error repeats


@dataclass(frozen=True, kw_only=True)
class TableServer(TravelTimes):
    """Travel times from a table service over HTTP.

    If anything fails, no part of the server's answers is used: the whole table
    comes from the fallback, and a note says so; without one, an error does.

    Attributes
    ----------
    url
        Address, without ``/table/...``; https, unless it is this machine.
    profile
        The server's name for how units drive.
    most_coordinates
        Of one request, as the server limits them.
    fastest_kmh
        Hexes farther than this speed could bring a unit are not asked for.
    setting_off_min
        Minutes from being sent to being on the move.
    time_factor : (24,)
        Minutes on the road by local hour of the day over the server's.
    patience
        How long and how often the server is asked.
    fallback
        Where the whole table comes from if the server fails.
    """

    url: str
    profile: str = "driving"
    most_coordinates: int = 100
    fastest_kmh: float = 110.0
    setting_off_min: float = 1.5
    time_factor: tuple[float, ...] = (1.0,) * times.HOURS
    patience: Patience = field(default_factory=Patience)
    fallback: TravelTimes | None = None

    def __post_init__(self) -> None:
        require_safe(self.url)
        if not _PROFILE.fullmatch(self.profile):
            raise DataError(
                f"profile must be letters, digits, - and _, got {self.profile!r}"
            )
        if self.most_coordinates < 2:
            raise DataError(
                f"most_coordinates must be at least 2, got {self.most_coordinates}"
            )
        if not 0 < self.fastest_kmh < math.inf:
            raise DataError(f"fastest_kmh must be above 0, got {self.fastest_kmh}")
        if not 0 <= self.setting_off_min < math.inf:
            raise DataError(
                f"setting_off_min must be at least 0, got {self.setting_off_min}"
            )
        object.__setattr__(self, "time_factor", tuple(self.time_factor))
        times.require_factors(self.time_factor)

    def journeys(
        self,
        grid: HexGrid,
        origins: IndexArray,
        *,
        reach_min: float,
        hour: int | None = None,
    ) -> Journeys:
        """Ask the server for the routine-speed minutes: as ``TravelTimes``.

        Raises
        ------
        TravelError
            If the server fails and there is no fallback.
        DataError
            If an origin is no hex, the reach is not above 0, or the hour is none
            of the day.
        """
        times.require_request(grid, origins, reach_min)
        factor = times.factor_at(self.time_factor, hour)
        server = Server(self.url, self.patience)
        try:
            table = self._table(server, grid, origins, reach_min, factor)
        except TravelError as error:
            if self.fallback is None:
                raise
            instead = self.fallback.journeys(
                grid, origins, reach_min=reach_min, hour=hour
            )
            note = f"All travel minutes are those of the {instead.source}: {error}."
            return Journeys(
                travel_min=instead.travel_min,
                source=instead.source,
                notes=(note, *instead.notes),
            )
        finally:
            server.close()
        return Journeys(travel_min=table, source=f"table server {server.name}")

    def _table(
        self,
        server: Server,
        grid: HexGrid,
        origins: IndexArray,
        reach_min: float,
        factor: float,
    ) -> sp.csr_array:
        """Ask for blocks of origins, and for each for the hexes that may be in reach.

        Raises
        ------
        TravelError
            If an answer fails.
        """
        driving = (reach_min - self.setting_off_min) / factor
        within = 60.0 * times.within_km(grid) / _WITHIN_KMH
        wide = max(1, self.most_coordinates // 2)
        centers = np.stack([grid.x_m, grid.y_m], axis=1)
        tree = cKDTree(centers)
        near_m = max(driving, 0.0) / 60.0 * self.fastest_kmh * 1000.0
        tables = []
        for begin in range(0, origins.size, wide):
            block = origins[begin : begin + wide]
            near = tree.query_ball_point(centers[block], near_m)
            hexes = np.unique(np.concatenate(near).astype(np.int64))
            least = self._ask(server, grid, block, hexes)
            least[least > driving] = np.inf
            own, at = np.nonzero(block[:, None] == hexes)
            least[own, at] = within[block[own]]
            row, at = np.nonzero(np.isfinite(least))
            value = least[row, at] * factor + self.setting_off_min
            value = np.maximum(value, times.LEAST_MIN).astype(np.float32)
            shape = (block.size, len(grid))
            tables.append(sp.csr_array((value, (row, hexes[at])), shape=shape))
        if not tables:
            return sp.csr_array((0, len(grid)), dtype=np.float32)
        return sp.csr_array(sp.vstack(tables, format="csr"))

    def _ask(
        self, server: Server, grid: HexGrid, origins: IndexArray, hexes: IndexArray
    ) -> FloatArray:
        """Ask for the minutes between origins and hexes, inf where there is no way."""
        wide = self.most_coordinates - origins.size
        parts = [
            _minutes(
                server, self._request(grid, origins, part), origins.size, part.size
            )
            for part in np.split(hexes, range(wide, hexes.size, wide))
        ]
        return np.concatenate(parts, axis=1)

    def _request(self, grid: HexGrid, origins: IndexArray, hexes: IndexArray) -> str:
        both = np.concatenate([origins, hexes])
        places = ";".join(
            f"{east:.6f},{north:.6f}"
            for east, north in zip(
                grid.longitude[both], grid.latitude[both], strict=True
            )
        )
        sources = ";".join(map(str, range(origins.size)))
        destinations = ";".join(map(str, range(origins.size, both.size)))
        return (
            f"/table/v1/{self.profile}/{places}?sources={sources}"
            f"&destinations={destinations}&annotations=duration"
        )


def _minutes(server: Server, path: str, n_origins: int, n_hexes: int) -> FloatArray:
    """Ask one request and check the answer: (n_origins, n_hexes), inf for no way."""
    status, body = server.get(path)
    answer = _parsed(server.name, status, body)
    if answer.get("code") != "Ok" or status != _OK:
        said = str(answer.get("message", answer.get("code", "")))[:_SAID]
        raise TravelError(
            f"travel server {server.name} refused a table with status {status} "
            f"({said!r}); check its profile and its limit of coordinates"
        )
    rows = answer.get("durations")
    if (
        not isinstance(rows, list)
        or len(rows) != n_origins
        or any(not isinstance(row, list) or len(row) != n_hexes for row in rows)
    ):
        raise TravelError(
            f"travel server {server.name} did not send durations of {n_origins} by "
            f"{n_hexes}; check that its address is a table service"
        )
    return np.array([[_one(server.name, value) for value in row] for row in rows])


def _one(name: str, seconds: Any) -> float:  # noqa: ANN401 (as JSON has it)
    if seconds is None:  # no way there
        return math.inf
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if number and 0 <= seconds <= _MOST_S:
        return seconds / 60.0
    raise TravelError(
        f"travel server {name} sent a duration of {str(seconds)[:_SAID]!r}, which is "
        "no number of seconds; repair or leave out the server"
    )


def _parsed(name: str, status: int, body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise TravelError(
            f"travel server {name} answered with status {status} and no JSON "
            f"({str(error)[:_SAID]}); check that its address is a table service"
        ) from None
    if not isinstance(answer, dict):
        raise TravelError(
            f"travel server {name} answered with a {type(answer).__name__} instead of "
            "a table; check that its address is a table service"
        )
    return answer


def _refuse_constant(constant: str) -> npt.NDArray[np.float64]:
    raise ValueError(f"it holds {constant}")
