"""Figures of a flow that learns its data by heart: what is watched, whose likelihood falls, and what helps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ..errors import HeaError, row
from .style import BLUE, CYCLE, GREEN, INK, MUTED, VERMILLION, BookFigure, figure, styled, with_looks

_MARKS = tuple(zip(CYCLE[:4], "os^D", strict=True))
LINES = (BLUE, "-"), (VERMILLION, "--"), (GREEN, "-."), (INK, ":")  # told apart without colour, too


@styled
def watched(looks: pd.DataFrame, panels: Mapping[str, Sequence[str]]) -> BookFigure:
    """What was watched during a training, a panel a kind: each seed as a thin line, their mean as a thick one.

    Args:
        looks: a row a look and seed, with ``step``, ``seed`` and what the panels show.
        panels: label of the vertical axis -> columns of ``looks``, at most four.

    Raises:
        KeyError: a column that is not there. HeaError: more lines in a panel than can be told apart.
    """
    drawing, axes = figure(3.3 * len(panels), 3.2, columns=len(panels), squeeze=False)
    for panel, (label, names) in zip(axes[0], panels.items(), strict=True):
        for name, (colour, line) in with_looks(names, LINES, f"lines in panel {label!r}"):
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
        floor: what lies lower is drawn there; if it is the late one, as an arrow that points down.

    Raises:
        HeaError: more kinds than can be told apart, or a row without one.
    """
    if kinds.isna().any():
        raise HeaError(f"{row(kinds.index, int(kinds.isna().argmax()))} has no kind")
    drawing, axes = figure(5.2, 4.0)
    ends = max(min(before.min(), 0.0), floor), max(before.max(), after.max())
    axes.plot(ends, ends, color=MUTED, linewidth=1)
    across = np.maximum(before, floor)
    for name, (colour, marker) in with_looks(np.unique(kinds), _MARKS, "kinds"):
        at = np.flatnonzero(kinds == name)
        below = after[at] < floor
        look = {"color": colour, "linestyle": "none", "markersize": 4, "alpha": 0.7, "markeredgewidth": 0}
        axes.plot(across[at][~below], after[at][~below], marker, label=name, **look)
        axes.plot(across[at][below], np.full(below.sum(), floor), marker=r"$\downarrow$", **look | {"markersize": 9})
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
