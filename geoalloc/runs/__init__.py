"""Run folders: the only writers and readers of what a command leaves behind."""

from geoalloc.runs.hotspots import (
    HotspotRun,
    hotspot_folder,
    hotspot_target,
    reached,
    write_hotspots,
)
from geoalloc.runs.run import (
    FORMAT_VERSION,
    Run,
    default_folder,
    marking,
    read,
    read_record,
    require_target,
    write,
)

__all__ = [
    "FORMAT_VERSION",
    "HotspotRun",
    "Run",
    "default_folder",
    "hotspot_folder",
    "hotspot_target",
    "marking",
    "reached",
    "read",
    "read_record",
    "require_target",
    "write",
    "write_hotspots",
]
