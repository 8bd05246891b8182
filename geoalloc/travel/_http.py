"""Asking a server over HTTP: the one place that does."""

import http.client
import ipaddress
import ssl
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from geoalloc.errors import DataError
from geoalloc.travel.times import TravelError

_AGAIN = (429, 500, 502, 503, 504)  # a later attempt may do better
_OK = 200
_AT_ONCE = 65_536  # bytes read between two looks at the clock


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long and how often a server is asked.

    Attributes
    ----------
    timeout_s
        Longest time for one whole answer.
    tries
        Attempts at one request, at least 1.
    backoff_s
        Pause before the second attempt; each further one is twice as long.
    most_bytes
        Longest answer that is read.
    """

    timeout_s: float = 30.0
    tries: int = 4
    backoff_s: float = 0.5
    most_bytes: int = 64_000_000

    def __post_init__(self) -> None:
        for name, least in (
            ("timeout_s", 0.001),
            ("tries", 1),
            ("backoff_s", 0),
            ("most_bytes", 1),
        ):
            if not getattr(self, name) >= least:
                raise DataError(
                    f"{name} must be at least {least:g}, got {getattr(self, name)}"
                )


def require_safe(url: str) -> SplitResult:
    """Require https, or http to this machine itself; return the parts of the URL.

    Raises
    ------
    DataError
        If the URL is none, or would send places over a network in the clear.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise DataError(
            f"travel server {url!r} is no address; give one such as "
            "https://routes.example.org or http://127.0.0.1:5000"
        )
    if parts.username or parts.query or parts.fragment:
        raise DataError(
            f"travel server at {host} is given with a password, query or fragment; "
            "give the plain address"
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise DataError(
            f"travel server {url} is on another machine without TLS, so that places "
            "would cross the network in the clear; give its https:// address"
        )
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Server:
    """One server, over a connection that is kept between requests.

    Redirects are not followed: they could lead to another machine, or out of TLS.
    """

    def __init__(self, url: str, patience: Patience) -> None:
        self._at = require_safe(url)
        self._patience = patience
        self._connection: http.client.HTTPConnection | None = None
        self.name = f"{self._at.scheme}://{self._at.netloc}"

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def get(self, path: str) -> tuple[int, bytes]:
        """Ask for a path below the address, trying again what may pass.

        Returns
        -------
        status, body
            Of the last answer; a status of 429 or 5xx never comes back.

        Raises
        ------
        TravelError
            If no attempt brought an answer.
        """
        wrong = ""
        for attempt in range(self._patience.tries):
            if attempt:
                time.sleep(self._patience.backoff_s * 2 ** (attempt - 1))
            try:
                status, body = self._once(self._at.path.rstrip("/") + path)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                wrong = f"{type(error).__name__}: {error}".rstrip(": ")
                if isinstance(error, ssl.SSLCertVerificationError):
                    break  # it will be no better
                continue
            if status not in _AGAIN:
                return status, body
            wrong = f"status {status}"
        raise TravelError(
            f"travel server {self.name} gave no answer (attempts: {attempt + 1}; "
            f"{wrong}); start it, correct its address, or name a fallback"
        )

    def _once(self, path: str) -> tuple[int, bytes]:
        ends = time.monotonic() + self._patience.timeout_s
        if self._connection is None:
            self._connection = self._open()
        self._connection.request("GET", path, headers={"Accept": "application/json"})
        response = self._connection.getresponse()
        body = bytearray()
        while chunk := response.read1(_AT_ONCE):
            body += chunk
            if len(body) > self._patience.most_bytes:
                self.close()
                raise TravelError(
                    f"travel server {self.name} sent more than "
                    f"{self._patience.most_bytes:,} bytes, which is no table of "
                    "minutes; check that its address is a table service"
                )
            if time.monotonic() > ends:
                raise TimeoutError("the answer took too long")
        if response.length:  # what was announced did not all come
            raise http.client.IncompleteRead(bytes(body[:0]), response.length)
        response.close()  # it does not see by itself that all is read
        if response.will_close:
            self.close()
        return response.status, bytes(body)

    def _open(self) -> http.client.HTTPConnection:
        host, port = str(self._at.hostname), self._at.port
        timeout = self._patience.timeout_s
        if self._at.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
