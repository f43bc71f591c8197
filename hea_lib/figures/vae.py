"""Figures of autoencoders of points in the plane: what they give back, what they draw, and what their codes hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from .style import BLUE, GREEN, INK, MUTED, ORANGE, VERMILLION, BookFigure, figure, styled

REACH = 3.5  # codes and draws are shown from -REACH to REACH


class Run(NamedTuple):
    """An autoencoder with two latent numbers, trained at one weight of the divergence.

    Attributes:
        codes: draws from the posteriors of real points ``(n, 2)``. drawn: points made of normal numbers ``(m, 2)``.
        misfit: mean error of what is given back [nat]. divergence: mean of each latent number [nat] ``(2,)``.
        decode: latent numbers ``(k, 2)`` to points ``(k, 2)``.
    """

    codes: np.ndarray
    drawn: np.ndarray
    misfit: float
    divergence: Sequence[float]
    decode: Callable[[np.ndarray], np.ndarray]


@styled
def holes(real: np.ndarray, given_back: Mapping[str, np.ndarray], drawn: Mapping[str, np.ndarray]) -> BookFigure:
    """Real points below those that autoencoders give back and those that they draw, a panel a set.

    Args:
        real: points ``(n, 2)``. given_back, drawn: title -> points ``(m, 2)``.
    """
    sets = [(GREEN, "given back", given_back), (BLUE, "drawn", drawn)]
    panels = [(colour, name, title, points) for colour, name, part in sets for title, points in part.items()]
    drawing, axes = figure(2.2 * len(panels), 2.0, columns=len(panels), sharex=True, sharey=True, squeeze=False)
    for panel, (colour, name, title, points) in zip(axes[0], panels, strict=True):
        _under(panel, real)
        panel.plot(*points.T, ".", color=colour, alpha=0.7, markersize=3, markeredgewidth=0, label=name)
        panel.set(xlabel="$x_1$", aspect="equal", **_reach(real))
        panel.set_title(title, fontsize=9)
    axes[0, 0].set_ylabel("$x_2$")
    shown = {
        label: handle for panel in axes[0] for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)
    }
    drawing.legend(shown.values(), shown.keys(), loc="outside upper center", ncols=3, markerscale=3)
    return drawing


@styled
def dial(runs: Mapping[float, Run], real: np.ndarray, beta: float, point: Sequence[float] | None = None) -> BookFigure:
    """One run of several: its codes, what it draws, and its place between giving back and being compact.

    Args:
        runs: weight of the divergence -> run. real: points ``(n, 2)``. beta: the run that is shown.
        point: two latent numbers to mark, and the point that they decode to; None: there are none.

    Raises:
        KeyError: no run at this weight.
    """
    run = runs[beta]
    drawing, (left, middle, right) = figure(6.9, 2.4, columns=3, width_ratios=[1, 1.25, 1.25])
    left.plot(*run.codes.T, ".", color=GREEN, alpha=0.4, markersize=3, markeredgewidth=0)
    for radius in (1, 2):  # standard deviations of the prior
        left.add_artist(_circle(radius))
    left.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal", xlim=(-REACH, REACH), ylim=(-REACH, REACH))
    left.set_title("codes", fontsize=9)
    _under(middle, real)
    middle.plot(*run.drawn.T, ".", color=BLUE, alpha=0.6, markersize=3, markeredgewidth=0)
    middle.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", **_reach(real))
    middle.set_title("drawn", fontsize=9)
    if point is not None:
        place = np.asarray(point, dtype=float)[None]
        left.plot(*place.T, "o", color=VERMILLION)
        middle.plot(*run.decode(place).T, "o", color=VERMILLION)
    order = sorted(runs)
    front = np.array([[runs[weight].misfit, sum(runs[weight].divergence)] for weight in order])
    right.plot(*front.T, "-o", color=INK, markersize=3, linewidth=1.2)
    for weight, place in zip(order, front, strict=True):
        right.annotate(f"{weight:g}", place, (3, 3), textcoords="offset points", fontsize=7, color=MUTED)
    right.plot(run.misfit, sum(run.divergence), "o", color=VERMILLION, markersize=7)
    right.set(xlabel="misfit [nat]", ylabel="divergence [nat]", xscale="log")
    right.set_title(rf"$\beta$ = {beta:g}", fontsize=9)
    return drawing


@styled
def apart(
    hidden: np.ndarray, normal: np.ndarray, classes: np.ndarray, twins: np.ndarray, real: np.ndarray
) -> BookFigure:
    """Latent vectors before and after a flow that knows the class, and twins that differ in their class only.

    Args:
        hidden, normal: before and after ``(n, 2)``. classes: 0 or 1 ``(n,)``.
        twins: points of both classes from the same normal numbers ``(m, 2, 2)``: pair, class, coordinate.
        real: points ``(n, 2)``.
    """
    drawing, (left, middle, right) = figure(6.9, 2.5, columns=3, width_ratios=[1, 1, 1.25])
    for panel, points, name in ((left, hidden, "h"), (middle, normal, "z")):
        for number, colour, label in ((0, BLUE, "class 0"), (1, ORANGE, "class 1")):
            panel.plot(
                *points[classes == number].T, ".", color=colour, alpha=0.5, markersize=3, markeredgewidth=0, label=label
            )
        panel.set(xlabel=f"${name}_1$", ylabel=f"${name}_2$", aspect="equal", **_reach(points))
    _under(right, real)
    for twin in twins:
        right.plot(*twin.T, color=MUTED, linewidth=0.7)
    for number, colour in ((0, BLUE), (1, ORANGE)):
        right.plot(*twins[:, number].T, "o", color=colour, markersize=4, markeredgewidth=0)
    right.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", **_reach(real))
    drawing.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=2, markerscale=3)
    return drawing


def _under(panel, real: np.ndarray) -> None:
    """Real points, pale."""
    panel.plot(*real.T, ".", color=MUTED, alpha=0.35, markersize=3, markeredgewidth=0, label="real")


def _reach(points: np.ndarray) -> dict[str, tuple[float, float]]:
    """Limits that hold all points and a margin, the same about the middle on both sides."""
    reach = 1.25 * np.abs(points).max(axis=0)
    return {"xlim": (-reach[0], reach[0]), "ylim": (-reach[1], reach[1])}


def _circle(radius: float):
    from matplotlib.patches import Circle

    return Circle((0, 0), radius, fill=False, color=MUTED, linewidth=0.8, linestyle=":")
