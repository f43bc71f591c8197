r"""Rules of mixture as a model learns them from known designs, and the step that they suggest.

A straight line $\mathbf{p} \approx \mathbf{W}\mathbf{x}$ through the known designs explains a mean over elements
completely and other properties in part; what it leaves unexplained is kept as the covariance $\mathbf{R}$ of its
residuals. A design that misses its request by $\mathbf{r}$ is moved by

$$\Delta\mathbf{x} = \mathbf{M}\mathbf{W}^\top
(\mathbf{W}\mathbf{M}\mathbf{W}^\top + \mathbf{R} + \mathbf{D})^{-1}\mathbf{r},$$

with the fractions as mobility $\mathbf{M}$, so that an absent element stays absent. $\mathbf{R}$ keeps the step from
trusting a bad line, and $\mathbf{D}$ makes it close only a share of the miss. It knows nothing but the training data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..problems import InverseProblem


@dataclass(frozen=True)
class Rules:
    """Straight lines from designs to properties, in spreads of the properties.

    Attributes:
        slopes: ``(n_properties, n_columns)``. origin: value of the lines at zero ``(n_properties,)``.
        residuals: covariance of what the lines leave ``(n_properties, n_properties)``.
        scale: spread of each property ``(n_properties,)``.
    """

    slopes: np.ndarray
    origin: np.ndarray
    residuals: np.ndarray
    scale: np.ndarray

    @classmethod
    def fitted(cls, problem: InverseProblem, names: Sequence[str]) -> Rules:
        """Least squares over the known designs; where coordinates have a fixed sum, the lines go through zero."""
        scale = problem.scale[[problem.target_names.index(name) for name in names]]
        designs = problem.designs.to_numpy(dtype=float)
        properties = problem.properties[list(names)].to_numpy(dtype=float) / scale
        summed = problem.space.fixed_sum is not None  # a constant would say nothing more
        inputs = designs if summed else np.column_stack([designs, np.ones(len(designs))])
        weights = np.linalg.lstsq(inputs, properties, rcond=None)[0]
        residuals = np.atleast_2d(np.cov(properties - inputs @ weights, rowvar=False))
        origin = np.zeros(len(scale)) if summed else weights[-1]
        return cls(weights[: designs.shape[1]].T, origin, residuals, scale)

    def miss(self, designs: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """What designs lack to what is asked ``(n, n_properties)``, in spreads."""
        return asked / self.scale - self.origin - designs @ self.slopes.T

    def nearest(self, proposals: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """The proposal ``(n, n_columns)`` that misses each request least, of ``(n_proposals, n, n_columns)``."""
        misses = [(self.miss(designs, asked) ** 2).sum(axis=1) for designs in proposals]
        return proposals[np.argmin(misses, axis=0), np.arange(len(asked))]

    def steer(self, space, designs: np.ndarray, asked: np.ndarray, share: float) -> np.ndarray:
        """Designs after one step that closes about this share of the miss ``(n, n_columns)``."""
        rows, mobility = space.rises(self.slopes, designs)
        spread = (rows * mobility[:, None]) @ rows.transpose(0, 2, 1)
        level = (1 / share - 1) * np.trace(spread, axis1=1, axis2=2) / len(self.scale) + 1e-9
        gain = spread + self.residuals + level[:, None, None] * np.eye(len(self.scale))
        push = np.linalg.solve(gain, self.miss(designs, asked)[:, :, None])
        moves = (rows.transpose(0, 2, 1) @ push)[:, :, 0] * (mobility > 0)
        longest = np.abs(moves).max(axis=1, keepdims=True)
        return space.shift(designs, moves / np.maximum(longest, 1.0))
