"""A generated heap that can only shift, beside heaps of real points: distances to them, and slopes that it feels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..errors import HeaError
from .style import BLUE, GREEN, INK, VERMILLION, BookFigure, figure, styled

REACH = 4.0  # places and offsets lie between -REACH and REACH
NARROW, WIDE = 0.1, 1.0  # widths of a heap that the grid of _PLACES resolves
_PLACES = np.linspace(-REACH - 7 * WIDE, REACH + 7 * WIDE, 2_201)
_FLAT = 1e-6  # lowest steepness that is drawn
DISTANCES = ("Jensen-Shannon", "Wasserstein")
SLOPES = ("log(1 - D)", "-log D", "Wasserstein")  # by what the generator minimises
_CURVES = ((BLUE, "-", "JS"), (VERMILLION, ":", "$W_1$"))
_STEEPNESS = ((BLUE, "-", "log(1 - D)"), (GREEN, "--", "-log D"), (VERMILLION, ":", "$W_1$"))


def distances(heaps: Sequence[float], width: float, offsets: Sequence[float]) -> pd.DataFrame:
    """How far a generated heap is from the real ones, and the slopes that say which way it should shift.

    Real points follow ``p``, equal parts of normal distributions at ``heaps``; generated points follow ``q``, one
    normal distribution. All have the same width, and the discriminator is the best one, ``D = p / (p + q)``. The
    integrals are sums over a fine grid.

    Args:
        heaps: places of the real heaps. width: standard deviation of every heap. offsets: places of the generated
            heap ``(n,)``.

    Returns:
        A row an offset. ``Jensen-Shannon`` and ``Wasserstein`` are distances of ``p`` and ``q``; ``slope, log(1
        - D)``, ``slope, -log D`` and ``slope, Wasserstein`` are derivatives of the three losses by the offset.

    Raises:
        HeaError: no heap, a place or an offset beyond the reach of 4, or a width outside 0.1 to 1.

    >>> distances([0.0], 0.25, [3.0]).round(2).iloc[0].to_list()  # Jensen-Shannon is log 2, whose slope is lost
    [0.69, 3.0, 0.0, 48.0, 1.0]
    """
    from scipy.special import expit, log_expit, logsumexp, ndtr, softmax

    heaps, offsets = _inside("a real heap", heaps), _inside("the offset", offsets)
    if not NARROW <= width <= WIDE:
        raise HeaError(f"the width is {width:g}; it must lie between {NARROW:g} and {WIDE:g}")
    step = _PLACES[1] - _PLACES[0]
    to_heaps, made = (_PLACES - heaps[:, None]) / width, (_PLACES - offsets[:, None]) / width
    log_q = -(made**2) / 2
    log_p = logsumexp(-(to_heaps**2) / 2, axis=0) - np.log(len(heaps))
    scale = step / (width * np.sqrt(2 * np.pi))
    p, q = scale * np.exp(log_p), scale * np.exp(log_q)
    score = log_p - log_q  # D is its logistic function
    rise = (made - (softmax(-(to_heaps**2) / 2, axis=0) * to_heaps).sum(0)) / width  # its slope over the places
    over = ndtr(to_heaps).mean(0) - ndtr(made)  # sand that has to pass a place
    before, after = over[:, :-1], over[:, 1:]
    sign = (before + after) / (abs(before) + abs(after) + np.finfo(float).tiny)  # a mean where it changes
    shannon = (p * log_expit(score) + q * log_expit(-score)).sum(1) / 2 + np.log(2)
    columns = [shannon, step * abs(over).sum(1)]
    columns += [-(q * expit(score) * rise).sum(1), -(q * expit(-score) * rise).sum(1)]
    columns += [(sign * np.diff(ndtr(made))).sum(1)]
    names = [*DISTANCES, *(f"slope, {name}" for name in SLOPES)]
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=pd.Index(offsets, name="offset"))


@styled
def shift(heaps: Sequence[float], width: float, offset: float) -> BookFigure:
    """Real heaps and a generated one; its distances from them at every offset, and how steep they are.

    Args:
        heaps: places of the real heaps. width: standard deviation of every heap. offset: place of the generated heap,
            marked in every panel.

    Raises:
        HeaError: as :func:`distances`.
    """
    along = np.linspace(-REACH, REACH, 161)
    curves, here = distances(heaps, width, along), distances(heaps, width, [offset]).iloc[0]
    drawing, (left, middle, right) = figure(6.9, 2.2, columns=3)
    for places, colour, line, name in ((heaps, BLUE, "-", "real"), ([offset], VERMILLION, "--", "generated")):
        parts = np.exp(-(((along - np.reshape(places, (-1, 1))) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))
        left.plot(along, parts.mean(0), line, color=colour, linewidth=2, label=name)
    for name, (colour, line, label) in zip(DISTANCES, _CURVES, strict=True):
        middle.plot(along, curves[name], line, color=colour, linewidth=2, label=label)
        middle.plot(offset, here[name], "o", color=INK)
    for name, (colour, line, label) in zip(SLOPES, _STEEPNESS, strict=True):
        right.plot(along, curves[f"slope, {name}"].abs(), line, color=colour, linewidth=2, label=label)
        right.plot(offset, abs(here[f"slope, {name}"]), "o", color=INK)
    left.set(xlabel="$x$", ylabel="density", ylim=(0, None))
    middle.set(xlabel="offset $t$", ylabel="distance", ylim=(0, None))
    right.set(xlabel="offset $t$", ylabel="steepness", yscale="log", ylim=(_FLAT, None))
    for panel in (left, middle, right):
        panel.set_xticks(np.arange(-REACH, REACH + 1, 2))
        panel.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1), fontsize=8, ncols=3, columnspacing=0.8, handlelength=1.6
        )
    return drawing


def _inside(what: str, places: Sequence[float]) -> np.ndarray:
    places = np.asarray(places, dtype=float)
    if not len(places):
        raise HeaError(f"no place is given for {what}; it needs at least one, such as -1.5")
    for place in places[~(abs(places) <= REACH)]:  # NaN is not inside either
        raise HeaError(f"{what} is at {place:g}; it must lie between {-REACH:g} and {REACH:g}")
    return places
