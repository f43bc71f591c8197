"""Figures of cells that were asked for a gap: how they are strained, how they arrive, how far that can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .. import strain
from ..errors import HeaError
from .mos2 import GAP_LABEL
from .style import BLUE, CARD, CYCLE, INK, MUTED, ORANGE, VERMILLION, BookFigure, figure, styled, with_looks

_METAL, _SULPHUR = (1 / 3, 2 / 3), (2 / 3, 1 / 3)  # places in the plane, in units of the lattice vectors a and b
_ARROW = 6.0  # length of a field of 1 V/angstrom [angstrom]
_BESIDE = 7.6, 4.0  # middle of the arrow, where no cell of the box leans to [angstrom]
_FAINT = 0.05  # below this field an arrow would be all head [V/angstrom]
_CROSSES = "x", "+", "1", "2"
_LINES = tuple(zip(CYCLE, ("o", "s", "D", "^", "v", "P"), strict=True))


@styled
def strained(cells: pd.DataFrame) -> BookFigure:
    """The unit cell of each design from above and from the side, over the unstrained one in grey.

    From above the vectors a and b with the atoms; from the side, along y, the face of a and c, and the field as an
    arrow that is longer the stronger it is. Where the atoms sit in height is not known, so none are drawn there.

    Args:
        cells: one row a column of panels, its index the title; ``a, b, c`` [angstrom], ``alpha, beta, gamma``
            [degree], ``field`` [V/angstrom].

    Raises:
        HeaError: no cells. CellError: a column is missing, or a cell is none.
    """
    if not len(cells):
        raise HeaError("there are no cells to draw")
    fields = strain.select(cells, (strain.FIELD,))[:, 0]
    (rest,), vectors = strain.lattice(pd.DataFrame([strain.REFERENCE])), strain.lattice(cells)
    drawing, axes = figure(
        1.75 * len(cells), 3.9, 2, len(cells), sharex="row", sharey="row", squeeze=False, height_ratios=[1, 2.2]
    )
    for (above, side), title, own, field in zip(axes.T, cells.index, vectors, fields, strict=True):
        for shape, color, width in ((rest, MUTED, 1.0), (own, BLUE, 1.8)):
            above.plot(*_outline(shape[0, :2], shape[1, :2]), color=color, linewidth=width)
            side.plot(*_outline(shape[0, ::2], shape[2, ::2]), color=color, linewidth=width)
        for place, color, size in ((_METAL, BLUE, 8), (_SULPHUR, ORANGE, 6)):
            above.plot(*(place @ own[:2, :2]), "o", color=color, markersize=size)
        if abs(field) > _FAINT:
            tail, head = _BESIDE[1] - _ARROW * field / 2, _BESIDE[1] + _ARROW * field / 2
            arrow = {"arrowstyle": "->", "color": VERMILLION, "lw": 2}
            side.annotate("", (_BESIDE[0], head), (_BESIDE[0], tail), arrowprops=arrow)
        side.text(-2.9, 0.3, f"{field:+.2f}\nV/Å", ha="center", color=VERMILLION, fontsize=8)
        above.set(title=str(title), aspect="equal", xticks=(-2, 0, 2))
        side.set(aspect="equal", xlabel="x [Å]", xlim=(-5.5, 9))
    axes[0, 0].set_ylabel("y [Å]")
    axes[1, 0].set_ylabel("z [Å]")
    return drawing


def _outline(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The corners of a parallelogram, the first one again at the end ``(2, 5)``."""
    return np.array([0 * one, one, one + other, other, 0 * one]).T


@styled
def arriving(said: pd.DataFrame, judged: pd.DataFrame, moved: pd.DataFrame, target: float) -> BookFigure:
    """A few cells on their way to a gap: what the forward model says, what the judge finds, how far they moved.

    Args:
        said, judged: gaps [eV], a row a step, a column a cell. moved: distances from the start [half-widths].
        target: the gap that was asked for [eV].

    Raises:
        HeaError: tables that do not fit one another, or more cells than can be told apart.
    """
    if not (said.shape == judged.shape == moved.shape):
        raise HeaError(f"tables of {said.shape}, {judged.shape} and {moved.shape} steps and cells do not fit")
    drawing, (left, middle, right) = figure(7.2, 2.9, columns=3)
    left.sharey(middle)
    shown = (left, said, "Forward model"), (middle, judged, "Judge"), (right, moved, "Moved")
    for panel, table, title in shown:
        panel.set(title=title, xlabel="Step", xticks=range(len(table)))
        for place, (color, mark) in with_looks(range(table.shape[1]), _LINES, "cells"):
            panel.plot(table.to_numpy()[:, place], color=color, marker=mark, markersize=4)
    for panel in (left, middle):
        panel.axhline(target, color=MUTED, linewidth=1)
    left.set_ylabel(GAP_LABEL)
    right.set(ylabel="Distance [half-widths]", ylim=(0, None))
    return drawing


