"""The invertible network: one map from designs to their properties and to all else, read backwards to design.

References:
    L. Ardizzone et al., ICLR 2019, arXiv:1808.04730
    For strained cells: V. Fung et al., npj Comput. Mater. 7, 200 (2021), doi:10.1038/s41524-021-00670-x
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from . import register
from .network import check_settings
from .taught import TaughtModel


@register
class InvertibleNetwork(TaughtModel):
    """Sample designs for a request by the inverse of what predicts properties.

    Args:
        width: of the layers. couplings: their number.
        variations, strength, trust, evenness: what it learns from; see :class:`hea_lib.models.taught.TaughtModel`.
        decay: of the weights. batch: designs in a step. rate: of learning. steps: of training.

    Raises:
        HeaError: settings out of range.
    """

    name = "inn"
    title = "invertible network"
    problems = ("mos2",)

    def __init__(
        self,
        problem,
        width: int = 96,
        couplings: int = 10,
        variations: int | None = None,
        strength: float = 0.5,
        trust: float = 0.02,
        evenness: float = 0.5,
        decay: float = 1e-4,
        batch: int = 256,
        rate: float = 2e-3,
        steps: int = 1_500,
    ):
        from ..networks.invertible import InnSettings

        super().__init__(problem, variations, strength, trust, evenness)
        check_settings(
            {"width": width, "couplings": couplings, "batch": batch, "steps": steps},
            {"decay": (decay, np.inf), "rate": (rate, np.inf)},
        )
        self.inn = InnSettings(width, couplings, decay, batch, rate, steps)
        self._mean = problem.properties.to_numpy(dtype=float).mean(axis=0)

    @property
    def settings(self):
        """The arguments that make a model like this one."""
        return self.teaching | asdict(self.inn)

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the networks that sampling needs."""
        return tuple(f"block-{place}" for place in range(self.inn.couplings))

    def _told(self, properties):
        return (properties.to_numpy(dtype=float) - self._mean) / self.problem.scale

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs.
        """
        from ..networks.invertible import InnLearner

        return InnLearner(self.inn, self._lessons(device), seeds, self.identity())

    @property
    def _flow(self):
        from ..networks.coupling import CouplingFlow

        return CouplingFlow([self.networks[name] for name in self.kept], self._coordinates.size)

    def _drawn(self, codes, rng):
        import torch

        from ..networks.lines import shrink

        rest = self._coordinates.size - codes.shape[-1]
        normal = torch.from_numpy(rng.standard_normal((codes.shape[1], rest), dtype=np.float32))
        asked = torch.cat([codes, normal.expand(len(codes), -1, -1)], dim=-1)
        return shrink(self._flow.undo(asked, codes[..., :0]))
