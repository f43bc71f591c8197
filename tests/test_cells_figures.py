"""The figures and the panel of cells for a wanted gap draw what they are given, and say what they cannot."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from hea_lib import problems, strain
from hea_lib.errors import CellError, HeaError, TargetError
from hea_lib.figures import cells
from hea_lib.figures.style import BLUE, MUTED
from hea_lib.widgets import GapPanel

pytestmark = pytest.mark.usefixtures("nothing_stays_open")
REST = strain.REFERENCE | {"field": 0.0}


@pytest.fixture(scope="module")
def problem():
    return problems.get("mos2")


# Figures -----------------------------------------------------------------------------------------------------------


def test_a_cell_is_drawn_over_the_unstrained_one():
    drawing = cells.strained(pd.DataFrame([REST | {"a": 3.5, "c": 14.0, "field": 0.5}, REST], index=["wide", "rest"]))
    above, other, side, _ = drawing.axes
    assert [above.get_title("left"), other.get_title("left")] == ["wide", "rest"]
    grey, own = (next(line for line in above.lines if to_hex(line.get_color()) == to_hex(c)) for c in (MUTED, BLUE))
    assert grey.get_xdata()[1] == pytest.approx(strain.REFERENCE["a"]) and own.get_xdata()[1] == pytest.approx(3.5)
    assert max(side.lines[1].get_ydata()) == pytest.approx(14.0)


def test_the_atoms_move_with_the_cell():
    (above, _) = cells.strained(pd.DataFrame([REST | {"a": 3.5}])).axes
    metal, sulphur = (line.get_xydata()[0] for line in above.lines[2:])
    vectors = strain.lattice(pd.DataFrame([REST | {"a": 3.5}]))[0, :2, :2]
    assert metal + sulphur == pytest.approx(vectors.sum(axis=0))


@pytest.mark.parametrize(("field", "up"), [(0.8, True), (-0.8, False)])
def test_the_field_is_an_arrow(field, up):
    side = cells.strained(pd.DataFrame([REST | {"field": field}])).axes[1]
    arrow = next(text for text in side.texts if hasattr(text, "arrow_patch"))
    assert (arrow.xy[1] > arrow.get_position()[1]) == up
    assert abs(arrow.xy[1] - arrow.get_position()[1]) == pytest.approx(0.8 * 6)
    assert any(f"{field:+.2f}" in text.get_text() for text in side.texts)


def test_without_a_field_there_is_no_arrow():
    side = cells.strained(pd.DataFrame([REST])).axes[1]
    assert not [text for text in side.texts if getattr(text, "arrow_patch", None)]


def test_cells_that_are_none_are_refused():
    with pytest.raises(HeaError, match="no cells"):
        cells.strained(pd.DataFrame([REST]).iloc[:0])
    with pytest.raises(CellError, match="field"):
        cells.strained(pd.DataFrame([strain.REFERENCE]))
    with pytest.raises(CellError, match="radians"):
        cells.strained(pd.DataFrame([REST | {"alpha": 1.57, "beta": 1.57, "gamma": 2.09}]))


def test_each_cell_has_a_line_of_steps():
    said = pd.DataFrame([[0.4, 0.7], [0.5, 0.51]])
    left, middle, right = cells.arriving(said, said + 0.02, pd.DataFrame([[0, 0], [0.1, 0.3]]), 0.5).axes
    assert left.lines[1].get_ydata() == pytest.approx([0.7, 0.51])
    assert middle.lines[0].get_ydata() == pytest.approx([0.42, 0.52])
    assert right.lines[1].get_ydata() == pytest.approx([0, 0.3]) and len(right.lines) == 2
    assert all(panel.lines[-1].get_ydata()[0] == 0.5 for panel in (left, middle))


def test_steps_of_other_cells_are_refused():
    with pytest.raises(HeaError, match=r"\(2, 1\), \(2, 1\) and \(1, 1\)"):
        cells.arriving(pd.DataFrame([[0.4], [0.5]]), pd.DataFrame([[0.4], [0.5]]), pd.DataFrame([[0.0]]), 0.5)


def test_misses_beyond_the_axes_stay_at_their_ends():
    table = pd.DataFrame({"forward": [0.0, 0.02, -0.9], "judge": [0.01, 0.4, -0.03]})
    one, two = cells.misses({"sampled": table, "moved": table / 10}, reach=0.15).axes
    assert [one.get_title("left"), two.get_title("left")] == ["sampled", "moved"]
    dots = next(line for line in one.lines if line.get_marker() == "o")
    assert dots.get_xydata() == pytest.approx(np.array([[0, 0.01], [0.02, 0.15], [-0.15, -0.03]]))


def test_a_spread_that_warns_rises():
    spread = np.geomspace(0.001, 0.05, 80)
    sets = {"warns": pd.DataFrame({"spread": spread, "error": spread}).sample(frac=1, random_state=0)}
    sets["does not"] = sets["warns"].assign(error=0.02)
    rising, flat = cells.warnings_of_spread(sets, bins=8).axes[0].lines
    assert len(rising.get_xdata()) == 8 and (np.diff(rising.get_ydata()) > 0).all()
    assert rising.get_ydata()[0] == pytest.approx(1000 * spread[:10].mean())
    assert flat.get_ydata() == pytest.approx(np.full(8, 20.0))


def test_too_few_cells_for_the_bins_are_refused():
    with pytest.raises(HeaError, match="few: 3 cells do not fill 8 bins"):
        cells.warnings_of_spread({"few": pd.DataFrame({"spread": [1, 2, 3], "error": [1, 2, 3]})})


def test_the_frontier_leads_from_alone_to_repaired(legend):
    rows = pd.MultiIndex.from_product([[0.5, 1.0], ["cinn", "mdn", "copies"]])
    columns = ["diversity", "hits", "diversity repaired", "hits repaired"]
    table = pd.DataFrame(np.arange(24).reshape(6, 4) / 24, rows, columns)
    drawing = cells.frontier(table, references=["copies"])
    left, right = drawing.axes
    assert [panel.get_title("left") for panel in (left, right)] == ["0.5 eV", "1 eV"]
    way, alone, repaired = right.lines[3:6]
    assert way.get_xydata() == pytest.approx(table.loc[1.0, "mdn"].to_numpy().reshape(2, 2))
    assert alone.get_xydata()[0] == pytest.approx(way.get_xydata()[0])
    assert repaired.get_xydata()[0] == pytest.approx(way.get_xydata()[1])
    assert left.lines[-1].get_xydata()[0] == pytest.approx(table.loc[0.5, "copies"].iloc[:2])
    assert legend(drawing) == ["cinn", "mdn", "copies"]


def test_what_has_no_look_of_its_own_is_refused_rather_than_left_out():
    steps = pd.DataFrame(np.zeros((2, 7)))
    with pytest.raises(HeaError, match="7 cells are asked for, 6 too many; at most 6"):
        cells.arriving(steps, steps, steps, 0.5)
    table = pd.DataFrame({"spread": np.arange(1.0, 9), "error": 1.0})
    with pytest.raises(HeaError, match="7 sets are asked for, g too many; at most 6"):
        cells.warnings_of_spread(dict.fromkeys("abcdefg", table))
    columns = ["diversity", "hits", "diversity repaired", "hits repaired"]
    table = pd.DataFrame(0.5, pd.MultiIndex.from_product([[0.5], list("abcdefg")]), columns)
    with pytest.raises(HeaError, match="7 models are asked for, g too many; at most 6"):
        cells.frontier(table)
    with pytest.raises(HeaError, match="5 references are asked for, e too many; at most 4"):
        cells.frontier(table, list("abcde"))


# Panel -------------------------------------------------------------------------------------------------------------


class Known:
    """A model that answers with known cells of about the gap, and remembers the seeds it was given."""

    def __init__(self, problem):
        self.problem, self.seeds = problem, []

    def sample(self, requests, seed=0):
        self.seeds.append(seed)
        near = (self.problem.properties["band_gap"] - requests["band_gap"].iloc[0]).abs().nsmallest(60).index
        return (
            self.problem.designs.loc[near].sample(len(requests), replace=True, random_state=seed).reset_index(drop=True)
        )


@pytest.fixture
def panel(problem):
    return GapPanel(problem, Known(problem), gap=0.8, n=20)


def test_the_panel_answers_with_cells_that_the_judge_has_seen(panel, problem):
    assert bytes(panel.picture.value).startswith(b"\x89PNG")
    assert problem.space.contains(panel.designs).all() and len(panel.designs) == 20
    judged = problem.judge(panel.designs)["band_gap"]
    assert panel.found["judge"].to_numpy() == pytest.approx(judged.to_numpy())
    assert (panel.found["forward"] - 0.8).abs().median() < 1e-2
    hits = int(((judged - 0.8).abs() <= 0.05).sum())
    assert panel.message.value.startswith(f"{hits} of 20 cells have 0.80 eV within 0.05 eV")


def test_sliding_the_gap_and_drawing_anew_change_the_cells(panel):
    before, picture = panel.designs, panel.picture.value
    panel.gap.value = 1.2
    assert (panel.found["forward"] - 1.2).abs().median() < 1e-2 and panel.picture.value != picture
    second = panel.designs
    panel.seed.value = 3
    assert not panel.designs.equals(second) and not second.equals(before) and 3 in panel.model.seeds


def test_as_sampled_means_not_moved(panel, problem):
    panel.localized.value = False
    known = problem.designs.round(9).apply(tuple, axis=1)
    assert panel.designs.round(9).apply(tuple, axis=1).isin(set(known)).all()


def test_what_a_model_cannot_answer_is_said_and_the_old_answer_goes(panel):
    sample = panel.model.sample

    def fails(requests, seed=0):
        raise HeaError("the model <b>is asleep</b>")

    panel.model.sample = fails
    panel.gap.value = 0.3
    assert "&lt;b&gt;is asleep" in panel.message.value
    assert panel.designs is None and panel.found is None and bytes(panel.picture.value) == b""
    panel.model.sample = sample
    panel.gap.value = 0.4
    assert len(panel.designs) == 20 and bytes(panel.picture.value).startswith(b"\x89PNG")


def test_the_slider_reaches_every_feasible_gap(problem):
    panel = GapPanel(problem, Known(problem), gap=2.39, n=4)
    assert panel.gap.value == 2.39 and panel.message.value.endswith("(median)")
    assert (panel.gap.min, panel.gap.max) == (problem.targets[0].lowest, problem.targets[0].highest)


@pytest.mark.parametrize("gap", [2.4, -0.1, float("nan")])
def test_a_gap_that_is_none_is_refused_rather_than_moved(problem, gap):
    with pytest.raises(TargetError, match="band_gap"):
        GapPanel(problem, Known(problem), gap=gap)


def test_fewer_cells_than_are_drawn_are_refused(problem):
    with pytest.raises(HeaError, match="n is 2; the panel draws 4 cells"):
        GapPanel(problem, Known(problem), n=2)
