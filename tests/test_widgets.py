"""The panels of the classroom, moved as a student would move them."""

import pytest

from hea_lib import alloys, design, models, problems
from hea_lib.errors import MissingPropertyError
from hea_lib.figures.portrait import portrait
from hea_lib.widgets import AlloyPanel, DesignPanel


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


def test_elements_without_a_slider_are_kept_and_named(panel):
    panel.formula.value = "CoCrFeMnNi"
    assert "no slider, kept as typed: Co, Fe, Mn, Ni" in panel.message.value
    panel.sliders["Al"].value = 20  # beside 20 of each of five elements
    expected = dict.fromkeys(("Al", "Co", "Cr", "Fe", "Mn", "Ni"), 1 / 6)
    assert panel.composition.iloc[0].to_dict() == pytest.approx(expected, abs=1e-3)
    panel.sliders["Al"].value = 0
    panel.sliders["Cr"].value = 0
    assert panel.formula.value == "CoFeMnNi"  # no slider is above zero, and it is an alloy
    panel.formula.value = "MoNb"
    panel.sliders["Ti"].value = 50
    assert panel.formula.value == "MoNbTi" and panel.message.value == ""


def test_typing_nonsense_and_then_sliding_goes_on_from_the_last_alloy(panel):
    panel.formula.value = "CoCr"
    panel.formula.value = "Co("
    panel.sliders["Cr"].value = 100
    assert panel.composition.iloc[0].to_dict() == pytest.approx({"Co": 1 / 3, "Cr": 2 / 3}, abs=1e-3)


def test_the_background_of_the_portrait_is_made_once(monkeypatch):
    portrait(alloys.fractions("MoNb"))
    monkeypatch.setattr(problems, "get", lambda name: pytest.fail("built again"))
    portrait(alloys.fractions("MoNbTi"))


def test_portrait_says_where_reference_values_end():
    drawing = portrait(alloys.fractions("CoCrFeMnNi"))
    texts = [text.get_text() for axes in drawing.axes for text in axes.texts]
    assert "no reference values for\nCo, Fe, Mn, Ni" in texts
    with pytest.raises(MissingPropertyError, match="He"):
        portrait(alloys.fractions("TiHe"))


@pytest.fixture(scope="module")
def refractory():
    return problems.get("refractory")


@pytest.fixture
def orders(refractory):
    """A panel over jittered neighbours, which need no training."""
    model = models.get("swap")(refractory).fit()
    return DesignPanel(refractory, model, n=3, target={"shear_modulus": 90.0})


def test_a_target_gives_alloys_near_it(orders, refractory):
    assert orders.target == orders.asked == {"shear_modulus": 90.0}
    assert len(orders.designs) == 3 and bytes(orders.picture.value).startswith(b"\x89PNG")
    before = orders.picture.value
    orders.sliders["shear_modulus"].value = 40.0
    assert (refractory.judge(orders.designs)["shear_modulus"] - 40).abs().max() < 15
    assert orders.picture.value != before and "known designs are near" in orders.message.value


def test_a_tick_asks_for_the_second_property_and_the_exact_box_localises(orders, refractory):
    orders.sliders["fracture_toughness"].value = 0.45
    assert orders.target == {"shear_modulus": 90.0}
    orders.ticks["fracture_toughness"].value = True
    assert set(orders.target) == {"shear_modulus", "fracture_toughness"}
    orders.ticks["fracture_toughness"].value = False
    orders.exact.value = True
    assert (refractory.judge(orders.designs)["shear_modulus"] - 90).abs().median() < 0.01


def test_an_infeasible_target_is_said_and_the_nearest_feasible_one_answered(orders, refractory):
    orders.sliders["fracture_toughness"].value = 0.12
    orders.ticks["fracture_toughness"].value = True
    assert "nearest feasible target is" in orders.message.value
    assert refractory.check_target(orders.asked) != orders.target
    assert design.feasibility(refractory, orders.asked)["miss"].iloc[0] < 1e-3


def test_a_target_without_known_alloys_around_it_is_said(orders):
    orders.sliders["shear_modulus"].value = 200.0
    assert "only 0 known designs are near" in orders.message.value or "only 1 known" in orders.message.value


def test_nothing_requested_is_said_and_the_alloys_stay(orders):
    before = orders.picture.value
    orders.ticks["shear_modulus"].value = False
    assert "no target given" in orders.message.value and orders.picture.value == before


def test_other_alloys_come_on_demand(orders):
    before = orders.designs
    orders.again.click()
    assert not orders.designs.equals(before) and orders.asked == {"shear_modulus": 90.0}


def test_a_model_that_cannot_answer_is_said_and_there_are_no_alloys_yet(refractory):
    panel = DesignPanel(refractory, models.get("cgan")(refractory))
    assert "fit" in panel.message.value and panel.designs is None and panel.asked is None


def test_without_arguments_the_pretrained_generator_answers():
    panel = DesignPanel(n=2)
    assert panel.model.name == "cgan" and len(panel.designs) == 2 and set(panel.target) == set(panel.sliders)
