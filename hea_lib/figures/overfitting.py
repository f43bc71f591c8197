"""Figures of a flow that learns its data by heart: what is watched, whose likelihood falls, and what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .style import BLUE, CYCLE, GREEN, INK, MUTED, VERMILLION, BookFigure, figure, styled

LINES = (BLUE, "-"), (VERMILLION, "--"), (GREEN, "-."), (INK, ":")  # told apart without colour, too


@styled
def watched(looks: pd.DataFrame, panels: Mapping[str, Sequence[str]]) -> BookFigure:
    """What was watched during a training, a panel a kind: each seed as a thin line, their mean as a thick one.

    Args:
        looks: a row a look and seed, with ``step``, ``seed`` and what the panels show.
        panels: label of the vertical axis -> columns of ``looks``, at most four.

    Raises:
        KeyError: a column that is not there. ValueError: more lines in a panel than can be told apart.
    """
    drawing, axes = figure(3.3 * len(panels), 3.2, columns=len(panels), squeeze=False)
    for panel, (label, names) in zip(axes[0], panels.items(), strict=True):
        if len(names) > len(LINES):
            raise ValueError(f"panel {label!r} has {len(names)} lines; at most {len(LINES)} can be told apart")
        for name, (colour, line) in zip(names, LINES, strict=False):
            table = looks.pivot(index="step", columns="seed", values=name)
            panel.plot(table.index, table, line, color=colour, linewidth=0.6, alpha=0.6)
            panel.plot(table.index, table.mean(axis=1), line, color=colour, linewidth=2, label=name)
        panel.set(xlabel="step", ylabel=label)
        panel.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return drawing


@styled
def each(before: np.ndarray, after: np.ndarray, kinds: pd.Series, floor: float = -30.0) -> BookFigure:
    """Log-likelihood of each held-out row, early (across) and late (upwards); below the line it has become less.

    Args:
        before, after: of the rows ``(n,)`` [nat]. kinds: of the rows, each with a colour and a marker.
        floor: what lies lower is drawn there, as an arrow that points down.
    """
    drawing, axes = figure(5.2, 4.0)
    ends = max(min(before.min(), 0.0), floor), max(before.max(), after.max())
    axes.plot(ends, ends, color=MUTED, linewidth=1)
    for colour, marker, (name, rows) in zip(CYCLE, "os^D", kinds.groupby(kinds.to_numpy()), strict=False):
        at = kinds.index.get_indexer(rows.index)
        below = after[at] < floor
        look = {"color": colour, "linestyle": "none", "markersize": 4, "alpha": 0.7, "markeredgewidth": 0}
        axes.plot(before[at][~below], after[at][~below], marker, label=name, **look)
        axes.plot(before[at][below], np.full(below.sum(), floor), marker=r"$\downarrow$", **look | {"markersize": 9})
    axes.set(xlabel="log-likelihood at the turn [nat]", ylabel="log-likelihood at the end [nat]")
    axes.legend(fontsize=8, loc="lower right")
    return drawing


@styled
def compared(ends: pd.DataFrame, labels: Mapping[str, str]) -> BookFigure:
    """What each of some trainings comes to: a row a training, a panel a figure, a dot a seed, a bar their mean.

    Args:
        ends: a row a run and seed, with its name as ``run`` and the figures; drawn in their order.
        labels: column of ``ends`` -> label of its panel.
    """
    names = list(ends["run"].unique())
    drawing, axes = figure(
        2.2 * len(labels) + 1.4, 0.9 + 0.34 * len(names), columns=len(labels), sharey=True, squeeze=False
    )
    for panel, (column, label) in zip(axes[0], labels.items(), strict=True):
        for place, name in enumerate(names):
            values = ends.loc[ends["run"] == name, column]
            panel.plot(values, np.full(len(values), place), "o", color=BLUE, markersize=4, alpha=0.7)
            panel.plot([values.mean()] * 2, [place - 0.3, place + 0.3], color=VERMILLION, linewidth=2)
        panel.grid(axis="y", visible=False)
        panel.set_xlabel(label)
    axes[0, 0].set_yticks(range(len(names)), names)
    axes[0, 0].invert_yaxis()
    return drawing
