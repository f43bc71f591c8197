"""Networks that read descriptors, as the classifier of the disentangled VAE does, behind scikit-learn's two methods."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from ..models.encoding import quantile_edges, risen
from ..networks.layers import Committee

_WIDTH, _NETWORKS, _BINS = 32, 5, 8
_STEPS, _BATCH, _RATE, _DECAY, _MIXING = 600, 128, 3e-3, 0.05, 0.3
_AT_ONCE = 4_096


class CommitteeClassifier:
    """Five networks on standardised descriptors and on how far each has risen through its quantile bins.

    They are trained with mixed rows, as in :mod:`hea_lib.networks.variational`; their probabilities are averaged.

    Args:
        seed: of weights and batches.
    """

    def __init__(self, seed: int = 0):
        self.seed = seed

    def fit(self, values: np.ndarray, labels: np.ndarray) -> CommitteeClassifier:
        """Learn from finite values ``(n, n_inputs)`` and labels that are 0 or 1 ``(n,)``."""
        chance = torch.Generator().manual_seed(self.seed)
        spread = values.std(axis=0)
        self.mean, self.spread = values.mean(axis=0), np.where(spread > 0, spread, 1.0)
        self.edges = quantile_edges(values, _BINS)
        inputs, labels = self._encoded(values), torch.tensor(np.asarray(labels), dtype=torch.float32)
        with torch.random.fork_rng(devices=[]):  # the layers draw their weights from the common stream
            torch.manual_seed(self.seed)
            self.network = Committee(inputs.shape[1], _WIDTH, _NETWORKS)
        optimiser = torch.optim.AdamW(self.network.parameters(), lr=_RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, _STEPS)
        for _ in range(_STEPS):
            one, two = torch.randint(len(inputs), (2, _BATCH), generator=chance)
            share = _MIXING * torch.rand(_BATCH, generator=chance)
            mixed = torch.lerp(inputs[one], inputs[two], share[:, None])
            wanted = torch.lerp(labels[one], labels[two], share)[:, None].expand(-1, _NETWORKS)
            optimiser.zero_grad()
            binary_cross_entropy_with_logits(self.network(mixed)[..., 0], wanted).backward()
            optimiser.step()
            schedule.step()
        self.network.requires_grad_(False)
        return self

    def predict_proba(self, values: np.ndarray) -> np.ndarray:
        """Probabilities of the classes 0 and 1 ``(n, 2)``."""
        parts = [np.empty(0)]
        with torch.inference_mode():
            for start in range(0, len(values), _AT_ONCE):
                odds = torch.sigmoid(self.network(self._encoded(values[start : start + _AT_ONCE]))[..., 0])
                parts.append(odds.double().mean(dim=1).numpy())
        one = np.concatenate(parts)
        return np.column_stack([1 - one, one])

    def _encoded(self, values: np.ndarray) -> torch.Tensor:
        scaled = (values - self.mean) / self.spread
        return torch.tensor(np.hstack([scaled, risen(values, self.edges)]), dtype=torch.float32)
