"""Figures of what was asked and what came back: distributions at requests, novelty, scorecards, frontiers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import pandas as pd

from .. import evaluation, spaces
from ..problems import InverseProblem, Target
from .design import axis_label, compositions
from .learning import nearest
from .style import BLUE, CYCLE, GRID, INK, MUTED, BookFigure, figure, styled

_MARKERS = "osD^vP"
_DIGITS = 3  # of a property as a label of a row


@styled
def element_counts(sets: Mapping[str, pd.DataFrame]) -> BookFigure:
    """How many elements alloys have, as shares of each set; an element counts above 1 at%."""
    counts = {label: (evaluation.clean(table) > spaces.PRESENT).sum(axis=1) for label, table in sets.items()}
    sizes = np.arange(min(map(min, counts.values())), max(map(max, counts.values())) + 1)
    drawing, axes = figure(4.8, 2.4)
    width = 0.8 / len(counts)
    for number, (colour, (label, count)) in enumerate(zip(cycle(CYCLE), counts.items(), strict=False)):
        share = count.value_counts(normalize=True).reindex(sizes, fill_value=0.0)
        place = sizes + width * (number - (len(counts) - 1) / 2)
        axes.bar(place, share, width=0.92 * width, color=colour, label=label)
    axes.set_xticks(sizes)
    axes.set(xlabel="number of elements", ylabel="share of alloys")
    axes.legend()
    return drawing


@styled
def parities(problem: InverseProblem, requests: pd.DataFrame, found: pd.DataFrame, most: int = 300) -> BookFigure:
    """Requested against achieved values, a panel a property; the mean error in its title is over all designs.

    Args:
        requests: wanted properties ``(n, n_targets)``. found: what the designs have ``(n, n_targets)``.
        most: designs that get a dot, the first ones.
    """
    drawing, axes = figure(2.5 * len(problem.targets), 2.5, 1, len(problem.targets), squeeze=False)
    for panel, target in zip(axes[0], problem.targets, strict=True):
        wanted, has = requests[target.name].to_numpy(), found[target.name].to_numpy()
        ends = [min(wanted.min(), has.min()), max(wanted.max(), has.max())]
        panel.plot(ends, ends, color=INK, linewidth=1)
        panel.plot(wanted[:most], has[:most], ".", color=BLUE, markersize=3)
        panel.set(xlabel="requested", ylabel="achieved")
        panel.set_title(f"{axis_label(target)}\nmean error {np.abs(has - wanted).mean():.3g}", fontsize=9)
    return drawing


@styled
def answers(target: Target, found: Mapping[str, Mapping[float, pd.Series]], known: pd.Series) -> BookFigure:
    """What designs have that were made for several values of one property, a panel a method.

    Args:
        found: method -> requested value -> achieved values ``(n,)``.
        known: values of the known designs, drawn as ticks below.
    """
    drawing, axes = figure(5.6, 1.35 * len(found) + 0.5, len(found), 1, sharex=True, squeeze=False)
    everything = np.concatenate([values for series in found.values() for values in series.values()])
    low, high = np.quantile(everything, [0.001, 0.999])
    bins = np.arange(np.floor(low), np.ceil(high) + 1.5)
    for panel, (method, series) in zip(axes[:, 0], found.items(), strict=True):
        for colour, (wanted, values) in zip(cycle(CYCLE), series.items(), strict=False):
            weights = np.full(len(values), 1 / len(values))
            panel.hist(values, bins=bins, weights=weights, color=colour, alpha=0.75)
            panel.axvline(wanted, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        panel.plot(known, np.full(len(known), -0.04), "|", color=MUTED, markersize=6)
        panel.axhline(0, color=MUTED, linewidth=0.6)
        panel.set_title(method, fontsize=10)
        panel.set_ylabel("share", fontsize=9)
    shown = [bins[0] - 3, bins[-1] + 3]
    axes[-1, 0].set(xlabel=axis_label(target), xlim=shown)
    return drawing


@styled
def cases(
    problem: InverseProblem, requests: Mapping[str, Mapping[str, float]], found: Mapping[str, pd.DataFrame]
) -> BookFigure:
    """Requests for both properties of a problem (crosses), and what the designs that answer each of them have.

    The dashed line is the straight one through the known designs.

    Args:
        requests: label -> request. found: label -> properties ``(n, 2)``.
    """
    first, second = problem.target_names
    drawing, axes = figure(4.9, 3.3)
    known = problem.properties
    trend = np.polynomial.Polynomial.fit(known[first], known[second], 1)
    ends = np.array([known[first].min(), known[first].max()])
    axes.plot(ends, trend(ends), color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="trend of known alloys")
    for colour, (label, values) in zip(cycle(CYCLE), found.items(), strict=False):
        axes.plot(values[first], values[second], ".", color=colour, markersize=5, label=label)
        axes.plot(requests[label][first], requests[label][second], "+", color=INK, markersize=13, markeredgewidth=2)
    axes.set(xlabel=axis_label(problem.targets[0]), ylabel=axis_label(problem.targets[1]))
    axes.legend(loc="lower right", fontsize=8)
    return drawing


def novelty(problem: InverseProblem, sets: Mapping[str, pd.DataFrame]) -> BookFigure:
    """How far designs are from the nearest known one: the share within each distance, a line a set.

    The known designs stand for comparison, each with the nearest of the others.
    """
    known = problem.space.distance(problem.designs.to_numpy(), problem.designs.to_numpy())
    np.fill_diagonal(known, np.inf)
    distances = {
        label: evaluation.nearest_distance(problem.space, problem.space.check(table), problem.designs)
        for label, table in sets.items()
    }
    return nearest(distances, problem.space.novel_distance, known.min(axis=1))


@styled
def scorecard(
    results: pd.DataFrame, columns: Mapping[str, str], highlight: tuple[str, ...] = (), by: str = "split"
) -> BookFigure:
    """Methods as rows and figures of the scorecard as panels: means with their standard deviation over runs.

    Args:
        results: rows with columns ``method``, ``by`` and the figures, several rows a method.
        columns: of the results -> title of the panel.
        highlight: methods whose rows are shaded. by: column of the kinds of runs, each with its own colour and marker.
    """
    methods, kinds = list(dict.fromkeys(results["method"])), list(dict.fromkeys(results[by]))
    width, height = 1.4 * len(columns) + 1.4, 0.3 * len(methods) + 0.9
    drawing, axes = figure(width, height, 1, len(columns), sharey=True, squeeze=False)
    for panel, (column, title) in zip(axes[0], columns.items(), strict=True):
        for method in highlight:
            place = methods.index(method)
            panel.axhspan(place - 0.5, place + 0.5, color=GRID, zorder=0)
        for number, (kind, colour, marker) in enumerate(zip(kinds, cycle(CYCLE), cycle(_MARKERS), strict=False)):
            runs = results[results[by] == kind].groupby("method")[column]
            mean, spread = (table.reindex(methods) for table in (runs.mean(), runs.std()))
            rows = np.arange(len(methods)) + 0.26 * (number - (len(kinds) - 1) / 2)
            panel.errorbar(mean, rows, xerr=spread, fmt=marker, color=colour, markersize=5, capsize=2, label=kind)
        panel.set_title(title, fontsize=9)
        panel.tick_params(labelsize=8)
        panel.margins(x=0.12)
    axes[0, 0].set_yticks(range(len(methods)), methods, fontsize=9)
    axes[0, 0].set_ylim(len(methods) - 0.5, -0.5)
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower right", ncols=len(kinds))
    return drawing


@styled
def frontier(results: pd.DataFrame, across: str, up: str, labels: tuple[str, str], floor: float) -> BookFigure:
    """What one figure costs in another: settings of a model as points, joined in the order of a knob.

    Args:
        results: rows with columns ``line`` (points with the same are joined), ``label`` and the two figures; several
            rows with the same line and label are runs, shown as their mean.
        labels: of the two axes. floor: what real designs have of the second figure, a thin line.
    """
    drawing, axes = figure(4.8, 3.0)
    axes.axhline(floor, color=MUTED, linewidth=1, linestyle=(0, (4, 3)), label="real alloys")
    for colour, marker, (line, rows) in zip(
        cycle(CYCLE), cycle(_MARKERS), results.groupby("line", sort=False), strict=False
    ):
        mean = rows.groupby("label", sort=False)[[across, up]].mean()
        axes.plot(mean[across], mean[up], color=colour, marker=marker, markersize=5, linewidth=1.2, label=line)
        for text, place in zip(mean.index, mean.to_numpy(), strict=True):
            axes.annotate(text, place, (5, 4), textcoords="offset points", fontsize=8, color=colour)
    axes.set(xlabel=labels[0], ylabel=labels[1])
    axes.margins(0.12)
    axes.legend(fontsize=8)
    return drawing


def delivered(problem: InverseProblem, designs: pd.DataFrame, most: int = 12) -> BookFigure:
    """Alloys as rows of a heat map of atomic per cent, each labelled with what the judge says that it has."""
    shown = designs.iloc[:most]
    found = problem.judge(problem.space.check(shown))
    rows = zip(*(found[name] for name in problem.target_names), strict=True)
    return compositions(
        shown, ["  ".join(f"{value:.{_DIGITS}g}" for value in values) for values in rows], most, bar=False
    )
