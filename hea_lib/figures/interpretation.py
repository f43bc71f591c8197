"""Figures of what decides an answer, and of latent spaces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ..errors import UnknownNameError
from ..interpretation import Explanation
from .style import BLUE, CARD, CYCLE, GREEN, INK, MUTED, SEQUENTIAL, VERMILLION, BookFigure, figure, styled

#: The eight features of Zeng et al. in words.
EIGHT = {
    "k": "bulk modulus", "vm": "molar volume", "tm": "melting temperature", "vac": "outer electrons",
    "delta": "size mismatch", "delta_chi": "electronegativity mismatch", "delta_s_mix": "mixing entropy",
    "delta_h_mix": "mixing enthalpy",
}  # fmt: skip
_SMALL = 0.055  # atomic fraction below which a segment has no room for its symbol


@styled
def importances(
    found: Mapping[str, pd.Series | pd.DataFrame], names: Mapping[str, str] = EIGHT,
    label: str = "mean absolute share of the probability", most: int = 12,
) -> BookFigure:  # fmt: skip
    """Mean absolute shares side by side, a row a player, the largest of the first column on top.

    Args:
        found: method -> a number a player ``(n_players,)``, drawn as a point; or a table with a column a run, drawn as
            its mean with a line from the lowest to the highest run. A player that a method lacks has no mark there.
        names: player -> what it is called.
    """
    means = pd.DataFrame({name: table.mean(axis=1) if table.ndim == 2 else table for name, table in found.items()})
    players = means.iloc[:, 0].reindex(means.index).sort_values(ascending=False).index[:most]
    drawing, axes = figure(6.4, 0.34 * len(players) + 1.1)
    marks = ("o", "D", "s", "^", "v", "P")
    for number, (colour, mark, (name, table)) in enumerate(zip(CYCLE, marks, found.items(), strict=False)):
        heights = np.arange(len(players)) + 0.16 * (number - (len(found) - 1) / 2)
        axes.plot(means.loc[players, name], heights, mark, color=colour, markersize=6, label=name)
        if table.ndim == 2:
            runs = table.reindex(players)
            axes.hlines(heights, runs.min(axis=1), runs.max(axis=1), color=colour, linewidth=1.5)
    axes.set_yticks(range(len(players)), [names.get(player, player) for player in players])
    axes.invert_yaxis()
    axes.set(xlabel=label, xlim=(min(0, means.min().min()), None))
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=min(3, len(found)))
    return drawing


@styled
def swarm(explanation: Explanation, names: Mapping[str, str] = EIGHT, most: int = 10) -> BookFigure:
    """Every share of every alloy, a row a player, coloured by how large its input is among the alloys.

    Args:
        explanation: players that are single inputs have a colour; others are grey. names: player -> what it is called.
    """
    order = explanation.importance().index[:most]
    drawing, axes = figure(6.4, 0.4 * len(order) + 1.0)
    chance, shade = np.random.default_rng(0), None
    for row, player in enumerate(order):
        heights = row + chance.uniform(-0.28, 0.28, len(explanation.values))
        shares = explanation.values[player]
        if player in explanation.inputs:
            rank = explanation.inputs[player].rank(pct=True)
            shade = axes.scatter(shares, heights, c=rank, s=9, cmap=SEQUENTIAL, vmin=0, vmax=1, linewidths=0)
        else:
            axes.scatter(shares, heights, color=MUTED, s=9, linewidths=0)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(order)), [names.get(player, player) for player in order])
    axes.invert_yaxis()
    axes.set(xlabel="share of the probability of a single phase")
    if shade is not None:
        bar = drawing.colorbar(shade, ax=axes, ticks=[0, 1], aspect=30)
        bar.ax.set_yticklabels(["least", "most"])
    return drawing


@styled
def waterfall(explanation: Explanation, label=None, names: Mapping[str, str] = EIGHT, title: str = "") -> BookFigure:
    """How one answer comes about: from the mean over the background, share by share, to the probability.

    Args:
        explanation: shares of one alloy or more. label: of the alloy, the first unless told.
        names: player -> what it is called.

    Raises:
        UnknownNameError: no alloy of that label.
    """
    label = explanation.values.index[0] if label is None else label
    if label not in explanation.values.index:
        raise UnknownNameError.of("alloy", label, explanation.values.index)
    shares = explanation.values.loc[label]
    shares = shares.loc[shares.abs().sort_values(ascending=False).index]
    ends = explanation.base + shares.cumsum()
    starts = ends - shares
    drawing, axes = figure(6.4, 0.34 * len(shares) + 1.3)
    colours = [BLUE if share > 0 else VERMILLION for share in shares]
    axes.barh(range(len(shares)), shares, left=starts, color=colours, height=0.6)
    for row, share in enumerate(shares):
        beyond = max(starts.iloc[row], ends.iloc[row])
        words = axes.annotate(
            f"{share:+.2f}", (beyond, row), (4, 0), textcoords="offset points", va="center", fontsize=8, zorder=3
        )
        words.set_bbox({"facecolor": CARD, "edgecolor": "none", "pad": 0.8})  # the answer's line would cross the number
    axes.axvline(explanation.base, color=MUTED, linestyle="--", linewidth=1, label=f"background {explanation.base:.2f}")
    answer = explanation.answers.loc[label]
    axes.axvline(answer, color=INK, linewidth=1.2, label=f"this alloy {answer:.2f}")
    players = []
    for player in shares.index:
        inside = player in explanation.inputs
        players.append(
            names.get(player, player) + (f" = {_short(explanation.inputs.loc[label, player])}" if inside else "")
        )
    axes.set_yticks(range(len(shares)), players)
    axes.invert_yaxis()
    axes.set(
        xlabel="probability of a single phase", xlim=(min(0, *starts, *ends) - 0.02, max(1, *starts, *ends) + 0.08)
    )
    axes.set_title(title)
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return drawing


def _short(value: float) -> str:
    """Three digits, and no power of ten where whole numbers will do."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


