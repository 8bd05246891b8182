"""Contracts of frames: what keeps them passes, what breaks them is said."""

import numpy as np
import pandas as pd
import pytest

from geoalloc import schemas
from geoalloc.errors import SchemaError


@pytest.fixture
def moves():
    frame = pd.DataFrame(
        {"unit_id": ["a", "b"], "from_post": ["x", "y"], "to_post": ["y", "z"]}
    )
    return frame.astype("str").assign(gain=[1.0, 2.0])


def test_a_frame_that_keeps_its_contract_comes_back_itself(moves):
    assert schemas.check(moves, schemas.MOVES) is moves


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit_id": ["a", "a"]}, "unit_id field_uniqueness"),
        ({"to_post": ["y", None]}, "to_post not_nullable"),
        ({"gain": ["high", "low"]}, "gain dtype"),
        ({"age": [30, 31]}, "age column_in_schema"),
    ],
)
def test_what_breaks_a_contract_is_named_with_its_frame(moves, change, message):
    with pytest.raises(SchemaError, match=f"moves frame: .*{message}"):
        schemas.check(moves.assign(**change), schemas.MOVES)


def test_every_problem_is_in_one_sentence(moves):
    with pytest.raises(SchemaError) as caught:
        schemas.check(moves.assign(unit_id="a", to_post=None), schemas.MOVES)
    assert "unit_id" in str(caught.value)
    assert "to_post" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_column_that_is_missing_is_named(moves):
    with pytest.raises(SchemaError, match="gain column_in_dataframe"):
        schemas.check(moves.drop(columns="gain"), schemas.MOVES)


def test_shares_and_counts_have_their_range():
    hexes = pd.DataFrame(
        {
            "hex_id": np.array([1], dtype=np.uint64),
            "area_km2": [0.7],
            "land_share": [1.2],
            "district": ["d"],
            "home_beat": ["b"],
            "urban": [True],
            "place": ["p"],
            "grid_ref": ["ST 588 729"],
        }
    ).astype(dict.fromkeys(("district", "home_beat", "place", "grid_ref"), "str"))
    with pytest.raises(SchemaError, match="land_share not a share between 0 and 1"):
        schemas.check(hexes, schemas.HEXES)


def test_no_frame_has_a_column_about_a_person():
    words = ("name", "age", "sex", "gender", "ethnic", "born", "birth", "victim")
    frames = [v for v in vars(schemas).values() if hasattr(v, "columns")]
    assert len(frames) >= 11
    for frame in frames:
        for column in frame.columns:
            parts = column.split("_")
            assert not set(parts) & set(words), f"{frame.name}.{column}"


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_a_measure_is_finite_and_not_negative(bad):
    schemas.require_measure(np.array([0.0, 3.0]), "load")
    with pytest.raises(SchemaError, match=r"load is nan, .* at 1 of 2"):
        schemas.require_measure(np.array([0.0, bad]), "load")
