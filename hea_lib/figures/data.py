"""Figures of the curated tables: what was made, who disagrees, what was never measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap

from .intervals import wilson
from .style import BLUE, CARD, GRID, INK, MUTED, ORANGE, VERMILLION, BookFigure, figure, styled


@styled
def film_share(table: pd.DataFrame) -> BookFigure:
    """Single-phase and multi-phase alloys among those made in bulk and those only deposited as films.

    Args:
        table: columns ``thin_film`` and ``single_phase``, a row an alloy.
    """
    drawing, axes = figure(6.4, 2.1)
    rows = {"made in bulk": table[~table["thin_film"]], "only deposited\nas thin film": table[table["thin_film"]]}
    for height, own in enumerate(rows.values()):
        single = int(own["single_phase"].sum())
        axes.barh(height, single, color=BLUE, label="single-phase" if not height else None)
        axes.barh(height, len(own) - single, left=single, color=ORANGE, label="several phases" if not height else None)
        axes.annotate(f"{single} of {len(own)}", (len(own), height), (6, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    axes.set_xlim(0, 1.2 * max(map(len, rows.values())))
    axes.set_xlabel("number of alloys")
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower right")
    return drawing


@styled
def votes(table: pd.DataFrame, most: int = 14) -> BookFigure:
    """Votes for one phase (right) and for several (left) on the most contested alloys.

    Args:
        table: columns ``alloy``, ``n_single``, ``n_multi``, ``single_phase``, ``rule``.
        most: number of alloys to show, those with the most votes first.
    """
    contested = table.assign(votes=table["n_single"] + table["n_multi"])
    contested = contested.nlargest(most, "votes").iloc[::-1]
    drawing, axes = figure(6.2, 0.6 + 0.26 * len(contested))
    height = np.arange(len(contested))
    axes.barh(height, contested["n_single"], color=BLUE, label="one phase")
    axes.barh(height, -contested["n_multi"], color=ORANGE, label="several phases")
    for at, row in zip(height, contested.itertuples(), strict=True):
        side = row.n_single if row.single_phase else -row.n_multi
        axes.annotate("✓", (side, at), (5 if row.single_phase else -5, 0), textcoords="offset points", va="center",
                      ha="left" if row.single_phase else "right", color=INK, fontfamily="DejaVu Sans")  # fmt: skip
    axes.axvline(0, color=INK, linewidth=0.8)
    names = contested["alloy"].str.replace(r"(\d+\.\d)\d*", r"\1", regex=True)
    axes.set_yticks(height, [f"{name} ({rule})" for name, rule in zip(names, contested["rule"], strict=True)])
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.margins(x=0.1)
    axes.set_xlabel("votes (tick: the label)")
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower right")
    return drawing


@styled
def implied_elements(tables: dict[str, pd.DataFrame], tolerance: float = 0.02) -> BookFigure:
    """Elemental values implied by published averages against reference values; those that differ are named.

    Args:
        tables: axis label -> columns ``reference`` and ``implied``, indexed by element symbol.
        tolerance: relative difference from which on an element is named.
    """
    drawing, panels = figure(6.2, 2.9, columns=len(tables), squeeze=False)
    for axes, (label, table) in zip(panels[0], tables.items(), strict=True):
        off = (table["implied"] / table["reference"] - 1).abs() > tolerance
        ends = [0, 1.08 * table.to_numpy().max()]
        axes.plot(ends, ends, color=MUTED, linewidth=0.8)
        axes.scatter(table.loc[~off, "reference"], table.loc[~off, "implied"], color=BLUE, s=22)
        axes.scatter(table.loc[off, "reference"], table.loc[off, "implied"], color=VERMILLION, s=30, marker="D")
        for place, (symbol, row) in enumerate(table[off].sort_values("implied").iterrows()):
            side = {"xytext": (-6, -3), "ha": "right"} if place % 2 else {"xytext": (6, -3)}  # neighbours keep apart
            axes.annotate(symbol, (row["reference"], row["implied"]), textcoords="offset points", color=INK,
                          fontsize=8, **side)  # fmt: skip
        axes.set(xlabel=f"{label}, reference", ylabel=f"{label}, implied", xlim=ends, ylim=ends)
    return drawing


@styled
def agreement(table: pd.DataFrame) -> BookFigure:
    """Share of shared alloys on which two tables agree, by number of elements, with 95 % Wilson intervals.

    Args:
        table: columns ``n_elements`` and ``agree``, a row a shared alloy.
    """
    groups = table.groupby("n_elements")["agree"].agg(["mean", "size"])
    low, high = wilson(groups["mean"], groups["size"])
    drawing, axes = figure(6.4, 2.8)
    axes.axhline(table["agree"].mean(), color=MUTED, linewidth=1, linestyle="--", label="all shared alloys")
    error = [groups["mean"] - low, high - groups["mean"]]
    axes.errorbar(groups.index, groups["mean"], yerr=error, fmt="o", color=BLUE, capsize=3)
    for elements, row in groups.iterrows():
        axes.annotate(f"{row['size']:.0f}", (elements, 0), (0, 4), textcoords="offset points", ha="center", color=MUTED)
    axes.set_xticks(groups.index)
    axes.set(xlabel="number of elements (below: number of shared alloys)", ylabel="share that agrees", ylim=(0, 1.05))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.1))
    return drawing


@styled
def coverage(table: pd.DataFrame, most: int = 14) -> BookFigure:
    """Which properties are known of which materials: a stroke a material, a row a property, blank is a void.

    Args:
        table: counts ``(n_materials, n_properties)``.
        most: number of properties to show, the most often measured first.
    """
    known = (table > 0).iloc[:, :most]
    known = known[known.any(axis=1)]
    order = known.assign(total=known.sum(axis=1)).sort_values(["total", *known.columns], ascending=False).index
    drawing, axes = figure(6.4, 0.9 + 0.25 * known.shape[1])
    axes.imshow(known.loc[order].T, aspect="auto", interpolation="none", cmap=ListedColormap([CARD, BLUE]))
    labels = [f"{name.replace('_', ' ')} ({count})" for name, count in known.sum().items()]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_yticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.grid(visible=False)
    axes.grid(axis="y", which="minor", color=GRID)
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("materials, from the best to the least known")
    return drawing
