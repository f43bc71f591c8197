"""The mixture density network: for each request some normal distributions, the simplest generator that can work.

References:
    C. M. Bishop, Mixture Density Networks, Aston University NCRG/94/004 (1994)
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from . import register
from .network import check_settings
from .taught import TaughtModel


@register
class MixtureDensityNetwork(TaughtModel):
    """Sample designs from a mixture of normal distributions with full covariances, on the stretched box.

    Args:
        components: of the mixture. width: of the layers.
        variations, strength, trust, evenness: what it learns from; see :class:`hea_lib.models.taught.TaughtModel`.
        decay: of the weights. batch: designs in a step. rate: of learning. steps: of training.

    Raises:
        HeaError: settings out of range.
    """

    name = "mdn"
    title = "mixture density network"
    problems = ("mos2",)
    kept = ("network",)

    def __init__(
        self,
        problem,
        components: int = 24,
        width: int = 128,
        variations: int | None = None,
        strength: float = 0.5,
        trust: float = 0.02,
        evenness: float = 0.5,
        decay: float = 1e-4,
        batch: int = 512,
        rate: float = 2e-3,
        steps: int = 1_500,
    ):
        from ..networks.density import MdnSettings

        super().__init__(problem, variations, strength, trust, evenness)
        check_settings(
            {"components": components, "width": width, "batch": batch, "steps": steps},
            {"decay": (decay, np.inf), "rate": (rate, np.inf)},
        )
        self.mdn = MdnSettings(components, width, decay, batch, rate, steps)

    @property
    def settings(self):
        """The arguments that make a model like this one."""
        return self.teaching | asdict(self.mdn)

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs.
        """
        from ..networks.density import MdnLearner

        return MdnLearner(self.mdn, self._lessons(device), seeds, self.identity())

    def _drawn(self, codes, rng):
        import torch

        from ..networks.density import Mixture
        from ..networks.lines import shrink

        n, size = codes.shape[1], self._coordinates.size
        uniform = torch.from_numpy(rng.random(n, dtype=np.float32)).expand(len(codes), -1)
        normal = torch.from_numpy(rng.standard_normal((n, size), dtype=np.float32)).expand(len(codes), -1, -1)
        mixture = Mixture(self.mdn.components, size)
        return shrink(mixture.draw(self.networks["network"](codes), uniform, normal))
