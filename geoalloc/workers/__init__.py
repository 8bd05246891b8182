"""Workers: tasks done in this process, in several, or on a Dask cluster, and kept."""

from geoalloc.workers.addresses import TlsFiles, require_address
from geoalloc.workers.hiring import Workers, hired
from geoalloc.workers.pace import silent, time_left
from geoalloc.workers.storing import Kept, Store, code_digest, key

__all__ = [
    "Kept",
    "Store",
    "TlsFiles",
    "Workers",
    "code_digest",
    "hired",
    "key",
    "require_address",
    "silent",
    "time_left",
]
