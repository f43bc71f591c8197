"""Exchanges of atoms between elements: a beam search for alloys that are worth more, and the shortest path to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import spaces

SLACK = 1e-9  # of distances

Worth = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class BeamSearch:
    """A beam search over exchanges on many alloys at once."""

    worth: Worth
    free: np.ndarray
    addable: np.ndarray
    budget: float
    step: float
    enough: float
    entry: float
    drop: bool
    rounds: int
    tries: int
    beam: int

    def __call__(self, start: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The best place that exchanges lead each alloy to ``(n, n_elements)``."""
        n = len(start)
        places = np.repeat(start[:, None], self.beam, axis=1)  # (n, beam, n_elements)
        worth = np.full((n, self.beam), -np.inf)
        worth[:, 0] = self.worth(start) if n else 0.0
        for _ in range(self.rounds):
            still = np.flatnonzero(worth[:, 0] < self.enough)
            if not len(still):
                break
            tried, amount = self._exchange(places[still], rng)
            value = np.full(tried.shape[:2], -np.inf)
            distance = np.abs(tried - start[still, None]).sum(-1) / 2
            valid = (amount > 0) & (distance <= self.budget + SLACK)
            valid &= np.repeat(np.isfinite(worth[still]), self.tries, axis=1)
            if valid.any():
                entered = ((tried > 0) & (start[still, None] == 0)).sum(-1)
                value[valid] = self.worth(tried[valid]) - self.entry * entered[valid]
            all_places = np.concatenate([places[still], tried], axis=1)
            all_worth = np.concatenate([worth[still], value], axis=1)
            far = np.abs(all_places - start[still, None]).sum(-1)
            best = np.lexsort((far, -all_worth.round(3)), axis=1)[:, : self.beam]  # the nearer of equals
            places[still] = np.take_along_axis(all_places, best[..., None], axis=1)
            worth[still] = np.take_along_axis(all_worth, best, axis=1)
        return places[:, 0]

    def _exchange(self, places: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Try random exchanges from each place ``(m, beam, n_elements)``.

        Returns:
            Alloys ``(m, beam * tries, n_elements)`` and the amounts exchanged ``(m, beam * tries)``; 0: none possible.
        """
        tried = np.repeat(places, self.tries, axis=1)
        present = tried > 0
        giving = np.where(present & self.free, rng.random(tried.shape), -1.0)
        donor = giving.argmax(-1)
        rows = np.ix_(*map(range, donor.shape))
        inside = present & self.free
        inside[(*rows, donor)] = False
        outside = ~present & self.free & self.addable
        within = np.where(outside.any(-1), rng.random(donor.shape) < 0.5, True) & inside.any(-1)
        choice = np.where(within[..., None], inside, outside)
        taking = np.where(choice, rng.random(tried.shape), -1.0)
        receiver = taking.argmax(-1)
        held = tried[(*rows, donor)]
        largest = max(1, round(self.budget / self.step))
        amount = self.step * rng.integers(1, largest + 1, size=donor.shape)
        amount = np.where(tried[(*rows, receiver)] > 0, amount, np.maximum(amount, 1.001 * spaces.PRESENT))
        amount = np.where(held - amount < spaces.PRESENT, held, amount)  # traces are left to no one
        if not self.drop:
            amount = np.where(amount < held, amount, 0.0)
        amount = np.where((giving.max(-1) < 0) | (taking.max(-1) < 0), 0.0, amount)
        tried[(*rows, donor)] = held - amount
        tried[(*rows, receiver)] += amount
        return tried, amount


def walk(start: np.ndarray, ends: np.ndarray, ask: Worth, step: float, symbols: list[str]):
    """Go from start to end by exchanges of a step, at each turn the one that the predictor likes best.

    Elements only ever come nearer to their final amounts, so no path is longer than its distance. What rounding leaves
    of an amount is no step.

    Returns:
        For each place on the paths, sorted by alloy: its alloy ``(m,)``, the exchange that led there, the composition
        ``(m, n_elements)``.
    """
    here, walks = start.copy(), [[("", row.copy())] for row in start]
    while True:
        left = ends - here
        options = [
            (row, donor, receiver)
            for row in range(len(left))
            for donor in np.flatnonzero(left[row] < -SLACK)
            for receiver in np.flatnonzero(left[row] > SLACK)
        ]
        if not options:
            break
        row, donor, receiver = np.array(options).T
        amount = np.minimum(step, np.minimum(-left[row, donor], left[row, receiver]))
        tried, at = here[row], np.arange(len(row))
        tried[at, donor] -= amount
        tried[at, receiver] += amount
        liked = ask(tried)
        best = pd.Series(liked).groupby(row).idxmax().to_numpy()
        here[row[best]] = tried[best]
        for turn in best:
            walks[row[turn]].append((f"{symbols[donor[turn]]} to {symbols[receiver[turn]]}", tried[turn]))
    order = np.repeat(np.arange(len(walks)), [len(walked) for walked in walks])
    for walked, end in zip(walks, ends, strict=True):
        walked[-1] = (walked[-1][0], end)  # to the last digit, because trees have thresholds
    steps = [step for walked in walks for step in walked]
    places = np.array([place for _, place in steps]).reshape(-1, start.shape[1])
    return order, [exchange for exchange, _ in steps], np.maximum(places, 0.0)
