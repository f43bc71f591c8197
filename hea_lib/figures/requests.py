"""Figures of what was asked and what came back: distributions at requests, novelty, scorecards, frontiers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
import pandas as pd

from .. import evaluation, spaces
from ..problems import InverseProblem, Target
from .design import axis_label, compositions
from .style import BLUE, CYCLE, GRID, INK, MUTED, BookFigure, figure, styled

_MARKERS = "osD^vP"
_DIGITS = 3  # of a property as a label of a row


@styled
def element_counts(sets: Mapping[str, pd.DataFrame]) -> BookFigure:
    """How many elements alloys have, as shares of each set; an element counts above 1 at%."""
    counts = {label: (evaluation.clean(table) > spaces.PRESENT).sum(axis=1) for label, table in sets.items()}
    sizes = np.arange(min(map(min, counts.values())), max(map(max, counts.values())) + 1)
    drawing, axes = figure(6.4, 3.2)
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
def parities(problem: InverseProblem, requests: pd.DataFrame, found: pd.DataFrame) -> BookFigure:
    """Requested against achieved values, a panel a property.

    Args:
        requests: wanted properties ``(n, n_targets)``. found: what the designs have ``(n, n_targets)``.
    """
    drawing, axes = figure(3.4 * len(problem.targets), 3.3, 1, len(problem.targets), squeeze=False)
    for panel, target in zip(axes[0], problem.targets, strict=True):
        wanted, has = requests[target.name].to_numpy(), found[target.name].to_numpy()
        ends = [min(wanted.min(), has.min()), max(wanted.max(), has.max())]
        panel.plot(ends, ends, color=INK, linewidth=1)
        panel.scatter(wanted, has, s=7, alpha=0.35, color=BLUE, linewidths=0)
        label = axis_label(target)
        panel.set(xlabel=f"requested {label[0].lower()}{label[1:]}", ylabel="achieved")
        panel.xaxis.label.set_size(9)
        panel.set_title(f"mean error {np.abs(has - wanted).mean():.3g}", fontsize=9)
    return drawing


@styled
def answers(target: Target, found: Mapping[str, Mapping[float, pd.Series]], known: pd.Series) -> BookFigure:
    """What designs have that were made for several values of one property, a panel a method.

    Args:
        found: method -> requested value -> achieved values ``(n,)``.
        known: values of the known designs, drawn as ticks below.
    """
    drawing, axes = figure(7.0, 1.7 * len(found) + 0.5, len(found), 1, sharex=True, squeeze=False)
    everything = np.concatenate([values for series in found.values() for values in series.values()])
    low, high = np.quantile(everything, [0.001, 0.999])
    bins = np.arange(np.floor(low), np.ceil(high) + 1.5)
    for panel, (method, series) in zip(axes[:, 0], found.items(), strict=True):
        for colour, (wanted, values) in zip(cycle(CYCLE), series.items(), strict=False):
            weights = np.full(len(values), 1 / len(values))
            panel.hist(values, bins=bins, weights=weights, color=colour, alpha=0.75)
            panel.axvline(wanted, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        panel.plot(known, np.full(len(known), -0.04), "|", color=MUTED, markersize=6, alpha=0.6)
        panel.axhline(0, color=MUTED, linewidth=0.6)
        panel.set_title(method, fontsize=10)
        panel.set_ylabel("share", fontsize=9)
    shown = [bins[0] - 3, bins[-1] + 3]
    axes[-1, 0].set(xlabel=f"achieved {axis_label(target)}", xlim=shown)
    return drawing


@styled
def novelty(problem: InverseProblem, sets: Mapping[str, pd.DataFrame]) -> BookFigure:
    """How far designs are from the nearest known one: the share within each distance, a line a set.

    The known designs stand for comparison, each with the nearest of the others.
    """
    known = problem.space.distance(problem.designs.to_numpy(), problem.designs.to_numpy())
    np.fill_diagonal(known, np.inf)
    distances = {"known alloys, to the others": known.min(axis=1)}
    for label, table in sets.items():
        distances[label] = evaluation.nearest_distance(problem.space, problem.space.check(table), problem.designs)
    drawing, axes = figure(6.4, 3.4)
    axes.axvline(problem.space.novel_distance, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.annotate(
        "novel from here", (problem.space.novel_distance, 1), (4, -2), textcoords="offset points", va="top", color=MUTED
    )
    for colour, (label, values) in zip(cycle((INK, *CYCLE)), distances.items(), strict=False):
        axes.ecdf(values, color=colour, linewidth=2, label=label)
    axes.set(xlabel="total variation to the nearest known alloy", ylabel="share of alloys within", xlim=(0, 0.6))
    axes.legend(loc="lower right")
    return drawing


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
    width, height = 1.75 * len(columns) + 1.8, 0.36 * len(methods) + 1.2
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
def frontier(
    results: pd.DataFrame, across: str, up: str, labels: tuple[str, str], best: tuple[float | None, float | None]
) -> BookFigure:
    """What one figure costs in another: settings of a model as points, joined in the order of a knob.

    Args:
        results: rows with columns ``line`` (points with the same are joined), ``label`` and the two figures; several
            rows with the same line and label are runs, shown as mean and standard deviation.
        labels: of the two axes. best: ideal values, a thin line each; None where there is none.
    """
    drawing, axes = figure(6.6, 4.2)
    for colour, marker, (line, rows) in zip(
        cycle(CYCLE), cycle(_MARKERS), results.groupby("line", sort=False), strict=False
    ):
        points = rows.groupby("label", sort=False)[[across, up]]
        mean, spread = points.mean(), points.std().fillna(0.0)
        style = {"color": colour, "marker": marker, "markersize": 6, "capsize": 2, "linewidth": 1.3}
        axes.errorbar(mean[across], mean[up], xerr=spread[across], yerr=spread[up], elinewidth=0.7, label=line, **style)
        for label, (x, y) in zip(mean.index, mean.to_numpy(), strict=True):
            axes.annotate(label, (x, y), (6, 5), textcoords="offset points", fontsize=8, color=colour)
    for value, draw in zip(best, (axes.axvline, axes.axhline), strict=True):
        if value is not None:
            draw(value, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.set(xlabel=labels[0], ylabel=labels[1])
    axes.margins(0.12)
    axes.legend()
    return drawing


def delivered(problem: InverseProblem, designs: pd.DataFrame, most: int = 12) -> BookFigure:
    """Alloys as rows of a heat map, each labelled with what the judge says that it has."""
    shown = designs.iloc[:most]
    found = problem.judge(problem.space.check(shown))
    rows = zip(*(found[name] for name in problem.target_names), strict=True)
    return compositions(shown, ["  ".join(f"{value:.{_DIGITS}g}" for value in values) for values in rows], most)
