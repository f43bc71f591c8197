"""The panels on coverage and on few labels, moved as a student would move them, and their figures."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from hea_lib import calibration, datasets, descriptors, problems
from hea_lib.errors import HeaError
from hea_lib.figures.draws import draws
from hea_lib.figures.sets import sets
from hea_lib.widgets import ConformalPanel, FewLabelsPanel

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


# Coverage ----------------------------------------------------------------------------------------------------------


def small_mismatch(designs):
    """A classifier that needs no training: atoms of unequal size speak against a single phase."""
    mismatch = descriptors.compute(designs, ["size_mismatch"])["size_mismatch"]
    return pd.DataFrame({"single_phase": 1 / (1 + np.exp(mismatch - 5))}, index=designs.index)


@pytest.fixture(scope="module")
def model():
    return SimpleNamespace(problem=problems.single_phase(judge_half=1), predict=small_mismatch)


@pytest.fixture(scope="module")
def unseen():
    return problems.single_phase(judge_half=0)


@pytest.fixture(scope="module")
def divisions(unseen):
    rng = np.random.default_rng(0)
    return [np.array_split(rng.permutation(len(unseen)), 2) for _ in range(4)]


@pytest.fixture
def panel(model, unseen, divisions):
    return ConformalPanel(model, unseen, divisions, coverage=0.8)


def test_shares_are_the_means_over_the_divisions(panel, unseen, divisions):
    labels = unseen.properties["single_phase"].to_numpy()
    known = small_mismatch(unseen.designs)["single_phase"].to_numpy()
    found = [
        calibration.coverage(labels[asked], calibration.ConformalSets(0.8).fit(labels[few], known[few])(known[asked]))
        for few, asked in divisions
    ]
    assert panel.shares.to_dict() == pytest.approx(pd.DataFrame(found).mean().to_dict())
    assert f"the true class is held for {panel.shares['all']:.0%}" in panel.message.value


def test_a_larger_promise_costs_larger_sets(panel):
    before, shares = panel.picture.value, panel.shares
    assert bytes(before).startswith(b"\x89PNG")
    panel.coverage.value = 0.95
    assert panel.shares["both"] > shares["both"] and panel.shares["all"] > shares["all"]
    assert panel.picture.value != before and f"both for {panel.shares['both']:.0%}" in panel.message.value


def test_the_set_of_a_typed_alloy_grows_with_the_promise(panel, unseen):
    labels, known = unseen.properties["single_phase"], small_mismatch(unseen.designs)["single_phase"]
    low, high = (calibration.ConformalSets(c).fit(labels, known).thresholds for c in (0.5, 0.99))
    panel.formula.value = "AlCrTi"
    between = small_mismatch(panel.design).iloc[0, 0]
    assert low[0] < between < 1 - low[1] and 1 - high[1] <= between <= high[0]
    panel.coverage.value = 0.5
    assert panel.classes == [] and "none: so low a coverage" in panel.message.value
    panel.coverage.value = 0.99
    assert panel.classes == ["several phases", "single phase"]
    assert "several phases or single phase" in panel.message.value
    panel.coverage.value, panel.formula.value = 0.7, "CoNi"
    assert panel.classes == ["single phase"]


def test_an_alloy_that_is_not_new_is_said_to_be_known(panel, model, unseen):
    assert "the promise is for new ones" not in panel.message.value
    for problem in (model.problem, unseen):
        first = problem.designs.iloc[0]
        panel.formula.value = "".join(f"{symbol}{100 * share:.6f}" for symbol, share in first[first > 0].items())
        assert "the promise is for new ones" in panel.message.value


@pytest.mark.parametrize(("text", "words"), [("Al<b>Xx", "&lt;b&gt;"), ("CoU", "contains U")])
def test_an_alloy_that_cannot_be_read_is_said_and_the_slider_goes_on(panel, text, words):
    panel.formula.value = text
    before, shares = panel.picture.value, panel.shares
    assert words in panel.message.value and "one class for" in panel.message.value
    with pytest.raises(HeaError):
        _ = panel.classes
    panel.coverage.value = 0.95
    assert words in panel.message.value and panel.shares["all"] > shares["all"] and panel.picture.value != before


def test_a_promise_that_cannot_be_tested_or_set_is_refused(model, unseen, divisions):
    with pytest.raises(HeaError, match="no divisions"):
        ConformalPanel(model, unseen, [])
    with pytest.raises(HeaError, match=r"coverage is 0.3; the slider goes from 0.5 to 0.99"):
        ConformalPanel(model, unseen, divisions, coverage=0.3)


@pytest.fixture
def shares():
    return pd.Series({"all": 0.8, "class 0": 0.7, "class 1": 0.9, "none": 0.1, "one": 0.6, "both": 0.3})


@pytest.mark.parametrize(
    ("thresholds", "band", "kind"),
    [([0.7, 0.8], (0.2, 0.7), "both"), ([0.3, 0.4], (0.3, 0.6), "none"), ([np.inf, np.inf], (0, 1), "both")],
)
def test_the_band_of_a_set_lies_between_its_thresholds(shares, legend, thresholds, band, kind):
    drawing = sets([0, 0, 1], [0.1, 0.2, 0.9], thresholds, shares, 0.8, {"CoNi": 0.4})
    left, right = drawing.axes
    (shaded,) = [patch for patch in left.patches if patch.get_hatch()]
    assert (shaded.get_x(), shaded.get_x() + shaded.get_width()) == pytest.approx(band)
    assert set(legend(left)) == {"several phases", "single phase", kind, "CoNi"}
    assert left.lines[0].get_xdata()[0] == 0.4
    assert [bar.get_height() for bar in right.patches] == [0.6, 0.3, 0.1]
    assert [line.get_ydata()[0] for line in right.lines] == [0.8, 0.7, 0.9]


# Few labels --------------------------------------------------------------------------------------------------------


@pytest.fixture
def recorded():
    """Two draws of ten labels, and one of all."""
    rows = [
        (10, 0, "trees", 0.9), (10, 1, "trees", 0.8),
        (10, 0, "heads, no pool", 0.7), (10, 1, "heads, no pool", 0.8),
        (10, 0, "heads, advice on labelled rows", 0.75), (10, 1, "heads, advice on labelled rows", 0.8),
        (10, 0, "heads, with the pool", 0.8), (10, 1, "heads, with the pool", 0.84),
        (99, 0, "trees", 0.95), (99, 0, "heads, no pool", 0.96),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["n_labels", "seed", "model", "auc"])


def test_one_draw_and_all_together_have_leaders_of_their_own(recorded):
    panel = FewLabelsPanel(recorded)
    together = panel.picture.value
    assert bytes(together).startswith(b"\x89PNG") and "ahead on average: trees, 0.850" in panel.message.value
    panel.draw.value = 1
    assert panel.picture.value != together
    assert "ahead in this draw: heads, with the pool, 0.840; ahead on average: trees" in panel.message.value


def test_gains_of_the_pool_are_pairwise(recorded):
    panel = FewLabelsPanel(recorded)
    assert panel.gains["no pool"].tolist() == pytest.approx([0.1, 0.04])
    assert panel.gains["the control"].tolist() == pytest.approx([0.05, 0.04])
    assert "heads gain +0.070 ± 0.030 from the pool over no pool" in panel.message.value
    panel.draw.value = 0
    assert "heads gain +0.050 from the pool over the control" in panel.message.value


def test_where_all_alloys_have_a_label_there_is_no_pool(recorded):
    panel = FewLabelsPanel(recorded, n_labels=99)
    assert "there is no pool" in panel.message.value and "gain" not in panel.message.value
    panel.draw.value = 1
    assert "draw 2 was not measured with 99 labels" in panel.message.value
    panel.n_labels.value = 10
    assert "ahead in this draw" in panel.message.value


def test_a_number_of_labels_without_a_measurement_is_refused(recorded):
    with pytest.raises(HeaError, match="nothing was measured with 11 labels; there are 10, 99"):
        FewLabelsPanel(recorded, n_labels=11)


def test_unless_told_it_shows_what_the_benchmark_measured():
    panel, rows = FewLabelsPanel(n_labels=116), datasets.load_results("few-labels").query("share == 0.1")
    assert panel.table.mean().to_dict() == pytest.approx(rows.groupby("model")["auc"].mean().to_dict())
    panel.n_labels.value = max(panel.n_labels.options)
    assert "there is no pool" in panel.message.value


def test_draws_put_the_best_on_top_and_join_one(legend):
    table = pd.DataFrame({"low": [0.6, 0.7], "high": [0.9, 0.8]}, index=[3, 4])
    drawing = draws(table, chosen=4)
    (axes,) = drawing.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["low", "high"]
    points, mean, *_, joined = axes.lines
    assert points.get_xdata().tolist() == [0.6, 0.7] and mean.get_xdata() == pytest.approx([0.65])
    assert joined.get_xdata().tolist() == [0.7, 0.8]
    assert legend(drawing) == ["a draw", "their mean", "this draw"] and len(draws(table).axes[0].lines) == 4
