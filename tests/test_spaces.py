"""What every space promises to the strategies that use it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hea_lib import spaces
from hea_lib.errors import CompositionError, UnknownElementError

SIMPLEX = spaces.Simplex(("Ti", "Zr", "Nb", "Mo", "W"))
BOX = spaces.Box(("a", "angle", "field"), (2.5, 72.0, -1.0), (3.8, 108.0, 1.0))


def table(space, values):
    return pd.DataFrame(values, columns=list(space.columns))


@pytest.mark.parametrize("space", [SIMPLEX, BOX], ids=["simplex", "box"])
@given(seed=st.integers(0, 2**32 - 1), size=st.floats(0, 3))
@settings(max_examples=50)
def test_no_operation_leaves_the_space(space, seed, size):
    rng = np.random.default_rng(seed)
    values = space.sample(20, rng)
    moves = size * rng.standard_normal(values.shape)
    for result in (values, space.shift(values, moves), space.jitter(values, size, rng)):
        assert space.contains(table(space, result)).all()


@pytest.mark.parametrize("space", [SIMPLEX, BOX], ids=["simplex", "box"])
def test_distance_is_symmetric_and_zero_only_to_itself(space):
    values = space.sample(8, np.random.default_rng(0))
    distance = space.distance(values, values)
    assert np.allclose(distance, distance.T)
    assert np.allclose(np.diag(distance), 0) and (distance + np.eye(8) > 0).all()


def test_simplex_moves_keep_absent_elements_absent():
    values = np.array([[0.5, 0.5, 0, 0, 0], [0.2, 0.3, 0.5, 0, 0]])
    moved = SIMPLEX.shift(values, np.full(values.shape, 0.7) * [1, -1, 1, 1, 1])
    assert ((moved > 0) == (values > 0)).all()
    assert moved[0] == pytest.approx([0.5 * np.exp(0.7) / np.cosh(0.7) / 1, 0.5 * np.exp(-0.7) / np.cosh(0.7), 0, 0, 0])


def test_simplex_probe_steps_towards_a_pure_element():
    values = np.array([[0.5, 0.5, 0, 0, 0]])
    assert SIMPLEX.probe(values, 2, 0.01)[0] == pytest.approx([0.5 / 1.01, 0.5 / 1.01, 0.01 / 1.01, 0, 0])


def test_total_variation_is_the_share_of_atoms_to_exchange():
    left, right = np.array([[0.5, 0.5, 0, 0, 0]]), np.array([[0.25, 0.5, 0.25, 0, 0]])
    assert SIMPLEX.distance(left, right) == pytest.approx(0.25)


def test_samples_like_alloys_have_their_element_counts_and_elements():
    rng = np.random.default_rng(0)
    like = np.array([[0.3, 0.3, 0.4, 0, 0]] * 9 + [[0.25, 0.25, 0.25, 0.25, 0]])
    drawn = SIMPLEX.sample(4000, rng, like=like) > 0
    assert (drawn.sum(axis=1) == 4).mean() == pytest.approx(0.1, abs=0.02)
    assert drawn.mean(axis=0)[:3].min() > 0.9 and not drawn[:, 4].any()


def test_draw_sets_draws_the_sizes_asked():
    sizes = np.array([1, 3, 5, 0])
    sets = spaces.draw_sets(np.zeros(5), sizes, np.random.default_rng(0))
    assert sets.sum(axis=1).tolist() == sizes.tolist()


def test_box_stops_at_its_walls():
    moved = BOX.shift(np.array([[2.5, 90.0, 0.9]]), np.array([[-1.0, 0.5, 1.0]]))
    assert moved[0] == pytest.approx([2.5, 99.0, 1.0])


def test_what_does_not_fit_is_named():
    with pytest.raises(CompositionError, match="'angle' is missing"):
        BOX.check(pd.DataFrame({"a": [3.0], "field": [0.0]}))
    with pytest.raises(CompositionError, match="row 1 has no finite angle"):
        BOX.check(table(BOX, [[3.0, 90.0, 0.0], [3.0, np.nan, 0.0]]))
    with pytest.raises(CompositionError, match="row 0 contains Fe"):
        SIMPLEX.check(pd.DataFrame({"Fe": [0.5], "Ti": [0.5]}))
    with pytest.raises(UnknownElementError, match="'Q'"):
        SIMPLEX.check(pd.DataFrame({"Q": [0.5], "Ti": [0.5]}))


def test_an_array_is_no_table_of_designs():
    with pytest.raises(CompositionError, match="a table with the columns a, angle, field, not ndarray"):
        BOX.check(np.zeros((2, 3)))


def test_what_lies_outside_is_said_with_its_walls():
    inside, proud = [3.0, 90.0, 0.0], [3.0, 90.0, 1.0005]
    assert BOX.outside(table(BOX, [inside])) is None
    assert BOX.outside(table(BOX, [inside, [3.0, 130.0, 0.0]])) == (1, "angle = 130 is not from 72 to 108")
    exchanged = BOX.outside(table(BOX, [[90.0, 3.0, 0.0]]))
    assert exchanged == (0, "a = 90 is not from 2.5 to 3.8; with a and angle exchanged it would fit")
    assert BOX.outside(table(BOX, [proud]), slack=1e-3) is None and BOX.outside(table(BOX, [proud]))[0] == 0
    half = dataclasses.replace(BOX, valid=lambda values: values[:, 0] <= 3.0)
    assert half.outside(table(BOX, [inside, [3.2, 90.0, 0.0]])) == (1, "it is between the walls, but no design")
    assert SIMPLEX.outside(table(SIMPLEX, [[0.2] * 5])) is None


def test_what_makes_designs_unreadable_is_raised_when_they_are_checked():
    def read(designs):
        if (designs["angle"] < 7).any():
            raise CompositionError("radians")

    with pytest.raises(CompositionError, match="radians"):
        dataclasses.replace(BOX, read=read).check(table(BOX, [[3.0, 1.57, 0.0]]))


def test_contains_tells_inside_from_outside():
    assert SIMPLEX.contains(table(SIMPLEX, [[0.2] * 5, [0.3] * 5, [1.1, -0.1, 0, 0, 0]])).tolist() == [
        True,
        False,
        False,
    ]
    assert BOX.contains(table(BOX, [[3.0, 90, 0], [3.0, 90, 1.01]])).tolist() == [True, False]


@pytest.mark.parametrize("space", [SIMPLEX, BOX], ids=["simplex", "box"])
def test_lines_rise_as_a_small_move_shows(space):
    rng = np.random.default_rng(0)
    values, slopes = space.sample(20, rng), rng.normal(size=(2, len(space.columns)))
    moves = 1e-6 * rng.standard_normal(values.shape)
    rows, weights = space.rises(slopes, values)
    gained = ((rows * weights[:, None]) @ moves[:, :, None])[:, :, 0]
    np.testing.assert_allclose((space.shift(values, moves) - values) @ slopes.T, gained, rtol=1e-4, atol=1e-11)
