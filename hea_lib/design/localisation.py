r"""Move each design to its request with the smallest change.

Of all designs $\mathbf{x}$ between the bounds that keep a design what it is (a composition with the same elements, or
a cell within its box), the localised one is nearest to where it started and has the requested properties:

$$\min_{\mathbf{x}} \tfrac{1}{2}\lVert\mathbf{x} - \mathbf{x}_0\rVert^2
\quad\text{with}\quad \mathbf{p}(\mathbf{x}) = \mathbf{p}^*,\; \mathbf{x} \in \mathcal{B}(\mathbf{x}_0).$$

The properties are replaced by their tangents at the present design, the remaining quadratic programme is solved for
its few Lagrange multipliers, and this is repeated until the properties fit: sequential quadratic programming, on all
designs at once. Where no $\mathbf{x}$ fits, the multipliers grow and what is left is the least miss, so that such a
design ends where its properties are the nearest feasible ones.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from ..errors import HeaError, UnsupportedError
from ..problems import InverseProblem

_CLOSE = 1e-6  # spreads of a property at which a design counts as arrived
_ARRIVED = 1e-3  # spreads that may be missing when nothing more is said
_AT_ONCE = 20_000  # designs that are moved together; bounds the memory
_HALVINGS = 6  # of a step that does not come nearer
_MUCH = 0.1  # share of a gap that a step along good tangents does not leave
_EXCHANGES = 4  # of free and held coordinates, for each coordinate, at most
_TINY = 1e-12  # rounding


def localize(
    problem: InverseProblem,
    requests: pd.DataFrame,
    designs: pd.DataFrame,
    steps: int = 25,
    damping: float = 1e-7,
    keep: bool = True,
    agreement: float = 0.0,
    close: float = _CLOSE,
) -> pd.DataFrame:
    """Move each design to its request with the smallest change in the sense of least squares, staying in the space.

    An alloy keeps its elements: one above 1 at% stays above, the others keep their amount, so that an absent one stays
    absent. A request that a design cannot reach so is answered by the nearest properties that it can reach (on a
    rugged forward model: the nearest on its way downhill); :func:`arrival` says which designs arrived. Where a forward
    model has no slope, as that of a band gap for a metal, a design stays where it is.

    Args:
        requests: wanted properties ``(n, n_targets)``. designs: where to start ``(n, n_columns)``.
        steps: linearisations of the properties, at most.
        damping: above zero; keeps the equations solvable where no move closes the gap; below 1e-6 it does not change
            the result.
        agreement: how strongly a design is also moved to where the members of the forward model agree, 0 not at all.
            They have learned from the same data, and a few of them are easily made to agree on a common error.
        close: miss at which a design has arrived [spreads of a property]; what a learned forward model says is
            worth no more than 1e-3, which takes half the time.
        keep: whether all elements of an alloy must stay; without it some may vanish, and more alloys arrive.

    Returns:
        Moved designs ``(n, n_columns)`` with the index of ``designs``.

    Raises:
        UnsupportedError: the forward model has no slopes to follow (trees), or no members that could agree.
        TargetError: requests that do not fit the designs. CompositionError: a design outside the space.
    """
    if not problem.smooth:
        raise UnsupportedError(f"{problem.name} cannot be localised: its forward model has no slopes to follow")
    if agreement and problem.opinion_slopes is None:
        raise UnsupportedError(f"the forward model of {problem.name} has no members whose slopes could be followed")
    if not damping > 0:
        raise HeaError(f"damping is {damping!r}; it must be above 0")
    wanted = problem.check_requests(requests, n=len(designs)).to_numpy() / problem.scale
    values = problem.check_designs(designs).to_numpy(dtype=float, copy=True)
    for first in range(0, len(values), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        values[rows] = problem.space.settle(
            _moved(problem, wanted[rows], values[rows], steps, damping, keep, agreement, close)
        )
    return pd.DataFrame(values, index=designs.index, columns=list(problem.space.columns))


def arrival(
    problem: InverseProblem, requests: pd.DataFrame, localized: pd.DataFrame, tolerance: float = _ARRIVED
) -> pd.DataFrame:
    """Say which localised designs have what was requested, and what the others have instead.

    Args:
        requests: wanted properties ``(n, n_targets)``. localized: what :func:`localize` made of the designs.
        tolerance: miss that still counts as arrived, in spreads of the property over the known designs.

    Returns:
        A row a design with the index of ``localized``: ``arrived``; ``miss``, the largest over the properties in
        spreads; and the properties by the forward model, which for a localised design that did not arrive are the
        nearest feasible ones with its elements.

    Raises:
        TargetError: requests that do not fit the designs. CompositionError: a design outside the space.
    """
    wanted = problem.check_requests(requests, n=len(localized)).to_numpy()
    reached = problem.forward(problem.check_designs(localized))[problem.target_names].set_axis(localized.index)
    miss = np.abs((reached.to_numpy() - wanted) / problem.scale).max(axis=1, initial=0.0)
    front = pd.DataFrame({"arrived": miss <= tolerance, "miss": miss}, index=localized.index)
    return pd.concat([front, reached], axis=1)


def _tangents(problem: InverseProblem) -> tuple[Callable, Callable]:
    """Two functions: properties of points ``(n, n_targets)`` with their slopes, if these come at no cost, and slopes.

    Slopes ``(n, n_targets, n_columns)`` are exact where the problem gives them, and then the first function has them;
    else the second one finds them by finite differences. Everything is in spreads.
    """
    space, scale = problem.space, problem.scale

    def look(points: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        if problem.slopes is not None:
            reached, steep = problem.slopes(points)
            return reached / scale, steep / scale[:, None]
        table = pd.DataFrame(points, columns=list(space.columns))
        return problem.forward(table)[problem.target_names].to_numpy() / scale, None

    def differ(points: np.ndarray, reached: np.ndarray) -> np.ndarray:
        width = points.shape[1]
        probes = np.concatenate([space.probe(points, column, space.probe_size) for column in range(width)])
        steep = (look(probes)[0].reshape(width, len(points), -1) - reached) / space.probe_size
        return steep.transpose(1, 2, 0) / space.unit

    return look, differ


def _contrasts(problem: InverseProblem, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each member but the last is from the mean ``(n, n_contrasts)``, in spreads, and how that rises."""
    said, steep = problem.opinion_slopes(points)
    said, steep = said / problem.scale, steep / problem.scale[:, None]
    apart, rises = (values[:-1] - values.mean(axis=0) for values in (said, steep))
    n = len(points)
    return apart.swapaxes(0, 1).reshape(n, -1), rises.swapaxes(0, 1).reshape(n, -1, points.shape[1])


