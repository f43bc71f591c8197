"""Figures of the game between a generator and its critic, on toys of one and two dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from .style import BLUE, CARD, CYCLE, INK, MUTED, SEQUENTIAL, VERMILLION, BookFigure, figure, styled


@styled
def discriminator(x: np.ndarray, real: np.ndarray, fake: np.ndarray, trained: np.ndarray) -> BookFigure:
    """Two densities, and the discriminator trained on draws from them beside the best possible one.

    Args:
        x: places ``(n,)``. real, fake: the two densities there. trained: the output of the network there.
    """
    drawing, (left, right) = figure(5.4, 2.0, columns=2)
    left.plot(x, real, color=BLUE, label="real, $p(x)$")
    left.plot(x, fake, color=VERMILLION, label="generated, $q(x)$")
    left.set(xlabel="$x$", ylabel="density", ylim=(0, None))
    right.plot(x, real / (real + fake), color=MUTED, linewidth=5, alpha=0.5, label="best: $p/(p+q)$")
    right.plot(x, trained, color=INK, linewidth=1.5, label="trained network")
    right.set(xlabel="$x$", ylabel="answer $D(x)$", ylim=(0, 1))
    for panel in (left, right):
        panel.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=8)
    return drawing


@styled
def landscapes(
    critics: Mapping[str, np.ndarray], reach: float, real: np.ndarray, fake: np.ndarray, label: str = "critic's score"
) -> BookFigure:
    """What critics say at each place of a square, a panel a critic with a scale of its own.

    Args:
        critics: name -> scores ``(n, n)`` on a regular grid, rows along the second coordinate.
        reach: the square goes from ``-reach`` to ``reach`` in both coordinates.
        real, fake: points ``(m, 2)`` that are shown over the scores.
    """
    drawing, axes = figure(1.85 * len(critics), 2.5, columns=len(critics), sharex=True, sharey=True, squeeze=False)
    for panel, (name, scores) in zip(axes[0], critics.items(), strict=True):
        side = np.linspace(-reach, reach, len(scores))
        shade = panel.contourf(side, side, scores, levels=9, cmap=SEQUENTIAL)
        panel.plot(*real.T, ".", color=CARD, markeredgecolor=INK, markeredgewidth=0.3, markersize=5, label="real")
        panel.plot(*fake.T, ".", color=VERMILLION, markeredgewidth=0, markersize=4, label="generated")
        panel.set(title=name, aspect="equal", xlabel="$x_1$")
        panel.grid(False)
        drawing.colorbar(
            shade, ax=panel, shrink=0.8, ticks=MaxNLocator(3), format="%.3g", label=label, orientation="horizontal"
        )
    axes[0, 0].set_ylabel("$x_2$")
    return drawing


@styled
def clouds(
    sets: Mapping[str, np.ndarray], real: np.ndarray, wanted: Mapping[str, float] | None = None, across: int = 5
) -> BookFigure:
    """Generated points over real ones, a panel a set, ``across`` panels a row.

    Args:
        sets: title -> points ``(m, 2)``. real: points that are shown pale in every panel.
        wanted: title -> requested first coordinate, a line in the panel of that title.
    """
    columns = min(across, len(sets))
    rows = -(-len(sets) // columns)
    drawing, axes = figure(
        1.4 * columns + 0.3, 1.65 * rows + 0.5, rows, columns, sharex=True, sharey=True, squeeze=False
    )
    reach = 1.25 * np.abs(real).max()
    for panel in axes.flat[len(sets) :]:
        panel.set_axis_off()
    for panel, (title, points) in zip(axes.flat, sets.items(), strict=False):
        panel.plot(*real.T, ".", color=MUTED, alpha=0.35, markersize=3, markeredgewidth=0, label="real")
        panel.plot(*points.T, ".", color=BLUE, alpha=0.7, markersize=4, markeredgewidth=0, label="generated")
        if wanted is not None:
            panel.axvline(wanted[title], color=VERMILLION, linewidth=1, label="requested")
        panel.set(aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))
        panel.set_title(title, fontsize=9)
    drawing.supxlabel("$x_1$", fontsize=10)
    drawing.supylabel("$x_2$", fontsize=10)
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3, markerscale=2.5)
    return drawing


@styled
def coverage(history: pd.DataFrame, modes: int) -> BookFigure:
    """Modes covered during training, as means over the runs, and by each run in the second half of its training.

    Args:
        history: columns ``method``, ``step``, ``run`` and ``modes``.
        modes: how many there are to cover.
    """
    drawing, (left, right) = figure(6.2, 2.2, columns=2, width_ratios=[1.3, 1])
    late = history[history["step"] > history["step"].max() / 2]
    methods = list(dict.fromkeys(history["method"]))
    for place, (colour, method) in enumerate(zip(cycle(CYCLE), methods, strict=False)):
        mean = history[history["method"] == method].groupby("step")["modes"].mean()
        left.plot(mean.index, mean, color=colour, linewidth=2)
        runs = late[late["method"] == method].groupby("run")["modes"].mean()
        right.plot(runs, [place] * len(runs), "o", color=colour, alpha=0.7, markeredgewidth=0)
    left.set(xlabel="generator steps", ylabel="modes covered", ylim=(0, modes + 0.3))
    right.set(xlabel="modes covered", xlim=(0, modes + 0.3))
    right.set_xticks(range(0, modes + 1, 2))
    right.set_yticks(range(len(methods)), methods)
    right.invert_yaxis()
    return drawing


@styled
def gaps(history: pd.DataFrame) -> BookFigure:
    """The gap between scores of real and generated batches while critics train, a line a column over their steps."""
    drawing, axes = figure(5.6, 2.5)
    for colour, line, name in zip(CYCLE, cycle(("-", "--", "-.")), history.columns, strict=False):
        axes.plot(history.index, history[name], line, color=colour, linewidth=2, label=name)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set(xlabel="critic steps", ylabel="gap of the scores")
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(history.columns))
    return drawing


@styled
def heads(scores: np.ndarray, fractions: Mapping[str, np.ndarray]) -> BookFigure:
    """The fraction of an element over the score that a network gives it, a line a way to the simplex.

    Args:
        scores: what the network gives ``(n,)``. fractions: way -> atomic fraction ``(n,)``.
    """
    drawing, axes = figure(5.0, 2.2)
    for colour, line, (name, values) in zip(CYCLE, cycle(("-", "--", "-.", ":")), fractions.items(), strict=False):
        axes.plot(scores, values, line, color=colour, linewidth=2, label=name)
    axes.set(xlabel="score of the third element", ylabel="atomic fraction", ylim=(-0.03, 1.03))
    axes.legend(loc="upper left")
    return drawing
