r"""An invertible network that moves one coordinate at a time and never leaves its box.

Coordinate $k$ is bent by a spline whose shape a network reads from the coordinates before it and the condition,

$$z_k = f(x_k;\, x_1, \ldots, x_{k-1}, \mathbf{y}), \qquad
\log p(\mathbf{x}|\mathbf{y}) = \sum_k \log \frac{\partial z_k}{\partial x_k} + \log p(\mathbf{z}) .$$

It is a coupling for each coordinate, in which the others are kept: the Jacobian is triangular, and any distribution
over the box can be written so. Splines take the box from -1 to 1 onto itself and $\mathbf{z}$ is uniform in it, so that
no number ever lies outside.

References:
    Autoregressive flows: G. Papamakarios, T. Pavlakou, I. Murray, NeurIPS 2017, arXiv:1705.07057
    Splines: C. Durkan, A. Bekasov, I. Murray, G. Papamakarios, NeurIPS 2019, arXiv:1906.04032
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from ..errors import TrainingError
from ..training import Stack
from .bends import Spline
from .layers import dense


def boxed(bins: int = 16) -> Spline:
    """A spline that takes numbers from -1 to 1 onto themselves."""
    return Spline(bins, bound=1.0, box=True)


class ChainFlow:
    """Splines one coordinate after another, from data in the box from -1 to 1 to uniform numbers in it, and back.

    All tensors are ``(members, batch, ...)``; members are independent.

    Args:
        stacks: the networks, one a coordinate in their order, as :meth:`networks` makes them.
        order: in which coordinates come; later ones know more. spline: what bends them; its bins are those of the
            networks.

    Raises:
        TrainingError: an order that is none of all coordinates.

    Example:
        >>> flow = ChainFlow(ChainFlow.networks(3, 1, widths=[8, 8, 8], seeds=[0]), order=[2, 0, 1])
        >>> data, condition = 2 * torch.rand(1, 5, 3) - 1, torch.ones(1, 5, 1)
        >>> bool(torch.allclose(flow.undo(flow(data, condition)[0], condition), data, atol=1e-5))
        True
    """

    def __init__(self, stacks: Sequence[Stack], order: Sequence[int], spline: Spline | None = None):
        self.stacks, self.spline = list(stacks), spline or boxed()
        self.order = torch.tensor(list(order), device=next(self.stacks[0].parameters()).device)
        if self.order.sort().values.tolist() != list(range(len(self.stacks))):
            raise TrainingError(f"order is {list(order)}; it must hold each of 0 to {len(self.stacks) - 1} once")
        self.back = self.order.argsort()

    @staticmethod
    def networks(
        size: int, conditions: int, widths: Sequence[int], seeds: Sequence[int], spline: Spline | None = None
    ) -> list[Stack]:
        """Networks of a chain over ``size`` coordinates, which in the beginning changes nothing.

        Args:
            widths: of the hidden layers of each network ``(size,)``.
        """
        if len(widths) != size:
            raise TrainingError(f"{len(widths)} widths do not fit {size} coordinates")
        outputs = (spline or boxed()).width

        def make(place: int) -> nn.Module:
            shapes = [(number + conditions, widths[number], outputs) for number in range(place + 1)]
            network = [dense(*shape, layers=4, smooth=True) for shape in shapes][-1]  # each draws anew
            for layer in network[:-1:2]:  # as large as He takes them, so that what comes in reaches the spline
                nn.init.kaiming_normal_(layer.weight)
            nn.init.zeros_(network[-1].weight)
            nn.init.zeros_(network[-1].bias)
            return network

        return [Stack(partial(make, place), seeds) for place in range(size)]

    def __call__(self, data: torch.Tensor, conditions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Uniform numbers ``(members, batch, size)`` and the log-determinant of the step ``(members, batch)``."""
        ordered = data[..., self.order]
        raw = [stack(torch.cat([ordered[..., :k], conditions], dim=-1)) for k, stack in enumerate(self.stacks)]
        bent, slopes = self.spline(ordered, torch.stack(raw, dim=-1).movedim(-2, 0))
        return bent[..., self.back], slopes.sum(-1)

    def undo(self, uniform: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """The data ``(members, batch, size)`` that become these uniform numbers, one coordinate after another."""
        ordered, known = uniform[..., self.order], uniform[..., :0]
        for place, stack in enumerate(self.stacks):
            raw = stack(torch.cat([known, conditions], dim=-1)).movedim(-1, 0)
            known = torch.cat([known, self.spline.undo(ordered[..., place], raw).unsqueeze(-1)], dim=-1)
        return known[..., self.back]

    def log_density(self, data: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Logarithm of the density of data under a condition ``(members, batch)``."""
        uniform, volume = self(data, conditions)
        return volume + self.spline.log_base(uniform)
