"""The conditional invertible network: a distribution of designs for each request, exact to sample and to evaluate.

After V. Fung et al., npj Comput. Mater. 7, 200 (2021), doi:10.1038/s41524-021-00670-x, with their idea kept and two
parts made anew: coordinates and splines that cannot leave the space of designs, and more designs to learn from than
were calculated. The chapter *Invertible networks* derives it, and *Tuning a band gap* measures it.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from .. import spaces
from ..errors import HeaError, UnknownNameError
from . import register
from .network import check_settings
from .taught import TaughtModel

CELLS = {"width": 48, "last_width": 192, "bins": 16, "decay": 1e-5, "batch": 512, "rate": 3e-3, "steps": 2_500}
ALLOYS = {"width": 32, "last_width": 32, "bins": 8, "decay": 0.1, "batch": 128, "rate": 2e-3, "steps": 2_500}


@register
class ConditionalINN(TaughtModel):
    """Sample designs for a request, and say how probable given designs are.

    Args:
        blocks: what it is made of. ``"chain"``: a spline for each coordinate, under those before it;
            ``"affine"`` and ``"spline"``: couplings that move half of the coordinates at a time, on a stretched box.
        width: of the layers of the networks of a chain; last_width: of the last one, which decides, and of couplings.
        couplings: their number. bins: of the splines.
        order: in which a chain draws coordinates; None puts those first that change the properties least (where the
            slopes are known), and the elements before the amounts (alloys).
        variations, strength, trust, evenness: what it learns from; see :class:`hea_lib.models.taught.TaughtModel`.
        decay: of the weights. batch: designs in a step. rate: of learning. steps: of training.

    Sizes, batch and rates that are not given are those found good for cells, or for alloys, of which fewer are known.

    Raises:
        HeaError: settings out of range.
    """

    name = "cinn"
    title = "conditional invertible network"
    problems = ("refractory", "mos2")

    def __init__(
        self,
        problem,
        blocks: str = "chain",
        width: int | None = None,
        last_width: int | None = None,
        couplings: int = 8,
        bins: int | None = None,
        order: tuple[int, ...] | None = None,
        variations: int | None = None,
        strength: float = 0.5,
        trust: float = 0.02,
        evenness: float = 0.5,
        decay: float | None = None,
        batch: int | None = None,
        rate: float | None = None,
        steps: int | None = None,
    ):
        from ..networks.invertible import BLOCKS, CinnSettings

        super().__init__(problem, variations, strength, trust, evenness)
        if blocks not in BLOCKS:
            raise UnknownNameError.of("kind of blocks", blocks, BLOCKS)
        usual = CELLS if isinstance(problem.space, spaces.Box) else ALLOYS
        given = {"width": width, "last_width": last_width, "bins": bins, "decay": decay, "batch": batch, "rate": rate,
                 "steps": steps}  # fmt: skip
        chosen = usual | {name: value for name, value in given.items() if value is not None}
        whole = {name: chosen[name] for name in ("width", "last_width", "bins", "batch", "steps")}
        check_settings(whole | {"couplings": couplings}, {name: (chosen[name], np.inf) for name in ("decay", "rate")})
        order = self._by_slope() if order is None else tuple(order)
        if sorted(order) != list(range(self._coordinates.size)):
            raise HeaError(f"order is {order}; it must hold each of 0 to {self._coordinates.size - 1} once")
        self.cinn = CinnSettings(blocks=blocks, couplings=couplings, order=order, **chosen)

    def _by_slope(self) -> tuple[int, ...]:
        """Coordinates of a box by how little the forward model changes with them; of alloys as they are."""
        problem = self.problem
        if problem.slopes is None or not isinstance(problem.space, spaces.Box):
            return tuple(range(self._coordinates.size))
        steep = problem.slopes(problem.designs.to_numpy(dtype=float))[1] / problem.scale[:, None]
        return tuple(map(int, (np.abs(steep).mean(axis=(0, 1)) * problem.space.half_width).argsort()))

    @property
    def settings(self):
        """The arguments that make a model like this one."""
        return self.teaching | asdict(self.cinn) | {"order": list(self.cinn.order)}

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the networks that sampling needs."""
        chain = self.cinn.blocks == "chain"
        return tuple(f"block-{place}" for place in range(self._coordinates.size if chain else self.cinn.couplings))

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs. UnsupportedError: variations of designs whose forward model is no
                ensemble.
        """
        from ..networks.invertible import CinnLearner

        return CinnLearner(self.cinn, self._lessons(device), seeds, self.identity())

    @property
    def _flow(self):
        from ..networks.invertible import conditional_flow

        return conditional_flow(self.cinn, [self.networks[name] for name in self.kept], self._coordinates.size)

    def log_density(self, designs: pd.DataFrame, properties: pd.DataFrame, seed: int = 0) -> np.ndarray:
        """Logarithm of the density of each member at designs, given their properties ``(members, n)``, in nats.

        The density is per unit of the coordinates, which run from -1 to 1.

        Args:
            seed: of the random parts of the coordinates of an alloy.

        Raises:
            CompositionError: a design outside the space. TargetError: properties that no design has.
        """
        import torch

        self._trained()
        designs = self.problem.check_designs(designs)
        asked = self.problem.check_requests(properties, n=len(designs))
        noise = np.random.default_rng(seed).random((len(designs), self._coordinates.random), dtype=np.float32)
        with torch.inference_mode():
            values = torch.tensor(designs.to_numpy(dtype=np.float32))
            points = self._coordinates.view(values, torch.from_numpy(noise)).clamp(-1, 1)
            codes = torch.tensor(self._told(asked), dtype=torch.float32)
            both = (table.expand(len(self.seeds), -1, -1) for table in (points, codes))
            return self._flow.log_density(*both).double().numpy()

    def _drawn(self, codes, rng):
        import torch

        uniform = 2 * torch.from_numpy(rng.random((codes.shape[1], self._coordinates.size), dtype=np.float32)) - 1
        return self._flow.undo(uniform.expand(len(codes), -1, -1), codes)
