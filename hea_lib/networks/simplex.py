r"""Numbers of a network as atomic fractions: four ways to the simplex, three of them with exact zeros.

A softmax never gives zero, so the number of elements of an alloy would have to be cut out of it afterwards. Sparsemax
and entmax project onto the simplex and reach its faces. A mask decides first which elements there are, and shares the
alloy among these.

References:
    Sparsemax: A. Martins, R. Astudillo, ICML 2016, arXiv:1602.02068
    Entmax: B. Peters, V. Niculae, A. Martins, ACL 2019, arXiv:1905.05702
    Straight-through gradients: Y. Bengio et al., arXiv:1308.3432
"""

import torch
from torch.nn.functional import softshrink

TEMPERATURE = 0.5  # of the sigmoid whose slope a mask borrows
EQUAL = 0.2  # amounts nearer to zero than this (in logarithm) count as zero, so that several can be exactly equal
EAGER = 3.0  # how far an absent element's amount may exceed the largest present one (in logarithm) in its slope


def softmax(raw: torch.Tensor) -> torch.Tensor:
    """Fractions ``(..., n)`` that are all above zero."""
    return torch.softmax(raw, dim=-1)


def sparsemax(raw: torch.Tensor) -> torch.Tensor:
    r"""The point of the simplex that is nearest to ``raw`` ``(..., n)``: $\max(\mathbf{z} - \tau, 0)$.

    Example:
        >>> sparsemax(torch.tensor([1.0, 0.8, -1.0]))
        tensor([0.6000, 0.4000, 0.0000])
    """
    ordered = raw.sort(dim=-1, descending=True).values
    rank = torch.arange(1, raw.shape[-1] + 1, device=raw.device)
    thresholds = (ordered.cumsum(-1) - 1) / rank
    size = (ordered > thresholds).sum(-1, keepdim=True)
    return (raw - thresholds.gather(-1, size - 1)).clamp_min(0)


def entmax(raw: torch.Tensor) -> torch.Tensor:
    r"""Entmax with $\alpha = 1.5$ ``(..., n)``, between softmax and sparsemax: $\max(\mathbf{z}/2 - \tau, 0)^2$.

    Example:
        >>> bool((entmax(torch.tensor([3.0, 0.0, 2.5])) == 0).any())
        True
    """
    half = (raw - raw.amax(-1, keepdim=True)) / 2
    ordered = half.sort(dim=-1, descending=True).values
    rank = torch.arange(1, raw.shape[-1] + 1, device=raw.device)
    mean, square = ordered.cumsum(-1) / rank, (ordered**2).cumsum(-1) / rank
    thresholds = mean - ((1 - rank * (square - mean**2)) / rank).clamp_min(0).sqrt()
    size = (ordered > thresholds).sum(-1, keepdim=True)
    return (half - thresholds.gather(-1, size - 1)).clamp_min(0) ** 2


def mask(presence: torch.Tensor, amounts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Fractions and the mask of the elements that have one, ``(..., n)`` each.

    An element is there when its number in ``presence`` is positive, and at least two are. Backwards the step takes the
    slope of a sigmoid, so that an absent element learns whether it is missed. The present ones share the alloy like
    ``exp(amounts)``; amounts near zero count as zero, so that elements can have exactly equal shares, as in many
    alloys that people make.
    """
    soft = torch.sigmoid(presence / TEMPERATURE)
    hard = (presence >= presence.topk(2, dim=-1).values[..., 1:].clamp_max(0)).to(soft)
    there = hard + (soft - soft.detach())
    amounts = amounts + (softshrink(amounts, EQUAL) - amounts).detach()
    largest = torch.where(hard > 0, amounts.detach(), -torch.inf).amax(-1, keepdim=True)  # of those that are there
    parts = there * torch.exp((amounts - largest).clamp_max(EAGER))
    return parts / parts.sum(-1, keepdim=True).clamp_min(1e-6), there
