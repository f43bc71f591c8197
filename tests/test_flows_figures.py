"""The figures of invertible networks draw what they are given, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest

from hea_lib.figures import flows

pytestmark = pytest.mark.usefixtures("nothing_stays_open")
RNG = np.random.default_rng(0)


def test_a_strip_goes_where_the_map_sends_it():
    z = np.linspace(0, 2, 21)
    above, middle, right = flows.stretched(z, 3 * z, np.full(21, 0.5), np.full(21, 1 / 6), np.array([0.5, 1.0])).axes
    assert middle.lines[0].get_ydata() == pytest.approx(3 * z)
    assert middle.lines[1].get_xdata() == pytest.approx([0.5, 0.5, 2.0])  # down to the curve, then to the right
    assert middle.lines[1].get_ydata() == pytest.approx([6.0, 1.5, 1.5])
    assert right.lines[0].get_xdata() == pytest.approx(np.full(21, 1 / 6))
    assert [segment[0, 1] for segment in right.collections[0].get_segments()] == pytest.approx([1.5, 3.0])
    assert above.get_ylim()[0] == right.get_xlim()[0] == 0


def test_answers_have_a_column_a_model_and_a_row_a_target():
    draws = {name: {1.0: RNG.normal(size=(9, 2)), -2.0: RNG.normal(size=(8, 2))} for name in ("one", "two", "three")}
    axes = flows.answers(draws, lambda points: points[:, 0] + points[:, 1]).axes
    assert [panel.get_title("left") for panel in axes] == ["one", "two", "three", "", "", ""]
    assert axes[4].lines[0].get_xydata() == pytest.approx(draws["two"][-2.0])
    curve = axes[4].collections[0].get_paths()[0].vertices
    assert curve.sum(axis=1) == pytest.approx(-2.0)  # where the target is met
    assert [axes[0].get_ylabel(), axes[3].get_ylabel()] == ["$y$ = 1\n$x_2$", "$y$ = -2\n$x_2$"]


def test_a_model_that_was_not_asked_a_target_is_an_error():
    with pytest.raises(KeyError, match="1"):
        flows.answers({"one": {1.0: RNG.normal(size=(5, 2))}, "two": {}}, lambda points: points[:, 0])


def test_densities_share_a_scale_with_a_floor():
    logs = {"exact": RNG.normal(size=(7, 7)), "flow": RNG.normal(size=(7, 7)) + 3}
    exact, flow, bar = flows.densities(logs, 2.0, floor=-5.0).axes
    top = logs["flow"].max()
    assert [panel.images[0].get_clim() for panel in (exact, flow)] == [(-5.0, top)] * 2
    assert np.asarray(flow.images[0].get_array()) == pytest.approx(logs["flow"])
    assert exact.images[0].origin == "lower" and exact.images[0].get_extent() == [-2, 2, -2, 2]
    assert bar.get_ylabel() == "log density [nat]"


def test_visibility_has_a_line_a_difference(legend):
    signals = pd.DataFrame({"shifted": [1.0, 5.0], "stripes": [4.0, 0.0]}, index=[0.1, 1.0])
    (axes,) = flows.visibility(signals).axes
    assert legend(axes) == ["shifted", "stripes"]
    assert axes.lines[1].get_xydata() == pytest.approx(np.array([[0.1, 4.0], [1.0, 0.0]]))
    assert axes.get_xscale() == "log"


def test_turning_keeps_likelihoods_and_shares_apart(legend):
    history = pd.DataFrame(
        {"training": [-2.0, -1.0], "test": [-2.5, -90.0], "hits": [0.3, 0.7], "covered": [0.8, 0.6]}, index=[50, 500]
    )
    left, right = flows.turning(history).axes
    assert (legend(left), legend(right)) == (["training", "test"], ["hits", "covered"])
    assert left.lines[1].get_ydata() == pytest.approx([-2.5, -90.0])
    assert left.get_ylim()[0] < -90  # a fall of any depth is shown
    assert right.lines[1].get_ydata() == pytest.approx([0.8, 0.6])
    assert right.get_ylim() == (0, 1)
