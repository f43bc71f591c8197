"""The figures of a flow that learns by heart draw what they are given, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest

from hea_lib.errors import HeaError
from hea_lib.figures import overfitting

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


@pytest.fixture
def looks():
    return pd.DataFrame(
        {"step": [100, 100, 200, 200], "seed": [0, 1, 0, 1], "training": [1.0, 3.0, 4.0, 6.0], "hits": [0.1, 0.3, 0, 0]}
    )


def test_each_seed_has_a_line_and_their_mean_a_thicker_one(looks, legend):
    left, right = overfitting.watched(looks, {"nats": ["training"], "share": ["hits"]}).axes
    first, second, mean = left.lines
    assert first.get_ydata() == pytest.approx([1, 4]) and second.get_ydata() == pytest.approx([3, 6])
    assert mean.get_ydata() == pytest.approx([2, 5]) and mean.get_linewidth() > first.get_linewidth()
    assert (legend(left), legend(right)) == (["training"], ["hits"])
    assert (left.get_ylabel(), right.get_ylabel()) == ("nats", "share")


def test_lines_that_could_not_be_told_apart_are_an_error(looks):
    with pytest.raises(HeaError, match="5 lines in panel 'nats' are asked for"):
        overfitting.watched(looks, {"nats": ["training"] * 5})
    with pytest.raises(KeyError, match="test"):
        overfitting.watched(looks, {"nats": ["test"]})


def test_rows_that_fall_far_become_arrows_at_the_floor(legend):
    kinds = pd.Series(["plane", "off", "plane"], index=[7, 3, 9])
    (axes,) = overfitting.each(np.array([0.0, -1.0, 2.0]), np.array([3.0, -99.0, 4.0]), kinds, floor=-20.0).axes
    diagonal, off, fallen, plane, nothing = axes.lines
    assert diagonal.get_xdata() == pytest.approx(diagonal.get_ydata())
    assert fallen.get_xydata() == pytest.approx(np.array([[-1.0, -20.0]])) and fallen.get_marker() == r"$\downarrow$"
    assert plane.get_xydata() == pytest.approx(np.array([[0.0, 3.0], [2.0, 4.0]]))
    assert len(off.get_xdata()) == len(nothing.get_xdata()) == 0
    assert legend(axes) == ["off", "plane"]


def test_rows_that_were_low_early_stay_within_the_axes():
    kinds = pd.Series(["plane"] * 3)
    (axes,) = overfitting.each(np.array([-50.0, -60.0, 1.0]), np.array([-5.0, -70.0, 2.0]), kinds, floor=-20.0).axes
    _, dots, fallen = axes.lines
    assert dots.get_xydata() == pytest.approx(np.array([[-20.0, -5.0], [1.0, 2.0]]))
    assert fallen.get_xydata() == pytest.approx(np.array([[-20.0, -20.0]]))


def test_a_fifth_kind_and_a_row_without_one_are_refused():
    with pytest.raises(HeaError, match="5 kinds are asked for, e too many; at most 4"):
        overfitting.each(np.zeros(5), np.ones(5), pd.Series(list("abcde")))
    with pytest.raises(HeaError, match="row 8 has no kind"):
        overfitting.each(np.zeros(2), np.ones(2), pd.Series(["plane", None], index=[3, 8]))


def test_trainings_keep_their_order_from_top_to_bottom():
    ends = pd.DataFrame({"run": ["plain", "plain", "noise"], "hits": [0.1, 0.3, 0.4], "loss": [1.0, 2.0, 5.0]})
    left, right = overfitting.compared(ends, {"hits": "share", "loss": "nats"}).axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["plain", "noise"]
    assert left.yaxis_inverted()
    dots, mean, *_ = left.lines
    assert dots.get_xydata() == pytest.approx(np.array([[0.1, 0], [0.3, 0]]))
    assert mean.get_xdata() == pytest.approx([0.2, 0.2])
    assert right.lines[2].get_xydata() == pytest.approx(np.array([[5.0, 1.0]]))
    assert (left.get_xlabel(), right.get_xlabel()) == ("share", "nats")
