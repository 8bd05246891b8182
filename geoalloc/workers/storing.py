"""Finished work on disk, named by all that it was made from, and checked when taken."""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from geoalloc.errors import DataError

__all__ = ["Kept", "Store", "code_digest", "key"]

_FACTS = "facts.json"
_CONTENTS = "contents.json"  # SHA-256 of each of the other files
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_ATTEMPTS = 3  # to write, before a folder is held to be at fault
_DIGITS = 32  # of a key: 128 bits


@dataclass(frozen=True)
class Kept:
    """Finished work.

    Attributes
    ----------
    facts
        What JSON holds: a tuple comes back as a list.
    frames
        By name, as they were written.
    """

    facts: dict[str, Any]
    frames: dict[str, pd.DataFrame]


def key(*parts: object) -> str:
    """Name work by what it is made from: SHA-256 of its JSON, 32 digits of it.

    Raises
    ------
    DataError
        If a part is no JSON, or holds a number that is not finite: nan equals nothing,
        so that work made from it cannot be told from other work.
    """
    try:
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"a key is made of text, finite numbers, lists and tables of these: {error}"
        ) from None
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


@cache
def code_digest() -> str:
    """Give the SHA-256 of the program's own files: another program, other results."""
    return _digest(Path(__file__).parents[1])


def _digest(root: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.as_posix()):
        text = path.read_bytes()
        found.update(f"{path.relative_to(root).as_posix()} {len(text)}\n".encode())
        found.update(text)
    return found.hexdigest()


class Store:
    """A folder of finished work: for each key a folder of Parquet and JSON files.

    Nothing in it is ever run. SHA-256 tells of accidents; whoever can write there can
    still put other results in the place of these. Several processes may take and keep
    at once.

    Attributes
    ----------
    folder
        Made when something is first kept.
    broken
        A sentence on each entry that was found broken, and removed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken: list[str] = []

    def take(self, key: str) -> Kept | None:
        """Give work that was finished before; None if it was not, or is broken.

        An entry that is not as it was kept is removed, and ``broken`` says so.

        Raises
        ------
        DataError
            If the key is none.
        """
        folder = self._place(key)
        if not folder.is_dir():
            return None
        try:
            return _read(folder, key)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if not folder.is_dir():  # cleared by another, meanwhile
                return None
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            self.broken.append(
                f"What was kept of {key[:8]} in {self.folder} was broken ({reason}): "
                "it was removed and worked out anew."
            )
            shutil.rmtree(folder, ignore_errors=True)
            return None

    def keep(
        self, key: str, facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]
    ) -> None:
        """Write an entry whole, or not at all; one that is there already stays.

        Raises
        ------
        DataError
            If the folder cannot be written, or a name is none.
        """
        target = self._place(key)
        for name in frames:
            _require_name(name)
        for attempt in range(_ATTEMPTS):
            try:
                self._write(target, facts, frames)
                return
            except OSError as error:
                # Another may work on the same at once: then it has kept the entry, or
                # has cleared the folder since it is done.
                if self.take(key) is not None:
                    return
                if attempt == _ATTEMPTS - 1:
                    raise DataError(
                        f"{self.folder} cannot keep finished work: {error.strerror}; "
                        "name another folder"
                    ) from None

    def _write(
        self, target: Path, facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]
    ) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name[:8]}-", dir=self.folder))
        try:
            (fresh / _FACTS).write_text(json.dumps(dict(facts)), encoding="utf-8")
            for name, frame in frames.items():
                frame.to_parquet(fresh / f"{name}.parquet")
            files = {path.name: _sha256(path.read_bytes()) for path in fresh.iterdir()}
            contents = {"key": target.name, "files": files}
            (fresh / _CONTENTS).write_text(json.dumps(contents), encoding="utf-8")
            fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _place(self, key: str) -> Path:
        _require_name(key)
        return self.folder / key


def _read(folder: Path, key: str) -> Kept:
    contents = json.loads((folder / _CONTENTS).read_text(encoding="utf-8"))
    if contents["key"] != key:
        raise DataError("it is the entry of another key")
    files = {name: _checked(folder / name, sha) for name, sha in _files(contents)}
    frames = {
        Path(name).stem: _frame(text)
        for name, text in files.items()
        if name.endswith(".parquet")
    }
    return Kept(json.loads(files[_FACTS]), frames)


def _files(contents: Mapping[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = sorted(contents["files"].items())
    for name, _ in found:
        _require_name(Path(name).stem)
        if Path(name).name != name:
            raise DataError(f"{name!r} is no name of a file")
    return found


def _checked(path: Path, sha: str) -> bytes:
    text = path.read_bytes()
    if _sha256(text) != sha:
        raise DataError(f"{path.name} is not as it was written")
    return text


def _frame(text: bytes) -> pd.DataFrame:
    import pyarrow.parquet as pq

    if b"geo" in (pq.read_schema(BytesIO(text)).metadata or {}):
        import geopandas as gpd

        return gpd.read_parquet(BytesIO(text))
    return pd.read_parquet(BytesIO(text))


def _sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise DataError(
            f"{name!r} cannot name finished work: use letters, digits, - and _"
        )
