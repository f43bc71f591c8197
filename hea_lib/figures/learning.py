"""Figures that show whether a generator of alloys learns: what its critic says, and what its alloys say."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import pandas as pd

from .. import spaces
from .style import BLUE, CYCLE, GRID, INK, MUTED, BookFigure, figure, styled

_STYLES = ("-", "--", "-.", ":")


@styled
def distance(history: pd.DataFrame, stops: list[int]) -> BookFigure:
    """A critic's estimate of the distance over the steps of a training.

    Args:
        history: columns ``step`` and ``distance``. stops: steps that are marked.
    """
    drawing, axes = figure(6.2, 2.4)
    axes.plot(history["step"], history["distance"], color=BLUE)
    for stop in stops:
        axes.axvline(stop, color=MUTED, linewidth=0.8, linestyle=":")
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set(xlabel="step", ylabel="critic's distance")
    return drawing


@styled
def distances(histories: Mapping[str, pd.DataFrame]) -> BookFigure:
    """The critic's estimate of the distance in several trainings, a line a training, on a logarithmic scale."""
    drawing, axes = figure(6.2, 2.6)
    for colour, line, (name, history) in zip(CYCLE, cycle(_STYLES), histories.items(), strict=False):
        axes.plot(history["step"], history["distance"].abs(), line, color=colour, label=name)
    axes.set(xlabel="step", ylabel="size of the distance", yscale="log")
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return drawing


@styled
def progress(cards: pd.DataFrame, floor: pd.Series, labels: Mapping[str, str]) -> BookFigure:
    """Figures of a scorecard over the steps of a training, a panel each, beside what real alloys reach.

    Args:
        cards: a row a snapshot, its step as the index.
        floor: what real alloys reach; a figure that they do not have gets no line.
        labels: column -> what its panel is called.
    """
    drawing, axes = figure(1.75 * len(labels), 2.2, columns=len(labels), squeeze=False)
    for panel, (name, label) in zip(axes[0], labels.items(), strict=True):
        panel.plot(cards.index, cards[name], "o-", color=BLUE, markersize=4)
        if np.isfinite(floor.get(name, np.nan)):
            panel.axhline(floor[name], color=INK, linewidth=1, linestyle="--")
        panel.set(xlabel="step", xlim=(0, None), ylim=(0, None))
        panel.set_title(label, fontsize=9)
    return drawing


@styled
def anatomy(real: pd.DataFrame, sets: Mapping[str, pd.DataFrame]) -> BookFigure:
    """How often each element occurs, and how many elements alloys have: real ones as bars, made ones as points."""
    drawing, (left, right) = figure(7.4, 2.6, columns=2, width_ratios=[1.5, 1])
    there = real > spaces.PRESENT
    order = there.mean().sort_values(ascending=False).index
    places, most = np.arange(len(order)), int(there.sum(axis=1).max())
    left.bar(places, there[order].mean(), color=GRID, edgecolor=MUTED, linewidth=0.5, label="real")
    counts = np.arange(1, most + 1)
    right.bar(counts, [(there.sum(axis=1) == k).mean() for k in counts], color=GRID, edgecolor=MUTED, linewidth=0.5)
    for colour, marker, (name, table) in zip(CYCLE, cycle("xo^s"), sets.items(), strict=False):
        made = table > spaces.PRESENT
        left.plot(places, made[order].mean(), marker, color=colour, markersize=5, label=name)
        right.plot(counts, [(made.sum(axis=1) == k).mean() for k in counts], marker, color=colour, markersize=5)
    left.set_xticks(places, order, fontsize=8)
    left.set(ylabel="share of alloys", title="with the element")
    right.set(xlabel="elements in an alloy", title="with so many elements")
    left.legend()
    return drawing


@styled
def nearest(distances: Mapping[str, np.ndarray], novel: float, known: np.ndarray | None = None) -> BookFigure:
    """Share of alloys within a distance of the nearest known alloy, a line a set.

    Args:
        distances: name -> total variation to the nearest known alloy ``(n,)``. novel: beyond it an alloy is new.
        known: the same of the known alloys, each to the nearest of the others; a black line for comparison.
    """
    drawing, axes = figure(5.0, 2.6)
    axes.axvline(novel, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate("new", (novel, 1), (4, -2), textcoords="offset points", va="top", color=MUTED)
    if known is not None:
        axes.ecdf(known, color=INK, linewidth=1.5, label="known alloys, to the others")
    for colour, line, (name, values) in zip(cycle(CYCLE), cycle(_STYLES), distances.items(), strict=False):
        axes.ecdf(values, color=colour, linestyle=line, linewidth=1.5, label=name)
    axes.set(xlabel="total variation to the nearest known alloy", ylabel="share of alloys within")
    axes.legend(loc="lower right")
    return drawing
