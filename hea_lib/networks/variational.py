r"""One step of a semi-supervised, disentangled variational autoencoder.

A latent vector $\mathbf{h}$ holds the whole alloy $\mathbf{x}$; an invertible flow that knows the class $y$ turns
$\mathbf{h}$ into normal numbers $\mathbf{z}$. So $\mathbf{z}$ holds what the class does not say, and the pair
$(y, \mathbf{z})$ is the alloy. With the class known, the evidence lower bound of an alloy is

$$\log p(\mathbf{x}, y) \ge \mathbb{E}_{q(\mathbf{h}|\mathbf{x})}
\left[\log p(\mathbf{x}|\mathbf{h}) + \log p(\mathbf{h}|y) - \log q(\mathbf{h}|\mathbf{x})\right] + \log p(y),$$

and where it is not known, the two classes are weighed by the classifier $q(y|\mathbf{x})$, exactly, by a sum.

References:
    Variational autoencoder: D. P. Kingma, M. Welling, ICLR 2014, arXiv:1312.6114
    Unlabelled rows: D. P. Kingma et al., NeurIPS 2014, arXiv:1406.5298
    On alloys: C. Zeng, Z. Khan, N. L. Post, arXiv:2409.06740
    Mixing rows: H. Zhang et al., ICLR 2018, arXiv:1710.09412
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from ..training import Learner, Randomness, Stack
from .coupling import CouplingFlow
from .layers import Committee, dense
from .likelihoods import AlloyLikelihood
from .posteriors import posterior, surplus
from .variation import jitter, vary

CODES = (-1.0, 1.0)  # of the classes 0 and 1, as the flow is told them
VARIED = 0.01  # weight of the divergence of varied alloys, which keeps their latent vectors among the others
JITTER = 0.1  # standard deviation of the noise on the features of the classifier, in spreads
WARM_UP = 0.3  # share of the training over which the divergences get their weight


@dataclass(frozen=True)
class VaeSettings:
    """Sizes and choices of the autoencoder; :class:`hea_lib.models.vae.DisentangledVAE` says what each one means."""

    latent: int
    width: int
    couplings: int
    flow_width: int
    jitter: float
    divergence: float
    heads: int
    head_width: int
    decay: float
    mixing: float
    expert: float
    evidence: float
    batch: int
    rate: float
    steps: int


@dataclass(frozen=True)
class Alloys:
    """What is known of the alloys of a training, on its device.

    Attributes:
        fractions: without traces ``(n, n_elements)``. features: of the classifier ``(n, n_features)``.
        labels: 0 or 1, NaN where unknown ``(n,)``. prior: log-odds of 1 by expert rules ``(n,)``.
        others: further properties, scaled to mean zero and spread one ``(n, n_others)``.
    """

    fractions: torch.Tensor
    features: torch.Tensor
    labels: torch.Tensor
    prior: torch.Tensor
    others: torch.Tensor


class VaeLearner(Learner):
    """Encoder, decoder, the couplings of the flow, and the heads of the classifier."""

    def __init__(self, settings: VaeSettings, alloys: Alloys, seeds: Sequence[int], identity: dict):
        self.settings, self.alloys, device = settings, alloys, alloys.fractions.device
        self.identity, self.steps, self.random = identity, settings.steps, Randomness(seeds, device)
        self.likelihood = AlloyLikelihood(alloys.fractions.shape[1])
        self.common = (alloys.fractions > 0).float().mean(0) + 0.002
        self.labelled = (~alloys.labels.isnan()).nonzero()[:, 0]
        self.unlabelled = len(self.labelled) < len(alloys.labels)
        size, width, others = settings.latent, settings.width, alloys.others.shape[1]
        couplings = CouplingFlow.networks(size, 1 + others, settings.couplings, settings.flow_width, seeds)
        self.networks = {
            "encoder": Stack(lambda: dense(self.likelihood.seen, width, 2 * size, layers=3, smooth=True), seeds),
            "decoder": Stack(lambda: dense(size, width, self.likelihood.width, layers=3, smooth=True), seeds),
            "heads": Stack(
                lambda: Committee(alloys.features.shape[1], settings.head_width, settings.heads, 1 + others), seeds
            ),
            **{f"flow-{number}": coupling for number, coupling in enumerate(couplings)},
        }
        for network in self.networks.values():
            network.to(device)
        self.flow = CouplingFlow(couplings, size)
        body = [p for name, network in self.networks.items() if name != "heads" for p in network.parameters()]
        weights = {"lr": settings.rate, "fused": True}
        self.optimizers = {
            "body": torch.optim.Adam(body, **weights),
            "heads": torch.optim.AdamW(self.networks["heads"].parameters(), weight_decay=settings.decay, **weights),
        }

    def schedule(self) -> None:
        """Raise the learning rate over a hundred steps, and lower it to zero over the last two thirds."""
        share = min(1.0, (self.done + 1) / 100, 1.5 * (1 - self.done / self.steps))
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = self.settings.rate * share

    def step(self) -> dict[str, torch.Tensor]:
        """Update all networks once.

        Returns:
            Means over the batch: ``elements`` and ``amounts``, negative log-likelihoods of known and varied alloys;
            ``divergence``, of the posterior of known alloys from the flow; ``spread``, of that of varied ones from
            normal numbers; ``classifier``, cross-entropy of the labels; and where there are rows without a label
            ``doubt``, by how much the classifier departs there from the rules and from the flow.
        """
        rows = self.random.integers(len(self.alloys.fractions), self.settings.batch)
        logits = self._heads(self.alloys.features[rows]) if self.unlabelled else None
        losses, density = self._autoencode(rows, logits)
        losses["classifier"] = self._classify()
        warmth = min(1.0, self.done / (WARM_UP * self.steps) + 0.02)
        total = losses["elements"] + losses["amounts"] + losses["classifier"]
        total = total + warmth * (self.settings.divergence * losses["divergence"] + VARIED * losses["spread"])
        if self.unlabelled:
            losses["doubt"] = self._doubt(rows, logits, density.detach())
            total = total + warmth * losses["doubt"]
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        total.sum().backward()
        for optimizer in self.optimizers.values():
            optimizer.step()
        return losses

    def _autoencode(self, rows: torch.Tensor, logits: torch.Tensor | None):
        """Losses of encoder, decoder and flow, and log-densities of the rows in each class ``(members, batch, 2)``."""
        size, known = rows.shape[1], self.alloys.fractions[rows]
        varied = vary(known, self.common, self.random)
        known = jitter(known, self.settings.jitter, self.random)
        view = self.likelihood.view(torch.cat([known, varied], dim=1))
        mean, spread = posterior(self.networks["encoder"](view))
        latent = mean + spread * self.random.normal(*mean.shape[1:])
        costs = self.likelihood.cost(self.networks["decoder"](latent), view)
        surprise = -(spread.log() + 0.5).sum(-1)  # mean of log q(h|x), up to the constant of log p(h|y)
        held = latent[:, :size]
        others = self.alloys.others[rows]
        asked = [torch.cat([torch.full_like(held[..., :1], code), others], dim=-1) for code in CODES]
        density = torch.stack([self.flow.log_density(held, conditions) for conditions in asked], dim=-1)
        density = density + 0.5 * math.log(2 * math.pi) * latent.shape[-1]
        belief = self._belief(rows, logits)
        losses = {name: cost.mean(1) for name, cost in costs.items()} | {
            "divergence": (surprise[:, :size] - (belief * density).sum(-1)).mean(1),
            "spread": surplus(mean, spread)[:, size:].mean(1),
        }
        return losses, density

    def _heads(self, features: torch.Tensor) -> torch.Tensor:
        """Log-odds that each head gives for class 1 ``(members, batch, heads)``."""
        return self.networks["heads"](features)[..., 0]

    def _belief(self, rows: torch.Tensor, logits: torch.Tensor | None) -> torch.Tensor:
        """Weights of the two classes ``(members, batch, 2)``: the label, or else what the heads think."""
        one = self.alloys.labels[rows]
        if logits is not None:
            one = torch.where(one.isnan(), torch.sigmoid(logits.detach()).mean(-1), one)
        return torch.stack([1 - one, one], dim=-1)

    def _classify(self) -> torch.Tensor:
        """Loss of the heads on alloys of which two at a time are mixed, features and properties alike.

        It is the cross-entropy of the labels, and half the mean squares of what is said of the other properties.
        """
        batch, random = self.settings.batch, self.random
        first, second = (self.labelled[random.integers(len(self.labelled), batch)] for _ in range(2))
        share = self.settings.mixing * random.uniform(batch, 1)
        features, labels, others = (
            (1 - share) * values[first] + share * values[second]
            for values in (self.alloys.features, self.alloys.labels[:, None], self.alloys.others)
        )
        said = self.networks["heads"](features + JITTER * random.normal(*features.shape[1:]))
        odds, labels = said[..., 0], labels.expand(*said.shape[:-1])
        loss = binary_cross_entropy_with_logits(odds, labels, reduction="none").mean((1, 2))
        return loss + 0.5 * (said[..., 1:] - others.unsqueeze(2)).square().sum(-1).mean((1, 2))

    def _doubt(self, rows: torch.Tensor, logits: torch.Tensor, density: torch.Tensor) -> torch.Tensor:
        r"""Mean of $\sum_y q(y|x) [\log q(y|x) - a \log p_e(y|x) - b \log p(h|y)]$ over rows without a label."""
        odds = self.settings.expert * self.alloys.prior[rows] + self.settings.evidence * (
            density[..., 1] - density[..., 0]
        )
        one, odds = torch.sigmoid(logits), odds[..., None]
        divergence = one * (logsigmoid(logits) - logsigmoid(odds)) + (1 - one) * (
            logsigmoid(-logits) - logsigmoid(-odds)
        )
        without = self.alloys.labels[rows].isnan()
        return (divergence.mean(-1) * without).mean(1)
