"""The panels of the chapters on theory and on training, moved as a student would move them, and their figures."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import datasets
from hea_lib.errors import HeaError, TrainingError, UnknownNameError
from hea_lib.figures.shift import distances, shift
from hea_lib.figures.training import step
from hea_lib.widgets import DistancePanel, StepPanel
from hea_lib.widgets.steps import StepTimes


def test_distances_of_a_shifted_heap_are_those_of_the_chapter():
    found = distances([0.0], 0.25, [0.0, 0.5, 1.5, 3.0])
    assert found["Wasserstein"].to_list() == pytest.approx([0.0, 0.5, 1.5, 3.0], abs=1e-9)
    assert found["slope, Wasserstein"].to_list()[1:] == pytest.approx([1.0] * 3)
    assert found["Jensen-Shannon"].to_list()[0] == pytest.approx(0, abs=1e-9)
    assert found["Jensen-Shannon"].to_list()[3] == pytest.approx(np.log(2))
    assert found["slope, log(1 - D)"].iloc[3] < 1e-6  # dead, where the other is t / w^2
    assert found["slope, -log D"].iloc[3] == pytest.approx(3 / 0.25**2)


def test_distances_agree_with_draws():
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(0)
    real = rng.choice([-1.5, 0.5, 2.0], 100_000) + 0.3 * rng.normal(size=100_000)
    found = distances([-1.5, 0.5, 2.0], 0.3, [1.0]).iloc[0]
    assert found["Wasserstein"] == pytest.approx(
        wasserstein_distance(real, 1 + 0.3 * rng.normal(size=100_000)), abs=0.02
    )


@pytest.mark.parametrize("heaps", [[0.0], [-1.5, 1.5], [-3.0, 0.0, 0.5]])
@pytest.mark.parametrize("width", [0.1, 0.25, 1.0])
def test_slopes_are_derivatives(heaps, width):
    """The best discriminator is stationary, so the slope of log(1 - D) is that of twice Jensen-Shannon."""
    here, apart = np.array([-2.33, 0.21, 0.87]), 1e-3
    ahead, behind = distances(heaps, width, here + apart), distances(heaps, width, here - apart)
    found = distances(heaps, width, here)
    for name, slope, factor in (("Jensen-Shannon", "log(1 - D)", 2), ("Wasserstein", "Wasserstein", 1)):
        rise = factor * (ahead[name].to_numpy() - behind[name].to_numpy()) / (2 * apart)
        assert found[f"slope, {slope}"].to_numpy() == pytest.approx(rise, abs=2e-2)


def test_a_lone_shift_finds_no_way_between_two_heaps():
    found = distances([-1.5, 1.5], 0.25, [0.5]).iloc[0]
    assert abs(found["slope, Wasserstein"]) < 1e-3
    assert found["slope, -log D"] < -10  # to the nearer heap on the right


@pytest.mark.parametrize(
    ("heaps", "width", "offset", "words"),
    [
        ([], 0.25, 0.0, "no place is given for a real heap"),
        ([0.0, 5.0], 0.25, 0.0, "a real heap is at 5; it must lie between -4 and 4"),
        ([0.0], 0.25, np.nan, "the offset is at nan"),
        ([0.0], 0.01, 0.0, "the width is 0.01; it must lie between 0.1 and 1"),
        ([0.0], np.nan, 0.0, "the width is nan"),
    ],
)
def test_heaps_that_the_grid_does_not_hold_are_refused(heaps, width, offset, words):
    with pytest.raises(HeaError, match=words):
        shift(heaps, width, offset)


def test_the_figure_of_a_shift_marks_the_offset_in_both_panels_of_curves():
    left, middle, right = shift([-1.5, 1.5], 0.25, 1.0).axes
    for panel, curves in ((middle, 2), (right, 3)):
        dots = [line for line in panel.lines if line.get_marker() == "o"]
        assert len(dots) == curves and all(line.get_xdata() == [1.0] for line in dots)
    peaks = [line.get_xdata()[np.argmax(line.get_ydata())] for line in left.lines]
    assert abs(peaks[0]) == pytest.approx(1.5) and peaks[1] == pytest.approx(1.0)
    assert np.trapezoid(left.lines[0].get_ydata(), left.lines[0].get_xdata()) == pytest.approx(1, abs=1e-3)


def test_sliding_a_heap_changes_slopes_and_picture():
    panel = DistancePanel("0", offset=3.0)
    before = panel.picture.value
    assert bytes(before).startswith(b"\x89PNG")
    assert panel.slopes["Wasserstein"] == pytest.approx(1) and panel.slopes["log(1 - D)"] < 1e-6
    panel.offset.value = -1.0
    assert panel.slopes["Wasserstein"] == pytest.approx(-1) and "Wasserstein: -1" in panel.message.value
    steep = panel.slopes["-log D"]
    panel.width.value = 1.0
    assert panel.picture.value != before and abs(panel.slopes["-log D"]) < abs(steep)


@pytest.mark.parametrize(
    ("text", "words"),
    [("1, <b>", "&#x27;&lt;b&gt;&#x27; is no number"), ("", "no place is given"), ("7", "at 7; it must lie between")],
)
def test_heaps_that_cannot_be_read_are_said_and_the_picture_stays(text, words):
    panel = DistancePanel()
    before = panel.picture.value
    panel.heaps.value = text
    assert words in panel.message.value and panel.picture.value == before
    panel.heaps.value = "-1.5 1.5"  # a space will do
    assert panel.message.value.startswith("slopes: ")


@pytest.fixture(scope="module")
def recorded() -> pd.DataFrame:
    return datasets.load_results("training-step").query("kind == 'cpu'")


@pytest.fixture
def made(recorded) -> pd.DataFrame:
    """The recorded rows, as if their times followed 2 ms + MFLOP / 50 and the process had the core half of the time."""
    times = 2 + recorded["mflop"] / 50
    return recorded.assign(cpu_ms=times, wall_ms=2 * times)


def test_the_rule_finds_overhead_and_rate_again(made):
    times = StepTimes(made)
    assert (times.overhead, times.rate) == pytest.approx((2.0, 50.0))
    assert set(times.rows["option"]) == {"plain"} and set(times.rows["threads"]) == {1}
    on_gpu = StepTimes(made.assign(kind="cuda"))  # there the clock counts
    assert (on_gpu.overhead, on_gpu.rate) == pytest.approx((4.0, 25.0))


def test_arithmetic_agrees_with_every_recorded_count(recorded):
    times = StepTimes(recorded)
    for row in times.rows.itertuples():
        found = times.estimate(row.width, row.batch, row.members)
        assert found.mflop == pytest.approx(row.mflop, rel=1e-4) and found.found == pytest.approx(row.ms)


def test_one_width_alone_is_refused(recorded):
    with pytest.raises(TrainingError, match="two widths or more"):
        StepTimes(recorded.query("width == 32"))


def test_typing_sizes_moves_the_estimate(made):
    panel = StepPanel(made, width=32, batch=32, members=1)
    assert "bound by overhead" in panel.message.value and "measured 2.1 ms" in panel.message.value
    before, lone = panel.picture.value, panel.estimate
    assert bytes(before).startswith(b"\x89PNG") and lone.ms == pytest.approx(lone.overhead + lone.mflop / 50)
    panel.sizes["members"].value = 32
    assert panel.estimate.mflop == pytest.approx(32 * lone.mflop)
    assert "bound by arithmetic" in panel.message.value and panel.picture.value != before


def test_sizes_that_were_not_measured_are_said(made):
    panel = StepPanel(made, width=100)
    assert panel.estimate.found is None and panel.message.value.endswith("not measured")
    panel.sizes["batch"].value = 4096
    assert "a guess, because measured were only batch 32 to 512" in panel.message.value
    assert "width" not in panel.message.value


@pytest.mark.parametrize("name", ["width", "batch", "members"])
def test_a_size_below_one_is_said_and_the_picture_stays(made, name):
    panel = StepPanel(made)
    before = panel.picture.value
    panel.sizes[name].value = 0
    assert f"{name} is 0; it must be a whole number from 1" in panel.message.value and panel.picture.value == before


def test_a_gpu_without_measurements_shows_no_figures(made):
    panel = StepPanel(made)
    panel.device.value = "GPU"
    assert "no GPU was measured: run python benchmarks/training.py" in panel.message.value
    assert not panel.picture.value
    with pytest.raises(UnknownNameError, match="no GPU was measured"):
        _ = panel.estimate
    panel.device.value = panel.device.options[0]
    assert panel.picture.value and "MFLOP a step" in panel.message.value


def test_a_measured_gpu_takes_the_place_of_the_missing_one(made):
    both = pd.concat([made, made.assign(kind="cuda", device="Some GPU")])
    panel = StepPanel(both)
    assert panel.device.options == (made["device"].iloc[0], "Some GPU")
    panel.device.value = "Some GPU"
    assert panel.estimate.overhead == pytest.approx(4.0)


def test_without_arguments_the_recorded_steps_answer(recorded):
    panel = StepPanel()
    assert panel.device.value == recorded["device"].iloc[0] and "MFLOP a step" in panel.message.value


def test_the_figure_of_a_step_adds_its_two_parts_and_shows_what_was_measured(made):
    rows = StepTimes(made).rows
    left, right = step(rows, 2.0, 50.0, 100.0, found=5.5).axes
    diamond = next(line for line in left.lines if line.get_label() == "this step")
    assert (diamond.get_xdata()[0], diamond.get_ydata()[0]) == (100.0, 4.0)
    assert [bar.get_width() for bar in right.patches] == [2.0, 2.0, 5.5]
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["expected", "measured"]
    _, right = step(rows, 2.0, 50.0, 100.0).axes
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["expected", "not measured"]
