"""Numbers told bin by bin, because a dense network takes a threshold badly.

References:
    Piecewise-linear encoding: Y. Gorishniy et al., NeurIPS 2022, arXiv:2203.05556
"""

import numpy as np


def quantile_edges(values: np.ndarray, bins: int) -> tuple[np.ndarray, ...]:
    """Edges of quantile bins of each column of ``(n, n_columns)``, equal ones once, so a column may have fewer bins."""
    quantiles = np.quantile(values, np.linspace(0, 1, bins + 1), axis=0).T
    return tuple(np.unique(row) for row in quantiles)


def risen(values: np.ndarray, edges: tuple[np.ndarray, ...]) -> np.ndarray:
    """How far each value has risen through each bin of its column, from -1 below to 1 above ``(n, total bins)``.

    Example:
        >>> edges = quantile_edges(np.array([[0.0], [1.0], [4.0]]), bins=2)
        >>> risen(np.array([[0.5], [4.0]]), edges).tolist()
        [[0.0, -1.0], [1.0, 1.0]]
    """
    parts = [
        2 * ((column[:, None] - steps[:-1]) / np.diff(steps)).clip(0, 1) - 1
        for column, steps in zip(values.T, edges, strict=True)
    ]
    return np.hstack(parts)
