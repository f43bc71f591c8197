r"""An invertible network whose change of volume is known: couplings, each under a condition.

A coupling leaves one half of its numbers as they are and bends each of the other half (:mod:`.bends`) by what a small
network reads in the first and in the condition $\mathbf{y}$:

$$b_i' = f\big(b_i; \theta_i(\mathbf{a}, \mathbf{y})\big),
\qquad \log\left|\det\mathbf{J}\right| = \textstyle\sum_i \log f'(b_i; \theta_i) .$$

The default is a straight line, $f = b e^s + t$. It can be undone exactly, whatever the network. The second of each
pair of couplings moves what the first has kept, so that no number stays where it was, and each pair begins with another
order, so that any number sees any other.

References:
    L. Dinh, J. Sohl-Dickstein, S. Bengio, ICLR 2017, arXiv:1605.08803
    With splines: C. Durkan et al., NeurIPS 2019, arXiv:1906.04032
    With conditions: L. Ardizzone et al., arXiv:1907.02392
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from ..errors import TrainingError
from ..training import Stack
from .bends import Affine, Spline
from .layers import dense


class CouplingFlow:
    r"""Couplings one after another, from data ``h`` to numbers ``z`` of a simple distribution and back.

    The simple distribution is normal, or uniform where the bend is a spline on a box, which no number leaves.
    Each member of an ensemble has couplings of its own; all tensors are ``(members, batch, ...)``. Invariants, with
    $\mathbf{z}$ and $v$ what a call returns:

    $$\text{undo}(\mathbf{z}, \mathbf{y}) = \mathbf{h}, \qquad
    v = \log\left|\det \partial\mathbf{z} / \partial\mathbf{h}\right| .$$

    Args:
        stacks: the networks, one a coupling, as :meth:`networks` makes them.
        size: numbers of a datum.
        bend: how one number is moved.

    Raises:
        TrainingError: networks that were made for another bend or size.

    Example:
        >>> flow = CouplingFlow(CouplingFlow.networks(4, 1, couplings=3, width=8, seeds=[0]), size=4)
        >>> data, condition = torch.randn(1, 5, 4), torch.ones(1, 5, 1)
        >>> bool(torch.allclose(flow.undo(flow(data, condition)[0], condition), data, atol=1e-5))
        True
    """

    def __init__(self, stacks: Sequence[Stack], size: int, bend: Affine | Spline | None = None):
        self.stacks, self.size, self.half = list(stacks), size, size // 2
        self.bend = bend or Affine()
        wanted = self.bend.width * (size - self.half)
        for number, stack in enumerate(self.stacks):
            given = list(stack.parameters())[-1].shape[-1]
            if given != wanted:
                raise TrainingError(
                    f"network {number} of the flow gives {given} numbers; {type(self.bend).__name__} needs {wanted}, "
                    f"{self.bend.width} for each of the {size - self.half} that a coupling of {size} moves"
                )
        device = next(self.stacks[0].parameters()).device
        self.orders = [_order(number, size).to(device) for number in range(len(self.stacks))]
        self.returns = [order.argsort() for order in self.orders]

    @staticmethod
    def networks(
        size: int,
        conditions: int,
        couplings: int,
        width: int,
        seeds: Sequence[int],
        bend: Affine | Spline | None = None,
    ) -> list[Stack]:
        """Networks of a flow over ``size`` numbers, which in the beginning changes nothing but their order."""
        outputs = (bend or Affine()).width * (size - size // 2)

        def make(number: int) -> nn.Module:
            sizes = size // 2 + conditions, width, outputs
            network = [dense(*sizes, layers=3, smooth=True) for _ in range(number + 1)][-1]  # each draws anew
            nn.init.zeros_(network[-1].weight)
            nn.init.zeros_(network[-1].bias)
            return network

        return [Stack(partial(make, number), seeds) for number in range(couplings)]

    def __call__(self, data: torch.Tensor, conditions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Simple numbers ``(members, batch, size)`` and the log-determinant of the step ``(members, batch)``."""
        values, volume = data, 0.0
        for stack, order in zip(self.stacks, self.orders, strict=True):
            kept, moved = values[..., order].split([self.half, self.size - self.half], dim=-1)
            bent, log_slope = self.bend(moved, self._read(stack, kept, conditions))
            values = torch.cat([kept, bent], dim=-1)
            volume = volume + log_slope.sum(-1)
        return values, volume

    def undo(self, simple: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """The data ``(members, batch, size)`` that become these simple numbers."""
        values = simple
        for stack, back in zip(reversed(self.stacks), reversed(self.returns), strict=True):
            kept, moved = values.split([self.half, self.size - self.half], dim=-1)
            moved = self.bend.undo(moved, self._read(stack, kept, conditions))
            values = torch.cat([kept, moved], dim=-1)[..., back]
        return values

    def log_density(self, data: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Logarithm of the density of data under a condition ``(members, batch)``."""
        simple, volume = self(data, conditions)
        return volume + self.bend.log_base(simple)

    def _read(self, stack: Stack, kept: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Parameters of the bends ``(bend.width, members, batch, moved)``."""
        raw = stack(torch.cat([kept, conditions], dim=-1))
        return raw.unflatten(-1, (self.bend.width, self.size - self.half)).movedim(-2, 0)


def _order(number: int, size: int) -> torch.Tensor:
    """How a coupling of that number orders what it is given ``(size,)``: its first half is kept, the rest moved."""
    if number % 2:
        return torch.arange(size).roll(-(size // 2))
    return torch.randperm(size, generator=torch.Generator().manual_seed(number))
