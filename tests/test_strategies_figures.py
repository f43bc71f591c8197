"""Figures of the strategies for alloys of a class, and the panel that nudges an alloy."""

import pandas as pd
import pytest

from hea_lib import alloys, design, problems
from hea_lib.errors import HeaError
from hea_lib.figures import strategies
from hea_lib.widgets.nudge import NudgePanel

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


def nickel(designs):
    """A predictor for which nickel makes a single phase."""
    return pd.DataFrame({"single_phase": designs["Ni"]}, index=designs.index)


@pytest.fixture(scope="module")
def phases():
    return problems.get("single-phase")


@pytest.fixture(scope="module")
def path(phases):
    return design.nudge(phases, nickel, alloys.fractions("AlCoCrFeNi2"), budget=0.3).path()


def test_a_path_is_a_strip_and_a_curve(path, legend):
    drawing = strategies.nudge_path(path, judged=path["probability"] / 2)
    strip, curve = drawing.axes
    heights = [bar.get_y() + bar.get_height() for bar in strip.patches]
    assert max(heights) == pytest.approx(100) and len(strip.patches) == 5 * len(path)
    assert [text.get_text() for text in strip.texts].count("Ni") == 2
    led, judged, _ = curve.lines
    assert list(led.get_ydata()) == path["probability"].tolist() and judged.get_ydata()[0] < led.get_ydata()[0]
    assert legend(curve) == ["predictor, which led the way", "judge, which took no part"]
    assert curve.get_xticklabels()[0].get_text() == "0"


def test_a_path_may_stand_still_and_judged_values_must_fit(path):
    assert len(strategies.nudge_path(path.iloc[:1]).axes[1].lines) == 2
    with pytest.raises(HeaError, match="2 judged values do not fit"):
        strategies.nudge_path(path, judged=[0.1, 0.2])


def test_shares_have_intervals_and_references_another_colour():
    results = pd.DataFrame({"share": [0.8, 0.4], "size": [20, 500], "reference": [False, True]}, index=["new", "known"])
    axes = strategies.judged_shares(results).axes[0]
    first, second = axes.patches
    assert first.get_width() == 0.8 and first.get_facecolor() != second.get_facecolor()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["new", "known"]
    wide, narrow = (segment[1][0] - segment[0][0] for segment in axes.collections[0].get_segments())
    assert wide > 3 * narrow


def test_the_panel_nudges_what_is_typed(phases):
    panel = NudgePanel(phases, nickel, "AlNi4")
    before = panel.picture.value
    assert bytes(before).startswith(b"\x89PNG") and "probability 0.80 to 1.00" in panel.message.value
    panel.formula.value = "AlCoCrFeNi"
    assert "not a single phase within this budget" in panel.message.value and panel.picture.value != before
    panel.budget.value = 40
    assert panel.message.value.count("span") == 0 and panel.found.table["arrived"].iloc[0]
    panel.fixed.value = "Al, Co"
    assert panel.found.designs[["Al", "Co"]].round(6).iloc[0].tolist() == [0.2, 0.2]


def test_the_panel_lets_no_element_enter_unless_it_is_ticked(phases):
    def titanium(designs):
        return pd.DataFrame({"single_phase": designs["Ti"]}, index=designs.index)

    panel = NudgePanel(phases, titanium, "AlNi", add=False)
    assert panel.found.table["distance"].iloc[0] == 0
    panel.add.value = True
    assert panel.found.designs["Ti"].iloc[0] > 0.15


def test_what_the_panel_cannot_do_is_said_and_the_picture_stays(phases):
    panel = NudgePanel(phases, nickel, "AlNi4")
    before = panel.picture.value
    for text, words in [("Al<b>", "&lt;b&gt;"), ("AlXe", "contains Xe")]:
        panel.formula.value = text
        assert words in panel.message.value and panel.picture.value == before
    panel.formula.value = "AlNi"
    panel.fixed.value = "Xx"
    assert "fixed names" in panel.message.value
    panel.fixed.value = ""
    assert panel.message.value.count("span") == 0 or "as close as" in panel.message.value


def test_without_an_alloy_nothing_is_nudged_yet(phases):
    panel = NudgePanel(phases, nickel, "Xx")
    assert "Xx" in panel.message.value and panel.found is None
    panel.formula.value = "AlNi4"
    assert panel.found.table["arrived"].iloc[0]
