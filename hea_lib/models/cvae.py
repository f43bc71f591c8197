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
from .network import check_settings
from .taught import AT_ONCE, TaughtModel


@register
class ConditionalVAE(TaughtModel):
    """Sample designs from normal numbers and the wanted properties.

    Args:
        latent: normal numbers. width: of the layers. divergence: weight of the Kullback-Leibler divergence of the
            posterior; it is 1 in the evidence lower bound, where noise would say nothing of a design.
        variations, strength, trust, evenness: what it learns from; see :class:`hea_lib.models.taught.TaughtModel`.
        batch: designs in a step. rate: of learning. steps: of training.
    """

    name = "cvae"
    title = "conditional VAE"
    problems = ("refractory", "single-phase", "mos2")
    kept = ("encoder", "decoder")

    def __init__(
        self,
        problem,
        latent: int = 8,
        width: int = 192,
        divergence: float = 0.2,
        variations: int | None = None,
        strength: float = 0.5,
        trust: float = 0.02,
        evenness: float = 0.5,
        batch: int = 128,
        rate: float = 1e-3,
        steps: int = 4_000,
    ):
        from ..networks.conditional import CvaeSettings

        super().__init__(problem, variations, strength, trust, evenness)
        check_settings(
            {"latent": latent, "width": width, "batch": batch, "steps": steps},
            {"divergence": (divergence, np.inf), "rate": (rate, np.inf)},
        )
        self.cvae = CvaeSettings(latent, width, divergence, batch, rate, steps)

    @property
    def settings(self):
        """The arguments that make a model like this one."""
        return self.teaching | asdict(self.cvae)

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs.
        """
        from ..networks.conditional import CvaeLearner
        from ..networks.likelihoods import likelihood_of

        return CvaeLearner(self.cvae, self._lessons(device), likelihood_of(self.problem.space), seeds, self.identity())

    def adopt(self, learner):
        """Take over the networks of a training."""
        super().adopt(learner)
        self._likelihood = learner.likelihood

    def _sample(self, requests, rng):
        import torch

        self._trained()
        wanted = self._told(requests).astype(np.float32)
        noise = rng.standard_normal((len(requests), self.cvae.latent), dtype=np.float32)
        inputs = torch.from_numpy(np.hstack([noise, wanted]))
        values = np.empty((len(requests), len(self.problem.space.columns)))
        with torch.inference_mode():
            for start in range(0, len(requests), AT_ONCE):
                part = inputs[start : start + AT_ONCE]
                designs = self._likelihood.best(self.networks["decoder"](part.expand(len(self.seeds), *part.shape)))
                turn = np.arange(len(part)) % len(self.seeds)  # the members take turns
                values[start : start + len(part)] = designs[turn, np.arange(len(part))]
        return values
