"""What a reader is told of levers and layers that do not do as they promise."""

import pytest

from geoalloc import demand
from tests.shift_toys import expect, history, incidents, layer, model, response


@pytest.fixture(scope="module")
def past(town_grid):
    return history(town_grid, incidents(town_grid, 300))


def notes(past, **changes):
    return expect(past, model(**changes)).notes


def test_a_model_that_does_as_it_says_needs_no_note(past):
    growth = demand.Growth(categories=("burglary",), factor=1.1)
    assert notes(past, levers=(growth,), layers=(layer(surface="recorded"),)) == ()


def test_a_lever_on_what_is_not_forecast_is_said_to_change_nothing(past):
    more = {"fraud": response(), "drugs": response(discovered=True)}
    growth = demand.Growth(categories=("burglary", "drugs", "fraud"), factor=1.1)
    (note,) = notes(past, responses={"burglary": response()} | more, levers=(growth,))
    assert note.startswith("Growth of burglary, drugs, fraud (x 1.1): changes nothing")
    assert "of drugs, fraud, of which no call" in note


@pytest.mark.parametrize(
    "lever",
    [
        demand.FireFirst(applies_to=("welfare",), share=0.1, return_share=0.0),
        demand.Triage(applies_to=("welfare",), advised_share=0.1, return_share=0.0),
    ],
)
def test_a_lever_without_a_threshold_is_said_to_reach_every_call(past, lever):
    (note,) = notes(past, layers=(layer(),), levers=(lever,))
    assert "every call of welfare that is not immediate is in its reach" in note
    protected = demand.RightCare(
        applies_to=("welfare",),
        threshold_share=0.8,
        declined_share=0.0,
        return_share=0.0,
    )
    assert notes(past, layers=(layer(),), levers=(lever, protected)) == ()


@pytest.mark.parametrize("surface", ["recorded", "night-time"])
def test_a_layer_that_nothing_shapes_is_said_to_lie_evenly(past, surface):
    shaped = layer(surface=surface, categories=("drugs",))
    (note,) = notes(past, layers=(shaped,))
    assert note.startswith("The layer welfare lies evenly over the land")
