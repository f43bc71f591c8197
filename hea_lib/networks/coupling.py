r"""An invertible network whose change of volume is known: affine couplings, each under a condition.

A coupling leaves one half of its numbers as they are and stretches and shifts the other half by what a small network
reads in the first and in the condition $\mathbf{y}$:

$$\mathbf{b}' = \mathbf{b} \odot e^{\mathbf{s}(\mathbf{a}, \mathbf{y})} + \mathbf{t}(\mathbf{a}, \mathbf{y}),
\qquad \log\left|\det\mathbf{J}\right| = \textstyle\sum_i s_i .$$

It can be undone exactly, whatever the network. The second of each pair of couplings moves what the first has kept, so
that no number stays where it was, and each pair begins with another order, so that any number sees any other.

References:
    L. Dinh, J. Sohl-Dickstein, S. Bengio, ICLR 2017, arXiv:1605.08803
    With conditions: L. Ardizzone et al., arXiv:1907.02392
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from ..training import Stack
from .layers import dense

STRETCH = 1.5  # bound of the logarithm by which one coupling stretches or shrinks a number


class CouplingFlow:
    """Couplings one after another, from data ``h`` to normal numbers ``z`` and back.

    Each member of an ensemble has couplings of its own; all tensors are ``(members, batch, ...)``.

    Args:
        stacks: the networks, one a coupling, as :meth:`networks` makes them.
        size: numbers of a datum.

    Example:
        >>> flow = CouplingFlow(CouplingFlow.networks(4, 1, couplings=3, width=8, seeds=[0]), size=4)
        >>> data, condition = torch.randn(1, 5, 4), torch.ones(1, 5, 1)
        >>> bool(torch.allclose(flow.undo(flow(data, condition)[0], condition), data, atol=1e-5))
        True
    """

    def __init__(self, stacks: Sequence[Stack], size: int):
        self.stacks, self.size, self.half = list(stacks), size, size // 2
        device = next(self.stacks[0].parameters()).device
        self.orders = [_order(number, size).to(device) for number in range(len(self.stacks))]
        self.returns = [order.argsort() for order in self.orders]

    @staticmethod
    def networks(size: int, conditions: int, couplings: int, width: int, seeds: Sequence[int]) -> list[Stack]:
        """Networks of a flow over ``size`` numbers, which in the beginning changes nothing but their order."""

        def make(number: int) -> nn.Module:
            sizes = size // 2 + conditions, width, 2 * (size - size // 2)
            network = [dense(*sizes, layers=3, smooth=True) for _ in range(number + 1)][-1]  # each draws anew
            nn.init.zeros_(network[-1].weight)
            nn.init.zeros_(network[-1].bias)
            return network

        return [Stack(partial(make, number), seeds) for number in range(couplings)]

    def __call__(self, data: torch.Tensor, conditions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Normal numbers ``(members, batch, size)`` and the log-determinant of the step ``(members, batch)``."""
        values, volume = data, 0.0
        for stack, order in zip(self.stacks, self.orders, strict=True):
            kept, moved = values[..., order].split([self.half, self.size - self.half], dim=-1)
            stretch, shift = self._read(stack, kept, conditions)
            values = torch.cat([kept, moved * stretch.exp() + shift], dim=-1)
            volume = volume + stretch.sum(-1)
        return values, volume

    def undo(self, normal: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """The data ``(members, batch, size)`` that become these normal numbers."""
        values = normal
        for stack, back in zip(reversed(self.stacks), reversed(self.returns), strict=True):
            kept, moved = values.split([self.half, self.size - self.half], dim=-1)
            stretch, shift = self._read(stack, kept, conditions)
            values = torch.cat([kept, (moved - shift) * (-stretch).exp()], dim=-1)[..., back]
        return values

    def log_density(self, data: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Logarithm of the density of data under a condition ``(members, batch)``."""
        normal, volume = self(data, conditions)
        return volume - 0.5 * (normal.square() + math.log(2 * math.pi)).sum(-1)

    def _read(self, stack: Stack, kept: torch.Tensor, conditions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        stretch, shift = stack(torch.cat([kept, conditions], dim=-1)).chunk(2, dim=-1)
        return STRETCH * torch.tanh(stretch / STRETCH), shift


def _order(number: int, size: int) -> torch.Tensor:
    """How a coupling of that number orders what it is given ``(size,)``: its first half is kept, the rest moved."""
    if number % 2:
        return torch.arange(size).roll(-(size // 2))
    return torch.randperm(size, generator=torch.Generator().manual_seed(number))
