r"""One step of a plain conditional variational autoencoder: encoder and decoder are both told the properties.

With normal latent numbers $\mathbf{z}$ and properties $\mathbf{y}$ the evidence lower bound is

$$\log p(\mathbf{x}|\mathbf{y}) \ge
\mathbb{E}_{q(\mathbf{z}|\mathbf{x},\mathbf{y})} \log p(\mathbf{x}|\mathbf{y},\mathbf{z})
- D_\mathrm{KL}\left(q(\mathbf{z}|\mathbf{x},\mathbf{y}) \,\|\, \mathcal{N}(\mathbf{0}, \mathbf{1})\right).$$

References:
    K. Sohn, H. Lee, X. Yan, NeurIPS 2015
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..training import Learner, Randomness, Stack, set_rate
from .layers import dense
from .lessons import Lessons
from .likelihoods import AlloyLikelihood, BoxLikelihood
from .posteriors import posterior, surplus


@dataclass(frozen=True)
class CvaeSettings:
    """Sizes and choices; :class:`hea_lib.models.cvae.ConditionalVAE` says what each one means."""

    latent: int
    width: int
    divergence: float
    batch: int
    rate: float
    steps: int


class CvaeLearner(Learner):
    """Encoder and decoder.

    Args:
        lessons: designs and what they have. likelihood: how probable a design is under the numbers of the decoder.
    """

    def __init__(
        self,
        settings: CvaeSettings,
        lessons: Lessons,
        likelihood: AlloyLikelihood | BoxLikelihood,
        seeds: Sequence[int],
        identity: dict,
    ):
        self.settings, self.lessons, self.likelihood, device = settings, lessons, likelihood, lessons.designs.device
        self.view = likelihood.view(lessons.designs)
        self.identity, self.steps, self.random = identity, settings.steps, Randomness(seeds, device)
        wishes, size, width = lessons.conditions.shape[1], settings.latent, settings.width
        self.networks = {
            "encoder": Stack(lambda: dense(likelihood.seen + wishes, width, 2 * size, 3, smooth=True), seeds),
            "decoder": Stack(lambda: dense(size + wishes, width, likelihood.width, 3, smooth=True), seeds),
        }
        parameters = [p for network in self.networks.values() for p in network.to(device).parameters()]
        self.optimizers = {"both": torch.optim.Adam(parameters, settings.rate, fused=True)}

    def schedule(self) -> None:
        """Keep the learning rate for half of the training, then lower it to zero along a straight line."""
        set_rate(self.optimizers, self.settings.rate * min(1.0, 2 * (1 - self.done / self.steps)))

    def step(self) -> dict[str, torch.Tensor]:
        """Update both networks once; returns the parts of the bound, means over the batch."""
        rows = self.lessons.rows(self.random, self.settings.batch)
        view, wanted = self.lessons.turned(self.view[rows], self.random), self.lessons.conditions[rows]
        mean, spread = posterior(self.networks["encoder"](torch.cat([view, wanted], dim=-1)))
        latent = mean + spread * self.random.normal(*mean.shape[1:])
        costs = self.likelihood.cost(self.networks["decoder"](torch.cat([latent, wanted], dim=-1)), view)
        losses = {name: cost.mean(1) for name, cost in costs.items()}
        divergence = surplus(mean, spread).mean(1)
        total = sum(losses.values()) + self.settings.divergence * divergence
        self.optimizers["both"].zero_grad()
        total.sum().backward()
        self.optimizers["both"].step()
        return losses | {"divergence": divergence}
