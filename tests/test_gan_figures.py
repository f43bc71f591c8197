"""The figures of the GAN chapter draw what they are given, name their axes, and leave nothing open."""

import numpy as np
import pandas as pd
import pytest

from hea_lib.figures import gan

pytestmark = pytest.mark.usefixtures("nothing_stays_open")


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(30, 2))


def test_the_best_discriminator_is_the_ratio_of_the_densities(legend):
    x = np.array([0.0, 1.0, 2.0])
    real, fake, trained = np.array([0.3, 0.2, 0.1]), np.array([0.1, 0.2, 0.3]), np.array([0.7, 0.5, 0.2])
    left, right = gan.discriminator(x, real, fake, trained).axes
    assert [line.get_ydata().tolist() for line in left.lines] == [real.tolist(), fake.tolist()]
    assert right.lines[0].get_ydata() == pytest.approx([0.75, 0.5, 0.25])
    assert right.lines[1].get_ydata() == pytest.approx(trained)
    assert legend(right) == ["best: $p/(p+q)$", "trained network"]
    assert right.get_ylim() == (0, 1)  # a probability


def test_each_landscape_has_a_scale_of_its_own_and_rows_along_the_second_coordinate(points):
    side = np.linspace(-3, 3, 13)
    uphill = np.repeat(side[:, None], 13, axis=1)  # grows with the row only
    drawing = gan.landscapes({"gentle": uphill, "steep": 100 * uphill}, 3.0, points, points[:5])
    gentle, steep, *bars = drawing.axes
    assert [panel.get_title("left") for panel in (gentle, steep)] == ["gentle", "steep"]
    spans = [np.ptp(bar.get_xlim()) for bar in bars]
    assert spans[1] == pytest.approx(100 * spans[0])
    assert [len(line.get_xdata()) for line in gentle.lines] == [30, 5]
    lowest = gentle.collections[0].get_paths()[0].vertices
    assert lowest[:, 1].max() < -2 and np.ptp(lowest[:, 0]) == pytest.approx(6)


def test_clouds_fill_rows_and_mark_the_request(points, legend):
    sets = {f"step {step}": points + step for step in range(7)}
    drawing = gan.clouds(sets, points, across=5)
    used = [panel for panel in drawing.axes if panel.axison]
    assert [panel.get_title("left") for panel in used] == list(sets) and len(drawing.axes) == 10
    assert used[2].lines[1].get_xdata() == pytest.approx(points[:, 0] + 2)
    assert legend(drawing) == ["real", "generated"]
    asked = gan.clouds({"low": points, "high": points}, points, {"low": -1.0, "high": 1.5})
    assert [panel.lines[2].get_xdata()[0] for panel in asked.axes] == [-1.0, 1.5]
    assert legend(asked) == ["real", "generated", "requested"]


def test_a_request_without_its_cloud_is_an_error(points):
    with pytest.raises(KeyError, match="low"):
        gan.clouds({"low": points}, points, {"high": 1.0})


def test_coverage_shows_means_over_steps_and_each_run_late_in_training():
    rows = [
        (method, step, run, base + run + step / 100)
        for method, base in (("plain", 1), ("better", 4))
        for step in (100, 200)
        for run in (0, 1)
    ]
    history = pd.DataFrame(rows, columns=["method", "step", "run", "modes"])
    left, right = gan.coverage(history, modes=8).axes
    assert left.lines[0].get_ydata() == pytest.approx([2.5, 3.5])
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["plain", "better"]
    assert right.lines[0].get_xdata() == pytest.approx([3.0, 4.0])  # step 200 alone is the second half
    assert right.lines[1].get_xdata() == pytest.approx([6.0, 7.0])
    assert left.lines[1].get_color() == right.lines[1].get_color() != left.lines[0].get_color()


def test_gaps_have_a_line_a_critic_and_a_zero(legend):
    history = pd.DataFrame({"shared": [0.1, 0.0], "leaking": [0.5, 1.0]}, index=[20, 40])
    drawing = gan.gaps(history)
    (axes,) = drawing.axes
    assert legend(drawing) == ["shared", "leaking"]
    assert axes.lines[1].get_ydata().tolist() == [0.5, 1.0]
    assert axes.lines[2].get_ydata() == [0, 0]
    assert axes.get_xlabel() == "critic steps"


def test_ways_to_the_simplex_are_lines_of_their_own(legend):
    numbers = np.linspace(-1, 1, 3)
    fractions = {"softmax": np.array([0.1, 0.3, 0.6]), "mask": np.array([0.0, 0.5, 0.5])}
    (axes,) = gan.heads(numbers, fractions).axes
    assert legend(axes) == ["softmax", "mask"]
    assert axes.get_xlabel() == "score of the third element"
    assert [line.get_ydata().tolist() for line in axes.lines] == [values.tolist() for values in fractions.values()]
    assert len({line.get_linestyle() for line in axes.lines}) == 2
