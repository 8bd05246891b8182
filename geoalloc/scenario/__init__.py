"""The scenario file: strict, typed, every key documented.

A scenario is TOML. An unknown key, a wrong type or a value out of range is
refused by name, with the line and the nearest valid key. ``extends`` names
another scenario file whose values hold where this one is silent, ``[[changes]]``
edits them, and ``[grid]`` makes many scenarios of one file.
"""

from geoalloc.scenario.differing import differences
from geoalloc.scenario.file_schema import json_schema
from geoalloc.scenario.grids import TooMany
from geoalloc.scenario.model import Scenario
from geoalloc.scenario.origins import Origin
from geoalloc.scenario.reading import Resolved, parse, read, read_all
from geoalloc.scenario.showing import changed_text, text

__all__ = [
    "Origin",
    "Resolved",
    "Scenario",
    "TooMany",
    "changed_text",
    "differences",
    "json_schema",
    "parse",
    "read",
    "read_all",
    "text",
]
