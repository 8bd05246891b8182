"""A Dask cluster that is there already: the one door to ``distributed``."""

import importlib
import importlib.metadata
import logging
import pickle
import platform
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from geoalloc.errors import DataError, UsageError
from geoalloc.workers.addresses import TlsFiles, is_tls
from geoalloc.workers.crews import Answer, CrewGone, Outcome, attempt, packed
from geoalloc.workers.storing import code_digest

__all__ = ["Cluster"]

_PER_WORKER = 2  # tasks under way: one at work, one ready to begin
_RETRIES = 2  # of a task that never reached its worker
_PATIENCE_S = 20.0  # for the scheduler to answer
_LOOK_S = 5.0  # between looks at the scheduler while nothing is finished
_NO_WORKERS_S = 60.0  # without any worker, before the cluster is held to be gone
_ONE_AT_A_TIME = threading.Lock()  # parallel kernels of two threads end a process
_LIBRARIES = (
    "geoalloc",
    "h3",
    "numba",
    "numpy",
    "ortools",
    "pandas",
    "pyarrow",
    "scipy",
)
_LOGGERS = ("distributed", "distributed.client", "distributed.comm", "asyncio")


class Cluster:
    """Workers of a Dask cluster, of which only the scheduler need be in reach.

    Parameters
    ----------
    address
        Of the scheduler, see ``require_address``.
    tls
        Certificates; those of Dask's own configuration if not given.

    Raises
    ------
    UsageError
        If no scheduler answers there, it has no workers, or one of them has another
        geoalloc than this process.
    """

    def __init__(self, address: str, tls: TlsFiles | None) -> None:
        self.notes: list[str] = []
        self._address = address
        self._futures: dict[int, Any] = {}
        self._held: Any = None
        self._gone = False
        security = _security(tls) if is_tls(address) else None
        self._levels = _hushed()
        self._client = _client(address, security)
        try:
            workers = self._first_workers()
            _require_same(self._client, address)
        except BaseException:
            self.close()
            raise
        self.description = _described(workers, address)
        self.notes += _cautions(workers)

    @property
    def capacity(self) -> int:
        """How many tasks may be under way at once."""
        return _PER_WORKER * max(self._n_workers, 1)

    def begin(self, work: Callable[[Any], Any], n_tasks: int) -> None:  # noqa: ARG002
        """Send the work once, as a task: what a lost worker held is then made again."""
        self._held = self._submitted("work", _loaded, _pickled(work))

    def start(self, position: int, task: object) -> None:
        """Submit a task."""
        self._futures[position] = self._submitted(
            "task", _carried_out, self._held, _pickled(task), code_digest()
        )

    def finished(self) -> list[Outcome]:
        """Wait until a task or more are finished, and give these."""
        looked = with_workers = time.monotonic()
        while not any(future.done() for future in self._futures.values()):
            self._wait()
            now = time.monotonic()
            if now - looked > _LOOK_S:
                looked = now
                with_workers = now if self._look() else with_workers
            if now - with_workers > _NO_WORKERS_S:
                self._leave("it had no workers left")
        return self.ready()

    def ready(self) -> list[Outcome]:
        """Give those that are finished by now."""
        done = [each for each, future in self._futures.items() if future.done()]
        return [self._outcome(each, self._futures.pop(each)) for each in done]

    def drop(self) -> None:
        """Cancel what has not begun; what has begun ends by itself."""
        futures, self._futures, self._held = self._futures, {}, None
        if futures and not self._gone:
            with suppress(Exception):
                self._client.cancel(list(futures.values()), force=True)

    def close(self) -> None:
        """Let the cluster go; it goes on for others."""
        self._futures.clear()
        self._held = None
        with suppress(Exception):
            self._client.close(timeout=1.0 if self._gone else 5.0)
        if self._gone:  # its threads may complain for a while yet
            return
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

    def _first_workers(self) -> Mapping[str, Any]:
        deadline = time.monotonic() + _PATIENCE_S
        while not (workers := self._look()):
            if time.monotonic() > deadline:
                raise UsageError(
                    f"the Dask scheduler at {self._address} has no workers: start some "
                    f"with dask worker {self._address} --nthreads 1"
                )
            time.sleep(0.1)
        return workers

    def _look(self) -> Mapping[str, Any]:
        """Ask the scheduler for its workers, by address: it answers, or is gone."""
        with self._reached():
            found = self._client.sync(
                self._client.scheduler.identity, callback_timeout=_PATIENCE_S
            )
        workers: Mapping[str, Any] = found["workers"]
        self._n_workers = len(workers)
        return workers

    def _submitted(
        self,
        kind: str,
        function: Callable[..., object],
        *given: object,
    ) -> Any:  # noqa: ANN401
        with self._reached(), warnings.catch_warnings():
            # Of what is large to send: nothing but what the work needs is sent.
            warnings.simplefilter("ignore")
            return self._client.submit(
                function,
                *given,
                key=f"geoalloc_{kind}-{uuid.uuid4().hex}",
                pure=False,
                retries=_RETRIES,
            )

    def _wait(self) -> None:
        with self._reached(), self._client.as_current():
            try:
                _dask().wait(
                    list(self._futures.values()),
                    timeout=1.0,
                    return_when="FIRST_COMPLETED",
                )
            except TimeoutError:
                if self._client.status != "running":
                    self._leave("its scheduler closed the connection")

    def _outcome(self, position: int, future: Any) -> Outcome:  # noqa: ANN401
        with self._reached():
            while True:
                try:
                    return Outcome(position, self._answer(future))
                except TimeoutError:
                    self._look()  # there it may be worked on once more
                except _Lost as lost:
                    return Outcome(position, lost=str(lost), for_good=True)

    def _answer(self, future: Any) -> Answer:  # noqa: ANN401
        """Fetch what a task gave; what raises here was never raised by its work."""
        dask = _dask()
        try:
            answer: Answer = pickle.loads(future.result(timeout=_PATIENCE_S))
        except (dask.CancelledError, OSError):
            raise
        except dask.KilledWorker:
            raise _Lost(
                "several workers of the cluster ended while they worked on it, perhaps "
                "for want of memory"
            ) from None
        except Exception as error:
            return Answer(error=_unreadable(error, self._address))
        return answer

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Tell errors of the connection as the cluster's being gone."""
        try:
            yield
        except _dask().CancelledError:
            self._leave("its scheduler closed the connection")
        except OSError as error:
            self._leave(_first_line(error) or "its scheduler does not answer")
        except RuntimeError as error:  # of a client that has closed itself
            if self._client.status == "running":
                raise
            self._leave(_first_line(error))

    def _leave(self, reason: str) -> None:
        self._gone = True
        raise CrewGone(
            f"The Dask cluster at {self._address} went away ({reason.rstrip('.')})"
        ) from None


