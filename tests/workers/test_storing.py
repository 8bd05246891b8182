"""Finished work kept on disk: taken as it was kept, or not at all."""

import datetime as dt
import hashlib
import json
import shutil
import threading
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

import geoalloc
from geoalloc import workers
from geoalloc.errors import DataError
from geoalloc.workers import storing

FACTS = {"seconds": 1.25, "notes": ["one", "två"], "gap": None, "nested": {"a": [1]}}
KEY = workers.key("some", {"work": 1.0})


def frames():
    when = pd.Series(pd.to_datetime(["2025-03-01 10:00", None], utc=True))
    return {
        "figures": pd.DataFrame(
            {
                "name": pd.Series(["a", None], dtype="str"),
                "value": [0.1, np.nan],
                "small": np.array([1.5, 2.5], np.float32),
                "hex_id": np.array([2**63 + 5, 1], np.uint64),
                "covered": [True, False],
                "at": when.astype("datetime64[us, UTC]"),
            }
        ),
        "empty": pd.DataFrame({"n": pd.Series([], dtype="int64")}),
        "labeled": pd.DataFrame({"x": [1, 2]}, index=pd.Index(["p", "q"], name="who")),
    }


@pytest.fixture
def store(tmp_path):
    store = workers.Store(tmp_path / "cache")
    store.keep(KEY, FACTS, frames())
    return store


def test_what_is_kept_is_taken_as_it_was(store):
    kept = workers.Store(store.folder).take(KEY)
    assert kept.facts == FACTS
    assert sorted(kept.frames) == sorted(frames())
    for name, frame in frames().items():
        pd.testing.assert_frame_equal(kept.frames[name], frame, check_exact=True)
    assert store.broken == []


def test_what_was_never_kept_is_absent_and_not_broken(store):
    assert store.take(workers.key("other")) is None
    assert workers.Store(store.folder / "nowhere").take(KEY) is None
    assert store.broken == []


def test_places_stay_places(tmp_path):
    store = workers.Store(tmp_path)
    places = gpd.GeoDataFrame({"n": [1]}, geometry=[Point(-2.6, 51.4)], crs=4326)
    store.keep(KEY, {}, {"places": places})
    found = store.take(KEY).frames["places"]
    assert found.crs == places.crs
    assert found.geometry.equals(places.geometry)


def spoil(folder, how):
    if how == "missing":
        (folder / "figures.parquet").unlink()
    elif how == "no contents":
        (folder / "contents.json").unlink()
    elif how == "half written":
        path = folder / "contents.json"
        path.write_text(path.read_text()[:40])
    elif how == "another list":
        (folder / "contents.json").write_text('["figures"]')
    elif how == "another key":
        path = folder / "contents.json"
        path.write_text(path.read_text().replace(KEY, "0" * len(KEY)))
    elif how == "outside":
        contents = json.loads((folder / "contents.json").read_text())
        text = (folder / "figures.parquet").read_bytes()
        (folder.parent / "figures.parquet").write_bytes(text)
        contents["files"]["../figures.parquet"] = hashlib.sha256(text).hexdigest()
        (folder / "contents.json").write_text(json.dumps(contents))
    else:
        path = folder / how
        text = bytearray(path.read_bytes())
        text[len(text) // 2] ^= 1
        path.write_bytes(text)


@pytest.mark.parametrize(
    "how",
    [
        *("facts.json", "figures.parquet", "missing", "no contents", "half written"),
        *("another list", "another key", "outside"),
    ],
)
def test_an_entry_that_is_broken_is_removed_and_told(store, how):
    spoil(store.folder / KEY, how)
    assert store.take(KEY) is None
    assert not (store.folder / KEY).exists()
    assert len(store.broken) == 1
    assert f"What was kept of {KEY[:8]} in {store.folder} was broken" in store.broken[0]
    store.keep(KEY, FACTS, frames())
    assert store.take(KEY).facts == FACTS
    assert len(store.broken) == 1


def test_an_entry_that_is_there_already_stays(store):
    store.keep(KEY, {"other": 1}, {})
    assert store.take(KEY).facts == FACTS
    assert [path.name for path in store.folder.iterdir()] == [KEY]


def test_two_who_keep_at_once_leave_one_whole_entry(tmp_path):
    start, failed = threading.Barrier(4), []

    def keep():
        store = workers.Store(tmp_path)
        for k in range(20):
            start.wait()
            try:
                store.keep(workers.key(k), FACTS, {"n": frames()["labeled"]})
            except DataError as error:
                failed.append(error)

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = workers.Store(tmp_path)
    assert not failed
    assert all(store.take(workers.key(k)) is not None for k in range(20))
    assert len(list(tmp_path.iterdir())) == 20
    assert store.broken == []


def test_a_folder_that_is_cleared_meanwhile_is_made_again(tmp_path, monkeypatch):
    store, made = workers.Store(tmp_path / "b"), storing.tempfile.mkdtemp
    cleared = []

    def mkdtemp(**given):
        fresh = made(**given)
        if not cleared:
            cleared.append(shutil.rmtree(tmp_path / "b"))
        return fresh

    monkeypatch.setattr(storing.tempfile, "mkdtemp", mkdtemp)
    store.keep(KEY, FACTS, {})
    assert cleared
    assert store.take(KEY) is not None


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match=r"cannot keep finished work: .*; name another"):
        workers.Store(tmp_path / "file").keep(KEY, {}, {})


def test_what_stops_in_the_middle_leaves_nothing(tmp_path):
    store = workers.Store(tmp_path)
    with pytest.raises(TypeError):
        store.keep(KEY, {"no": object()}, {})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../a", "", "a/b", ".hidden", "a b"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    store = workers.Store(tmp_path)
    with pytest.raises(DataError, match="cannot name finished work"):
        store.take(name)
    with pytest.raises(DataError, match="cannot name finished work"):
        store.keep(KEY, {}, {name: pd.DataFrame()})


def test_keys_are_of_all_parts_and_of_no_order_of_names():
    assert workers.key({"a": 1, "b": 2}) == workers.key({"b": 2, "a": 1})
    parts = [(), ("a",), ("a", "b"), ("ab",), (["a", "b"],), (1,), (1.5,), ("1",)]
    assert len({workers.key(*each) for each in parts}) == len(parts)
    by_hand = hashlib.sha256(b'["a", {"b": 1.5}]').hexdigest()
    assert workers.key("a", {"b": 1.5}) == by_hand[:32]


@pytest.mark.parametrize("part", [float("nan"), float("inf"), dt.date(2025, 1, 1)])
def test_a_key_of_what_cannot_be_compared_is_refused(part):
    with pytest.raises(DataError, match="a key is made of text, finite numbers"):
        workers.key("a", [part])


def test_the_digest_is_of_the_programs_files(tmp_path):
    files = {"a.py": b"one", "b/c.py": b"two"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text)
    (tmp_path / "notes.txt").write_text("no program")
    first = storing._digest(tmp_path)
    by_hand = hashlib.sha256(b"a.py 3\none" + b"b/c.py 3\ntwo")
    assert first == by_hand.hexdigest()
    (tmp_path / "b/c.py").write_bytes(b"tvo")
    assert storing._digest(tmp_path) != first
    assert workers.code_digest() == storing._digest(Path(geoalloc.__file__).parent)
