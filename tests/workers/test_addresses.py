"""Addresses of clusters: this computer, or TLS."""

import pytest

from geoalloc import workers
from geoalloc.errors import UsageError


@pytest.mark.parametrize(
    "address",
    [
        "tcp://127.0.0.1:8786",
        "tcp://localhost:8786",
        "tcp://[::1]:8786",
        "tcp://127.9.9.9:1",
        "tls://cluster.example:8786",
        "tls://10.0.0.4:8786",
        "tls://127.0.0.1:8786",
    ],
)
def test_this_computer_and_tls_are_spoken_to(address):
    workers.require_address(address)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://10.0.0.4:8786", "would go unencrypted to another computer: give tls:"),
        ("tcp://localhost.example:8786", "would go unencrypted"),
        ("tcp://127.0.0.1.example:8786", "would go unencrypted"),
        ("tcp://0.0.0.0:8786", "would go unencrypted"),
        ("tcp://2130706433:8786", "would go unencrypted"),
        ("ucx://127.0.0.1:8786", "names ucx://"),
        ("http://127.0.0.1:8786", "names http://"),
        ("inproc://1/2/3", "of a host and a port alone"),
        ("127.0.0.1:8786", "is no Dask address|names no protocol|names 127"),
        ("localhost:8786", "of a host and a port alone"),
        ("", "names no protocol"),
        ("tls://", "of a host and a port alone"),
        ("tls://cluster.example", "of a host and a port alone"),
        ("tls://cluster.example:99999", "Port out of range"),
        ("tls://cluster.example:x", "is no Dask address"),
        ("tcp://127.0.0.1@evil.example:8786", "of a host and a port alone"),
        ("tcp://127.0.0.1:8786/evil", "of a host and a port alone"),
        ("tcp://[::1:8786", "is no Dask address"),
    ],
)
def test_every_other_address_is_refused(address, said):
    with pytest.raises(UsageError, match=said) as told:
        workers.require_address(address)
    assert "\n" not in str(told.value)
    with pytest.raises(UsageError), workers.hired(dask=address):
        pass


def test_certificates_that_are_not_there_are_named(tmp_path):
    ca, cert, key = (tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem"))
    ca.touch()
    key.touch()
    with pytest.raises(UsageError, match=r"no file .*cert\.pem, given by --dask-cert"):
        workers.TlsFiles(ca=ca, cert=cert, key=key)


def test_certificates_without_a_cluster_are_refused(tmp_path):
    path = tmp_path / "a.pem"
    path.touch()
    tls = workers.TlsFiles(ca=path, cert=path, key=path)
    with (
        pytest.raises(UsageError, match="no cluster: name it with --dask"),
        workers.hired(tls=tls),
    ):
        pass
