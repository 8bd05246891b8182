"""What a scenario says of its products: the map and the printed sheets."""

from pydantic import Field

from geoalloc.scenario.table import Table


class Map(Table):
    """What lies under and around the hexes, on the map and on the sheets."""

    roads: str | None = Field(
        None, description="Main roads as lines: GeoJSON, GeoPackage or Shapefile."
    )
    roads_attribution: str = Field("", description="Credit of the roads' source.")
    tiles: str | None = Field(
        None,
        description="Address of map tiles on the force's own network, with {z}, {x} "
        "and {y}; no tiles, and no request, without it.",
    )
    tiles_attribution: str = Field("", description="Credit that the tiles ask for.")


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
