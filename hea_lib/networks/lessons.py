"""What a network learns from: designs as coordinates, with what they have, drawn as often as one wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..training import Learner, Randomness, set_rate
from .coordinates import AlloyCoordinates, BoxCoordinates


@dataclass(frozen=True)
class Lessons:
    """Designs and their properties on the device of a training.

    Attributes:
        designs: ``(n, n_columns)``. conditions: their properties as a network is told them ``(n, n_codes)``.
        chances: of drawing each design, summed up to it ``(n,)``; the last one is 1.
        coordinates: of the designs. images: symmetries of the coordinates ``(n_images, size, size)``, or None.
    """

    designs: torch.Tensor
    conditions: torch.Tensor
    chances: torch.Tensor
    coordinates: AlloyCoordinates | BoxCoordinates
    images: torch.Tensor | None

    def draw(self, random: Randomness, batch: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Coordinates from -1 to 1 ``(members, batch, size)`` and conditions ``(members, batch, n_codes)``.

        Each design is seen as one of its images, by chance.
        """
        rows, chance = self.rows(random, batch), self.coordinates.random
        points = self.coordinates.view(self.designs[rows], random.uniform(batch, chance) if chance else None)
        return self.turned(points, random).clamp(-1, 1), self.conditions[rows]

    def rows(self, random: Randomness, batch: int) -> torch.Tensor:
        """Positions of designs, drawn by their chances ``(members, batch)``."""
        return torch.searchsorted(self.chances, random.uniform(batch).to(self.chances.dtype))

    def turned(self, points: torch.Tensor, random: Randomness) -> torch.Tensor:
        """Each of the points ``(members, batch, size)`` as one of its images."""
        if self.images is None:
            return points
        turns = self.images[random.integers(len(self.images), points.shape[1])]
        return (turns @ points.unsqueeze(-1)).squeeze(-1)


class TaughtLearner(Learner):
    """What trainings on lessons share; a subclass makes ``networks`` and one optimiser, and writes ``step``."""

    def __init__(self, settings: Any, lessons: Lessons, seeds: Sequence[int], identity: dict):
        self.settings, self.lessons = settings, lessons
        self.identity, self.steps = identity, settings.steps
        self.random = Randomness(seeds, lessons.designs.device)

    def schedule(self) -> None:
        """Raise the learning rate over a hundred steps, and lower it to zero over the rest."""
        share = min(1.0, (self.done + 1) / 100, 1.2 * (1 - self.done / self.steps))
        set_rate(self.optimizers, self.settings.rate * share)

    def update(self, loss: torch.Tensor) -> None:
        """Follow the gradient of the losses of all members ``(members,)`` one step."""
        (optimizer,) = self.optimizers.values()
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
