r"""One step of a semi-supervised, disentangled variational autoencoder.

A latent vector $\mathbf{h}$ holds the whole alloy $\mathbf{x}$; an invertible flow that knows the class $y$ turns
$\mathbf{h}$ into normal numbers $\mathbf{z}$. So $\mathbf{z}$ holds what the class does not say, and the pair
$(y, \mathbf{z})$ is the alloy. With the class known, the evidence lower bound of an alloy is

$$\log p(\mathbf{x}, y) \ge \mathbb{E}_{q(\mathbf{h}|\mathbf{x})}
\left[\log p(\mathbf{x}|\mathbf{h}) + \log p(\mathbf{h}|y) - \log q(\mathbf{h}|\mathbf{x})\right] + \log p(y),$$

and where it is not known, the two classes are weighed by the classifier $q(y|\mathbf{x})$, exactly, by a sum. There the
classifier learns from a prior $p_e(y|\mathbf{x})$ by experts. The bound asks for the divergence of the classifier from
the prior, which lets it be sure where the prior is not; we take the cross-entropy, which does not.

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
from torch.nn.functional import binary_cross_entropy_with_logits

from ..training import Learner, Randomness, Stack, set_rate
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
    head_steps: int
    decay: float
    mixing: float
    batch: int
    rate: float
    steps: int


@dataclass(frozen=True)
class Alloys:
    """What is known of the alloys of a training, on its device.

    Attributes:
        fractions: without traces ``(n, n_elements)``. features: of the classifier ``(n, n_features)``.
        classes: 0 or 1, or where there is no label a probability ``(n,)``. labelled: where there is one ``(n,)``.
        others: further properties, scaled to mean zero and spread one ``(n, n_others)``.
    """

    fractions: torch.Tensor
    features: torch.Tensor
    classes: torch.Tensor
    labelled: torch.Tensor
    others: torch.Tensor


class VaeLearner(Learner):
    """Encoder, decoder, the couplings of the flow, and the heads of the classifier."""

    def __init__(self, settings: VaeSettings, alloys: Alloys, seeds: Sequence[int], identity: dict):
        self.settings, self.alloys, device = settings, alloys, alloys.fractions.device
        self.identity, self.steps, self.random = identity, settings.steps, Randomness(seeds, device)
        self.warmth = torch.zeros((), device=device)
        self.likelihood = AlloyLikelihood(alloys.fractions.shape[1])
        self.common = (alloys.fractions > 0).float().mean(0) + 0.002
        self.labelled, self.pool = (where.nonzero()[:, 0] for where in (alloys.labelled, ~alloys.labelled))
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
        """Raise the learning rates over a hundred steps, and lower them to zero over the last two thirds.

        The heads are through long before the rest. The divergences get their weight meanwhile; it is a tensor, because
        a CUDA graph keeps a number as it was.
        """
        for name, last in {"body": self.steps, "heads": min(self.steps, self.settings.head_steps)}.items():
            share = max(0.0, min(1.0, (self.done + 1) / 100, 1.5 * (1 - self.done / last)))
            set_rate({name: self.optimizers[name]}, self.settings.rate * share)
        self.warmth.fill_(min(1.0, self.done / (WARM_UP * self.steps) + 0.02))

    def step(self) -> dict[str, torch.Tensor]:
        """Update all networks once.

        Returns:
            Means over the batch: ``elements`` and ``amounts``, negative log-likelihoods of known and varied alloys;
            ``divergence``, of the posterior of known alloys from the flow; ``spread``, of that of varied ones from
            normal numbers; ``classifier``, cross-entropy of the labels; and where there are rows without a label
            ``advice``, cross-entropy of what rules and trees say of them.
        """
        learning = ["body", "heads"] if self.done < self.settings.head_steps else ["body"]
        losses = self._autoencode()
        with torch.set_grad_enabled("heads" in learning):  # what the heads miss is said even when they learn no more
            losses |= self._classify()
        weights = {"divergence": self.warmth * self.settings.divergence, "spread": self.warmth * VARIED}
        total = sum(weights.get(name, 1.0) * loss for name, loss in losses.items())
        for name in learning:
            self.optimizers[name].zero_grad()
        total.sum().backward()
        for name in learning:
            self.optimizers[name].step()
        return losses

    def _autoencode(self) -> dict[str, torch.Tensor]:
        """Losses of encoder, decoder and flow."""
        size = self.settings.batch
        rows = self.random.integers(len(self.alloys.fractions), size)
        known = self.alloys.fractions[rows]
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
        belief = self._belief(rows)
        return {name: cost.mean(1) for name, cost in costs.items()} | {
            "divergence": (surprise[:, :size] - (belief * density).sum(-1)).mean(1),
            "spread": surplus(mean, spread)[:, size:].mean(1),
        }

    def _belief(self, rows: torch.Tensor) -> torch.Tensor:
        """Weights of the two classes ``(members, batch, 2)``: the label, or without one what the heads think."""
        one = self.alloys.classes[rows]
        if len(self.pool):
            with torch.no_grad():
                thought = torch.sigmoid(self.networks["heads"](self.alloys.features[rows])[..., 0]).mean(-1)
            one = torch.where(self.alloys.labelled[rows], one, thought)
        return torch.stack([1 - one, one], dim=-1)

    def _classify(self) -> dict[str, torch.Tensor]:
        """Losses of the heads: ``classifier`` on rows with a label, ``advice`` on those without, if there are any."""
        losses = {"classifier": self._taught(self.labelled)}
        return losses | {"advice": self._taught(self.pool)} if len(self.pool) else losses

    def _taught(self, known: torch.Tensor) -> torch.Tensor:
        """Loss of the heads on some rows, of which two at a time are mixed, features and properties alike.

        It is the cross-entropy of the classes, and half the mean squares of what is said of the other properties.
        """
        batch, random = self.settings.batch, self.random
        first, second = (known[random.integers(len(known), batch)] for _ in range(2))
        share = self.settings.mixing * random.uniform(batch, 1)
        features, classes, others = (
            (1 - share) * values[first] + share * values[second]
            for values in (self.alloys.features, self.alloys.classes[:, None], self.alloys.others)
        )
        said = self.networks["heads"](features + JITTER * random.normal(*features.shape[1:]))
        odds, classes = said[..., 0], classes.expand(*said.shape[:-1])
        loss = binary_cross_entropy_with_logits(odds, classes, reduction="none").mean((1, 2))
        return loss + 0.5 * (said[..., 1:] - others.unsqueeze(2)).square().sum(-1).mean((1, 2))
