r"""Couplings for numbers in a box: the box is stretched to the whole line and back.

$$\mathbf{t} = \operatorname{artanh}(\kappa\,\mathbf{u}), \qquad
\log p(\mathbf{u}) = \log p(\mathbf{t}) + \sum_i \log\frac{\kappa}{1 - \kappa^2 u_i^2},$$

with $\kappa$ a little below 1, so that the walls of the box are far away but not infinitely far.
"""

import torch

from .coupling import CouplingFlow

KAPPA = 0.999


def stretch(points: torch.Tensor) -> torch.Tensor:
    """From the box from -1 to 1 to the line, number by number."""
    return torch.atanh(KAPPA * points)


def shrink(line: torch.Tensor) -> torch.Tensor:
    """From the line to the box; what would end beyond a wall, by less than a thousandth, ends at it."""
    return (torch.tanh(line) / KAPPA).clamp(-1, 1)


class BoxedCouplings:
    """A coupling flow over the box from -1 to 1, which draws from uniform numbers as a chain does.

    Args:
        flow: over the whole line, from normal numbers.
    """

    def __init__(self, flow: CouplingFlow):
        self.flow = flow

    def undo(self, uniform: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Points of the box ``(members, batch, size)`` from numbers that are uniform from -1 to 1."""
        normal = 2**0.5 * torch.erfinv(uniform.clamp(-1 + 1e-6, 1 - 1e-6))
        return shrink(self.flow.undo(normal, conditions))

    def log_density(self, points: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        """Logarithm of the density in the box ``(members, batch)``."""
        stretched = torch.log(KAPPA / (1 - (KAPPA * points).square())).sum(-1)
        return self.flow.log_density(stretch(points), conditions) + stretched
