"""Numbers told bin by bin, because a dense network takes a threshold badly.

References:
    Piecewise-linear encoding: Y. Gorishniy et al., NeurIPS 2022, arXiv:2203.05556
"""

from dataclasses import dataclass

import numpy as np

_ROUNDING = 1e-9  # of the range of a column, or of 1 if that is less


def quantile_edges(values: np.ndarray, bins: int) -> tuple[np.ndarray, ...]:
    """Edges of quantile bins of each column of ``(n, n_columns)``, equal ones once, so a column may have fewer bins.

    Edges that differ by rounding alone are equal; else the last digit of a sum would open a bin.
    """
    quantiles = np.quantile(values, np.linspace(0, 1, bins + 1), axis=0).T
    return tuple(row[np.diff(row, prepend=-np.inf) > _ROUNDING * max(1.0, np.ptp(row))] for row in quantiles)


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


@dataclass(frozen=True)
class PropertyCodes:
    """Requested properties as a network is told them: bin by bin, as numbers, and whether they are the lowest there is.

    A property of which many designs have the lowest possible value, such as a gap of zero, jumps there.

    Attributes:
        mean, scale, lowest: of each target ``(n_targets,)``. edges: of its bins, above the lowest value.
    """

    mean: np.ndarray
    scale: np.ndarray
    lowest: np.ndarray
    edges: tuple[np.ndarray, ...]

    @classmethod
    def fitted(cls, problem, bins: int = 8) -> "PropertyCodes":
        """Learn the range of each property from the known designs of a problem."""
        known = problem.properties.to_numpy(dtype=float)
        lowest = np.array([target.lowest for target in problem.targets])
        above = [column[column > low] for column, low in zip(known.T, lowest, strict=True)]
        edges = tuple(quantile_edges(values[:, None], bins)[0] for values in above)
        return cls(known.mean(axis=0), problem.scale, lowest, edges)

    def __call__(self, properties) -> np.ndarray:
        """Codes of properties ``(n, n_targets)``, a table ``(n, n_codes)``."""
        values = properties.to_numpy(dtype=float)
        scaled = (values - self.mean) / self.scale
        return np.hstack([risen(values, self.edges), scaled, 2.0 * (values > self.lowest) - 1])
