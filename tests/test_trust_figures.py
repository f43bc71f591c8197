"""The figures on trust draw what they are given, name their axes, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import calibration
from hea_lib.figures import trust

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


def test_reliability_has_the_diagonal_the_points_and_their_intervals():
    table = pd.DataFrame({"predicted": [0.2, 0.8], "observed": [0.0, 1.0], "n": [10, 10]})
    left, right = trust.reliability({"before": table, "after": table}).axes
    diagonal, points = left.lines
    assert np.array_equal(diagonal.get_xdata(), [0, 1]) and points.get_xydata().tolist() == [[0.2, 0.0], [0.8, 1.0]]
    (first, second) = left.collections[0].get_segments()
    assert first[:, 1] == pytest.approx([0, 0.278], abs=1e-3) and second[:, 1] == pytest.approx([0.722, 1], abs=1e-3)
    assert [panel.get_title("left") for panel in (left, right)] == ["before", "after"]


def test_conformal_stacks_the_sizes_to_one(legend):
    labels, probabilities = np.array([0, 1] * 20), np.linspace(0, 1, 40)
    asked = [0.8, 0.9]
    shares = pd.DataFrame(
        [
            calibration.coverage(labels, calibration.ConformalSets(c).fit(labels, probabilities)(probabilities))
            for c in asked
        ],
        index=asked,
    )
    left, right = trust.conformal(shares).axes
    assert legend(left) == ["one class", "both: cannot say", "none"]
    for place in range(2):
        assert sum(bars[place].get_height() for bars in left.containers) == pytest.approx(1)
    assert legend(right) == ["as asked for", "single-phase", "multi-phase"]
    assert right.lines[1].get_ydata().tolist() == shares["class 1"].tolist()


def test_domain_compares_errors_with_what_the_model_says(legend):
    table = pd.DataFrame({"distance": [0.1, 0.3], "wrong": [0.1, 0.4], "expected wrong": [0.1, 0.2], "n": [50, 50]})
    (axes,) = trust.domain({"trees": table}).axes
    assert legend(axes) == ["wrong", "wrong by its own account"]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[0.1, 0.4], [0.1, 0.2]]


def test_splits_have_a_row_each_and_a_mark_a_model(legend):
    results = pd.DataFrame({
        "split": ["random", "grouped"] * 4,
        "model": ["trees"] * 4 + ["rules"] * 4,
        "auc": [0.92, 0.86, 0.94, 0.88, 0.8, 0.7, 0.8, 0.7],
    })  # fmt: skip
    drawing = trust.splits(results, ["grouped", "random"])
    (axes,) = drawing.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["grouped", "random"]
    assert axes.lines[0].get_xdata() == pytest.approx([0.87, 0.93])
    assert np.array(axes.collections[0].get_segments())[:, :, 0] == pytest.approx(
        np.array([[0.86, 0.88], [0.92, 0.94]])
    )
    assert legend(drawing) == ["trees", "rules"]


def test_label_efficiency_is_mean_and_spread_over_seeds(legend):
    results = pd.DataFrame({"model": "a", "n_labels": [10, 10, 100, 100], "auc": [0.6, 0.8, 0.9, 0.9]})
    (axes,) = trust.label_efficiency(results, {"a": "with the pool"}).axes
    assert axes.lines[0].get_ydata() == pytest.approx([0.7, 0.9]) and axes.get_xscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["10", "100"]
    few, many = axes.collections[0].get_segments()
    assert few[:, 1] == pytest.approx([0.559, 0.841], abs=1e-3) and many[:, 1] == pytest.approx([0.9, 0.9])
    assert legend(axes) == ["with the pool"]


def test_label_efficiency_sets_models_side_by_side():
    results = pd.DataFrame({"model": ["a", "a", "b", "b"], "n_labels": [10, 100] * 2, "auc": 0.9})
    (axes,) = trust.label_efficiency(results, {"a": "one", "b": "another"}).axes
    left, right = (line.get_xdata() for line in axes.lines)
    assert (left < [10, 100]).all() and (right > [10, 100]).all()
    assert left * right == pytest.approx([100, 10_000])


def test_leak_draws_both_curves_of_each_training(legend):
    history = pd.DataFrame({"epoch": [1, 2], "validation": [0.7, 1.0], "test": [0.7, 0.8]})
    first, second = trust.leak({"right": history, "leaking": history}).axes
    assert first.lines[0].get_ydata().tolist() == [0.7, 1.0] and first.lines[1].get_ydata().tolist() == [0.7, 0.8]
    assert legend(second) == ["validation", "test"] and second.get_title("left") == "leaking"
