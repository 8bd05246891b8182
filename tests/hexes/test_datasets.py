"""Points of files counted in hexes, batch by batch and in processes."""

import gzip
import time
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from shapely.geometry import box

from geoalloc import hexes, workers
from geoalloc.errors import DataError
from geoalloc.hexes import datasets


@pytest.fixture(scope="module")
def grid():
    return hexes.cover(box(-2.7, 51.40, -2.5, 51.50), 8)


def rows(n=5_000, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "latitude": rng.uniform(51.38, 51.52, n),
            "longitude": rng.uniform(-2.75, -2.45, n),
            "harm": rng.uniform(0, 9, n),
            "text": "a word",
        }
    )
    frame.loc[:4, "latitude"] = [np.nan, np.inf, -np.inf, 95.0, 51.45]
    frame.loc[4, "longitude"] = 1e9
    return frame


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three Parquet files of several row groups, one of them in a folder below."""
    path = tmp_path_factory.mktemp("points")
    (path / "more").mkdir()
    for k, name in enumerate(("b.parquet", "a.parquet", "more/c.parquet")):
        table = pa.Table.from_pandas(rows(seed=k))
        pyarrow.parquet.write_table(table, path / name, row_group_size=900)
    return path


def plainly(grid, frames, weight=None):
    frame = pd.concat(frames)
    lat, lng = frame["latitude"].to_numpy(), frame["longitude"].to_numpy()
    return grid.count(lat, lng, None if weight is None else frame[weight].to_numpy())


def test_a_folder_is_counted_as_its_rows_are(grid, folder):
    counts = hexes.count_dataset(folder, grid)
    expected = plainly(grid, [rows(seed=k) for k in range(3)])
    np.testing.assert_array_equal(counts.count, expected)
    assert counts.n_read == 15_000
    assert counts.n_unlocated == 15
    assert counts.n_read == expected.sum() + counts.n_outside + counts.n_unlocated


def test_weights_are_summed(grid, folder):
    counts = hexes.count_dataset(folder, grid, weight="harm")
    expected = plainly(grid, [rows(seed=k) for k in range(3)], "harm")
    np.testing.assert_allclose(counts.count, expected, rtol=1e-13)


@pytest.mark.parametrize("name", ["points.csv", "points.csv.gz", "points.parquet"])
def test_a_file_of_any_kind_is_counted_under_its_own_names(grid, tmp_path, name):
    frame = rows().rename(columns={"latitude": "Y", "longitude": "X"})
    path = tmp_path / name
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(frame.to_csv(index=False).encode()))
    else:
        frame.to_csv(path, index=False)
    counts = hexes.count_dataset(str(path), grid, latitude="Y", longitude="X")
    np.testing.assert_array_equal(counts.count, plainly(grid, [rows()]))
    assert (counts.n_read, counts.n_unlocated) == (5_000, 5)


def test_integers_and_missing_values_are_read_as_numbers(grid, tmp_path):
    table = pa.table({"latitude": [51, None, 51], "longitude": [-2.6, -2.6, None]})
    pyarrow.parquet.write_table(table, tmp_path / "some.parquet")
    counts = hexes.count_dataset(tmp_path, grid)
    assert (counts.n_read, counts.n_outside, counts.n_unlocated) == (3, 1, 2)


def test_processes_count_what_one_process_counts(grid, folder):
    alone = hexes.count_dataset(folder, grid, weight="harm")
    with workers.hired(2) as two:
        shared = hexes.count_dataset(folder, grid, weight="harm", workers=two)
    np.testing.assert_array_equal(shared.count, alone.count)
    assert shared.n_read == alone.n_read
    assert shared.n_outside == alone.n_outside
    assert shared.n_unlocated == alone.n_unlocated


@pytest.mark.parametrize("most", [1, 2, 5, 1000])
def test_any_partition_counts_the_same(grid, folder, monkeypatch, most):
    whole = hexes.count_dataset(folder, grid)
    monkeypatch.setattr(datasets, "_MOST_TASKS", most)
    monkeypatch.setattr(datasets, "_BATCH", 777)
    parts = hexes.count_dataset(folder, grid)
    np.testing.assert_array_equal(parts.count, whole.count)
    assert parts.n_outside == whole.n_outside


class Backwards:
    """Workers who finish the last task first."""

    def each(self, work, tasks, *, label):
        for position in reversed(range(len(tasks))):
            yield position, work(tasks[position])


def test_parts_are_summed_in_their_order_whichever_is_counted_first(grid, folder):
    alone = hexes.count_dataset(folder, grid, weight="harm")
    shared = hexes.count_dataset(folder, grid, weight="harm", workers=Backwards())
    np.testing.assert_array_equal(shared.count, alone.count)


def test_of_broken_files_the_first_is_named_by_whoever_counts(grid, tmp_path):
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / name).write_text("latitude,longitude\n51.4,-2.6\n1,x\n")
    with (
        workers.hired(2) as two,
        pytest.raises(DataError, match=r"a\.csv cannot be read"),
    ):
        hexes.count_dataset(tmp_path, grid, workers=two)


def test_swapped_columns_are_told(folder):
    grid = hexes.cover(box(-2.8, 51.3, -2.4, 51.6), 7)
    with pytest.raises(DataError, match="would be with 'longitude' and 'latitude'"):
        hexes.count_dataset(folder, grid, latitude="longitude", longitude="latitude")


def test_a_swap_that_takes_points_off_the_globe_is_told(tmp_path):
    grid = hexes.cover(box(-118.3, 34.0, -118.1, 34.1), 7)
    frame = pd.DataFrame({"latitude": [-118.2] * 9, "longitude": [34.05] * 9})
    frame.to_parquet(tmp_path / "west.parquet")
    with pytest.raises(DataError, match=r"none of the 9 points .* swapped: swap"):
        hexes.count_dataset(tmp_path, grid)


def test_points_that_are_elsewhere_are_outside_and_no_more(grid, tmp_path):
    rows().assign(longitude=20.0).to_parquet(tmp_path / "far.parquet")
    counts = hexes.count_dataset(tmp_path, grid)
    assert counts.count.sum() == 0
    assert counts.n_outside == 5_000 - 4


def test_what_cannot_be_read_is_refused_in_a_sentence(grid, folder, tmp_path):
    def refused(message, path=folder, **columns):
        with pytest.raises(DataError, match=message):
            hexes.count_dataset(path, grid, **columns)

    refused("no file or folder", path=tmp_path / "nowhere")
    refused("holds no Parquet or CSV files", path=tmp_path)
    refused("has no column 'lat', only latitude, longitude, harm", latitude="lat")
    refused("column 'text' of .* is of type .*string, not of numbers", weight="text")
    (tmp_path / "broken.parquet").write_bytes(b"not Parquet")
    refused("broken.parquet cannot be read", path=tmp_path / "broken.parquet")
    (tmp_path / "words.csv").write_text("latitude,longitude\n51.4,west\n")
    refused("words.csv cannot be read: .*west", path=tmp_path / "words.csv")
    refused("holds Parquet and CSV files", path=tmp_path)
    frame = rows().assign(harm=np.nan)
    frame.to_parquet(tmp_path / "harm.parquet")
    refused(
        "harm is missing or infinite in 5000 of 5000 rows",
        path=tmp_path / "harm.parquet",
        weight="harm",
    )


def test_a_file_without_rows_is_none_in_each_hex(grid, tmp_path):
    rows(10).iloc[:0].to_parquet(tmp_path / "empty.parquet")
    counts = hexes.count_dataset(tmp_path, grid)
    assert counts.count.tolist() == [0.0] * len(grid)
    assert counts.n_read == 0


def test_memory_does_not_grow_with_the_rows(grid, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "_BATCH", 1 << 12)
    peaks = []
    for k, n in enumerate((20_000, 100_000)):
        path = tmp_path / f"{k}.parquet"
        table = pa.Table.from_pandas(rows(n))
        pyarrow.parquet.write_table(table, path, row_group_size=10_000)
        hexes.count_dataset(path, grid)  # once, so that nothing is set up below
        tracemalloc.start()
        before = pa.total_allocated_bytes()
        hexes.count_dataset(path, grid)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        for _ in range(100):  # a thread of Arrow's lets the last batch go
            if pa.total_allocated_bytes() <= before:
                break
            time.sleep(0.05)
        assert pa.total_allocated_bytes() <= before
    assert peaks[1] < 2 * peaks[0]


def test_a_column_named_twice_is_refused(grid, folder):
    for columns in ({"latitude": "longitude"}, {"weight": "longitude"}):
        with pytest.raises(DataError, match="'longitude' is given for two of them"):
            hexes.count_dataset(folder, grid, **columns)


def test_hidden_files_are_passed_over(grid, tmp_path):
    (tmp_path / "_part").mkdir()
    for name in (".hidden.parquet", "_draft.parquet", "_part/a.parquet", ".b.csv"):
        (tmp_path / name).write_bytes(b"not read")
    with pytest.raises(DataError, match="holds no Parquet or CSV files"):
        hexes.count_dataset(tmp_path, grid)
    rows().to_parquet(tmp_path / "a.parquet")
    assert hexes.count_dataset(tmp_path, grid).n_read == 5_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'latitude,longitude\n1,2,"a\nb"\n', "CSV parse error: Row #2: Expected 2 co"),
        (b'latitude,longitude\n"1\n2",3\n', "In CSV column #0: .* invalid value"),
        (b"", "CSV parse error: Empty CSV file"),
        (b"lat\xff,longitude\n1,2\n", "'utf-8' codec can't decode"),
    ],
)
def test_a_csv_file_that_is_broken_is_told_in_one_line(grid, tmp_path, text, reason):
    path = tmp_path / "broken.csv"
    path.write_bytes(text)
    with pytest.raises(DataError, match=f"cannot be read: {reason}") as told:
        hexes.count_dataset(path, grid)
    assert "\n" not in str(told.value)
    assert str(told.value).count(str(path)) == 1
