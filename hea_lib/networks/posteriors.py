"""What an encoder says of a latent vector: a normal distribution, and how far it is from the standard one."""

import torch

LOWEST, HIGHEST = -9.0, 2.0  # bounds of the logarithm of a variance
OFFSET = 2.0  # so that an untrained encoder speaks clearly enough to be learned from


def posterior(raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of the latent vector ``(..., latent)`` from the numbers of an encoder."""
    mean, logarithm = raw.chunk(2, dim=-1)
    return mean, torch.exp(0.5 * (logarithm - OFFSET).clamp(LOWEST, HIGHEST))


def surplus(mean: torch.Tensor, spread: torch.Tensor) -> torch.Tensor:
    """Kullback-Leibler divergence of normal distributions from the standard one, summed over the last axis [nats]."""
    return 0.5 * (mean.square() + spread.square() - 1).sum(-1) - spread.log().sum(-1)
