"""The plain conditional VAE: what every more careful generator has to beat.

It is told the wanted properties and some noise, and gives the likeliest design. Nothing keeps what the noise says apart
from what the properties say, and nothing corrects an answer that misses.

References:
    K. Sohn, H. Lee, X. Yan, NeurIPS 2015
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from . import register
from .network import NetworkModel, check_settings

_AT_ONCE = 10_000  # designs that are sampled together; bounds the memory


@register
class ConditionalVAE(NetworkModel):
    """Sample designs from normal numbers and the wanted properties.

    Args:
        latent: normal numbers. width: of the layers. divergence: weight of the Kullback-Leibler divergence of the
            posterior, 1 in the evidence lower bound. batch: designs in a step. rate: of learning. steps: of training.
    """

    name = "cvae"
    title = "conditional VAE"
    problems = ("refractory", "single-phase", "mos2")
    kept = ("encoder", "decoder")

    def __init__(
        self,
        problem,
        latent: int = 8,
        width: int = 128,
        divergence: float = 1.0,
        batch: int = 128,
        rate: float = 1e-3,
        steps: int = 4_000,
    ):
        from ..networks.conditional import CvaeSettings

        super().__init__(problem)
        check_settings(
            {"latent": latent, "width": width, "batch": batch, "steps": steps},
            {"divergence": (divergence, np.inf), "rate": (rate, np.inf)},
        )
        self.cvae = CvaeSettings(latent, width, divergence, batch, rate, steps)
        self._mean = problem.properties.to_numpy(dtype=float).mean(axis=0)

    @property
    def settings(self):
        """The arguments that make a model like this one."""
        return asdict(self.cvae)

    def _scaled(self, properties) -> np.ndarray:
        return ((properties.to_numpy(dtype=float) - self._mean) / self.problem.scale).astype(np.float32)

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs.
        """
        import torch

        from ..networks.conditional import CvaeLearner
        from ..networks.likelihoods import likelihood_of

        self._check_size()
        known = torch.tensor(self.problem.designs.to_numpy(dtype=np.float32), device=device)
        conditions = torch.tensor(self._scaled(self.problem.properties), device=device)
        return CvaeLearner(self.cvae, known, conditions, likelihood_of(self.problem.space), seeds, self.identity())

    def adopt(self, learner):
        """Take over the networks of a training."""
        super().adopt(learner)
        self._likelihood = learner.likelihood

    def _sample(self, requests, rng):
        import torch

        self._trained()
        wanted = self._scaled(requests)
        noise = rng.standard_normal((len(requests), self.cvae.latent), dtype=np.float32)
        inputs = torch.from_numpy(np.hstack([noise, wanted]))
        values = np.empty((len(requests), len(self.problem.space.columns)))
        with torch.inference_mode():
            for start in range(0, len(requests), _AT_ONCE):
                part = inputs[start : start + _AT_ONCE]
                designs = self._likelihood.best(self.networks["decoder"](part.expand(len(self.seeds), *part.shape)))
                turn = np.arange(len(part)) % len(self.seeds)  # the members take turns
                values[start : start + len(part)] = designs[turn, np.arange(len(part))]
        return values
