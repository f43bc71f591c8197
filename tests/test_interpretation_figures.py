"""Figures and panels of interpretation: what they show, and what they say when moved."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, datasets, interpretation, problems
from hea_lib.errors import HeaError, UnknownNameError
from hea_lib.figures import interpretation as figures
from hea_lib.models.vae import DisentangledVAE
from hea_lib.widgets import ShapleyPanel, WalkPanel

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


@pytest.fixture
def explanation():
    """Three alloys whose answer is twice the first input less the second."""
    table = pd.DataFrame({"k": [0.0, 0.1, 0.4], "vm": [0.2, 0.0, 0.1]}, index=["one", "two", "three"])
    background = pd.DataFrame({"k": [0.1], "vm": [0.1]})
    return interpretation.exact_shapley(lambda x: (0.5 + 2 * x["k"] - x["vm"]).to_numpy(), table, background)


def test_importances_have_a_row_a_player_and_a_line_for_the_spread(legend):
    runs = pd.DataFrame({0: [0.1, 0.3], 1: [0.2, 0.5]}, index=["k", "delta_s_mix"])
    drawing = figures.importances({"ours": runs, "published": pd.Series({"delta_s_mix": 0.2})})
    (axes,) = drawing.axes
    assert legend(drawing) == ["ours", "published"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["mixing entropy", "bulk modulus"]
    assert axes.lines[0].get_xdata() == pytest.approx([0.4, 0.15])
    assert axes.lines[1].get_xdata()[0] == pytest.approx(0.2) and np.isnan(axes.lines[1].get_xdata()[1])
    (spread,) = axes.collections
    assert spread.get_segments()[0][:, 0] == pytest.approx([0.3, 0.5])


def test_a_swarm_has_every_share_and_colours_by_the_input(explanation):
    drawing = figures.swarm(explanation)
    axes = drawing.axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["bulk modulus", "molar volume"]
    assert np.asarray(axes.collections[0].get_offsets())[:, 0] == pytest.approx(explanation.values["k"].to_numpy())
    assert np.asarray(axes.collections[0].get_array()).tolist() == pytest.approx([1 / 3, 2 / 3, 1])


def test_a_waterfall_starts_at_the_background_and_ends_at_the_answer(explanation, legend):
    drawing = figures.waterfall(explanation, "three")
    (axes,) = drawing.axes
    bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    assert bars[0] == pytest.approx((0.6, 0.6)) and bars[1][0] + bars[1][1] == pytest.approx(1.2)
    assert legend(drawing) == ["background 0.60", "this alloy 1.20"]
    assert axes.get_yticklabels()[0].get_text() == "bulk modulus = 0.4"
    with pytest.raises(UnknownNameError, match="unknown alloy 'four'"):
        figures.waterfall(explanation, "four")


@pytest.mark.parametrize(("value", "words"), [(1801.2, "1801"), (161.4, "161"), (13.38, "13.4"), (0.1378, "0.138")])
def test_a_waterfall_writes_inputs_without_powers_of_ten(value, words):
    table, background = pd.DataFrame({"tm": [value]}), pd.DataFrame({"tm": [0.0]})
    explained = interpretation.exact_shapley(lambda x: x["tm"].to_numpy() / 2_000, table, background)
    (axes,) = figures.waterfall(explained).axes
    assert axes.get_yticklabels()[0].get_text() == f"melting temperature = {words}"


def test_no_line_crosses_a_number_of_a_waterfall(explanation):
    (axes,) = figures.waterfall(explanation, "three").axes
    assert len(axes.texts) == 2
    for words in axes.texts:
        assert words.get_bbox_patch() is not None
        assert all(words.get_zorder() > line.get_zorder() for line in axes.lines)


def test_maps_colour_the_same_places(legend):
    places = pd.DataFrame({"x": [0.0, 1.0, 2.0], "y": [3.0, 4.0, 5.0]})
    colours = pd.DataFrame({"elements": [2, 5, 3], "noble": [0.0, 0.5, 1.0]})
    drawing = figures.maps(places, colours, {"noble": "noble share"})
    left, right = drawing.axes[:2]
    assert [panel.get_title("left") for panel in (left, right)] == ["elements", "noble share"]
    points = dict(zip(right.collections[0].get_offsets()[:, 0], right.collections[0].get_array(), strict=True))
    assert points == {0.0: 0.0, 1.0: 0.5, 2.0: 1.0}


def test_strips_stack_to_one_and_name_their_places():
    walk = pd.DataFrame({"Co": [0.5, 1.0], "Ni": [0.5, 0.0]}, index=pd.Index([-1.5, 1.5], name="z2"))
    drawing = figures.strips({"several phases": walk, "single phase": walk[["Ni", "Co"]]})
    for panel in drawing.axes:
        tops = {}
        for bar in panel.patches:
            tops[round(bar.get_x(), 2)] = max(tops.get(round(bar.get_x(), 2), 0), bar.get_y() + bar.get_height())
        assert list(tops.values()) == pytest.approx([1, 1])
    assert [tick.get_text() for tick in drawing.axes[-1].get_xticklabels()] == ["-1.5", "1.5"]
    assert drawing.axes[-1].get_xlabel() == "z2"
    first, second = ({bar.get_facecolor() for bar in panel.patches} for panel in drawing.axes)
    assert first == second and len(first) == 2  # an element has one colour in all panels


def test_strips_leave_out_symbols_that_have_no_room_and_the_legend_names_all(legend):
    walk = pd.DataFrame({"Co": [0.95, 0.96], "Ni": [0.05, 0.04], "V": [0.0, 0.0]}, index=[0, 1])
    drawing = figures.strips({"a walk": walk})
    (panel,) = drawing.axes
    assert [text.get_text() for text in panel.texts] == ["Co", "Co"]
    assert legend(drawing) == ["Co", "Ni"]
    (patches,) = (found.get_patches() for found in drawing.legends)
    assert {patch.get_facecolor() for patch in patches} == {bar.get_facecolor() for bar in panel.patches}


def test_information_prints_shares(legend):
    table = pd.DataFrame({"elements": [0.4, -0.01], "class": [0.0, 0.1]}, index=["z1", "z2"])
    axes = figures.information(table).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0.40", "0.00", "0.00", "0.10"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["elements", "class"]


def test_probes_stand_beside_the_line_of_no_knowledge(legend):
    scores = {"means": {"logistic": 0.7, "forest": 0.8}, "samples": {"logistic": 0.5, "forest": 0.55}}
    drawing = figures.probes(scores, target=0.6)
    (axes,) = drawing.axes
    assert legend(drawing) == ["logistic", "forest"]
    assert axes.lines[1].get_xdata().tolist() == [0.8, 0.55]
    assert axes.lines[2].get_xdata()[0] == 0.5 and axes.lines[3].get_xdata()[0] == 0.6


# Panels ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shapley():
    table = datasets.load_zeng2024()
    eight = list(figures.EIGHT)
    head = interpretation.DescriptorHead("logistic").fit(table[eight], table["single_phase"])
    return head, table[eight].sample(10, random_state=0)


def test_a_typed_alloy_is_explained(shapley):
    panel = ShapleyPanel(*shapley, formula="CoCrFeMnNi")
    before, first = panel.picture.value, panel.explanation
    assert bytes(before).startswith(b"\x89PNG") and first.gap < 1e-6
    panel.formula.value = "MoNbTaW"
    assert panel.picture.value != before and panel.message.value == ""
    assert panel.explanation.answers.item() != first.answers.item()


@pytest.mark.parametrize(("typed", "words"), [("Mo<b>Xx", "&lt;b&gt;"), ("FeSn", "mixing enthalpy is not known")])
def test_what_cannot_be_explained_is_said_and_the_picture_stays(shapley, typed, words):
    panel = ShapleyPanel(*shapley)
    before = panel.picture.value
    panel.formula.value = typed
    assert words in panel.message.value and panel.picture.value == before
    panel.formula.value = "CoNi"
    assert panel.message.value == ""


def test_without_an_alloy_there_is_no_explanation_yet(shapley):
    panel = ShapleyPanel(*shapley, formula="Xx")
    assert "Xx" in panel.message.value and panel.explanation is None
    panel.formula.value = "CoNi"
    assert panel.message.value == "" and panel.explanation.gap < 1e-6


def test_a_background_that_does_not_fit_is_refused(shapley):
    with pytest.raises(HeaError, match="no column 'k'"):
        ShapleyPanel(shapley[0], shapley[1].drop(columns="k"))


@pytest.fixture(scope="module")
def model():
    return DisentangledVAE(problems.single_phase(table="zeng2024"), steps=60).fit(seed=0)


@pytest.fixture
def panel(model):
    return WalkPanel(model, "CoCrFeNi")


def test_a_typed_alloy_brings_its_latent_vector_and_class(panel, model):
    table = pd.DataFrame({"Co": [0.5], "Ni": [0.5]})
    panel.formula.value = "CoNi"
    assert panel.point.iloc[0].to_numpy() == pytest.approx(model.encode(table).iloc[0].to_numpy())
    assert panel.label.value == int(model.predict(table).iloc[0, 0] > 0.5)
    assert panel.slider.value == pytest.approx(panel.point["z1"].item(), abs=1e-6)
    assert "single phase with probability" in panel.message.value


def test_a_turned_number_stays_turned_and_the_class_changes_the_alloy(panel, model):
    panel.slider.value = -2.5 if panel.slider.value > 0 else 2.5  # far from where it was
    turned = panel.slider.value
    assert panel.point["z1"].item() == turned
    panel.coordinate.value = "z2"
    assert panel.point["z1"].item() == turned and panel.slider.value == pytest.approx(
        panel.point["z2"].item(), abs=1e-6
    )
    for label in (0, 1):
        panel.label.value = label
        expected = model.decode(panel.point, pd.DataFrame({"single_phase": [float(label)]}))
        assert panel.design.to_numpy() == pytest.approx(expected.to_numpy())


def test_a_point_far_from_known_alloys_is_said_to_be_one(panel):
    panel.point = panel.point * 0
    panel.slider.value = -panel.slider.value or 1.0
    assert "no alloy is known" not in panel.message.value
    panel.point = panel.point * 0 + 2.5
    panel.coordinate.value = "z4"
    assert "no alloy is known" in panel.message.value


def test_an_alloy_out_of_the_palette_is_said_and_the_point_stays(panel):
    before, point = panel.picture.value, panel.point
    panel.formula.value = "CoU"
    assert "U" in panel.message.value and "color" in panel.message.value
    assert panel.picture.value == before and panel.point is point


def test_a_walk_without_an_alloy_to_begin_with_waits_for_one(model):
    panel = WalkPanel(model, "Xx")
    panel.slider.value = 1.0
    with pytest.raises(HeaError, match="type an alloy"):
        _ = panel.design
    assert "Xx" in panel.message.value
    panel.formula.value = "CoCrFeNi"
    assert "single phase with probability" in panel.message.value


def test_a_second_target_is_held_at_what_is_predicted_of_the_typed_alloy():
    small = {"latent": 2, "width": 8, "couplings": 1, "flow_width": 8, "head_width": 8, "steps": 10, "trees": 0.0}
    model = DisentangledVAE(problems.single_phase(also="hardness"), **small).fit(seed=0)
    panel = WalkPanel(model, "CoCrFeNi")
    predicted = model.predict(alloys.fractions("CoCrFeNi"))["hardness"].item()
    assert panel.held == {"hardness": pytest.approx(predicted)}
    panel.slider.value, panel.label.value = 0.5, 0
    expected = model.decode(panel.point, pd.DataFrame({"single_phase": [0.0], "hardness": [predicted]}))
    assert panel.design.to_numpy() == pytest.approx(expected.to_numpy())
    found = model.predict(expected)["hardness"].item()
    assert f"hardness {found:.4g} HV where {predicted:.4g} was asked for" in panel.message.value
    panel.formula.value = "AlTiV"
    assert panel.held["hardness"] != pytest.approx(predicted)
