"""One alloy at a glance: its composition, its descriptors among those of known alloys, its stiffness and toughness."""

from __future__ import annotations

from functools import cache

import pandas as pd

from .. import alloys, datasets, descriptors, problems
from .design import axis_label
from .style import BLUE, GRID, INK, MUTED, VERMILLION, BookFigure, figure, styled

SHOWN = (
    "n_elements",
    "mixing_entropy",
    "size_mismatch",
    "mixing_enthalpy",
    "electronegativity_mismatch",
    "valence_electron_concentration",
    "melting_temperature",
    "density",
)


@cache
def _known() -> pd.DataFrame:
    """Descriptors of the alloys of the phase table."""
    return descriptors.compute(datasets.composition(datasets.load_phases()), list(SHOWN), missing="nan")


@cache
def _refractory() -> problems.InverseProblem:
    """The problem whose reference properties are shown."""
    return problems.get("refractory")


@styled
def portrait(composition: pd.DataFrame) -> BookFigure:
    """Draw an alloy table of one row: composition, descriptors, and the plane of stiffness and toughness.

    Raises:
        CompositionError: not one alloy. MissingPropertyError: an element without data for a descriptor.
    """
    alloy = composition.iloc[[0]].loc[:, composition.iloc[0] > 0]
    own = descriptors.compute(alloy, list(SHOWN)).iloc[0]
    drawing, (left, middle, right) = figure(9.6, 3.6, 1, 3, width_ratios=[1, 1.6, 1.3])
    _bars(left, alloy)
    _places(middle, own)
    _plane(right, alloy)
    drawing.suptitle(alloys.formula(alloy, digits=1).iloc[0], x=0.01, ha="left", fontweight="bold")
    return drawing


def _bars(axes, alloy: pd.DataFrame) -> None:
    percent = alloy.iloc[0].sort_values() * 100
    bars = axes.barh(percent.index, percent, color=BLUE)
    axes.bar_label(bars, fmt="%.1f", padding=2, fontsize=8)
    axes.set_xlim(0, percent.max() * 1.25)
    axes.set(title="at%")
    axes.xaxis.set_visible(False)
    axes.grid(False)


def _places(axes, own: pd.Series) -> None:
    """Percentile of each descriptor among known alloys, with the value beside it."""
    known, places = _known(), {}
    for name in SHOWN:
        values = known[name].dropna()
        places[name] = 50 * ((values < own[name]).mean() + (values <= own[name]).mean())
    rows = range(len(SHOWN))
    axes.hlines(rows, 0, 100, color=GRID, linewidth=5)
    axes.scatter(list(places.values()), rows, color=VERMILLION, zorder=3)
    labels = []
    for name in SHOWN:
        about = descriptors.get(name)
        unit = "" if about.unit == "1" else f" {about.unit}"
        labels.append(f"{about.label}\n{own[name]:.4g}{unit}")
    axes.set_yticks(rows, labels, fontsize=7.5)
    axes.set_xticks([0, 50, 100])
    axes.set(title="among known alloys", xlabel="percentile", xlim=(-4, 104))
    axes.invert_yaxis()
    axes.grid(False)


def _plane(axes, alloy: pd.DataFrame) -> None:
    """Reference stiffness and toughness, where the elements have reference values."""
    problem = _refractory()
    first, second = problem.targets
    axes.scatter(
        problem.properties[first.name], problem.properties[second.name], s=8, color=MUTED, alpha=0.4, linewidths=0
    )
    axes.set(xlabel=axis_label(first), ylabel=axis_label(second), title="reference properties")
    outside = [symbol for symbol in alloy if symbol not in problem.space.columns]
    if outside:
        note = f"no reference values for\n{', '.join(outside)}"
        axes.text(0.97, 0.05, note, transform=axes.transAxes, va="bottom", ha="right", color=VERMILLION)
        return
    own = problem.judge(problem.space.check(alloy)).iloc[0]
    axes.plot(own[first.name], own[second.name], marker="D", markersize=8, color=VERMILLION, markeredgecolor=INK)
