"""The figures of requests and answers draw what they are given, in the right place, and say units."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import alloys
from hea_lib.figures import design, requests

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


def test_element_counts_are_shares_of_each_set_and_crumbs_do_not_count(legend):
    table = alloys.fractions(["MoNb", "Mo50Nb49.5Ti0.5", "MoNbTiZr", "MoNbTi"])
    (axes,) = requests.element_counts({"one": table, "two": table.iloc[2:]}).axes
    one, two = ([bar.get_height() for bar in bars] for bars in axes.containers)
    assert one == [0.5, 0.25, 0.25] and two == [0, 0.5, 0.5]
    assert axes.get_xticks().tolist() == [2, 3, 4] and legend(axes) == ["one", "two"]


def test_parities_show_the_first_designs_and_the_error_of_all(problem):
    wanted = problem.properties.iloc[:50]
    found = wanted.add([2.0, 0.01])
    panels = requests.parities(problem, wanted, found, most=30).axes
    names = map(design.axis_label, problem.targets)
    expected = [f"{name}\nmean error {error}" for name, error in zip(names, (2, 0.01), strict=True)]
    assert [panel.get_title("left") for panel in panels] == expected
    assert [len(panel.lines[1].get_xdata()) for panel in panels] == [30, 30]
    assert panels[0].lines[1].get_ydata() - panels[0].lines[1].get_xdata() == pytest.approx(2)
    assert (panels[0].get_xlabel(), panels[0].get_ylabel()) == ("requested", "achieved")


def test_answers_have_a_panel_a_method_and_a_line_a_request(problem):
    around = {60.0: pd.Series([58.0, 60, 62]), 90.0: pd.Series([90.0, 91])}
    exact = {60.0: pd.Series([60.0]), 90.0: pd.Series([90.0])}
    panels = requests.answers(problem.targets[0], {"one": around, "two": exact}, pd.Series([40.0, 75.0])).axes
    assert [panel.get_title("left") for panel in panels] == ["one", "two"]
    for panel in panels:
        assert [line.get_xdata()[0] for line in panel.lines[:2]] == [60, 90]
        assert panel.lines[2].get_xdata().tolist() == [40, 75]
        assert sum(bar.get_height() for bar in panel.patches) == pytest.approx(2)  # one for each request
    assert panels[-1].get_xlabel() == design.axis_label(problem.targets[0])


def test_cases_put_a_cross_on_each_request_and_the_trend_of_known_alloys(problem, legend):
    asked = {"a": {"shear_modulus": 100.0, "fracture_toughness": 0.4}, "b": problem.properties.iloc[0].to_dict()}
    found = {"a": problem.properties.iloc[:5], "b": problem.properties.iloc[5:12]}
    (axes,) = requests.cases(problem, asked, found).axes
    trend, *drawn = axes.lines
    line = np.polynomial.Polynomial.fit(*problem.properties.to_numpy().T, 1)
    assert trend.get_ydata() == pytest.approx(line(trend.get_xdata()))
    assert [len(dots.get_xdata()) for dots in drawn[::2]] == [5, 7]
    assert [float(cross.get_ydata()[0]) for cross in drawn[1::2]] == [
        request["fracture_toughness"] for request in asked.values()
    ]
    assert legend(axes) == ["trend of known alloys", "a", "b"]


def test_novelty_compares_known_alloys_with_the_others_and_copies_with_themselves(problem, legend):
    drawing = requests.novelty(problem, {"copies": problem.designs.iloc[:9], "far": alloys.fractions(["Ir", "Os"])})
    (axes,) = drawing.axes
    _, known, copies, far = (line.get_xdata()[1:] for line in axes.lines)  # a curve begins at zero
    assert len(known) == len(problem) and known.min() > 0
    assert copies == pytest.approx(0, abs=1e-9) and far.min() > 0.2
    assert axes.lines[0].get_xdata()[0] == problem.space.novel_distance
    assert legend(axes) == ["known alloys, to the others", "copies", "far"]


def test_a_scorecard_has_a_row_a_method_a_panel_a_figure_and_a_marker_a_kind_of_run(legend):
    results = pd.DataFrame(
        {
            "split": ["random", "random", "random", "random", "grouped"],
            "method": ["swap", "swap", "cgan", "cgan", "swap"],
            "novel": [0.8, 1.0, 0.5, 0.5, 0.7],
            "C2ST": [0.6, 0.6, 0.7, 0.7, 0.8],
        }
    )
    drawing = requests.scorecard(results, {"novel": "new", "C2ST": "C2ST"}, highlight=("cgan",))
    first, second = drawing.axes
    assert [panel.get_title("left") for panel in (first, second)] == ["new", "C2ST"]
    assert [label.get_text() for label in first.get_yticklabels()] == ["swap", "cgan"]
    random, grouped = first.containers
    assert random.lines[0].get_xdata().tolist() == [0.9, 0.5]
    bar = random.lines[2][0].get_segments()[0][:, 0]
    assert np.ptp(bar) == pytest.approx(2 * np.std([0.8, 1.0], ddof=1))
    assert pd.isna(grouped.lines[0].get_xdata()).tolist() == [False, True]  # not measured, so no marker
    assert len(first.patches) == 1 and first.get_ylim() == (1.5, -0.5)
    assert legend(drawing) == ["random", "grouped"]


def test_more_sets_than_colours_are_all_drawn(problem):
    table = problem.designs.iloc[:3]
    (axes,) = requests.element_counts({str(number): table for number in range(8)}).axes
    assert len(axes.containers) == 8
    results = pd.DataFrame({"method": list("abcdefgh"), "error": 1.0, "novel": 0.5})
    (axes,) = design.trade_off(results, "error", "novel", ("error", "novelty"), (0, 1)).axes
    assert len(axes.containers) == 8


def test_a_frontier_joins_the_means_of_a_line_in_the_order_given(legend):
    results = pd.DataFrame(
        {
            "line": ["s", "s", "s", "t"],
            "label": ["1", "1", "4", "1"],
            "error": [3.0, 5, 1, 2],
            "W1": [0.1, 0.1, 0.2, 0.1],
        }
    )
    (axes,) = requests.frontier(results, "error", "W1", ("error [GPa]", "W1"), floor=0.01).axes
    floor, first, second = axes.lines
    assert floor.get_ydata()[0] == 0.01
    assert first.get_xdata().tolist() == [4, 1] and second.get_xdata().tolist() == [2]
    assert [text.get_text() for text in axes.texts] == ["1", "4", "1"]
    assert legend(axes) == ["real alloys", "s", "t"] and axes.get_xlabel() == "error [GPa]"


def test_delivered_alloys_are_labelled_with_what_the_judge_says(problem):
    designs = alloys.fractions(["MoNbTi", "NbTi"])
    (axes,) = requests.delivered(problem, designs).axes  # numbers stand in the cells, so there is no scale of colours
    found = problem.judge(problem.space.check(designs))
    expected = [f"{g:.3g}  {k:.3g}" for g, k in found.to_numpy()]
    assert [label.get_text() for label in axes.get_yticklabels()] == expected
    assert len(requests.delivered(problem, designs, most=1).axes[0].get_yticklabels()) == 1
