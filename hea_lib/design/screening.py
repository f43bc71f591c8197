"""Pick from many candidates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import TargetError
from ..problems import InverseProblem

_CELLS = 20_000_000  # of a distance matrix that is held at once, 160 MB


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
