"""Figures of requests, designs and scorecards."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import pandas as pd
import seaborn

from .. import spaces
from ..problems import InverseProblem, Target
from .style import BLUE, CARD, CYCLE, DIVERGING, INK, MUTED, SEQUENTIAL, BookFigure, figure, styled


def axis_label(target: Target) -> str:
    """The name of a property with its unit as a reader writes it."""
    unit = target.unit.replace("MPa_sqrt_m", r"MPa$\,\sqrt{\mathrm{m}}$")
    return f"{target.label} [{unit}]".replace("K_IC", r"$K_\mathrm{IC}$").replace("modulus G", "modulus $G$")


@styled
def level_lines(problem: InverseProblem, corners: tuple[str, str, str], target: str, levels) -> BookFigure:
    """A ternary section through the composition space with lines of equal property.

    Args:
        corners: three elements of the problem, at the left, right and upper corner.
        levels: values of the property whose lines are drawn.
    """
    steps = np.linspace(0, 1, 101)
    second, third = (grid.ravel() for grid in np.meshgrid(steps, steps))
    inside = second + third <= 1 + 1e-9
    second, third = second[inside], third[inside]
    table = pd.DataFrame({corners[0]: np.clip(1 - second - third, 0, 1), corners[1]: second, corners[2]: third})
    values = problem.forward(problem.space.check(table))[target].to_numpy()
    x, y = second + third / 2, third * np.sqrt(3) / 2
    drawing, axes = figure(6.4, 4.8)
    shade = axes.tricontourf(x, y, values, levels=24, cmap=SEQUENTIAL)
    lines = axes.tricontour(x, y, values, levels=levels, colors=CARD, linewidths=1.6)
    axes.clabel(lines, fmt="%g", fontsize=9)
    places = [((0, 0), "right", "top"), ((1, 0), "left", "top"), ((0.5, np.sqrt(3) / 2), "center", "bottom")]
    for symbol, (place, horizontal, vertical) in zip(corners, places, strict=True):
        axes.annotate(symbol, place, ha=horizontal, va=vertical, fontsize=12, fontweight="bold", color=INK)
    axes.set_aspect("equal")
    axes.set_axis_off()
    wanted = next(item for item in problem.targets if item.name == target)
    drawing.colorbar(shade, ax=axes, shrink=0.8, label=axis_label(wanted))
    return drawing


@styled
def property_map(
    problem: InverseProblem,
    sets: Mapping[str, pd.DataFrame] | None = None,
    wanted: pd.Series | None = None,
) -> BookFigure:
    """Known designs, and further sets of designs, in the plane of the two targets of a problem.

    Args:
        sets: label -> properties ``(n, 2)`` of designs to show over the known ones.
        wanted: a request, shown as a cross.
    """
    first, second = problem.targets[:2]
    drawing, axes = figure(6.4, 4.4)
    known = problem.properties
    axes.scatter(
        known[first.name], known[second.name], s=14, color=MUTED, alpha=0.45, label="known alloys", linewidths=0
    )
    for colour, (label, values) in zip(cycle(CYCLE), (sets or {}).items(), strict=False):
        axes.scatter(values[first.name], values[second.name], s=22, color=colour, alpha=0.8, label=label, linewidths=0)
    if wanted is not None:
        axes.scatter(
            wanted[first.name], wanted[second.name], marker="+", s=160, color=INK, linewidths=2, label="requested"
        )
    axes.set(xlabel=axis_label(first), ylabel=axis_label(second))
    axes.legend(loc="upper left")
    return drawing


@styled
def compositions(
    designs: pd.DataFrame, labels: list[str] | None = None, most: int = 12, bar: bool = True
) -> BookFigure:
    """Alloys as rows of a heat map of atomic per cent, one column an element that any of them contains.

    Args:
        labels: of the rows. most: alloys to show, the first ones. bar: whether to draw the scale of colours.
    """
    shown = designs.iloc[:most]
    shown = shown.loc[:, (shown >= spaces.PRESENT).any()]
    percent = shown.reset_index(drop=True) * 100
    drawing, axes = figure(max(4.5, 0.55 * shown.shape[1] + 2.2), 0.36 * len(shown) + 1.0)
    scale = {"cbar_kws": {"label": "at%"}} if bar else {"cbar": False}
    seaborn.heatmap(percent, mask=percent < 0.5, annot=True, fmt=".0f", cmap="Blues", vmin=0, ax=axes, **scale)
    axes.grid(False)
    axes.set_yticks(axes.get_yticks(), labels if labels is not None else shown.index, rotation=0)
    axes.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    return drawing


@styled
def parity(target: Target, results: Mapping[str, tuple[pd.Series, pd.Series]]) -> BookFigure:
    """Requested against achieved values, a panel a method.

    Args:
        results: method -> (requested ``(n,)``, achieved ``(n,)``).
    """
    drawing, axes = figure(2.3 * len(results), 2.7, 1, len(results), sharex=True, sharey=True, squeeze=False)
    for panel, (method, (wanted, found)) in zip(axes[0], results.items(), strict=True):
        ends = [min(wanted.min(), found.min()), max(wanted.max(), found.max())]
        panel.plot(ends, ends, color=INK, linewidth=1)
        panel.scatter(wanted, found, s=6, alpha=0.35, color=BLUE, linewidths=0)
        error = np.abs(np.asarray(found) - np.asarray(wanted)).mean()
        panel.set_title(f"{method}\nMAE {error:.2f} {target.unit}", fontsize=9)
        panel.set_xlabel(f"requested [{target.unit}]")
    axes[0, 0].set_ylabel(f"achieved [{target.unit}]")
    return drawing


@styled
def element_correlations(sets: Mapping[str, pd.DataFrame]) -> BookFigure:
    """Which elements go together: correlations of atomic fractions, a panel a set of alloys."""
    drawing, axes = figure(3.3 * len(sets), 3.6, 1, len(sets), squeeze=False)
    for panel, (label, table) in zip(axes[0], sets.items(), strict=True):
        matrix = table.corr().fillna(0.0)
        same = np.eye(len(matrix), dtype=bool)
        seaborn.heatmap(matrix, mask=same, cmap=DIVERGING, vmin=-0.7, vmax=0.7, cbar=False, square=True, ax=panel)
        panel.tick_params(labelsize=7, length=0)
        panel.grid(False)
        panel.set_title(label)
    drawing.colorbar(
        axes[0, -1].collections[0], ax=axes[0].tolist(), label="correlation of atomic fractions", shrink=0.75
    )
    return drawing


@styled
def trade_off(
    results: pd.DataFrame, across: str, up: str, labels: tuple[str, str], best: tuple[float, float]
) -> BookFigure:
    """Methods in the plane of two figures of the scorecard: means over splits with their spread.

    Args:
        results: rows with a column ``method`` and the two figures, several rows a method.
        labels: of the two axes. best: where an ideal method would stand.
    """
    drawing, axes = figure(6.4, 4.2)
    for colour, (method, rows) in zip(cycle(CYCLE), results.groupby("method", sort=False), strict=False):
        x, y = rows[across], rows[up]
        axes.errorbar(x.mean(), y.mean(), xerr=x.std(), yerr=y.std(), fmt="o", color=colour, capsize=3, markersize=8)
        axes.annotate(method, (x.mean(), y.mean()), xytext=(9, 7), textcoords="offset points", color=INK)
    axes.scatter(*best, marker="*", s=180, color=INK, zorder=3)
    axes.annotate("ideal", best, xytext=(9, -12), textcoords="offset points", color=INK)
    axes.set(xlabel=labels[0], ylabel=labels[1])
    axes.margins(0.18)
    return drawing
