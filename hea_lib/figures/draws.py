"""A figure of merit over draws of the labels: what one draw says, and what they say together."""

from __future__ import annotations

import pandas as pd

from .style import BLUE, INK, MUTED, BookFigure, figure, styled


@styled
def draws(table: pd.DataFrame, chosen: int | None = None, label: str = "AUC") -> BookFigure:
    """A row a model, the best on average on top: all draws as pale points, their mean as a bar, one draw joined up.

    Args:
        table: a row a draw (the index), a column a model. chosen: the draw to join up; None: none of them.
    """
    models = table.mean().sort_values().index
    drawing, axes = figure(6.6, 0.3 * len(models) + 1.2)
    for height, model in enumerate(models):
        every = axes.plot(table[model], [height] * len(table), "o", color=MUTED, alpha=0.45, markersize=5)
        mean = axes.plot(table[model].mean(), height, "|", color=INK, markersize=16, markeredgewidth=2)
    handles = {"a draw": every[0], "their mean": mean[0]}
    if chosen is not None:
        one = axes.plot(table.loc[chosen, models], range(len(models)), "D-", color=BLUE, linewidth=1, markersize=6)
        handles["this draw"] = one[0]
    axes.set_yticks(range(len(models)), models)
    axes.set(xlabel=label)
    drawing.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=3)
    return drawing
