"""The figures of designs and descriptors draw what they are given, say units, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys, problems
from hea_lib.figures import descriptors, design
from hea_lib.figures.intervals import wilson

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_axis_labels_say_symbol_and_unit():
    modulus = problems.Target("shear_modulus", "Shear modulus G", "GPa", 0.0, 1.0)
    toughness = problems.Target("fracture_toughness", "Stress intensity K_IC", "MPa_sqrt_m", 0.0, 1.0)
    assert design.axis_label(modulus) == "Shear modulus $G$ [GPa]"
    assert design.axis_label(toughness) == r"Stress intensity $K_\mathrm{IC}$ [MPa$\,\sqrt{\mathrm{m}}$]"


def test_level_lines_are_drawn_at_the_values_asked_between_the_three_corners(problem):
    axes, bar = design.level_lines(problem, ("Mo", "Nb", "Ti"), "shear_modulus", [60, 80, 100]).axes
    corners = [text.get_text() for text in axes.texts if text.get_text() in ("Mo", "Nb", "Ti")]
    assert corners == ["Mo", "Nb", "Ti"]
    assert {"60", "80", "100"} <= set(texts(axes))
    assert bar.get_ylabel() == design.axis_label(problem.targets[0]) and "[GPa]" in bar.get_ylabel()


def test_a_property_map_shows_known_designs_sets_and_the_request(problem, legend):
    values, wanted = problem.properties.iloc[:7], problem.properties.iloc[0]
    (axes,) = design.property_map(problem, {"some": values}, wanted).axes
    assert [len(dots.get_offsets()) for dots in axes.collections] == [len(problem), 7, 1]
    assert legend(axes) == ["known alloys", "some", "requested"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == tuple(map(design.axis_label, problem.targets))
    assert len(design.property_map(problem).axes[0].collections) == 1


def test_compositions_print_a_number_for_each_element_that_is_there():
    designs = alloys.fractions(["MoNbTi", "Mo50Ti49.7W0.3", "NbTi"])
    axes, bar = design.compositions(designs, labels=["a", "b", "c"]).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Mo", "Nb", "Ti"]  # W is below one per cent
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert sorted(texts(axes)) == sorted(["33"] * 3 + ["50"] * 2 + ["50"] * 2)
    assert bar.get_ylabel() == "at%"
    assert len(design.compositions(designs, most=2).axes[0].get_yticklabels()) == 2


def test_parity_has_a_panel_a_method_and_says_its_error(problem):
    wanted = pd.Series([40.0, 60.0, 80.0])
    panels = design.parity(problem.targets[0], {"off": (wanted, wanted + 2), "exact": (wanted, wanted)}).axes
    assert [panel.get_title("left") for panel in panels] == ["off\nMAE 2.00 GPa", "exact\nMAE 0.00 GPa"]
    assert [panel.get_xlabel() for panel in panels] == ["requested [GPa]"] * 2
    assert panels[0].get_ylabel() == "achieved [GPa]"
    assert panels[0].collections[0].get_offsets().tolist() == [[40, 42], [60, 62], [80, 82]]


def test_element_correlations_show_every_pair_once_a_set():
    table = alloys.fractions(["Mo60Nb40", "Mo20Nb80", "Mo50Nb50"])
    *panels, bar = design.element_correlations({"one": table, "two": table}).axes
    assert [panel.get_title("left") for panel in panels] == ["one", "two"]
    shown = np.ma.masked_invalid(panels[0].collections[0].get_array()).reshape(2, 2)
    assert shown.mask.tolist() == [[True, False], [False, True]]  # an element goes with itself: not worth a colour
    assert shown[0, 1] == pytest.approx(-1)
    assert bar.get_ylabel() == "correlation of atomic fractions"


def test_a_trade_off_has_a_cross_a_method_and_the_ideal():
    results = pd.DataFrame({"method": ["a", "a", "b", "b"], "error": [1.0, 3, 5, 5], "novel": [0.0, 1, 1, 1]})
    (axes,) = design.trade_off(results, "error", "novel", ("error [GPa]", "novelty"), (0.0, 1.0)).axes
    assert texts(axes) == ["a", "b", "ideal"]
    assert [cross.lines[0].get_xydata().tolist() for cross in axes.containers] == [[[2.0, 0.5]], [[5.0, 1.0]]]
    across, up = (np.ptp(bars.get_segments()[0], axis=0) for bars in axes.containers[0].lines[2])
    assert across == pytest.approx([2 * 2**0.5, 0]) and up == pytest.approx([0, 2**0.5])  # two standard deviations
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("error [GPa]", "novelty")


def test_shares_by_count_leave_out_what_is_too_few_and_stay_between_zero_and_one(legend):
    count, single = [2] * 12 + [3] * 20 + [4] * 9, [1] * 12 + [0, 1] * 10 + [1] * 9
    table = pd.DataFrame({"n_elements": count, "single_phase": single})
    (axes,) = descriptors.share_by_count({"ours": table, "theirs": table[:12]}).axes
    ours, theirs = axes.containers
    assert ours.lines[0].get_ydata().tolist() == [1, 0.5] and len(theirs.lines[0].get_ydata()) == 1
    ends = np.concatenate([bar.get_segments() for bar in ours.lines[2]])[..., 1]
    assert ends.min() >= 0 and ends.max() <= 1
    assert {"12", "20"} <= set(texts(axes)) and "9" not in texts(axes)
    assert legend(axes) == ["ours", "theirs"]
    assert axes.get_xlabel() and axes.get_ylabel()


def test_two_voices_have_a_row_an_element_in_order_of_the_first(legend):
    table = pd.DataFrame({"one": [3.0, 1.0, 2.0], "two": [3.5, np.nan, 2.0]}, index=["Mo", "Nb", "Ti"])
    (axes,) = descriptors.two_voices(table, "modulus [GPa]", {"one": "first", "two": "second"}, highlight="Ti").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Nb", "Ti", "Mo"]
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert np.isfinite(axes.lines[1].get_xdata()).sum() == 2
    assert axes.get_xlabel() == "modulus [GPa]" and legend(axes) == ["first", "second"]
    assert len(axes.patches) == 1


def test_stiffness_toughness_counts_both_kinds_of_alloys(legend):
    modulus, toughness = pd.Series([40.0, 50, 60]), pd.Series([0.3, 0.4, 0.5])
    (axes,) = descriptors.stiffness_toughness(modulus, toughness, pd.Series([0.1, np.nan, np.nan])).axes
    assert sorted(legend(axes)) == ["one source (2)", "two sources (1)"]
    assert [len(line.get_xdata()) for line in axes.lines if line.get_linestyle() == "None"] == [1, 2]
    assert axes.get_xlabel() == "shear modulus [GPa]" and "MPa" in axes.get_ylabel()


def test_content_by_stiffness_has_a_line_a_source_and_begins_at_zero(legend):
    series = pd.Series([5.0, 20.0, 30.0], index=[30, 50, 70])
    (axes,) = descriptors.content_by_stiffness({"one": series, "two": series / 2}).axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[5, 20, 30], [2.5, 10, 15]]
    assert legend(axes) == ["one", "two"] and axes.get_ylim()[0] == 0
    assert "[GPa]" in axes.get_xlabel() and "[at%]" in axes.get_ylabel()


def test_wilson_agrees_with_tables_and_stays_between_zero_and_one():
    low, high = wilson(pd.Series([1.0, 0.5, 0.0]), pd.Series([7, 100, 3]))
    assert ((low >= 0) & (high <= 1) & (low < high)).all()
    assert [low[1], high[1]] == pytest.approx([0.4038, 0.5962], abs=1e-4)
    assert low[0] == pytest.approx(7 / (7 + 1.959964**2)) and high[2] == pytest.approx(1 - 3 / (3 + 1.959964**2))
