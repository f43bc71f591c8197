"""Figures of what a composition knows, and of reference stiffness and emission stress intensity."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from ..descriptors import get
from .intervals import wilson
from .style import BLUE, GREEN, GRID, INK, MUTED, ORANGE, VERMILLION, BookFigure, figure, styled

_STRUCTURES = {"BCC": VERMILLION, "FCC": BLUE, "HCP": GREEN}


def _label(name: str) -> str:
    """Axis label of a descriptor, with its unit."""
    known = get(name)
    return known.label if known.unit == "1" else f"{known.label} [{known.unit}]"


@styled
def rule_window(known: pd.DataFrame, single_phase: pd.Series, window: tuple[float, float, float]) -> BookFigure:
    """Mixing enthalpy against size mismatch, and the window inside which a rule expects a solid solution.

    Args:
        known: table of descriptors with ``size_mismatch`` and ``mixing_enthalpy``.
        single_phase: 1 or 0 for each alloy.
        window: largest mismatch [%], lowest and highest enthalpy [kJ/mol].
    """
    drawing, axes = figure(7, 4)
    widest, lowest, highest = window
    shades = ((0, ORANGE, "o", "several phases"), (1, BLUE, "^", "single-phase"))
    for value, color, marker, label in shades:
        rows = known[single_phase.to_numpy() == value]
        axes.scatter(rows["size_mismatch"], rows["mixing_enthalpy"], s=14, marker=marker, color=color, alpha=0.55,
                     linewidths=0, label=f"{label} ({len(rows)})")  # fmt: skip
    axes.add_patch(Rectangle((0, lowest), widest, highest - lowest, fill=False, edgecolor=INK, linewidth=1.6))
    axes.annotate("the rule's window", (widest, highest), (8, 4), textcoords="offset points", color=INK)
    axes.set_xlabel(_label("size_mismatch"))
    axes.set_ylabel(_label("mixing_enthalpy"))
    axes.set_xlim(left=0)
    axes.legend(loc="lower left")
    return drawing


@styled
def structures(known: pd.DataFrame, phases: pd.Series) -> BookFigure:
    """How often a single phase is bcc, fcc or hcp at each valence electron concentration, with Guo's thresholds.

    Args:
        known: table of descriptors with ``valence_electron_concentration``.
        phases: structure of each alloy; others than BCC, FCC and HCP are left out.
    """
    drawing, axes = figure(7, 3.6)
    electrons = known["valence_electron_concentration"]
    edges = np.arange(2.75, 11.5, 0.25)
    groups = [electrons[phases.to_numpy() == name] for name in _STRUCTURES]
    labels = [f"{name.lower()} ({len(group)})" for name, group in zip(_STRUCTURES, groups, strict=True)]
    axes.hist(groups, edges, stacked=True, color=list(_STRUCTURES.values()), label=labels)
    for threshold in (6.87, 8.0):
        axes.axvline(threshold, color=INK, linestyle="--", linewidth=1.2)
        axes.annotate(f"{threshold:g}", (threshold, 1), (3, -10), xycoords=("data", "axes fraction"),
                      textcoords="offset points", color=INK)  # fmt: skip
    axes.set_xlabel(_label("valence_electron_concentration"))
    axes.set_ylabel("single-phase alloys")
    axes.legend()
    return drawing


@styled
def scores(table: pd.DataFrame, chance: float) -> BookFigure:
    """Accuracy of rules and models, one row each, with the score of always giving the commoner answer.

    Args:
        table: columns ``kind`` (colours the dot) and ``accuracy``, index the name that is printed.
        chance: accuracy of always giving the commoner answer.
    """
    ordered = table.sort_values("accuracy")
    drawing, axes = figure(7, 0.9 + 0.3 * len(ordered))
    colors = dict(zip(dict.fromkeys(table["kind"]), (ORANGE, BLUE, GREEN, VERMILLION), strict=False))
    height = np.arange(len(ordered))
    axes.hlines(height, chance, ordered["accuracy"], color=GRID, linewidth=3)
    for kind, color in colors.items():
        own = (ordered["kind"] == kind).to_numpy()
        axes.plot(ordered["accuracy"][own], height[own], "o", color=color, markersize=8, label=kind)
    axes.axvline(chance, color=MUTED, linestyle="--", linewidth=1.2, label="always the commoner answer")
    axes.set_yticks(height, ordered.index)
    axes.set_xlabel("share of alloys judged correctly")
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower right")
    return drawing


@styled
def share_by_count(tables: dict[str, pd.DataFrame]) -> BookFigure:
    """Share of single-phase alloys by number of elements, with 95 % intervals and the number of alloys.

    Args:
        tables: name to table with columns ``n_elements`` and ``single_phase``.
    """
    drawing, axes = figure(7, 4.0)
    looks = zip((-0.08, 0.08), (BLUE, ORANGE), "os", (18, 5), strict=True)
    for (offset, color, marker, above), (name, table) in zip(looks, tables.items(), strict=False):
        groups = table.groupby("n_elements")["single_phase"].agg(["mean", "size"]).query("size >= 10")
        low, high = wilson(groups["mean"], groups["size"])
        axes.errorbar(groups.index + offset, groups["mean"], [groups["mean"] - low, high - groups["mean"]],
                      marker=marker, color=color, capsize=3, label=name)  # fmt: skip
        # The numbers stand above the frame, one line a table, where no bar can cross them.
        style = {"textcoords": "offset points", "color": color, "fontsize": 8, "annotation_clip": False}
        axes.annotate(f"{name}:", (0, 1), (-2, above), xycoords="axes fraction", ha="right", **style)
        for count, size in groups["size"].items():
            axes.annotate(f"{size}", (count, 1), (0, above), xycoords=("data", "axes fraction"), ha="center", **style)
    axes.set_ylim(0, 1.05)
    axes.set_xlabel("number of elements")
    axes.set_ylabel("share that is single-phase")
    axes.legend()
    return drawing


@styled
def two_voices(table: pd.DataFrame, quantity: str, labels: dict[str, str], highlight: str = "") -> BookFigure:
    """Values of several sources per element, one row an element, joined by a line.

    Args:
        table: index symbols, one column a source; empty where a source is silent.
        quantity: label of the axis, with its unit.
        labels: column to the name of the source that is printed.
        highlight: an element whose row is shaded.
    """
    ordered = table.loc[table.iloc[:, 0].sort_values().index]
    drawing, axes = figure(7, 1.0 + 0.25 * len(ordered))
    height = np.arange(len(ordered))
    axes.hlines(height, ordered.min(axis=1), ordered.max(axis=1), color=MUTED, linewidth=1)
    for (column, label), color, marker in zip(labels.items(), (BLUE, ORANGE, VERMILLION), "osD", strict=False):
        axes.plot(ordered[column], height, marker, color=color, label=label, markersize=6)
    if highlight:
        at = ordered.index.get_loc(highlight)
        axes.axhspan(at - 0.4, at + 0.4, color=GRID, zorder=0)
    axes.set_yticks(height, ordered.index)
    axes.set_xlabel(quantity)
    axes.legend(loc="lower right")
    return drawing


@styled
def stiffness_toughness(modulus: pd.Series, toughness: pd.Series, uncertainty: pd.Series) -> BookFigure:
    """Emission stress intensity against stiffness; bars where two sources of stacking fault energy speak.

    Args:
        modulus: shear modulus [GPa].
        toughness: reference ``fracture_toughness``, which is the emission stress intensity [MPa sqrt(m)].
        uncertainty: half the distance of the two sources [MPa sqrt(m)], empty where only one speaks.
    """
    drawing, axes = figure(7, 4.2)
    both = uncertainty.notna()
    axes.errorbar(modulus[both], toughness[both], uncertainty[both], fmt="o", color=BLUE, markersize=4, alpha=0.6,
                  elinewidth=0.8, label=f"two sources ({both.sum()})")  # fmt: skip
    axes.plot(modulus[~both], toughness[~both], "s", color=ORANGE, markersize=4, alpha=0.6,
              label=f"one source ({(~both).sum()})")  # fmt: skip
    axes.set_xlabel("shear modulus [GPa]")
    axes.set_ylabel(r"emission stress intensity [MPa $\sqrt{\mathrm{m}}$]")
    axes.legend()
    return drawing


@styled
def content_by_stiffness(contents: dict[str, pd.Series]) -> BookFigure:
    """Mean content of an element over bins of the shear modulus, one line a source of elemental values.

    Args:
        contents: name of the source to a series, index the middle of a bin [GPa], values atomic percent.
    """
    drawing, axes = figure(7, 3.6)
    for (name, series), color, marker in zip(contents.items(), (BLUE, VERMILLION, GREEN), "osD", strict=False):
        axes.plot(series.index, series, marker=marker, color=color, label=name)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("shear modulus by linear combination [GPa]")
    axes.set_ylabel("mean Mo content [at%]")
    axes.legend()
    return drawing
