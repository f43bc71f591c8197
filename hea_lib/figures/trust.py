"""Figures on whether a probability can be trusted, and on how far a few labels go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
import pandas as pd

from .intervals import wilson
from .style import BLUE, CYCLE, GREEN, GRID, INK, MUTED, ORANGE, BookFigure, figure, styled

_MARKERS = "osD^vX"
_STYLES = ("-", "--", "-.", ":")


@styled
def reliability(tables: Mapping[str, pd.DataFrame]) -> BookFigure:
    """Observed shares against predicted ones, a panel a model, with Wilson's 95 % intervals.

    Args:
        tables: name -> as :func:`hea_lib.calibration.reliability` gives it.
    """
    drawing, axes = figure(2.7 * len(tables) + 0.6, 3.0, columns=len(tables), squeeze=False, sharey=True)
    for panel, (name, table) in zip(axes[0], tables.items(), strict=True):
        low, high = wilson(table["observed"], table["n"])
        panel.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle="--")
        panel.vlines(table["predicted"], low, high, color=BLUE, alpha=0.5)
        panel.plot(table["predicted"], table["observed"], "o-", color=BLUE, markersize=5)
        panel.set(xlabel="predicted", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), title=name)
    axes[0, 0].set_ylabel("observed share")
    return drawing


@styled
def conformal(shares: pd.DataFrame) -> BookFigure:
    """What sets of classes say at several coverages, and whether they keep their promise.

    Args:
        shares: a row a coverage (the index), columns as :func:`hea_lib.calibration.coverage` names them.
    """
    drawing, (left, right) = figure(7.2, 2.8, columns=2)
    names, bottom = [f"{value:.0%}" for value in shares.index], np.zeros(len(shares))
    looks = {"one": (GREEN, "one class", ""), "both": (GRID, "both: cannot say", "//"), "none": (ORANGE, "none", "..")}
    for kind, (colour, label, hatch) in looks.items():
        left.bar(names, shares[kind], bottom=bottom, color=colour, label=label, hatch=hatch, edgecolor=MUTED)
        bottom = bottom + shares[kind].to_numpy()
    left.set(xlabel="coverage asked for", ylabel="share of alloys")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, 1.22), ncols=3, fontsize=8)
    right.plot(shares.index, shares.index, color=INK, linewidth=1, linestyle="--", label="as asked for")
    for colour, marker, (name, label) in zip(
        CYCLE, _MARKERS, {"class 1": "single-phase", "class 0": "multi-phase"}.items(), strict=False
    ):
        right.plot(shares.index, shares[name], marker=marker, color=colour, label=label)
    right.set(xlabel="coverage asked for", ylabel="coverage found")
    right.legend(loc="upper left")
    return drawing


@styled
def domain(tables: Mapping[str, pd.DataFrame]) -> BookFigure:
    """Share of wrong predictions by the distance from known alloys, and what the model expects, a panel a model.

    Args:
        tables: name -> as :func:`hea_lib.calibration.by_distance` gives it.
    """
    drawing, axes = figure(3.1 * len(tables) + 0.6, 3.0, columns=len(tables), squeeze=False, sharey=True)
    for panel, (name, table) in zip(axes[0], tables.items(), strict=True):
        low, high = wilson(table["wrong"], table["n"])
        panel.fill_between(table["distance"], low, high, color=BLUE, alpha=0.15, linewidth=0)
        panel.plot(table["distance"], table["wrong"], "o-", color=BLUE, label="wrong")
        panel.plot(table["distance"], table["expected wrong"], "s--", color=ORANGE, label="wrong by its own account")
        panel.set(xlabel="total variation to the nearest known alloy", title=name, ylim=(0, None))
    axes[0, 0].set_ylabel("share of alloys")
    axes[0, 0].legend()
    return drawing


@styled
def splits(results: pd.DataFrame, order: Sequence[str], measure: str = "auc", label: str = "AUC") -> BookFigure:
    """A figure of merit of several models on several splits: means as marks, all seeds as a bar between extremes.

    Args:
        results: a row a (split, model, seed), columns ``split``, ``model`` and the measure.
        order: the splits from top to bottom.
    """
    models = list(dict.fromkeys(results["model"]))
    drawing, axes = figure(6.8, 0.65 * len(order) + 1.4)
    for number, (colour, marker, model) in enumerate(zip(cycle(CYCLE), cycle(_MARKERS), models, strict=False)):
        rows = results[results["model"] == model].groupby("split")[measure].agg(["mean", "min", "max"]).reindex(order)
        height = np.arange(len(order)) + 0.6 * ((number + 0.5) / len(models) - 0.5)
        axes.hlines(height, rows["min"], rows["max"], color=colour, alpha=0.6)
        axes.plot(rows["mean"], height, marker, color=colour, markersize=6, label=model)
    axes.set_yticks(range(len(order)), order)
    axes.invert_yaxis()
    axes.set(xlabel=label)
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=min(4, len(models)))
    return drawing


@styled
def label_efficiency(results: pd.DataFrame, models: Mapping[str, str]) -> BookFigure:
    """AUC over the number of labels, a line a model, one standard deviation over the seeds as a bar.

    Args:
        results: a row a (share, model, seed), columns ``n_labels``, ``model`` and ``auc``.
        models: name in ``results`` -> what it is called.
    """
    drawing, axes = figure(6.6, 3.6)
    looks = zip(CYCLE, _MARKERS, cycle(_STYLES), models.items(), strict=False)
    for number, (colour, marker, line, (name, label)) in enumerate(looks):
        rows = results[results["model"] == name].groupby("n_labels")["auc"].agg(["mean", "std"])
        place = rows.index * 1.04 ** (number - (len(models) - 1) / 2)  # side by side, or the bars would hide each other
        spread = rows["std"].fillna(0)
        axes.vlines(place, rows["mean"] - spread, rows["mean"] + spread, color=colour, alpha=0.6)
        axes.plot(place, rows["mean"], line, marker=marker, color=colour, markersize=5, label=label)
    counts = sorted(results["n_labels"].unique())
    axes.set(xlabel="alloys with a label", ylabel="AUC", xscale="log")
    axes.set_xticks(counts, [f"{count:g}" for count in counts])
    axes.minorticks_off()
    axes.legend(loc="lower right")
    return drawing


@styled
def leak(histories: Mapping[str, pd.DataFrame]) -> BookFigure:
    """Accuracy on validation and on test alloys over the epochs of several trainings, a panel a training.

    Args:
        histories: name -> columns ``epoch``, ``validation`` and ``test``.
    """
    drawing, axes = figure(3.2 * len(histories) + 0.4, 2.8, columns=len(histories), squeeze=False, sharey=True)
    for panel, (name, history) in zip(axes[0], histories.items(), strict=True):
        panel.plot(history["epoch"], history["validation"], color=CYCLE[1], label="validation")
        panel.plot(history["epoch"], history["test"], "--", color=BLUE, label="test")
        panel.set(xlabel="epoch", title=name)
    axes[0, 0].set_ylabel("accuracy")
    axes[0, -1].legend(loc="lower right")
    return drawing
