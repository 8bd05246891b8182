"""A Dask cluster of processes on this computer, and certificates for it."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.workers.works import REPOSITORY

_LONG_S = 60  # for processes to start on a computer that is busy


def certificates(folder):
    """Make an authority and a certificate of its: paths of ca, cert and key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def signed(name, key, by, by_key, *, authority):
        now = dt.datetime.now(dt.UTC)
        made = x509.CertificateBuilder(
            named(by),
            named(name),
            key.public_key(),
            x509.random_serial_number(),
            now - dt.timedelta(hours=1),
            now + dt.timedelta(hours=1),
        ).add_extension(x509.BasicConstraints(authority, None), critical=True)
        return made.sign(by_key, hashes.SHA256())

    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = signed("toy authority", ca_key, "toy authority", ca_key, authority=True)
    cert = signed("toy", key, "toy authority", ca_key, authority=False)
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths = {name: Path(folder) / f"{name}.pem" for name in ("ca", "cert", "key")}
    paths["ca"].write_bytes(ca.public_bytes(pem))
    paths["cert"].write_bytes(cert.public_bytes(pem))
    paths["key"].write_bytes(key.private_bytes(pem, *plain))
    return paths


class ToyCluster:
    """A scheduler and workers, one process each.

    Attributes
    ----------
    address
        Of the scheduler.
    scheduler, workers
        Processes.
    """

    def __init__(self, folder, n_workers, tls=None):
        self._folder, self._log = folder, (folder / "log").open("w")
        file = folder / "scheduler.json"
        flags = ["--host", "127.0.0.1", "--no-dashboard"]
        if tls is not None:
            flags += ["--protocol", "tls", "--tls-ca-file", tls["ca"]]
            flags += ["--tls-cert", tls["cert"], "--tls-key", tls["key"]]
        self.scheduler = self._start(
            "scheduler", "--port", "0", "--scheduler-file", file, *flags
        )
        some = ("--nthreads", "1", "--no-nanny", "--memory-limit", "2GiB")
        self.workers = [
            self._start(
                "worker", "--scheduler-file", file, "--name", f"w{k}", *some, *flags
            )
            for k in range(n_workers)
        ]
        self.address = self._address(file)

    def _start(self, *words):
        command = [sys.executable, "-m", "dask", *map(str, words)]
        environment = {
            "PYTHONPATH": str(REPOSITORY),
            "DASK_TEMPORARY_DIRECTORY": str(self._folder),
        }
        return subprocess.Popen(
            command, env=os.environ | environment, stdout=self._log, stderr=self._log
        )

    def _address(self, file):
        deadline = time.monotonic() + _LONG_S
        while time.monotonic() < deadline and self.scheduler.poll() is None:
            try:
                return json.loads(file.read_text())["address"]
            except (OSError, ValueError):
                time.sleep(0.05)
        raise AssertionError((self._folder / "log").read_text())

    def end(self):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
        self._log.close()
