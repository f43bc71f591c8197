"""Alloys that might exist, made from known ones: more to learn from than a thousand rows hold.

A network that must give back any alloy learns little from the few that people have made. These variations show it what
an alloy is: the amounts of an alloy change places, an element gives its place to another, and all amounts jitter.
Nothing is said about their properties.
"""

import torch

from ..training import Randomness

EXCHANGED, PERMUTED, JITTER = (0.7, 0.3), 0.5, 0.2  # chance of a first and a second exchange, and of a permutation


def vary(fractions: torch.Tensor, common: torch.Tensor, random: Randomness) -> torch.Tensor:
    """Variations of alloys ``(members, batch, n_elements)``.

    Args:
        fractions: alloys, without traces. common: how often each element occurs ``(n_elements,)``, above zero; a
            common one enters an alloy sooner.
    """
    shape = fractions.shape[1:]
    varied = torch.where(random.uniform(shape[0], 1) < PERMUTED, _permuted(fractions, random), fractions)
    for chance in EXCHANGED:
        varied = torch.where(random.uniform(shape[0], 1) < chance, _exchanged(varied, common, random), varied)
    return jitter(varied, JITTER, random)


def jitter(fractions: torch.Tensor, strength: float, random: Randomness) -> torch.Tensor:
    """Alloys with all amounts multiplied by log-normal noise, from none to ``strength`` in its logarithm."""
    shape = fractions.shape[1:]
    noisy = fractions * torch.exp(strength * random.uniform(shape[0], 1) * random.normal(*shape))
    return noisy / noisy.sum(-1, keepdim=True)


def _permuted(fractions: torch.Tensor, random: Randomness) -> torch.Tensor:
    """The same elements and the same amounts, in another order."""
    shuffled = (random.uniform(*fractions.shape[1:]) + 2 * (fractions == 0)).argsort(-1)  # those present come first
    return torch.zeros_like(fractions).scatter(-1, shuffled, fractions.sort(-1, descending=True).values)


def _exchanged(fractions: torch.Tensor, common: torch.Tensor, random: Randomness) -> torch.Tensor:
    """One present element gives its amount to an absent one, if there is one."""
    absent = fractions == 0
    chances = random.uniform(*fractions.shape[1:])
    leaving = chances.masked_fill(absent, -1.0).argmax(-1, keepdim=True)
    eager = random.uniform(*fractions.shape[1:]).log() / common  # the largest is drawn with weights ``common``
    entering = eager.masked_fill(~absent, -torch.inf).argmax(-1, keepdim=True)
    entering = torch.where(absent.any(-1, keepdim=True), entering, leaving)
    amount = fractions.gather(-1, leaving)
    return fractions.scatter(-1, leaving, 0.0).scatter(-1, entering, amount)
