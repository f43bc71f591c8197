"""The panels of the classroom, moved as a student would move them."""

import pytest

from hea_lib import alloys
from hea_lib.errors import MissingPropertyError
from hea_lib.figures.portrait import portrait
from hea_lib.widgets import AlloyPanel


@pytest.fixture
def panel():
    return AlloyPanel("MoNbTaW")


def test_typing_moves_the_sliders_and_draws(panel):
    before = panel.picture.value
    panel.formula.value = "Ti3Zr"
    assert panel.sliders["Ti"].value == 75 and panel.sliders["Zr"].value == 25 and panel.sliders["Mo"].value == 0
    assert panel.picture.value != before and bytes(panel.picture.value).startswith(b"\x89PNG")


def test_sliding_writes_the_formula(panel):
    panel.sliders["W"].value = 0
    assert panel.formula.value == "MoNbTa"
    panel.sliders["Ti"].value = 25
    assert panel.composition.iloc[0].to_dict() == pytest.approx({"Mo": 0.25, "Nb": 0.25, "Ta": 0.25, "Ti": 0.25})


def test_what_cannot_be_read_is_said_and_the_picture_stays(panel):
    before = panel.picture.value
    panel.formula.value = "Mo<b>Xx"
    assert "&lt;b&gt;" in panel.message.value and panel.picture.value == before
    panel.formula.value = "MoNb"
    assert panel.message.value == "" and panel.picture.value != before


def test_no_element_at_all_is_said(panel):
    for slider in panel.sliders.values():
        slider.value = 0
    assert "at least one element" in panel.message.value


def test_portrait_says_where_reference_values_end():
    drawing = portrait(alloys.fractions("CoCrFeMnNi"))
    texts = [text.get_text() for axes in drawing.axes for text in axes.texts]
    assert "no reference values for\nCo, Fe, Mn, Ni" in texts
    with pytest.raises(MissingPropertyError, match="He"):
        portrait(alloys.fractions("TiHe"))
