"""One step of a conditional invertible network: make the known designs as likely as possible, given what they have.

References:
    L. Ardizzone et al., arXiv:1907.02392 (conditional invertible networks, trained by exact likelihood)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..training import Learner, Randomness, set_rate
from .chain import ChainFlow, boxed
from .coordinates import AlloyCoordinates, BoxCoordinates


@dataclass(frozen=True)
class CinnSettings:
    """Sizes and choices; :class:`hea_lib.models.cinn.ConditionalINN` says what each one means."""

    width: int
    last_width: int
    bins: int
    order: tuple[int, ...]
    decay: float
    batch: int
    rate: float
    steps: int


@dataclass(frozen=True)
class Known:
    """What there is to learn from, on the device of the training.

    Attributes:
        designs: ``(n, n_columns)``. conditions: their properties as codes ``(n, n_codes)``.
        chances: of drawing each design, summed up to it ``(n,)``.
        images: symmetries of the coordinates ``(n_images, size, size)``, or None.
    """

    designs: torch.Tensor
    conditions: torch.Tensor
    chances: torch.Tensor
    images: torch.Tensor | None


class CinnLearner(Learner):
    """A chain of splines from designs to uniform numbers, under the condition of their properties."""

    def __init__(
        self,
        settings: CinnSettings,
        known: Known,
        coordinates: AlloyCoordinates | BoxCoordinates,
        seeds: Sequence[int],
        identity: dict,
    ):
        device = known.designs.device
        self.settings, self.known, self.coordinates = settings, known, coordinates
        self.identity, self.steps, self.random = identity, settings.steps, Randomness(seeds, device)
        widths = [settings.width] * (coordinates.size - 1) + [settings.last_width]
        spline, codes = boxed(settings.bins), known.conditions.shape[1]
        stacks = [stack.to(device) for stack in ChainFlow.networks(coordinates.size, codes, widths, seeds, spline)]
        self.networks = {f"link-{place}": stack for place, stack in enumerate(stacks)}
        self.flow = ChainFlow(stacks, settings.order, spline)
        parameters = [values for stack in stacks for values in stack.parameters()]
        self.optimizers = {
            "all": torch.optim.AdamW(parameters, settings.rate, (0.9, 0.98), weight_decay=settings.decay, fused=True)
        }

    def schedule(self) -> None:
        """Raise the learning rate over a hundred steps, and lower it to zero over all."""
        share = min(1.0, (self.done + 1) / 100, 1.2 * (1 - self.done / self.steps))
        set_rate(self.optimizers, self.settings.rate * share)

    def step(self) -> dict[str, torch.Tensor]:
        """Update all networks once; returns ``surprise``, the mean negative log-density of the batch [nats]."""
        rows = torch.searchsorted(self.known.chances, self.random.uniform(self.settings.batch).double())
        designs = self.known.designs[rows]
        chance = self.coordinates.random
        noise = self.random.uniform(self.settings.batch, chance) if chance else None
        points = self.coordinates.view(designs, noise)
        if self.known.images is not None:
            turns = self.known.images[self.random.integers(len(self.known.images), self.settings.batch)]
            points = (turns @ points.unsqueeze(-1)).squeeze(-1).clamp(-1, 1)
        surprise = -self.flow.log_density(points, self.known.conditions[rows]).mean(1)
        self.optimizers["all"].zero_grad()
        surprise.sum().backward()
        self.optimizers["all"].step()
        return {"surprise": surprise}
