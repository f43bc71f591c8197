"""The layers that the networks of this book are made of."""

from itertools import pairwise

from torch import nn


def dense(inputs: int, width: int, outputs: int, layers: int = 4) -> nn.Sequential:
    """Dense layers one after another, ``(batch, inputs)`` to ``(batch, outputs)``, with leaky rectifiers between.

    Example:
        >>> sum(isinstance(layer, nn.Linear) for layer in dense(18, 64, 15))
        4
    """
    widths = [inputs, *[width] * (layers - 1)]
    hidden = [part for left, right in pairwise(widths) for part in (nn.Linear(left, right), nn.LeakyReLU(0.2))]
    return nn.Sequential(*hidden, nn.Linear(width if layers > 1 else inputs, outputs))
