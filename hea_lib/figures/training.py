"""Figures of what a training costs: where the time of a step goes, and what more members or designs in it add."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, LogLocator, NullLocator

from .style import BLUE, CYCLE, INK, MUTED, VERMILLION, BookFigure, figure, styled

_MARKERS = "os^Dvp"
_PLAIN = "{x:,.10g}"  # 1,000 instead of a power of ten


@styled
def bounds(steps: pd.DataFrame, overhead: float, rate: float, peak: float) -> BookFigure:
    """Time of steps over the arithmetic in them: a floor of overhead on the left, a slope of arithmetic on the right.

    Args:
        steps: a row a measurement, with ``mflop``, ``ms``, ``width`` and ``members``; ensembles are drawn hollow.
        overhead: time of a step without arithmetic [ms]. rate: arithmetic per time [MFLOP/ms]; the two make a curve.
        peak: what the machine reaches in large matrix products [MFLOP/ms].
    """
    drawing, axes = figure(6.6, 3.9)
    for colour, marker, (width, rows) in zip(CYCLE, _MARKERS, steps.groupby("width"), strict=False):
        for alone, face in ((True, colour), (False, "none")):
            some = rows[(rows["members"] == 1) == alone]
            axes.plot(
                some["mflop"], some["ms"], marker, color=colour, markerfacecolor=face, markersize=5, linestyle="none",
                label=f"width {width}" if alone else None,
            )  # fmt: skip
    work = np.geomspace(steps["mflop"].min() / 2, steps["mflop"].max() * 2, 200)
    axes.plot(work, overhead + work / rate, color=INK, linewidth=1.5, label="overhead + arithmetic")
    reach = work[work / peak > overhead / 10]
    axes.plot(reach, reach / peak, "--", color=MUTED, linewidth=1.2, label="rate of a large product")
    axes.axhline(overhead, color=MUTED, linestyle=":", linewidth=1.2)
    axes.axvline(overhead * rate, color=MUTED, linestyle=":", linewidth=1.2)
    axes.annotate(
        "both alike", (overhead * rate, axes.get_ylim()[1]), xytext=(-4, -4), textcoords="offset points", color=MUTED,
        rotation=90, ha="right", va="top", fontsize=9,
    )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="arithmetic in a step [MFLOP]", ylabel="time of a step [ms]")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_PLAIN)
    axes.legend(loc="upper left", title="hollow: ensembles", title_fontsize=9)
    return drawing


@styled
def step(steps: pd.DataFrame, overhead: float, rate: float, mflop: float, found: float | None = None) -> BookFigure:
    """Where a step lies on the curve of overhead and arithmetic, and which of the two its time is made of.

    Args:
        steps: a row a measurement, with ``mflop`` and ``ms``. overhead: time of a step without arithmetic [ms].
        rate: arithmetic per time [MFLOP/ms]. mflop: arithmetic of the step. found: its measured time [ms], if any.
    """
    drawing, (left, right) = figure(7.2, 2.6, columns=2, width_ratios=[1.4, 1])
    work = np.geomspace(min(mflop, steps["mflop"].min()) / 2, max(mflop, steps["mflop"].max()) * 2, 200)
    left.plot(steps["mflop"], steps["ms"], "o", color=MUTED, alpha=0.5, markersize=4, linewidth=0, label="measured")
    left.plot(work, overhead + work / rate, color=INK, linewidth=1.5, label="overhead + arithmetic")
    left.plot(mflop, overhead + mflop / rate, "D", color=VERMILLION, markersize=8, label="this step")
    left.set(xscale="log", yscale="log", xlabel="arithmetic in a step [MFLOP]", ylabel="time of a step [ms]")
    for axis in (left.xaxis, left.yaxis):
        axis.set_major_formatter(_PLAIN)
    left.legend(loc="upper left", fontsize=8)
    right.barh("expected", overhead, color=BLUE, label="overhead")
    right.barh("expected", mflop / rate, left=overhead, color=VERMILLION, label="arithmetic")
    right.barh("measured" if found else "not measured", found or 0, color=MUTED)
    right.invert_yaxis()
    right.grid(axis="y", visible=False)
    right.set(xlabel="time of a step [ms]")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=8)
    return drawing


@styled
def throughput(steps: pd.DataFrame) -> BookFigure:
    """Time of a step, and designs trained on per second, over the batch; a line a width.

    Args:
        steps: a row a measurement of a single model, with ``width``, ``batch`` and ``ms``.
    """
    drawing, (left, right) = figure(6.6, 2.9, columns=2)
    for colour, marker, (width, rows) in zip(CYCLE, _MARKERS, steps.groupby("width"), strict=False):
        rows = rows.sort_values("batch")
        left.plot(rows["batch"], rows["ms"], marker + "-", color=colour, markersize=4, label=f"width {width}")
        right.plot(rows["batch"], 1e3 * rows["batch"] / rows["ms"], marker + "-", color=colour, markersize=4)
    for panel in (left, right):
        panel.set(xscale="log", yscale="log", xlabel="designs in a batch")
        _ticks(panel.xaxis, steps["batch"])
        _ticks(panel.yaxis)
    left.set_ylabel("time of a step [ms]")
    right.set_ylabel("designs per second")
    left.legend(loc="upper left", fontsize=8)
    return drawing


@styled
def ensembles(steps: pd.DataFrame, wanted: float) -> BookFigure:
    """How many times the time of one model an ensemble of it takes, over its members; a line a size.

    Args:
        steps: a row a measurement, with ``width``, ``batch``, ``members`` and ``times``, that of one member being 1.
        wanted: times that one would accept, drawn as a limit.
    """
    drawing, axes = figure(6.2, 3.3)
    members = np.sort(steps["members"].unique())
    axes.plot(members, members, color=MUTED, linestyle="--", linewidth=1.2, label="one after another")
    axes.axhline(wanted, color=MUTED, linestyle=":", linewidth=1.2, label=f"{wanted:g} times")
    sizes = steps.groupby(["width", "batch"])
    for colour, marker, ((width, batch), rows) in zip(CYCLE, _MARKERS, sizes, strict=False):
        rows = rows.sort_values("members")
        name = f"width {width}, batch {batch}"
        axes.plot(rows["members"], rows["times"], marker + "-", color=colour, markersize=4, label=name)
    axes.set(xscale="log", yscale="log", xlabel="members", ylabel="time of a step, one model = 1")
    for axis in (axes.xaxis, axes.yaxis):
        _ticks(axis, members)
    axes.legend(loc="upper left", fontsize=8)
    return drawing


@styled
def stopping(history: pd.DataFrame, label: str) -> BookFigure:
    """What members of an ensemble watched over the steps, with a dot where each was best.

    Args:
        history: as :func:`hea_lib.training.fit` returns it, with ``step``, ``seed`` and ``watched``.
        label: of the watched figure, with its unit.
    """
    drawing, axes = figure(6.0, 2.7)
    for number, (_, rows) in enumerate(history.groupby("seed")):
        colour, best = CYCLE[number % len(CYCLE)], rows.loc[rows["watched"].idxmin()]
        axes.plot(rows["step"], rows["watched"], color=colour, linewidth=1)
        axes.plot(best["step"], best["watched"], "o", color=colour, markersize=5)
    axes.set(xlabel="step", ylabel=label)
    return drawing


def _ticks(axis, values=None) -> None:
    """Ticks of a logarithmic axis written out: at these values, else at 1, 2, 5, 10 ..."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)) if values is None else FixedLocator(np.unique(values)))
    axis.set_major_formatter(_PLAIN)
    axis.set_minor_locator(NullLocator())