def _moved(
    problem: InverseProblem,
    wanted: np.ndarray,
    start: np.ndarray,
    steps: int,
    damping: float,
    keep: bool,
    agreement: float,
    close: float,
) -> np.ndarray:
    """Sequential quadratic programming; a step is halved until it comes nearer to the request.

    Where a step leaves much of the gap, the tangents mislead, and the way starts anew from there.
    """
    look, differ = _tangents(problem)
    bounds, mobility = problem.space.limits(start, keep), problem.space.mobility(start)
    values, anchor, active = start.copy(), start.copy(), np.arange(len(start))
    reached, known = look(values)
    gap = wanted - reached
    for _ in range(steps):
        far = np.abs(gap).max(axis=1, initial=0.0) > close
        active, gap, known = active[far], gap[far], None if known is None else known[far]
        if not len(active):
            break
        here, nearer = values[active], np.zeros(len(active), dtype=bool)
        steep, open_gap = differ(here, wanted[active] - gap) if known is None else known, gap
        dampings = np.full(gap.shape[1], damping)
        if agreement:
            apart, rises = _contrasts(problem, here)
            steep, open_gap = np.concatenate([steep, rises], axis=1), np.concatenate([gap, -apart], axis=1)
            dampings = np.concatenate([dampings, np.full(apart.shape[1], 1 / agreement)])
        limits = tuple(bound[active] for bound in bounds)
        goal = _nearest(
            anchor[active], here, mobility[active], limits, steep, open_gap, dampings, problem.space.fixed_sum
        )
        for halving in range(_HALVINGS):
            rows = np.flatnonzero(~nearer)
            trial = here[rows] + (goal[rows] - here[rows]) / 2**halving
            reached, trial_steep = look(trial)
            trial_gap = wanted[active[rows]] - reached
            left, before = np.linalg.norm(trial_gap, axis=1), np.linalg.norm(gap[rows], axis=1)
            better, slow = left < before - close / 10, left > _MUCH * before
            kept = rows[better]
            values[active[kept]], gap[kept], nearer[kept] = trial[better], trial_gap[better], True
            if known is not None:
                known[kept] = trial_steep[better]
            anchor[active[rows[better & slow]]] = trial[better & slow]
            if nearer.all():
                break
        active, gap = active[nearer], gap[nearer]  # the others are as near as they get
        known = None if known is None else known[nearer]
    return values


