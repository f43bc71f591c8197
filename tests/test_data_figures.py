"""The figures of the curated tables show what they are given."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from hea_lib import datasets
from hea_lib.figures import data


def _labels(figure: Figure) -> list[str]:
    axes = figure.axes[0]
    return [tick.get_text() for tick in axes.get_yticklabels()]


def test_the_most_contested_alloy_stands_on_top():
    table = datasets.load_phases().query("conflict")
    figure = data.votes(table, most=5)
    labels = _labels(figure)
    most = (table["n_single"] + table["n_multi"]).idxmax()
    assert len(labels) == 5
    assert labels[-1].startswith(table.loc[most, "alloy"])


def test_bars_of_films_add_up():
    table = datasets.load_phases(films=True)
    bars = data.film_share(table).axes[0].patches
    assert sum(bar.get_width() for bar in bars) == len(table)


def test_elements_that_are_off_are_named_and_the_others_are_not():
    table = pd.DataFrame({"reference": [5.0, 5.0, 4.0], "implied": [5.0, 19.0, 4.01]}, index=["Nb", "Ta", "Ti"])
    texts = data.implied_elements({"valence electrons": table}).axes[0].texts
    assert [text.get_text() for text in texts] == ["Ta"]


def test_the_figure_of_voids_counts_materials():
    table = pd.DataFrame({"hardness": [2, 1, 0], "density": [0, 1, 0], "phases": [0, 0, 0]})
    assert _labels(data.coverage(table)) == ["hardness (2)", "density (1)", "phases (0)"]


@pytest.mark.parametrize(
    "draw", [lambda: data.agreement(datasets.phase_agreement()), lambda: data.coverage(datasets.coverage())]
)
def test_axes_are_labelled(draw):
    axes = draw().axes[0]
    assert axes.get_xlabel()
