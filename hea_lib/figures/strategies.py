"""Figures of the strategies for alloys of a class: the path of a nudge, and what a judge says of their alloys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .. import elements
from ..errors import HeaError
from .intervals import wilson
from .style import BLUE, CARD, CYCLE, INK, MUTED, ORANGE, VERMILLION, BookFigure, figure, styled

_LABELLED = 0.04  # atomic fraction from which a band is wide enough for the symbol of its element
_PALE = 0.45  # opacity of bands after the first turn of the palette


@styled
def nudge_path(path: pd.DataFrame, judged: Sequence[float] | None = None) -> BookFigure:
    """How one alloy changed: its composition as a strip, and the probability of the wanted class below it.

    Args:
        path: the steps of an alloy, as :meth:`hea_lib.design.Nudges.path` gives them.
        judged: probability that a judge gives at each step ``(n_steps,)``, which the nudge never saw.

    Raises:
        HeaError: not one judged value a step.
    """
    if judged is not None and len(judged) != len(path):
        raise HeaError(f"{len(judged)} judged values do not fit {len(path)} steps")
    symbols = [column for column in path.columns if column in elements.SYMBOLS and (path[column] > 0).any()]
    steps = np.arange(len(path))
    drawing, (strip, curve) = figure(6.8, 4.6, 2, 1, sharex=True, height_ratios=[1.5, 1])
    amounts = 100 * path[symbols].to_numpy().T
    colours = [(CYCLE[at % len(CYCLE)], 1.0 if at < len(CYCLE) else _PALE) for at in range(len(symbols))]
    base = np.zeros(len(path))
    for symbol, amount, colour in zip(symbols, amounts, colours, strict=True):
        strip.bar(steps, amount, 0.96, base, color=[colour], linewidth=0)
        for at in {0, len(path) - 1}:
            if amount[at] >= 100 * _LABELLED:
                middle = base[at] + amount[at] / 2
                strip.annotate(symbol, (at, middle), ha="center", va="center", color=CARD, fontweight="bold")
        base = base + amount
    strip.set(ylabel="composition [at%]", ylim=(0, 100))
    strip.grid(False)
    curve.plot(steps, path["probability"], "o-", color=BLUE, markersize=4, label="predictor, which led the way")
    if judged is not None:
        curve.plot(steps, judged, "s--", color=VERMILLION, markersize=4, label="judge, which took no part")
    curve.axhline(0.5, color=INK, linewidth=1)
    labels = [f"{100 * distance:.0f}" for distance in path["distance"]]
    every = max(1, len(path) // 12)
    curve.set_xticks(steps[::every], labels[::every])
    curve.set(xlabel="atoms exchanged so far [at%]", ylabel="probability", ylim=(0, 1))
    curve.legend(loc="upper left")
    return drawing


@styled
def judged_shares(results: pd.DataFrame) -> BookFigure:
    """Share of each set of alloys that a judge accepts, with 95 % intervals of the counting.

    Args:
        results: a row a set, indexed by its label: ``share`` and ``size``, how many alloys were judged; a bool column
            ``reference`` marks those that are no strategy.
    """
    low, high = wilson(results["share"], results["size"])
    rows = np.arange(len(results))[::-1]
    reference = results.get("reference", pd.Series(False, results.index)).to_numpy(dtype=bool)
    drawing, axes = figure(6.8, 0.42 * len(results) + 1.0)
    errors = np.vstack([results["share"] - low, high - results["share"]])
    axes.barh(
        rows, results["share"], 0.62, color=np.where(reference, MUTED, ORANGE), xerr=errors, ecolor=INK, capsize=3
    )
    axes.set_yticks(rows, results.index)
    axes.set(xlabel="share that the judge calls a single phase", xlim=(0, 1))
    axes.grid(False, axis="y")
    return drawing
