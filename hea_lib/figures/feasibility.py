"""The map of what can be asked: where physics, data and a model support a request for two properties."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .. import design
from ..errors import UnsupportedError
from ..problems import InverseProblem
from .design import axis_label
from .style import BLUE, CARD, INK, MUTED, ORANGE, SKY, VERMILLION, BookFigure, figure, styled

_FINE, _COARSE = 120, 22  # requests along each axis, for data and for a model
_MARKERS = "XDPs^v"


@styled
def feasibility_map(
    problem: InverseProblem,
    requests: Mapping[str, Mapping[str, float]] | None = None,
    model=None,
    n: int = 50,
    within: float = 0.1,
    seed: int = 0,
) -> BookFigure:
    """What physics allows, what known designs support, and where a model delivers, in the plane of two properties.

    Args:
        problem: one with two targets and an envelope, such as the refractory alloys.
        requests: label -> request for both properties, marked on the map; an infeasible one is joined to the nearest
            feasible.
        model: fitted; the share of ``n`` of its designs that lie ``within`` so many spreads of the request, as sampled,
            is the area of a dot.

    Raises:
        UnsupportedError: the problem has no two targets, or it is not known what physics allows.
    """
    if problem.envelope is None or len(problem.targets) != 2:
        raise UnsupportedError(f"{problem.name} has no envelope of two properties, so there is no map of it")
    first, second = problem.targets
    drawing, axes = figure(5.6, 3.8)
    along = np.linspace(first.lowest, first.highest, 600)
    low, high = problem.envelope(along)
    allowed = axes.fill_between(along, low, high, color=SKY, alpha=0.22, linewidth=0, label="physics allows")
    axes.plot(along, low, color=BLUE, linewidth=1.2)
    axes.plot(along, high, color=BLUE, linewidth=1.2)
    known = problem.properties
    _data_region(axes, problem, allowed)
    axes.scatter(known[first.name], known[second.name], s=9, color=MUTED, alpha=0.6, linewidths=0, label="known alloys")
    if model is not None:
        _model_dots(axes, problem, model, n, within, seed)
    for marker, (label, request) in zip(_MARKERS, (requests or {}).items(), strict=False):
        _mark(axes, problem, label, request, marker)
    axes.set(xlabel=axis_label(first), ylabel=axis_label(second))
    axes.legend(loc="upper left")
    return drawing


def _lattice(problem: InverseProblem, steps: int) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Requests on a grid over the range of both properties, in the middle of its cells."""
    ends = [(target.lowest, target.highest) for target in problem.targets]
    across, up = (np.linspace(low, high, 2 * steps + 1)[1::2] for low, high in ends)
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    return across, up, pd.DataFrame(grid, columns=problem.target_names)


def _data_region(axes, problem: InverseProblem, allowed) -> None:
    """Where the fifth nearest known alloy is near enough, within the allowed region."""
    across, up, grid = _lattice(problem, _FINE)
    distance = design.feasibility(problem, grid)["data distance"].to_numpy().reshape(len(up), len(across))
    reach = design.data_reach(problem)
    area = axes.contourf(across, up, distance, levels=[0.0, reach], colors=[ORANGE], alpha=0.3)
    border = axes.contour(across, up, distance, levels=[reach], colors=[ORANGE], linewidths=1.2)
    for drawn in (area, border):  # what physics forbids, no number of near alloys supports
        drawn.set_clip_path(allowed.get_paths()[0], axes.transData)
    axes.fill_between([], [], [], color=ORANGE, alpha=0.45, label="data support")


def _model_dots(axes, problem: InverseProblem, model, n: int, within: float, seed: int) -> None:
    *_, grid = _lattice(problem, _COARSE)
    grid = grid[design.feasibility(problem, grid)["physics"].to_numpy()]
    share = design.feasibility(problem, grid, model=model, n=n, within=within, seed=seed)["model"]
    some = grid[(share > 0).to_numpy()]
    first, second = problem.target_names
    label = "model delivers (area: share)"
    axes.scatter(
        some[first], some[second], s=60 * share[share > 0], color=BLUE, edgecolors=CARD, linewidths=0.5, label=label
    )


def _mark(axes, problem: InverseProblem, label: str, request: Mapping[str, float], marker: str) -> None:
    first, second = problem.target_names
    found = design.feasibility(problem, request).iloc[0]
    place = (request[first], request[second])
    if not found["physics"]:
        nearest = (found[f"nearest {first}"], found[f"nearest {second}"])
        axes.annotate("", nearest, place, arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 1.2})
        label = f"{label} (infeasible)"
    axes.scatter(*place, marker=marker, s=70, color=VERMILLION, edgecolors=CARD, linewidths=0.8, zorder=4, label=label)