@styled
def maps(places: pd.DataFrame, colours: pd.DataFrame, labels: Mapping[str, str] | None = None) -> BookFigure:
    """One map of alloys in several colourings, a panel a column.

    Args:
        places: columns ``x`` and ``y`` ``(n, 2)``. colours: ``(n, n_panels)``. labels: column -> title.
    """
    labels = labels or {}
    drawing, axes = figure(
        1.95 * len(colours.columns) + 0.4, 2.4, columns=len(colours.columns), sharex=True, sharey=True, squeeze=False
    )
    for panel, name in zip(axes[0], colours, strict=True):
        order = np.random.default_rng(0).permutation(len(places))  # no kind of alloy lies on top of all others
        shade = panel.scatter(
            places["x"].to_numpy()[order], places["y"].to_numpy()[order], c=colours[name].to_numpy()[order], s=4,
            cmap=SEQUENTIAL, linewidths=0,
        )  # fmt: skip
        panel.set(xticks=[], yticks=[])
        panel.set_title(labels.get(name, name), fontsize=9)
        drawing.colorbar(shade, ax=panel, orientation="horizontal", ticks=MaxNLocator(4), aspect=18)
    return drawing


@styled
def strips(walks: Mapping[str, pd.DataFrame]) -> BookFigure:
    """Alloys along walks as stacked compositions, a panel a walk, a bar a place; a legend names every colour.

    Args:
        walks: title -> alloys ``(n, n_elements)`` whose index says where they are.
    """
    present = pd.concat(list(walks.values())).max().sort_values(ascending=False)
    shown = list(present.index[present > 0])
    shades = _shades(shown)
    drawing, axes = figure(6.8, 1.75 * len(walks) + 0.3, len(walks), sharex=True, squeeze=False)
    for panel, (title, walk) in zip(axes[:, 0], walks.items(), strict=True):
        for place, (_, alloy) in enumerate(walk.iterrows()):
            bottom = 0.0
            for symbol in shown:
                share = alloy.get(symbol, 0.0)
                if share <= 0:
                    continue
                panel.bar(place, share, 0.92, bottom, color=shades[symbol], edgecolor=CARD, linewidth=0.5)
                if share > _SMALL:
                    dark = sum(shades[symbol][:3]) < 1.5
                    panel.text(
                        place,
                        bottom + share / 2,
                        symbol,
                        ha="center",
                        va="center",
                        fontsize=7,
                        color=CARD if dark else INK,
                    )
                bottom += share
        panel.set(ylabel="atomic fraction", ylim=(0, 1), yticks=[0, 0.5, 1])
        panel.set_title(title, fontsize=9)
        panel.grid(False)
    last = list(walks.values())[-1]
    axes[-1, 0].set_xticks(range(len(last)), [_tick(place) for place in last.index])
    axes[-1, 0].set_xlabel(last.index.name or "")
    patches = [Patch(color=shades[symbol], label=symbol) for symbol in shown]
    tall = 5 + 7 * (len(walks) - 1)  # names that fit beside the panels, one above the other
    drawing.legend(handles=patches, loc="outside right center", fontsize=7, ncols=-(-len(shown) // tall))
    return drawing


def _tick(place) -> str:
    return f"{place:.2g}" if isinstance(place, float) else str(place)


def _shades(symbols: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """A colour an element, told apart by lightness as well as hue."""
    import matplotlib

    palette = matplotlib.colormaps["viridis"](np.linspace(0, 1, max(2, len(symbols))))
    turns = np.argsort(np.arange(len(symbols)) * 0.618 % 1)  # neighbours in the order are far apart in the palette
    return {symbol: tuple(palette[turn]) for symbol, turn in zip(symbols, turns, strict=True)}


@styled
def information(table: pd.DataFrame) -> BookFigure:
    """What each latent coordinate tells of each factor, as shares of what there is to know.

    Args:
        table: ``(n_latent, n_factors)``, of :func:`hea_lib.interpretation.mutual_information`.
    """
    drawing, axes = figure(6.4, 0.36 * len(table.columns) + 1.2)
    highest = max(0.1, float(table.to_numpy().max()))
    shade = axes.imshow(table.T.clip(lower=0), cmap=SEQUENTIAL, vmin=0, vmax=highest, aspect="auto")
    axes.set_xticks(range(len(table)), table.index)
    axes.set_yticks(range(len(table.columns)), table.columns)
    axes.grid(False)
    for row, factor in enumerate(table):
        for column, share in enumerate(table[factor]):
            colour = INK if share > highest / 2 else CARD
            axes.text(column, row, f"{max(share, 0):.2f}", ha="center", va="center", fontsize=7, color=colour)
    drawing.colorbar(shade, ax=axes, label="share known", ticks=MaxNLocator(3))
    return drawing


@styled
def probes(scores: Mapping[str, Mapping[str, float]], target: float | None = None) -> BookFigure:
    """How well the class is told from vectors: AUC of each probe, a row a kind of vector.

    Args:
        scores: vectors -> probe -> AUC. target: a line below which the class counts as held apart.
    """
    table = pd.DataFrame(scores).T
    drawing, axes = figure(6.0, 0.42 * len(table) + 1.1)
    for colour, mark, name in zip((BLUE, VERMILLION, GREEN), ("o", "s", "D"), table, strict=False):
        axes.plot(table[name], range(len(table)), mark, color=colour, markersize=6, alpha=0.85, label=name)
    axes.axvline(0.5, color=INK, linewidth=0.8)
    if target is not None:
        axes.axvline(target, color=MUTED, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(table)), table.index)
    axes.invert_yaxis()
    axes.set(xlabel="AUC of telling the class (0.5 knows nothing)", xlim=(min(0.45, table.min().min() - 0.02), 1))
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=len(table.columns))
    return drawing
