r"""One step of a conditional Wasserstein GAN: the critic learns a distance, the generator makes it shorter.

A critic $f$ whose slope is at most one bounds the Wasserstein distance of real and made designs from below,
$\mathbb{E}_\mathrm{real} f - \mathbb{E}_\mathrm{made} f \le W_1$; it ascends, the generator descends. Both are told the
same conditions $\mathbf{y}$: a batch of real designs, and designs made for the properties of exactly these.

References:
    Wasserstein GAN and weight clipping: M. Arjovsky, S. Chintala, L. Bottou, ICML 2017, arXiv:1701.07875
    Gradient penalty: I. Gulrajani et al., NeurIPS 2017, arXiv:1704.00028
    Unrolled critic: L. Metz et al., ICLR 2017, arXiv:1611.02163
    Conditions: M. Mirza, S. Osindero, arXiv:1411.1784
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..training import Learner, Randomness, Stack, set_rate
from .designs import AlloyDesigns, BoxDesigns
from .layers import dense

CLIP = 0.05  # bound of every weight, where the critic is regularised by clipping
UNROLLED_RATE = 0.01  # of the plain gradient steps by which a critic is unrolled


@dataclass(frozen=True)
class GanSettings:
    """Sizes and choices of a GAN; :class:`hea_lib.models.gan.ConditionalGAN` explains them and has their defaults."""

    latent: int
    width: int
    head: str
    regularisation: str
    penalty: float
    critic_steps: int
    unroll: int
    batch: int
    rate: float
    average: float
    leak: float
    steps: int


class GanLearner(Learner):
    """Generator, critic and a running average of the generator, which is the network that is used afterwards.

    Args:
        known: designs ``(n, n_columns)``. conditions: their properties, whitened ``(n, n_conditions)``.
        designs: how networks speak of designs.
    """

    compilable = ("generator",)  # the penalty differentiates the critic twice

    def __init__(
        self,
        settings: GanSettings,
        known: torch.Tensor,
        conditions: torch.Tensor,
        designs: AlloyDesigns | BoxDesigns,
        seeds: Sequence[int],
        identity: dict,
    ):
        device = known.device
        self.settings, self.conditions, self.designs = settings, conditions, designs.to(device)
        self.real = self.designs.features(*self.designs.read(known))  # what a critic sees of them ``(n, seen)``
        self.identity, self.steps, self.random = identity, settings.steps, Randomness(seeds, device)
        wishes = conditions.shape[1]
        self.networks = {
            name: Stack(lambda: dense(settings.latent + wishes, settings.width, designs.width), seeds).to(device)
            for name in ("generator", "average")
        }
        self.networks["critic"] = Stack(lambda: dense(designs.seen + wishes, settings.width, 1), seeds).to(device)
        self.optimizers = {
            name: torch.optim.Adam(self.networks[name].parameters(), settings.rate, betas=(0.0, 0.9), fused=True)
            for name in ("generator", "critic")
        }

    def schedule(self) -> None:
        """Keep the learning rate for half of the training, then lower it to zero along a straight line."""
        set_rate(self.optimizers, self.settings.rate * min(1.0, 2 * (1 - self.done / self.steps)))

    def step(self) -> dict[str, torch.Tensor]:
        """Update the critic ``critic_steps`` times and the generator once.

        Returns:
            ``critic``, the loss of the critic; ``distance``, its estimate of how far real and made designs are apart.
        """
        for number in range(self.settings.critic_steps):
            loss, distance = self._train_critic(penalised=number == 0)
        self._train_generator()
        return {"critic": loss, "distance": distance}

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """What the critic sees of real designs, their conditions among it, and what the generator is asked for.

        It is asked for the same conditions, unless ``leak`` blurs them to show what happens then.
        """
        rows = self.random.integers(len(self.real), self.settings.batch)
        wanted = self.conditions[rows]
        blurred = wanted + self.settings.leak * self.random.normal(*wanted.shape[1:]) if self.settings.leak else wanted
        return torch.cat([self.real[rows], wanted], dim=-1), blurred

    def _made(self, wanted: torch.Tensor) -> torch.Tensor:
        """What the critic sees of designs that are made for some conditions, the conditions among it."""
        noise = self.random.normal(self.settings.batch, self.settings.latent)
        raw = self.networks["generator"](torch.cat([noise, wanted], dim=-1))
        return torch.cat([self.designs.features(*self.designs.make(raw)), wanted], dim=-1)

    def _criticism(
        self, real: torch.Tensor, made: torch.Tensor, penalised: bool, parameters: dict | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Loss of the critic and its estimate of the distance, ``(members,)`` each."""
        critic, size = self.networks["critic"], real.shape[1]
        verdicts = critic(torch.cat([real, made], dim=1), parameters=parameters)[..., 0]
        distance = verdicts[:, :size].mean(1) - verdicts[:, size:].mean(1)
        if not penalised:
            return -distance, distance
        share = self.random.uniform(size, 1)
        mixed = (share * real + (1 - share) * made).detach().requires_grad_()  # in a call of their own: only these
        slopes = torch.autograd.grad(critic(mixed, parameters=parameters).sum(), mixed, create_graph=True)[0]
        excess = ((slopes.norm(dim=-1) - 1) ** 2).mean(1)
        return self.settings.critic_steps * self.settings.penalty * excess - distance, distance

    def _train_critic(self, penalised: bool) -> tuple[torch.Tensor, torch.Tensor]:
        real, wanted = self._batch()
        with torch.no_grad():
            made = self._made(wanted)
        penalised = penalised and self.settings.regularisation == "penalty"
        loss, distance = self._criticism(real, made, penalised)
        self._update("critic", loss)
        if self.settings.regularisation == "clip":
            with torch.no_grad():
                for weights in self.networks["critic"].parameters():
                    weights.clamp_(-CLIP, CLIP)
        return loss, distance

    def _train_generator(self) -> None:
        real, wanted = self._batch()
        made = self._made(wanted)
        parameters = self._unrolled(real, made) if self.settings.unroll else None
        self._update("generator", -self.networks["critic"](made, parameters=parameters)[..., 0].mean(1))
        with torch.no_grad():
            pairs = zip(self.networks["average"].parameters(), self.networks["generator"].parameters(), strict=True)
            for slow, fast in pairs:
                slow.lerp_(fast, 1 - self.settings.average)

    def _unrolled(self, real: torch.Tensor, made: torch.Tensor) -> dict[str, torch.Tensor]:
        """Weights of the critic after ``unroll`` further steps against these designs, as functions of the designs."""
        weights = dict(self.networks["critic"].named_parameters())
        for _ in range(self.settings.unroll):
            loss, _ = self._criticism(real, made, penalised=False, parameters=weights)
            slopes = torch.autograd.grad(loss.sum(), list(weights.values()), create_graph=True)
            weights = {
                name: value - UNROLLED_RATE * slope
                for (name, value), slope in zip(weights.items(), slopes, strict=True)
            }
        return weights

    def _update(self, name: str, loss: torch.Tensor) -> None:
        """One step of an optimiser; the sum over the members has the gradients of each."""
        optimizer = self.optimizers[name]
        optimizer.zero_grad()
        loss.sum().backward(inputs=list(self.networks[name].parameters()))
        optimizer.step()
