"""The figures of a training draw what they are given, name their axes, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest

from hea_lib.figures import learning

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


@pytest.fixture
def history() -> pd.DataFrame:
    return pd.DataFrame({"step": [10, 20], "distance": [-0.6, 0.4]})


def test_the_distance_is_drawn_with_its_sign_and_the_stops(history):
    (axes,) = learning.distance(history, stops=[20]).axes
    assert axes.lines[0].get_ydata() == pytest.approx([-0.6, 0.4])
    assert axes.lines[1].get_xdata() == [20, 20]


def test_distances_of_trainings_are_compared_in_size(history, legend):
    drawing = learning.distances({"one": history, "other": history.assign(distance=[50.0, 60.0])})
    (axes,) = drawing.axes
    assert axes.get_yscale() == "log"
    assert legend(drawing) == ["one", "other"]
    assert [line.get_ydata().tolist() for line in axes.lines] == [[0.6, 0.4], [50.0, 60.0]]
    assert len({line.get_linestyle() for line in axes.lines}) == 2


def test_progress_has_a_panel_a_figure_and_the_floor_where_there_is_one():
    cards = pd.DataFrame({"C2ST": [0.9, 0.7], "mae": [20.0, 8.0]}, index=[100, 1_000])
    left, right = learning.progress(cards, pd.Series({"C2ST": 0.5}), {"C2ST": "classifier", "mae": "error"}).axes
    assert [panel.get_title("left") for panel in (left, right)] == ["classifier", "error"]
    assert left.lines[0].get_xdata().tolist() == [100, 1_000]
    assert left.lines[1].get_ydata() == [0.5, 0.5]
    assert len(right.lines) == 1


def test_anatomy_counts_what_is_present():
    real = pd.DataFrame({"W": [0.5, 0.995], "Nb": [0.5, 0.005]})
    made = pd.DataFrame({"W": [0.5, 0.5, 1.0, 1.0], "Nb": [0.5, 0.5, 0.0, 0.0]})
    left, right = learning.anatomy(real, {"made": made}).axes
    assert [tick.get_text() for tick in left.get_xticklabels()] == ["W", "Nb"]
    assert [bar.get_height() for bar in left.patches] == [1.0, 0.5]
    assert left.lines[0].get_ydata() == pytest.approx([1.0, 0.5])
    assert [bar.get_height() for bar in right.patches] == [0.5, 0.5]
    assert right.lines[0].get_ydata() == pytest.approx([0.5, 0.5])


def test_nearest_is_the_cumulative_share(legend):
    made, unseen = np.array([0.3, 0.1]), np.array([0.2])
    (axes,) = learning.nearest({"made": made, "held out": unseen}, novel=0.02).axes
    mark, first, second = axes.lines
    assert mark.get_xdata() == [0.02, 0.02]
    assert first.get_xdata().tolist() == [0.1, 0.1, 0.3] and first.get_ydata().tolist() == [0, 0.5, 1]
    assert legend(axes) == ["made", "held out"] and first.get_linestyle() != second.get_linestyle()
    (axes,) = learning.nearest({"made": made}, 0.02, known=unseen).axes
    assert legend(axes) == ["known alloys, to the others", "made"]
