"""Figures of invertible networks on toys: densities that are stretched, answers to a target, and what training does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import cycle

import numpy as np
import pandas as pd

from .style import BLUE, GREEN, INK, MUTED, SEQUENTIAL, VERMILLION, BookFigure, figure, styled

LOOKS = (BLUE, "-"), (VERMILLION, "--"), (GREEN, "-.")  # of lines, in turn


@styled
def stretched(z: np.ndarray, x: np.ndarray, before: np.ndarray, after: np.ndarray, cuts: np.ndarray) -> BookFigure:
    """A monotone map of one number, the density before (above) and after it (right), and strips of equal probability.

    Args:
        z: places in rising order ``(n,)``. x: where they go. before, after: the densities of both.
        cuts: places that part ``z`` into strips ``(k,)``.
    """
    drawing, ((above, empty), (middle, right)) = figure(
        4.6, 3.6, rows=2, columns=2, width_ratios=[2, 1], height_ratios=[1, 2], sharex="col", sharey="row"
    )
    empty.remove()
    moved = np.interp(cuts, z, x)
    middle.plot(z, x, color=INK)
    for cut, goes in zip(cuts, moved, strict=True):
        middle.plot([cut, cut, z[-1]], [x[-1], goes, goes], color=MUTED, linewidth=0.7)
    for panel in (above, middle, right):
        panel.grid(False)
    above.plot(z, before, color=BLUE)
    above.vlines(cuts, 0, np.interp(cuts, z, before), color=MUTED, linewidth=0.7)
    right.plot(after, x, color=VERMILLION)
    right.hlines(moved, 0, np.interp(cuts, z, after), color=MUTED, linewidth=0.7)
    above.set(ylabel="$p(z)$", ylim=(0, None))
    middle.set(xlabel="$z$", ylabel="$x$", xlim=(z[0], z[-1]), ylim=(x[0], x[-1]))
    right.set(xlabel="$p(x)$", xlim=(0, None))
    right.tick_params(labelleft=False)
    return drawing


@styled
def answers(
    draws: Mapping[str, Mapping[float, np.ndarray]], forward: Callable[[np.ndarray], np.ndarray], reach: float = 3.0
) -> BookFigure:
    """What models answer to targets: a column a model, a row a target, over the curves where the target is met.

    Args:
        draws: model -> target -> points ``(n, 2)``; all models have the targets of the first.
        forward: points ``(n, 2)`` to what they have ``(n,)``. reach: the square goes from ``-reach`` to ``reach``.

    Raises:
        KeyError: a model without one of the targets.
    """
    targets = list(next(iter(draws.values())))
    side = np.linspace(-reach, reach, 121)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    has = forward(grid.reshape(-1, 2)).reshape(len(side), len(side))
    size = {"rows": len(targets), "columns": len(draws)}
    drawing, axes = figure(1.7 * len(draws), 0.6 + 1.4 * len(targets), sharex=True, sharey=True, squeeze=False, **size)
    for row, target in zip(axes, targets, strict=True):
        for panel, points in zip(row, draws.values(), strict=True):
            panel.plot(*points[target].T, ".", color=BLUE, alpha=0.5, markersize=3, markeredgewidth=0)
            panel.contour(side, side, has, levels=[target], colors=VERMILLION, linewidths=1, linestyles="-")
            panel.set(aspect="equal", xlim=(-reach, reach), ylim=(-reach, reach))
        row[0].set_ylabel(f"$y$ = {target:g}\n$x_2$")
    for name, top, bottom in zip(draws, axes[0], axes[-1], strict=True):
        top.set_title(name, fontsize=9)
        bottom.set_xlabel("$x_1$")
    return drawing


@styled
def densities(logs: Mapping[str, np.ndarray], reach: float, floor: float = -12.0) -> BookFigure:
    """Logarithms of densities on a square, a panel each on one scale; below ``floor`` all is dark.

    Args:
        logs: name -> ``(n, n)`` on a regular grid, rows along the second coordinate.
        reach: the square goes from ``-reach`` to ``reach``. floor: lowest value that is told apart [nat].
    """
    drawing, axes = figure(1.8 * len(logs) + 0.6, 2.2, columns=len(logs), sharex=True, sharey=True, squeeze=False)
    top = max(values.max() for values in logs.values())
    for panel, (name, values) in zip(axes[0], logs.items(), strict=True):
        shade = panel.imshow(
            values, origin="lower", extent=(-reach, reach, -reach, reach), cmap=SEQUENTIAL, vmin=floor, vmax=top
        )
        panel.set(xlabel="$x_1$")
        panel.set_title(name, fontsize=9)
        panel.grid(False)
    axes[0, 0].set_ylabel("$x_2$")
    drawing.colorbar(shade, ax=axes[0], shrink=0.8, extend="min", label="log density [nat]")
    return drawing


@styled
def visibility(signals: pd.DataFrame) -> BookFigure:
    """How far differences between two sets of points stand out of chance, over the width of the kernel.

    Args:
        signals: a column a difference, in standard deviations of chance; the index holds the widths.
    """
    drawing, axes = figure(4.6, 2.6)
    for (name, values), (colour, line) in zip(signals.items(), cycle(LOOKS), strict=False):
        axes.plot(signals.index, values, line, color=colour, marker="o", markersize=3, label=name)
    axes.axhline(2, color=MUTED, linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="width $h$ of the kernel", ylabel="MMD$^2$ above chance\n[standard deviations]")
    axes.legend()
    return drawing


@styled
def turning(history: pd.DataFrame) -> BookFigure:
    """Likelihoods (left, logarithmic below -10 nat) and what samples are worth (right) while a flow trains.

    Args:
        history: index of steps; columns ``training`` and ``test`` [nat], and shares between 0 and 1.
    """
    drawing, (left, right) = figure(6.4, 2.6, columns=2)
    shares = [name for name in history if name not in ("training", "test")]
    for panel, names in ((left, ["training", "test"]), (right, shares)):
        for name, (colour, line) in zip(names, cycle(LOOKS), strict=False):
            panel.plot(history.index, history[name], line, color=colour, marker="o", markersize=3, label=name)
        panel.set(xscale="log", xlabel="step")
        panel.legend(fontsize=8)
    left.set_yscale("symlog", linthresh=10, linscale=2)
    left.set(ylabel="log-likelihood [nat]", ylim=(None, history[["training", "test"]].max(axis=None) + 2))
    right.set(ylabel="share", ylim=(0, 1))
    return drawing