def _nearest(anchor, here, mobility, limits, steep, gap, damping, fixed_sum) -> np.ndarray:
    """Points within limits that are nearest to ``anchor`` among those where the tangents at ``here`` close the gap.

    The method of active sets, on all designs at once: solve for the coordinates that are free, go there or to the first
    limit on the way, which then holds its coordinate; having arrived, release the coordinate that a limit holds hardest
    against its will, if there is one.

    References:
        J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed., section 16.5, doi:10.1007/978-0-387-40065-5
    """
    lower, upper = limits
    points, free, at = here.copy(), (here > lower) & (here < upper), np.arange(len(here))
    level = gap + (steep @ here[:, :, None])[:, :, 0]
    for _ in range(_EXCHANGES * here.shape[1]):
        weight, rows = mobility[at] * free[at], steep[at]
        rough = np.where(free[at], anchor[at], points[at])
        if fixed_sum is not None:  # a shift of all free coordinates keeps it, and slopes count from their mean
            total = np.maximum(weight.sum(axis=1, keepdims=True), _TINY)
            shift = (fixed_sum - rough.sum(axis=1, keepdims=True)) / total
            rough = rough + shift * weight
            rows = rows - (rows @ weight[:, :, None]) / total[:, :, None]
        missing = level[at] - (steep[at] @ rough[:, :, None])[:, :, 0]
        matrix = (rows * weight[:, None]) @ rows.transpose(0, 2, 1) + np.diag(damping)
        push = (rows.transpose(0, 2, 1) @ np.linalg.solve(matrix, missing[:, :, None]))[:, :, 0]
        if fixed_sum is not None:
            push += shift
        wish = anchor[at] + mobility[at] * push
        way = np.where(free[at], wish - points[at], 0.0)
        room = np.where(way > 0, upper[at], lower[at]) - points[at]
        share = np.divide(room, way, out=np.full_like(way, np.inf), where=way != 0)
        each, first = np.arange(len(at)), share.argmin(axis=1)
        blocked = share[each, first] < 1
        points[at] += np.minimum(share[each, first], 1.0)[:, None] * way
        stopped, column, upwards = at[blocked], first[blocked], way[each, first][blocked] > 0
        points[stopped, column] = np.where(upwards, upper[stopped, column], lower[stopped, column])
        free[stopped, column] = False
        against = np.where(points[at] <= lower[at], wish - lower[at], upper[at] - wish)
        against[free[at] | (lower[at] == upper[at])] = -np.inf
        hardest = against.argmax(axis=1)
        held = ~blocked & (against[each, hardest] > _TINY)
        free[at[held], hardest[held]] = True
        at = at[blocked | held]
        if not len(at):
            break
    return points
