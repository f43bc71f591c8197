"""Figures of the metal-insulator transition: how large a strain closes the gap, on which way, and how surely."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .. import strain
from ..surrogates import SymmetricEnsemble, onset
from .mos2 import GAP_LABEL
from .style import BLUE, CARD, GREEN, INK, MUTED, SEQUENTIAL, VERMILLION, BookFigure, figure, styled, with_looks

_LOOKS = (BLUE, "-", "o", 0.15), (VERMILLION, "--", "^", -0.15)  # of ensembles, in turn; lifts tell rows of marks apart
_SIZE_LABEL = "Size of the strain"


@styled
def front(calculated: pd.DataFrame, designed: pd.DataFrame, least: pd.DataFrame, reach: float = 0.5) -> BookFigure:
    """Gap against size of the strain: calculated cells, designed ones, and the smallest strain with each gap.

    Args:
        calculated, designed: a row a cell, ``size`` and ``band_gap`` [eV]. least: gaps [eV] as index, a column a model
            with the size that it finds smallest. reach: where the horizontal axis ends.

    Raises:
        HeaError: more models than can be told apart.
    """
    drawing, axes = figure(6.2, 3.6)
    axes.plot(
        calculated["size"], calculated["band_gap"], ".", color=MUTED, alpha=0.35, markersize=2, label="calculated"
    )
    axes.plot(designed["size"], designed["band_gap"], ".", color=GREEN, alpha=0.5, markersize=3, label="designed")
    for name, (colour, line, *_) in with_looks(least, _LOOKS, "models"):
        axes.plot(least[name], least.index, line, color=colour, label=f"smallest, {name}")
    axes.set(xlabel=_SIZE_LABEL, ylabel=GAP_LABEL, xlim=(0, reach), ylim=(-0.05, None))
    axes.legend(markerscale=3)
    return drawing


@styled
def ends(sizes: Mapping[str, pd.DataFrame], inside: pd.Series, smallest: float) -> BookFigure:
    """Where straight lines of strain close the gap, by each member of each ensemble; hollow outside the box.

    Args:
        sizes: ensemble -> a row a direction, a column a member; NaN where a member's gap stays open.
        inside: whether each direction ends within the box of the calculations. smallest: size of the smallest strain.

    Raises:
        HeaError: more ensembles than can be told apart.
    """
    rows = next(iter(sizes.values())).index
    drawing, axes = figure(6.2, 0.9 + 0.27 * len(rows))
    places = pd.Series(range(len(rows))[::-1], rows)
    for name, (colour, _, mark, lift) in with_looks(sizes, _LOOKS, "ensembles"):
        for label, row in sizes[name].iterrows():
            fill = colour if inside[label] else CARD
            style = {"color": colour, "markerfacecolor": fill, "markersize": 5, "linestyle": "none"}
            axes.plot(row, np.full(len(row), places[label] + lift), mark, **style)
        axes.plot([], [], mark, color=colour, linestyle="none", label=name)
    axes.axvline(smallest, color=INK, linewidth=1, linestyle=":", label="smallest of all")
    axes.set(xlabel=f"{_SIZE_LABEL} that closes the gap", yticks=places, yticklabels=places.index)
    axes.set(xlim=(0, None), ylim=(-0.6, len(rows) - 0.4))
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return drawing


@styled
def planes(
    forward: SymmetricEnsemble,
    judge: SymmetricEnsemble,
    shown: Mapping[str, Mapping[str, Mapping[str, float]]],
    least: Mapping[str, float],
    reach: float = 0.17,
    steps: int = 61,
) -> BookFigure:
    """Maps of the gap over two components of the strain, with the lines on which it closes and strains of equal size.

    Args:
        shown: title of a panel -> label of each axis, first the horizontal one -> components that grow along it.
        least: title of a panel -> size of the smallest strain of that panel, drawn as a curve.
        reach: components from ``-reach`` to ``reach``. steps: points of the grid in each direction.
    """
    drawing, axes = figure(3.5 * len(shown), 3.4, columns=len(shown), squeeze=False)
    side = np.linspace(-reach, reach, steps)
    across, up = np.meshgrid(side, side)
    for panel, (title, labels) in zip(axes[0], shown.items(), strict=True):
        strains = pd.DataFrame(0.0, index=range(across.size), columns=list(strain.STRAIN))
        for values, parts in zip((across, up), labels.values(), strict=True):
            for name, share in parts.items():
                strains[name] += share * values.ravel()
        cells = strain.cells(strains).assign(field=0.0)
        said = [model.predict_uncensored(cells)[..., 0].mean(axis=0) for model in (forward, judge)]
        said = [values.reshape(across.shape) for values in said]
        levels = np.linspace(0, 2, 21)
        shade = panel.contourf(100 * across, 100 * up, np.maximum(said[0], 0), levels, cmap=SEQUENTIAL, extend="max")
        for values, (colour, line, _) in zip(said, ((CARD, "-", ""), (VERMILLION, "--", "")), strict=True):
            panel.contour(100 * across, 100 * up, values, levels=[0], colors=colour, linestyles=line, linewidths=1.5)
        size = onset.size(strains).reshape(across.shape)
        panel.contour(100 * across, 100 * up, size, levels=[least[title]], colors=CARD, linestyles=":", linewidths=1.2)
        horizontal, vertical = labels
        panel.set(xlabel=f"{horizontal} [%]", ylabel=f"{vertical} [%]", aspect="equal")
        panel.set_title(title, fontsize=10)
        panel.grid(False)
    drawing.colorbar(shade, ax=axes[0], label=GAP_LABEL, shrink=0.85)
    return drawing


@styled
def profile(
    ensembles: Mapping[str, SymmetricEnsemble], way: pd.Series, near: pd.DataFrame, reach: float = 0.12
) -> BookFigure:
    """The gap along a straight line of strains, with the calculated cells that lie near the line.

    Lines are what every member says before the cut at zero.

    Args:
        way: a strain on the line, with ``STRAIN`` as index. near: a row a calculated cell, ``along`` the line,
            ``band_gap`` [eV] and ``unseen``, whether no ensemble learned from it. reach: size where the line ends.

    Raises:
        HeaError: more ensembles than can be told apart.
    """
    parts = way[list(strain.STRAIN)].astype(float)
    length = onset.size(parts.to_frame().T)[0]
    sizes = np.linspace(0, reach, 121)
    cells = strain.cells(pd.DataFrame(sizes[:, None] * parts.to_numpy() / length, columns=list(strain.STRAIN)))
    drawing, axes = figure(6.2, 3.4)
    for name, (colour, line, *_) in with_looks(ensembles, _LOOKS, "ensembles"):
        said = ensembles[name].predict_uncensored(cells.assign(field=0.0))[..., 0]
        for member, heights in enumerate(said):
            axes.plot(sizes, heights, line, color=colour, linewidth=1, label=name if member == 0 else None)
    for unseen, colour, label in (
        (False, MUTED, "calculated, learned from"),
        (True, INK, "calculated, seen by neither"),
    ):
        some = near[near["unseen"] == unseen]
        fill = {"markerfacecolor": colour if unseen else CARD, "markersize": 5}
        axes.plot(some["along"], some["band_gap"], "o", color=colour, label=label, **fill)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    axes.set(xlabel=_SIZE_LABEL, ylabel=GAP_LABEL, xlim=(0, reach))
    axes.legend()
    return drawing
