"""Every error geoalloc raises on purpose.

GeoallocError
├── UsageError           2  the command cannot be carried out as it was given
├── DataError            3  (also a ValueError) the input is wrong
│   ├── SchemaError      3  a frame breaks its contract in ``schemas``
│   ├── CrsError         3  a geometry is in no CRS, or not the one required
│   └── ScenarioError    3  a scenario file has a bad or unknown key
└── SolverError             (also a RuntimeError) the input is fine, the solve is not
    └── InfeasibleError  4  proven to have no plan

The number is the exit code of the command line.
"""

from typing import ClassVar


class GeoallocError(Exception):
    """Base of all errors below; the command line prints these without a trace."""

    exit_code: ClassVar[int] = 1


class UsageError(GeoallocError):
    """The command cannot be carried out as it was given."""

    exit_code = 2


class DataError(GeoallocError, ValueError):
    """The input is wrong."""

    exit_code = 3


class SchemaError(DataError):
    """A frame breaks its contract."""


class CrsError(DataError):
    """A geometry is in no coordinate reference system, or in the wrong one."""


class ScenarioError(DataError):
    """A scenario file has a bad or unknown key."""


class SolverError(GeoallocError, RuntimeError):
    """The solver gave no plan."""


class InfeasibleError(SolverError):
    """The problem is proven to have no plan."""

    exit_code = 4
