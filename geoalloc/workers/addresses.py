"""Where a Dask cluster may be: on this computer, or behind TLS."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from geoalloc.errors import UsageError

__all__ = ["TlsFiles", "require_address"]

_FORMS = "tls://HOST:PORT, or tcp://127.0.0.1:PORT on this computer"


@dataclass(frozen=True, kw_only=True)
class TlsFiles:
    """Certificates of a cluster, PEM files.

    Attributes
    ----------
    ca
        Of the authority that signed the certificates of scheduler and workers.
    cert, key
        Of this computer, signed by the same; the key has no password.
    """

    ca: Path
    cert: Path
    key: Path

    def __post_init__(self) -> None:
        for name in ("ca", "cert", "key"):
            path = Path(getattr(self, name))
            if not path.is_file():
                raise UsageError(f"there is no file {path}, given by --dask-{name}")


def require_address(address: str) -> None:
    """Require an address of a Dask scheduler that may be spoken to.

    What goes over the wire is run at the other end, so that plain TCP is for this
    computer alone.

    Raises
    ------
    UsageError
        If it is no address, of another protocol, or plain TCP to another computer.
    """
    parts = _parts(address)
    if parts.scheme not in ("tcp", "tls"):
        named = f"{parts.scheme}://" if parts.scheme else "no protocol"
        raise UsageError(f"the Dask address {address!r} names {named}: give {_FORMS}")
    if parts.scheme == "tcp" and not _is_loopback(parts.hostname or ""):
        raise UsageError(
            f"the Dask address {address!r} would go unencrypted to another computer: "
            f"give tls://{parts.netloc}, with certificates"
        )


def is_tls(address: str) -> bool:
    """Tell whether certificates are needed."""
    return urlsplit(address).scheme == "tls"


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise UsageError(
            f"{address!r} is no Dask address ({error}): give {_FORMS}"
        ) from None
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme and (not parts.hostname or not port or extra):
        raise UsageError(
            f"{address!r} is no Dask address, which is of a host and a port alone: "
            f"give {_FORMS}"
        )
    return parts


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
