"""What a practitioner would try first, and what every generative model has to beat.

None of them learns a distribution: they look up, vary and search, and the forward model picks what fits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import design, spaces
from . import register
from .base import InverseModel

_AT_ONCE = 1_000  # requests that are answered together; bounds the memory of distance matrices


class _Search(InverseModel):
    def _table(self, values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, columns=list(self.problem.space.columns))

    def _best(self, trials: np.ndarray, requests: pd.DataFrame) -> np.ndarray:
        """For each request the nearest of its trials, from ``(n_trials, n, n_columns)`` to ``(n, n_columns)``."""
        errors = []
        for values in trials:
            reached = self.problem.forward(self._table(values))[self.problem.target_names].to_numpy()
            errors.append((((reached - requests.to_numpy()) / self.problem.scale) ** 2).sum(axis=1))
        return trials[np.argmin(errors, axis=0), np.arange(len(requests))]


@register
class RandomSearch(_Search):
    """Draw many random designs and give each request the nearest one that is left.

    Random alloys take after the known ones in how many elements they have and how common each element is.

    Args:
        candidates: designs to draw for every 1,000 requests, or for fewer; at least as many as these.
    """

    name = "random"
    title = "random designs, filtered"

    def __init__(self, problem, candidates: int = 20_000):
        super().__init__(problem)
        self.candidates = candidates

    def _sample(self, requests, rng):
        like, parts = self.problem.designs.to_numpy(), []
        for start in range(0, len(requests), _AT_ONCE):
            pool = self.problem.space.sample(self.candidates, rng, like=like)
            part = requests.iloc[start : start + _AT_ONCE]
            parts.append(pool[design.screen(self.problem, part, self._table(pool))])
        return np.concatenate(parts)


@register
class Neighbours(_Search):
    """Return one of the known designs that come nearest to the request: the lookup in a table."""

    name = "neighbours"
    title = "known designs near the target"

    def __init__(self, problem, neighbours: int = 10):
        super().__init__(problem)
        self.neighbours = neighbours

    def _nearest(self, requests: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """Positions of one near known design a request ``(n,)``; among equally near ones, chance decides."""
        from scipy.spatial.distance import cdist

        known = self.problem.properties.to_numpy() / self.problem.scale
        count, picked = min(self.neighbours, len(known)), []
        for start in range(0, len(requests), _AT_ONCE):
            distance = cdist(requests.to_numpy()[start : start + _AT_ONCE] / self.problem.scale, known)
            distance += 1e-9 * rng.random(distance.shape)
            nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
            picked.append(nearest[np.arange(len(nearest)), rng.integers(count, size=len(nearest))])
        return np.concatenate(picked)

    def _sample(self, requests, rng):
        return self.problem.designs.to_numpy()[self._nearest(requests, rng)]


@register
class SwapAndJitter(Neighbours):
    """Vary a near known design several times -- exchange an element, jitter the amounts -- and keep the best."""

    name = "swap"
    title = "known designs near the target, varied"

    def __init__(self, problem, neighbours: int = 10, swap: float = 0.5, jitter: float = 0.15, trials: int = 5):
        super().__init__(problem, neighbours)
        self.swap, self.jitter, self.trials = swap, jitter, trials

    def _sample(self, requests, rng):
        return self._best(np.stack([self._vary(requests, rng) for _ in range(self.trials)]), requests)

    def _vary(self, requests: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        values = self.problem.designs.to_numpy()[self._nearest(requests, rng)]
        if isinstance(self.problem.space, spaces.Simplex):
            values = self._exchange_elements(values, rng)
        return self.problem.space.jitter(values, self.jitter, rng)

    def _exchange_elements(self, values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """In a share ``swap`` of the rows, give the amount of one element to an absent one, a common one sooner."""
        values, rows = values.copy(), np.flatnonzero(rng.random(len(values)) < self.swap)
        present = values[rows] > 0
        frequency = (self.problem.designs.to_numpy() > 0).mean(axis=0) + 1e-9
        leaving = (rng.random(present.shape) * present).argmax(axis=1)
        entering = spaces.draw_sets(np.log(frequency) - 1e9 * present, np.ones(len(rows)), rng).argmax(axis=1)
        values[rows, entering] = values[rows, leaving]
        values[rows, leaving] = 0.0
        return values


@register
class GradientSearch(_Search):
    """Start from the nearest of a few random designs and follow the slopes of the forward model to the target.

    A few, because a single start often lies where nothing has a slope: most strained cells are metals.
    """

    name = "gradient"
    title = "gradient descent from random designs"
    problems = ("refractory", "mos2")

    def __init__(self, problem, starts: int = 30):
        super().__init__(problem)
        self.starts = starts

    def _sample(self, requests, rng):
        requests, n = requests.reset_index(drop=True), len(requests)
        pool = self.problem.space.sample(n * self.starts, rng).reshape(self.starts, n, -1)
        start = self._table(self._best(pool, requests))
        return design.localize(self.problem, requests, start, keep=False).to_numpy()  # all 15 elements would stay