class _Lost(Exception):  # noqa: N818 - becomes an outcome
    """Every worker that took up a task ended."""


def _pickled(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _loaded(work: bytes) -> object:
    """Read the work, at a worker that keeps it for its tasks."""
    return pickle.loads(work)


def _carried_out(work: Callable[[Any], Any], task: bytes, digest: str) -> bytes:
    """Work on a task, at a worker, as a process of this computer would."""
    address = _dask().get_worker().address
    if code_digest() != digest:
        return packed(Answer(error=_other(address, "other program files")))
    with _ONE_AT_A_TIME:
        answer = attempt(work, pickle.loads(task))
    if answer.error is not None and _misses_file(answer.error):
        told = DataError(
            f"{_first_line(answer.error)}, at the Dask worker {address}: workers read "
            "files by the same paths as this computer"
        )
        answer = Answer(None, told, answer.peak_mb, answer.held_mb)
    return packed(answer)


def _misses_file(error: BaseException) -> bool:
    """Tell whether an error, or one that it stands for, is of a file that is absent."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, FileNotFoundError) or "there is no file" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _dask() -> Any:  # noqa: ANN401 - it has few types of its own
    try:
        return importlib.import_module("distributed")
    except ImportError:
        raise UsageError(
            "a cluster needs Dask, which is not installed: pip install 'geoalloc[dask]'"
        ) from None


def _client(address: str, security: Any) -> Any:  # noqa: ANN401
    dask = _dask()
    with warnings.catch_warnings():
        # Of versions that differ; those that matter are compared below.
        warnings.simplefilter("ignore")
        try:
            return dask.Client(
                address,
                timeout=_PATIENCE_S,
                security=security,
                set_as_default=False,
                name="geoalloc",
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise UsageError(
                f"no Dask scheduler can be spoken to at {address} "
                f"({_first_line(error) or type(error).__name__}): start one, or leave "
                "--dask out"
            ) from None


def _security(tls: TlsFiles | None) -> Any:  # noqa: ANN401
    dask = _dask()
    if tls is None:
        found = dask.Security(require_encryption=True)
        if not (found.tls_ca_file and found.tls_client_cert):
            raise UsageError(
                "tls:// needs certificates: give --dask-ca, --dask-cert and "
                "--dask-key, or set them in Dask's configuration (distributed.comm.tls)"
            )
        return found
    return dask.Security(
        require_encryption=True,
        tls_ca_file=str(tls.ca),
        tls_client_cert=str(tls.cert),
        tls_client_key=str(tls.key),
    )


def _identity() -> dict[str, str]:
    """Name what results depend on, here or at a worker."""
    found = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    found["Python"] = ".".join(platform.python_version_tuple()[:2])
    return found | {"program files": code_digest()[:16]}


def _require_same(client: Any, address: str) -> None:  # noqa: ANN401
    here = _identity()
    try:
        found = client.run(_identity)
    except Exception as error:
        raise _unreadable(error, address) from None
    for worker, there in sorted(found.items()):
        for name, version in here.items():
            if there.get(name) != version:
                raise _other(worker, f"{name} {there.get(name)}, here it is {version}")


def _other(worker: str, what: str) -> UsageError:
    return UsageError(
        f"the Dask worker {worker} has {what}: install the same on every worker, "
        "then start it anew"
    )


def _unreadable(error: Exception, address: str) -> UsageError:
    """Say why a worker cannot read what it is sent."""
    return UsageError(
        f"a worker of the Dask cluster at {address} cannot read its task "
        f"({_first_line(error)}): install the same geoalloc and libraries on the "
        "scheduler and on every worker"
    )


def _described(workers: Mapping[str, Any], address: str) -> str:
    n = len(workers)
    words = f"Dask cluster of {n} worker{'s' * (n > 1)} at {address}"
    bounds = {int(each.get("memory_limit") or 0) >> 20 for each in workers.values()}
    if 0 in bounds:
        return words
    low, high = min(bounds), max(bounds)
    bound = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return f"{words}, each bounded to {bound} MB"


def _cautions(workers: Mapping[str, Any]) -> list[str]:
    notes = []
    wide = [name for name, each in workers.items() if each.get("nthreads", 1) > 1]
    if wide:
        notes.append(
            f"{len(wide)} of {len(workers)} Dask workers have several threads, of "
            "which one works: start them with --nthreads 1, and more of them."
        )
    if any(not each.get("memory_limit") for each in workers.values()):
        notes.append(
            "Dask workers have no bound of memory: start them with --memory-limit."
        )
    return notes


def _hushed() -> dict[str, int]:
    """Keep Dask's own words off the terminal: what matters is said in sentences."""
    _dask()  # sets these levels when it is imported
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return levels


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")
