"""The figures and the panel of the chapter on autoencoders draw what they are given, and the panel moves."""

import numpy as np
import pytest

from hea_lib.errors import HeaError
from hea_lib.figures import vae
from hea_lib.widgets.latent import BetaPanel

pytestmark = pytest.mark.usefixtures("nothing_stays_open")
RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(40, 2))


def run(misfit: float, *divergence: float) -> vae.Run:
    return vae.Run(RNG.normal(size=(30, 2)), RNG.normal(size=(20, 2)), misfit, divergence, lambda z: misfit * z)


@pytest.fixture
def runs() -> dict[float, vae.Run]:
    return {10.0: run(9.0, 1.2, 0.1), 0.1: run(0.5, 3.0, 2.5), 1.0: run(1.1, 2.0, 1.2)}


def test_what_is_given_back_and_what_is_drawn_lie_over_the_real_points(legend):
    drawing = vae.holes(REAL, {"line": REAL[:9], "curve": REAL[:8]}, {"draws": REAL[:7] + 5})
    assert [panel.get_title("left") for panel in drawing.axes] == ["line", "curve", "draws"]
    assert [len(panel.lines[0].get_xdata()) for panel in drawing.axes] == [40] * 3
    assert [len(panel.lines[1].get_xdata()) for panel in drawing.axes] == [9, 8, 7]
    assert drawing.axes[2].lines[1].get_xdata() == pytest.approx(REAL[:7, 0] + 5)
    assert legend(drawing) == ["real", "given back", "drawn"]


def test_the_dial_shows_its_run_and_where_it_stands_among_all(runs):
    left, middle, right = vae.dial(runs, REAL, 1.0).axes
    assert left.lines[0].get_xdata() == pytest.approx(runs[1.0].codes[:, 0])
    assert middle.lines[1].get_ydata() == pytest.approx(runs[1.0].drawn[:, 1])
    assert right.lines[0].get_xdata() == pytest.approx([0.5, 1.1, 9.0])  # in the order of the weights
    assert right.lines[0].get_ydata() == pytest.approx([5.5, 3.2, 1.3])
    assert (right.lines[1].get_xdata()[0], right.lines[1].get_ydata()[0]) == pytest.approx((1.1, 3.2))
    assert [text.get_text() for text in right.texts] == ["0.1", "1", "10"]
    assert len(left.lines) == 1  # no point was asked for


def test_a_point_of_the_latent_plane_is_marked_with_what_it_decodes_to(runs):
    left, middle, _ = vae.dial(runs, REAL, 10.0, point=[0.5, -1.0]).axes
    assert left.lines[-1].get_xydata() == pytest.approx(np.array([[0.5, -1.0]]))
    assert middle.lines[-1].get_xydata() == pytest.approx(np.array([[4.5, -9.0]]))


def test_a_dial_without_the_run_is_an_error(runs):
    with pytest.raises(KeyError):
        vae.dial(runs, REAL, 3.0)


def test_latent_vectors_are_coloured_by_class_and_twins_joined(legend):
    classes = np.arange(40) % 2
    twins = RNG.normal(size=(6, 2, 2))
    drawing = vae.apart(REAL, 2 * REAL, classes, twins, REAL)
    left, middle, right = drawing.axes
    assert left.lines[1].get_xdata() == pytest.approx(REAL[classes == 1, 0])
    assert middle.lines[0].get_ydata() == pytest.approx(2 * REAL[classes == 0, 1])
    joins = right.lines[1:7]
    assert joins[3].get_xydata() == pytest.approx(twins[3])
    assert right.lines[-1].get_xydata() == pytest.approx(twins[:, 1])
    assert legend(drawing) == ["class 0", "class 1"]


def test_the_panel_moves_a_point_and_changes_the_run(runs):
    panel = BetaPanel(runs, REAL)
    assert panel.beta.value == 1.0 and [label for label, _ in panel.beta.options] == ["0.1", "1", "10"]
    first = panel.picture.value
    panel.point[0].value = 2.0
    assert panel.decoded == pytest.approx([2.2, 0.0]) and "(2.20, 0.00)" in panel.message.value
    moved = panel.picture.value
    panel.beta.value = 10.0
    assert panel.decoded == pytest.approx([18.0, 0.0])
    assert "misfit 9.00 nat; divergence 1.20 and 0.10 nat" in panel.message.value
    assert len({first, moved, panel.picture.value}) == 3


@pytest.mark.parametrize(
    ("betas", "beta", "words"),
    [([], None, "there are no runs to choose from"), ([0.1, 1.0], 5.0, "no run has the weight 5; there are 0.1, 1")],
)
def test_a_panel_without_the_run_says_so(betas, beta, words):
    with pytest.raises(HeaError, match=words):
        BetaPanel({weight: run(1.0, 1.0, 1.0) for weight in betas}, REAL, beta)
