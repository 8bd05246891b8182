"""What a scenario says of its products: the map and the printed sheets."""

import ipaddress
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from geoalloc.scenario.table import Table

_PLACEHOLDERS = ("{z}", "{x}", "{y}")
# What may stand in an address that a page's content-security policy repeats.
_PLAIN = re.compile(r"[A-Za-z0-9._~:/?&=%,@+\[\]-]*")
_OWN = ("localhost", "local", "internal", "intranet", "lan", "corp", "home.arpa")


def _tile_address(address: str) -> str:
    """Require an address of tiles that is safe to ask and to put into a page."""
    bare = address
    for name in _PLACEHOLDERS:
        if address.count(name) != 1:
            raise ValueError(
                f"{address!r} must hold {', '.join(_PLACEHOLDERS)} once each"
            )
        bare = bare.replace(name, "0")
    if not _PLAIN.fullmatch(bare):
        raise ValueError(
            f"{address!r} holds a space, a quotation mark or a placeholder other than "
            f"{', '.join(_PLACEHOLDERS)}: leave it out"
        )
    try:
        parts = urlsplit(bare)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.username is not None or "{" in address.split("/")[2]:
        raise ValueError(
            f"{address!r} must be https://host/... without a user or a placeholder in "
            "the host"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _own(host)):
        raise ValueError(
            f"{address!r} must begin with https://; http:// is for this computer or a "
            "host of the force's own network"
        )
    return address


def _own(host: str) -> bool:
    """Whether a host is this computer, or can only be one of the own network."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith(tuple(f".{end}" for end in _OWN))
    return number.is_loopback or number.is_private


class Map(Table):
    """What lies under and around the hexes, on the map and on the sheets."""

    roads: str | None = Field(
        None,
        description="Main roads as lines: GeoJSON, GeoPackage, Shapefile or "
        "OpenStreetMap extract.",
    )
    roads_attribution: str = Field("", description="Credit of the roads' source.")
    tiles: Annotated[str, AfterValidator(_tile_address)] | None = Field(
        None,
        description="Address of map tiles on the force's own network, with {z}, {x} "
        "and {y}; no tiles, and no request, without it.",
    )
    tiles_attribution: str = Field("", description="Credit that the tiles ask for.")

    @model_validator(mode="after")
    def _credited(self) -> Self:
        if self.tiles is not None and not self.tiles_attribution.strip():
            raise ValueError(
                "tiles need tiles_attribution, the credit that their source asks for"
            )
        return self


class Briefing(Table):
    """What the briefing sheets say besides the plan."""

    actions: str | None = Field(
        None,
        description="The force's own table of what to do (CSV): category, and "
        "optionally place, and action. Without it the sheets leave room to write.",
    )
    priorities: int = Field(5, ge=1, le=5, description="Most on one sheet.")
    dwell_min: int = Field(
        15,
        ge=1,
        le=120,
        description="Length of a visit where none is planned (Koper, 1995).",
    )
    destroy_after_days: int = Field(
        28, ge=0, le=3650, description="Days after the shift to destroy the sheets."
    )
