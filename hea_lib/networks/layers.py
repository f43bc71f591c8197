"""The layers that the networks of this book are made of."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import silu


def dense(inputs: int, width: int, outputs: int, layers: int = 4, smooth: bool = False) -> nn.Sequential:
    """Dense layers one after another, ``(batch, inputs)`` to ``(batch, outputs)``.

    Between them are leaky rectifiers, or smooth ones (SiLU), whose slopes have no jumps.

    Example:
        >>> sum(isinstance(layer, nn.Linear) for layer in dense(18, 64, 15))
        4
    """
    widths = [inputs, *[width] * (layers - 1)]
    rectifier = nn.SiLU() if smooth else nn.LeakyReLU(0.2)
    hidden = [part for left, right in pairwise(widths) for part in (nn.Linear(left, right), rectifier)]
    return nn.Sequential(*hidden, nn.Linear(width if layers > 1 else inputs, outputs))


class Committee(nn.Module):
    """Several networks of two hidden layers that read the same inputs, to ``(batch, heads, outputs)``.

    They differ in where they began, and where they disagree none of them knows.
    """

    def __init__(self, inputs: int, width: int, heads: int, outputs: int = 1):
        super().__init__()
        widths = [inputs, width, width, outputs]
        self.weights = nn.ParameterList(
            torch.randn(heads, left, right) * (1 / left) ** 0.5 for left, right in pairwise(widths)
        )
        self.biases = nn.ParameterList(torch.zeros(heads, 1, right) for right in widths[1:])

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """What each head says of each row of ``(batch, inputs)``."""
        values = values.expand(len(self.weights[0]), *values.shape)
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, values if number == 0 else silu(values), weight)
        return values.transpose(0, 1)
