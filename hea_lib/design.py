"""Strategies that turn candidates into designs for a request, on any problem and for any model.

``screen`` picks, ``localize`` moves. Requests and designs go row by row: request ``i`` belongs to design ``i``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from . import errors
from .errors import CompositionError, TargetError, UnsupportedError
from .problems import InverseProblem

_CELLS = 20_000_000  # of a distance matrix that is held at once, 160 MB
_CLOSE = 1e-6  # spreads of a property at which a design counts as arrived
_HALVINGS = 6


def screen(problem: InverseProblem, requests: pd.DataFrame, candidates: pd.DataFrame) -> np.ndarray:
    """Give each request the candidate whose properties come nearest by the forward model, none of them twice.

    Args:
        requests: wanted properties ``(n, n_targets)``, served in this order.
        candidates: designs ``(m, n_columns)`` to choose from, at least as many as requests.

    Returns:
        Positions of the chosen candidates ``(n,)``.

    Raises:
        TargetError: more requests than candidates.
    """
    from scipy.spatial.distance import cdist

    if len(requests) > len(candidates):
        raise TargetError(f"{len(requests)} requests cannot share {len(candidates)} candidates")
    wanted = problem.check_requests(requests).to_numpy() / problem.scale
    reached = problem.forward(candidates)[problem.target_names].to_numpy() / problem.scale
    chosen = np.empty(len(wanted), dtype=int)
    chunk = max(1, _CELLS // max(1, len(candidates)))
    for start in range(0, len(wanted), chunk):
        distance = cdist(wanted[start : start + chunk], reached)
        distance[:, chosen[:start]] = np.inf
        for row, nearness in enumerate(distance, start):
            chosen[row] = nearness.argmin()
            distance[:, chosen[row]] = np.inf
    return chosen


def localize(
    problem: InverseProblem, requests: pd.DataFrame, designs: pd.DataFrame, steps: int = 25, damping: float = 1e-3
) -> pd.DataFrame:
    """Move each design to its request by damped Newton steps on the forward model, staying in the space.

    With ``r`` the missing properties in units of their spread, ``J`` their slopes and ``M`` the mobility of the
    coordinates, a step is ``M J^T (J M J^T + damping)^-1 r``: of all moves that close the gap the one that is smallest
    in the metric ``1/M``. An alloy gains no element, since an absent one has no mobility. A step is halved until it
    comes nearer; a design whose elements cannot reach the request ends where it comes nearest, and one of its
    elements may then have all but vanished.

    Args:
        requests: wanted properties ``(n, n_targets)``. designs: where to start ``(n, n_columns)``.
        damping: share of the mean diagonal of ``J M J^T`` that is added to it.

    Returns:
        Moved designs ``(n, n_columns)`` with the index of ``designs``.

    Raises:
        UnsupportedError: the forward model has no slopes to follow (trees). TargetError: requests that do not fit the
        designs. CompositionError: a design outside the space.
    """
    if not problem.smooth:
        raise UnsupportedError(f"{problem.name} cannot be localised: its forward model has no slopes to follow")
    space, names = problem.space, problem.target_names
    wanted = problem.check_requests(requests, n=len(designs)).to_numpy() / problem.scale
    values = space.check(designs).to_numpy(dtype=float, copy=True)
    outside = ~space.contains(designs)
    if outside.any():
        raise CompositionError(
            f"{errors.row(designs.index, outside.argmax())} lies outside the space of {problem.name}"
        )

    def reach(points: np.ndarray) -> np.ndarray:
        return problem.forward(pd.DataFrame(points, columns=list(space.columns)))[names].to_numpy() / problem.scale

    active = np.arange(len(values))
    gap = wanted - reach(values)
    for _ in range(steps):
        far = np.abs(gap).max(axis=1, initial=0.0) > _CLOSE
        active, gap = active[far], gap[far]
        if not len(active):
            break
        moves = _newton_moves(space, reach, values[active], wanted[active] - gap, gap, damping)
        nearer = np.zeros(len(active), dtype=bool)
        for halving in range(_HALVINGS):
            rows = np.flatnonzero(~nearer)
            trial = space.shift(values[active[rows]], moves[rows] / 2**halving)
            trial_gap = wanted[active[rows]] - reach(trial)
            better = np.linalg.norm(trial_gap, axis=1) < np.linalg.norm(gap[rows], axis=1)
            values[active[rows[better]]], gap[rows[better]] = trial[better], trial_gap[better]
            nearer[rows[better]] = True
            if nearer.all():
                break
        active, gap = active[nearer], gap[nearer]  # the others are as near as they get
    return pd.DataFrame(values, index=designs.index, columns=list(space.columns))


def _newton_moves(
    space, reach: Callable, values: np.ndarray, reached: np.ndarray, gap: np.ndarray, damping: float
) -> np.ndarray:
    """Moves ``(n, n_columns)`` in the units of the space, with slopes by finite differences."""
    n, width = values.shape
    probes = np.concatenate([space.probe(values, column, space.probe_size) for column in range(width)])
    slopes = (reach(probes).reshape(width, n, -1) - reached) / space.probe_size  # (n_columns, n, n_targets)
    mobile = slopes * space.mobility(values).T[:, :, None]
    normal = np.einsum("jnp,jnq->npq", mobile, slopes)
    level = damping * np.trace(normal, axis1=1, axis2=2) / gap.shape[1] + 1e-12
    weights = np.linalg.solve(normal + level[:, None, None] * np.eye(gap.shape[1]), gap[:, :, None])
    return np.einsum("jnp,npq->nj", slopes, weights)