@styled
def misses(sets: Mapping[str, pd.DataFrame], reach: float = 0.15, close: float = 0.05) -> BookFigure:
    """What the judge says of each miss that the forward model sees, a panel a set; the band holds the hits.

    Args:
        sets: title -> misses of the gap [eV], columns ``forward`` and ``judge``. reach: of the axes [eV]; what lies
            beyond is drawn at the border. close: miss of a hit [eV].
    """
    drawing, axes = figure(2.35 * len(sets), 2.9, columns=len(sets), sharex=True, sharey=True, squeeze=False)
    for panel, (title, table) in zip(axes[0], sets.items(), strict=True):
        panel.axhspan(-close, close, color=ORANGE, alpha=0.25, linewidth=0)
        panel.plot([-reach, reach], [-reach, reach], color=INK, linewidth=0.8)
        seen = table[["forward", "judge"]].clip(-reach, reach)
        panel.plot(seen["forward"], seen["judge"], "o", color=BLUE, markersize=2.5, alpha=0.4, markeredgewidth=0)
        panel.set(title=title, xlabel="Miss by the forward\nmodel [eV]", aspect="equal")
        panel.set(xlim=(-1.05 * reach, 1.05 * reach), ylim=(-1.05 * reach, 1.05 * reach))
    axes[0, 0].set_ylabel("Miss by the judge [eV]")
    return drawing


@styled
def warnings_of_spread(sets: Mapping[str, pd.DataFrame], bins: int = 8) -> BookFigure:
    """Mean judged error against the spread of the members, in bins of equally many cells, a line a set.

    Args:
        sets: label -> a row a cell, columns ``spread`` and ``error`` [eV]. bins: of each set.

    Raises:
        HeaError: a set with fewer cells than bins, or more sets than can be told apart.
    """
    drawing, axes = figure(5.6, 3.2)
    for label, (color, mark) in with_looks(sets, _LINES, "sets"):
        table = sets[label]
        if len(table) < bins:
            raise HeaError(f"{label}: {len(table)} cells do not fill {bins} bins")
        place = np.arange(len(table)) * bins // len(table)
        means = 1000 * table.sort_values("spread").groupby(place)[["spread", "error"]].mean()
        axes.plot(means["spread"], means["error"], color=color, marker=mark, markersize=4, label=label)
    axes.set(xlabel="Spread of the members [meV]", ylabel="Mean judged error [meV]", xscale="log", ylim=(0, None))
    axes.legend()
    return drawing


@styled
def frontier(table: pd.DataFrame, references: Sequence[str] = ()) -> BookFigure:
    """Hits against diversity, a panel a target: where each model begins alone, and where repair takes it.

    Args:
        table: a row a (target [eV], model), columns ``diversity`` and ``hits`` alone, ``diversity repaired`` and
            ``hits repaired``, which are NaN for what was not repaired.
        references: models that nothing repairs, drawn as crosses.

    Raises:
        HeaError: more models or references than can be told apart.
    """
    targets = list(table.index.unique(0))
    drawing, axes = figure(7.2, 3.6, columns=len(targets), sharey=True, squeeze=False)
    for panel, target in zip(axes[0], targets, strict=True):
        rows = table.loc[target]
        for name, color in with_looks(rows.index.difference(references, sort=False), CYCLE, "models"):
            row = rows.loc[name]
            ends = row[["diversity", "diversity repaired"]], row[["hits", "hits repaired"]]
            panel.plot(*ends, color=color, linewidth=0.8)
            panel.plot(ends[0].iloc[0], ends[1].iloc[0], "o", markerfacecolor=CARD, color=color, markersize=6)
            panel.plot(ends[0].iloc[1], ends[1].iloc[1], "o", color=color, markersize=7, label=name)
        for name, mark in with_looks(references, _CROSSES, "references"):
            panel.plot(*rows.loc[name, ["diversity", "hits"]], mark, color=INK, markersize=8, label=name)
        panel.set(title=f"{target:g} eV", xlabel="Diversity [half-widths]", ylim=(-0.03, 1.03))
    axes[0, 0].set_ylabel("Share of hits")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawing
