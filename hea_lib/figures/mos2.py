"""Figures of strained MoS2: the cells, the calculations, the errors of forward models, and the map of the gap."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .. import strain
from ..surrogates import Surrogate
from .style import BLUE, CARD, CYCLE, INK, MUTED, ORANGE, SEQUENTIAL, VERMILLION, BookFigure, figure, styled

GAP_LABEL = "Band gap [eV]"
_METAL, _SULPHUR = (1 / 3, 2 / 3), (2 / 3, 1 / 3)  # places in the plane, in units of the lattice vectors a and b
_REPEATS = 3


@styled
def layers(cells: pd.DataFrame) -> BookFigure:
    """A layer of each cell from above: atoms, bonds of the undeformed neighbours, and the vectors a and b.

    Args:
        cells: one row a panel, its index the title; lengths [angstrom] and angles [degree].
    """
    drawing, axes = figure(2.3 * len(cells), 2.4, columns=len(cells), sharex=True, sharey=True, squeeze=False)
    for panel, title, vectors in zip(axes[0], cells.index, strain.lattice(cells)[:, :2, :2], strict=True):
        corner = np.stack(np.meshgrid(range(_REPEATS), range(_REPEATS)), -1).reshape(-1, 2)
        metal, sulphur = ((corner + place) @ vectors for place in (_METAL, _SULPHUR))
        for shift in ((0, 0), (-1, 0), (0, 1)):  # the three nearest neighbours of a metal atom
            ends = (corner + _SULPHUR + np.array(shift)) @ vectors
            panel.plot(*np.stack([metal, ends]).transpose(2, 0, 1), color=MUTED, linewidth=1, zorder=1)
            panel.plot(*ends.T, "o", color=ORANGE, markersize=6, zorder=2)
        panel.plot(*sulphur.T, "o", color=ORANGE, markersize=6, zorder=2, label="S, one above one")
        panel.plot(*metal.T, "o", color=BLUE, markersize=9, zorder=3, label="Mo")
        origin = np.array([1, 1]) @ vectors
        for vector, name in zip(vectors, "ab", strict=True):
            panel.annotate("", origin + vector, origin, arrowprops={"arrowstyle": "->", "color": VERMILLION, "lw": 2})
            panel.annotate(name, origin + 1.08 * vector, color=VERMILLION, fontsize=12, fontweight="bold", zorder=4)
        panel.set(title=str(title), aspect="equal", xlabel="x [Å]")
    axes[0, 0].set_ylabel("y [Å]")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return drawing


@styled
def campaigns(table: pd.DataFrame) -> BookFigure:
    """Share of metals in each campaign, and the distribution of the gaps that are not zero."""
    drawing, (left, right) = figure(7.0, 3.0, columns=2, width_ratios=[1, 1.8])
    metals = (table["band_gap"] == 0).groupby(table["campaign"]).mean()
    bars = left.bar(metals.index.astype(str), 100 * metals, color=CYCLE[: len(metals)])
    left.bar_label(bars, fmt="%.0f %%", color=INK, fontsize=9)
    left.set(xlabel="Campaign", ylabel="Calculations with zero gap [%]", ylim=(0, 100))
    left.grid(axis="x", visible=False)
    edges = np.linspace(0, table["band_gap"].max(), 49)
    for color, (name, gaps) in zip(CYCLE, table.groupby("campaign")["band_gap"], strict=False):
        right.hist(gaps[gaps > 0], edges, histtype="step", linewidth=1.6, color=color, label=f"campaign {name}")
    right.set(xlabel=GAP_LABEL, ylabel="Calculations with a gap")
    right.legend()
    return drawing


@styled
def parity(known: pd.Series, predictions: Mapping[str, pd.Series]) -> BookFigure:
    """Predicted against calculated gap, a panel a model, with the mean absolute error in the corner."""
    drawing, axes = figure(
        2.1 * len(predictions), 2.6, columns=len(predictions), sharex=True, sharey=True, squeeze=False
    )
    top = 1.04 * max(known.max(), *(values.max() for values in predictions.values()))
    for panel, (name, values) in zip(axes[0], predictions.items(), strict=True):
        panel.plot([0, top], [0, top], color=MUTED, linewidth=1)
        panel.plot(known, values, "o", color=BLUE, markersize=2.5, alpha=0.5, markeredgewidth=0)
        error = (values - known).abs().mean()
        panel.text(0.04, 0.94, f"mean error {1000 * error:.0f} meV", transform=panel.transAxes, va="top", color=INK)
        panel.set(title=name, xlabel="Calculated gap [eV]", xlim=(-0.05, top), ylim=(-0.25, top), aspect="equal")
    axes[0, 0].set_ylabel("Predicted gap [eV]")
    return drawing


@styled
def gap_map(model: Surrogate, reach: float = 0.1, field: float = 1.0, steps: int = 61) -> BookFigure:
    """The gap over biaxial strain and field, and how far the members of the ensemble disagree.

    Args:
        reach: largest change of a and b, as a share of their reference.
        field: largest field [V/angstrom].
        steps: points of the grid in each direction.
    """
    stretch, fields = np.meshgrid(np.linspace(-reach, reach, steps), np.linspace(-field, field, steps))
    cells = pd.DataFrame([strain.REFERENCE] * stretch.size).assign(field=fields.ravel())
    cells["a"] *= 1 + stretch.ravel()
    cells["b"] *= 1 + stretch.ravel()
    shown = {"gap": model.predict(cells), "spread": model.spread(cells)}
    drawing, axes = figure(7.0, 2.9, columns=2, sharey=True)
    labels = {"gap": GAP_LABEL, "spread": "Spread of the members [eV]"}
    for panel, (name, values) in zip(axes, shown.items(), strict=True):
        heights = values["band_gap"].to_numpy().reshape(stretch.shape)
        shade = panel.contourf(100 * stretch, fields, heights, levels=16, cmap=SEQUENTIAL)
        if name == "gap":
            lines = panel.contour(100 * stretch, fields, heights, levels=[0.5, 1.0], colors=CARD, linewidths=1.5)
            panel.clabel(lines, fmt="%g eV", fontsize=9)
        panel.set_xlabel("Biaxial strain of a and b [%]")
        panel.grid(False)
        drawing.colorbar(shade, ax=panel, label=labels[name], format="%.2g")
    axes[0].set_ylabel("Field [V/Å]")
    return drawing
