"""The scenario file: strict, typed, every key documented.

A scenario is TOML. An unknown key, a wrong type or a value out of range is
refused by name, with the line and the nearest valid key. ``extends`` names
another scenario file whose values hold where this one is silent.
"""

from geoalloc.scenario.model import Scenario
from geoalloc.scenario.reading import json_schema, parse, read

__all__ = ["Scenario", "json_schema", "parse", "read"]
