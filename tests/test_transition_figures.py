"""The figures of the metal-insulator transition draw what they are given, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from hea_lib import strain, surrogates
from hea_lib.errors import HeaError
from hea_lib.figures import style, transition
from hea_lib.surrogates import onset

pytestmark = pytest.mark.usefixtures("nothing_stays_open")
COLUMNS = list(strain.STRAIN)


@pytest.fixture(scope="module")
def forward():
    return surrogates.load("mos2-forward")


def test_front_has_cells_and_a_line_a_model(legend):
    cells = pd.DataFrame({"size": [0.1, 0.2], "band_gap": [1.0, 0.0]})
    least = pd.DataFrame({"forward": [0.01, 0.09], "judge": [0.02, 0.08]}, index=[1.2, 0.0])
    (axes,) = transition.front(cells, cells.iloc[:1], least).axes
    assert legend(axes) == ["calculated", "designed", "smallest, forward", "smallest, judge"]
    assert axes.lines[1].get_xydata() == pytest.approx(np.array([[0.1, 1.0]]))
    assert axes.lines[3].get_xydata() == pytest.approx(np.array([[0.02, 1.2], [0.08, 0.0]]))


def test_ends_are_hollow_outside_the_box():
    sizes = {name: pd.DataFrame([[0.1, 0.11], [0.3, np.nan]], index=["c -", "a +"]) for name in ("forward", "judge")}
    drawing = transition.ends(sizes, pd.Series([True, False], ["c -", "a +"]), 0.09)
    (axes,) = drawing.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["c -", "a +"]
    marks = [line for line in axes.lines if len(line.get_xdata()) == 2 and line.get_linestyle() == "None"]
    assert [to_hex(line.get_markerfacecolor()) == style.CARD for line in marks] == [False, True] * 2
    assert marks[0].get_xdata() == pytest.approx([0.1, 0.11])
    assert np.ptp(axes.lines[-1].get_xdata()) == 0 and axes.lines[-1].get_xdata()[0] == 0.09
    assert marks[0].get_ydata()[0] > marks[1].get_ydata()[0]  # first row on top


def test_planes_show_where_both_close_the_gap(forward):
    shown = {
        "together": {"a and b": {"exx": 1, "eyy": 1}, "c": {"ezz": 1}},
        "apart": {"x": {"exx": 1}, "y": {"eyy": 1}},
    }
    least = {"together": 0.09, "apart": 0.15}
    left, right, bar = transition.planes(forward, forward, shown, least, steps=21).axes
    assert (left.get_xlabel(), right.get_ylabel(), left.get_title("left")) == ("a and b [%]", "y [%]", "together")
    assert bar.get_ylabel() == "Band gap [eV]"
    closes, equal = left.collections[1], left.collections[-1]
    points = np.concatenate([path.vertices for path in closes.get_paths()]) / 100
    strains = pd.DataFrame(0.0, index=range(len(points)), columns=COLUMNS)
    strains["exx"] = strains["eyy"] = points[:, 0]
    strains["ezz"] = points[:, 1]
    gaps = forward.predict_uncensored(strain.cells(strains).assign(field=0.0)).mean(axis=0)
    assert np.abs(gaps).mean() < 0.05
    across, up = np.concatenate([path.vertices for path in equal.get_paths()]).T / 100
    assert np.sqrt(2 * across**2 + up**2) == pytest.approx(0.09, abs=0.003)  # two components of the same size


def test_profile_has_a_line_a_member_and_marks_what_neither_saw(forward, legend):
    way = onset.smallest(forward, starts=4).iloc[0]
    near = pd.DataFrame({"along": [0.05, 0.06], "band_gap": [0.6, 0.5], "unseen": [True, False]})
    (axes,) = transition.profile({"forward": forward, "judge": forward}, way, near).axes
    assert legend(axes) == ["forward", "judge", "calculated, learned from", "calculated, seen by neither"]
    for line in axes.lines[:6]:
        assert np.interp(way["size"], *line.get_data()) == pytest.approx(0, abs=0.05)
    assert axes.lines[7].get_xydata() == pytest.approx(np.array([[0.05, 0.6]]))


def test_a_third_model_is_refused_rather_than_left_out(forward):
    names = ["forward", "judge", "other"]
    cells = pd.DataFrame({"size": [0.1], "band_gap": [1.0]})
    told = "3 {}s are asked for, other too many; at most 2"
    with pytest.raises(HeaError, match=told.format("model")):
        transition.front(cells, cells, pd.DataFrame(0.1, index=[0.0], columns=names))
    sizes = dict.fromkeys(names, pd.DataFrame([[0.1]], index=["c -"]))
    with pytest.raises(HeaError, match=told.format("ensemble")):
        transition.ends(sizes, pd.Series([True], ["c -"]), 0.09)
    near = pd.DataFrame({"along": [0.05], "band_gap": [0.6], "unseen": [True]})
    with pytest.raises(HeaError, match=told.format("ensemble")):
        transition.profile(dict.fromkeys(names, forward), pd.Series(dict.fromkeys(COLUMNS, 0.1)), near)
