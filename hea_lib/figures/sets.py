"""Conformal sets at one coverage: which probabilities get which classes, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .style import BLUE, GREEN, GRID, INK, MUTED, ORANGE, VERMILLION, BookFigure, figure, styled

_BARS = 20  # of the histogram of probabilities


@styled
def sets(
    labels: np.ndarray,
    probabilities: np.ndarray,
    thresholds: Sequence[float],
    shares: pd.Series,
    asked: float,
    marked: dict[str, float] | None = None,
) -> BookFigure:
    """Probabilities of alloys of both classes with the band where a set holds both or none, and what comes of it.

    Args:
        labels: 0 or 1 ``(n,)``. probabilities: of 1 ``(n,)``.
        thresholds: largest score of a class in a set, as :class:`hea_lib.calibration.ConformalSets` learns them.
        shares: as :func:`hea_lib.calibration.coverage` gives them. asked: the coverage.
        marked: name of an alloy -> its probability, drawn as a line.
    """
    drawing, (left, right) = figure(8.0, 2.9, columns=2, width_ratios=[1.5, 1])
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    left.hist(
        [probabilities[labels == y] for y in (0, 1)],
        bins=np.linspace(0, 1, _BARS + 1),
        stacked=True,
        color=[VERMILLION, BLUE],
        label=["several phases", "single phase"],
    )
    last, first = np.clip([thresholds[0], 1 - thresholds[1]], 0, 1)  # of 0 and of 1 in a set; thresholds may be inf
    kind, colour, hatch = ("both", MUTED, "//") if first <= last else ("none", ORANGE, "..")
    look = {"facecolor": colour, "alpha": 0.25, "hatch": hatch, "edgecolor": MUTED, "zorder": 0.5}
    left.axvspan(*sorted((first, last)), label=kind, **look)
    for name, value in (marked or {}).items():
        left.axvline(value, color=INK, linewidth=2, label=name)
    left.set(xlabel="probability of a single phase", ylabel="alloys", xlim=(0, 1))
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=8)

    looks = {"one": (GREEN, ""), "both": (GRID, "//"), "none": (ORANGE, "..")}
    for kind, (colour, hatch) in looks.items():
        right.bar(kind, shares[kind], color=colour, hatch=hatch, edgecolor=MUTED)
    right.plot([2.6, 4.4], [asked, asked], "--", color=INK, linewidth=1)
    for name, colour, place in (("class 0", VERMILLION, 3), ("class 1", BLUE, 4)):
        right.plot(place, shares[name], "o", color=colour, markersize=7)
    right.set_xticks(range(5), ["one\nclass", "both", "none", "several\nphases", "single\nphase"], fontsize=8)
    right.set(ylim=(0, 1.02), ylabel="share of alloys")
    right.set_title("sets of alloys    |    true class held", fontsize=9)
    return drawing
