r"""One step of a mixture density network: a network says where a mixture of normal distributions lies.

With weights $w_k$, means $\boldsymbol\mu_k$ and lower triangular matrices $\mathbf{L}_k$, all of them what a network
reads in the condition,

$$\log p(\mathbf{t}|\mathbf{y}) = \log\sum_k w_k \exp\Bigl(\log\det\mathbf{L}_k
- \tfrac{1}{2}\lVert\mathbf{L}_k(\mathbf{t} - \boldsymbol\mu_k)\rVert^2\Bigr) - \tfrac{d}{2}\log 2\pi ,$$

so that $\mathbf{L}_k^\top\mathbf{L}_k$ is the inverse of a full covariance.

References:
    C. M. Bishop, Mixture Density Networks, Aston University NCRG/94/004 (1994)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from ..training import Stack
from .layers import dense
from .lessons import Lessons, TaughtLearner
from .lines import stretch

STEEPEST = 5.0  # bound of the logarithm of a diagonal element of L: no normal distribution is narrower than e^-5


@dataclass(frozen=True)
class MdnSettings:
    """Sizes and choices; :class:`hea_lib.models.mdn.MixtureDensityNetwork` says what each one means."""

    components: int
    width: int
    decay: float
    batch: int
    rate: float
    steps: int


class Mixture:
    """A mixture of normal distributions for each condition, from the numbers of a network ``(..., width)``.

    Args:
        components: their number. size: numbers of a datum.
    """

    def __init__(self, components: int, size: int):
        self.components, self.size = components, size
        self.lower = size * (size - 1) // 2  # elements below the diagonal
        self.width = components * (1 + 2 * size + self.lower)

    def split(self, raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Log-weights ``(..., K)``, means ``(..., K, size)`` and matrices L ``(..., K, size, size)``."""
        raw = raw.unflatten(-1, (self.components, -1))
        weight, mean, diagonal, below = raw.split([1, self.size, self.size, self.lower], dim=-1)
        matrix = torch.diag_embed((STEEPEST * torch.tanh(diagonal / STEEPEST)).exp())
        places = torch.tril_indices(self.size, self.size, -1, device=raw.device)
        lower = torch.zeros_like(matrix)
        lower[..., places[0], places[1]] = below
        return weight.squeeze(-1).log_softmax(-1), mean, matrix + lower

    def log_density(self, raw: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
        """Logarithm of the density at data ``(..., size)``, one for each condition ``(...)``."""
        weight, mean, matrix = self.split(raw)
        misses = (matrix @ (data.unsqueeze(-2) - mean).unsqueeze(-1)).squeeze(-1)
        volume = matrix.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        each = weight + volume - 0.5 * (misses.square() + math.log(2 * math.pi)).sum(-1)
        return each.logsumexp(-1)

    def draw(self, raw: torch.Tensor, uniform: torch.Tensor, normal: torch.Tensor) -> torch.Tensor:
        """Data ``(..., size)``, one for each condition.

        Args:
            uniform: from 0 to 1, which chooses the component ``(...)``. normal: numbers ``(..., size)``.
        """
        weight, mean, matrix = self.split(raw)
        chosen = (weight.exp().cumsum(-1) < uniform.unsqueeze(-1)).sum(-1).clamp(max=self.components - 1)
        mean = mean.gather(-2, chosen[..., None, None].expand(*chosen.shape, 1, self.size)).squeeze(-2)
        matrix = matrix.gather(-3, chosen[..., None, None, None].expand(*chosen.shape, 1, self.size, self.size))
        step = torch.linalg.solve_triangular(matrix.squeeze(-3), normal.unsqueeze(-1), upper=False)
        return mean + step.squeeze(-1)


class MdnLearner(TaughtLearner):
    """One network, from conditions to a mixture on the stretched box."""

    def __init__(self, settings: MdnSettings, lessons: Lessons, seeds: Sequence[int], identity: dict):
        super().__init__(settings, lessons, seeds, identity)
        self.mixture = Mixture(settings.components, lessons.coordinates.size)
        codes = lessons.conditions.shape[1]

        def make() -> nn.Module:
            return dense(codes, settings.width, self.mixture.width, layers=3, smooth=True)

        self.networks = {"network": Stack(make, seeds).to(lessons.designs.device)}
        self.optimizers = {
            "all": torch.optim.AdamW(
                self.networks["network"].parameters(), settings.rate, weight_decay=settings.decay, fused=True
            )
        }

    def step(self) -> dict[str, torch.Tensor]:
        """Update the network once; returns ``surprise``, the mean negative log-density of the batch [nats]."""
        points, conditions = self.lessons.draw(self.random, self.settings.batch)
        surprise = -self.mixture.log_density(self.networks["network"](conditions), stretch(points)).mean(1)
        self.update(surprise)
        return {"surprise": surprise}
