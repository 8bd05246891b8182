"""Options of commands that share their work out: processes, or a Dask cluster."""

from pathlib import Path
from typing import Annotated, Any

import typer

from geoalloc.errors import UsageError

DaskAddress = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Of the scheduler of a Dask cluster: tls://HOST:PORT, or "
        "tcp://127.0.0.1:PORT on this computer.",
    ),
]
DaskCa = Annotated[
    Path | None,
    typer.Option("--dask-ca", help="Certificate of the cluster's authority (PEM)."),
]
DaskCert = Annotated[
    Path | None, typer.Option("--dask-cert", help="Own certificate (PEM).")
]
DaskKey = Annotated[Path | None, typer.Option("--dask-key", help="Its key (PEM).")]


def tls_files(ca: Path | None, cert: Path | None, key: Path | None) -> Any:  # noqa: ANN401
    """Make ``workers.TlsFiles`` of all three certificates, or None of none.

    Raises
    ------
    UsageError
        If some are given and others not, or a file is not there.
    """
    given = {"--dask-ca": ca, "--dask-cert": cert, "--dask-key": key}
    absent = [option for option, path in given.items() if path is None]
    if ca is None or cert is None or key is None:
        if len(absent) == len(given):
            return None
        raise UsageError(
            f"certificates come in threes: give {' and '.join(absent)}, too"
        )
    from geoalloc import workers

    return workers.TlsFiles(ca=ca, cert=cert, key=key)
