"""The conditional invertible network: a distribution of designs for each request, exact to sample and to evaluate.

After V. Fung et al., npj Comput. Mater. 7, 200 (2021), doi:10.1038/s41524-021-00670-x, with their idea kept and two
parts made anew: coordinates and splines that cannot leave the space of designs, and more designs to learn from than
were calculated. The chapter *Invertible networks* derives it, and *Tuning a band gap* measures it.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd

from .. import design, spaces
from ..errors import HeaError
from . import register
from .encoding import PropertyCodes
from .network import NetworkModel, check_settings

_AT_ONCE = 10_000  # designs that are sampled together; bounds the memory


@register
class ConditionalINN(NetworkModel):
    """Sample designs for a request, and say how probable given designs are.

    Args:
        width: of the layers of the networks, one a coordinate; last_width: of the last one, which decides.
        bins: of the splines. order: in which coordinates are drawn; None puts those first that matter least (cells), or
            the elements before the amounts (alloys).
        variations: of known designs, to learn from as well; the forward model labels them, and those of which it is
            not sure are left out. None: 80,000 in a box, and none of alloys.
        strength: of the noise that makes them, in half-widths. trust: see :func:`hea_lib.design.vary`.
        evenness: 0 draws designs as often as there are any with such a property, 1 all values of it equally often.
        decay: of the weights. batch: designs in a step. rate: of learning. steps: of training.

    Raises:
        HeaError: settings out of range.
    """

    name = "cinn"
    title = "conditional invertible network"
    problems = ("refractory", "mos2")

    def __init__(
        self,
        problem,
        width: int = 48,
        last_width: int = 192,
        bins: int = 16,
        order: tuple[int, ...] | None = None,
        variations: int | None = None,
        strength: float = 0.25,
        trust: float = 0.02,
        evenness: float = 0.5,
        decay: float = 1e-5,
        batch: int = 512,
        rate: float = 3e-3,
        steps: int = 3_000,
    ):
        from ..networks.coordinates import coordinates_of
        from ..networks.invertible import CinnSettings

        super().__init__(problem)
        box = isinstance(problem.space, spaces.Box)
        if variations is None:
            variations = 80_000 if box and problem.opinions is not None else 0
        check_settings(
            {"width": width, "last_width": last_width, "bins": bins, "batch": batch, "steps": steps},
            {"variations": (variations, np.inf), "strength": (strength, np.inf), "trust": (trust, np.inf),
             "evenness": (evenness, 1.0), "decay": (decay, np.inf), "rate": (rate, np.inf)},
        )  # fmt: skip
        self._coordinates = coordinates_of(problem.space)
        order = tuple(range(self._coordinates.size)) if order is None else tuple(order)
        if sorted(order) != list(range(self._coordinates.size)):
            raise HeaError(f"order is {order}; it must hold each of 0 to {self._coordinates.size - 1} once")
        self.variations, self.strength, self.trust, self.evenness = variations, strength, trust, evenness
        self.cinn = CinnSettings(width, last_width, bins, order, decay, batch, rate, steps)
        self._codes = PropertyCodes.fitted(problem)

    @property
    def settings(self):
        """The arguments that make a model like this one."""
        return {"variations": self.variations, "strength": self.strength, "trust": self.trust,
                "evenness": self.evenness, **asdict(self.cinn)}  # fmt: skip

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the networks that sampling needs."""
        return tuple(f"link-{place}" for place in range(self._coordinates.size))

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs. UnsupportedError: variations of designs whose forward model is no
                ensemble.
        """
        import torch

        from ..networks.invertible import CinnLearner, Known

        self._check_size()
        designs, properties = self.problem.designs, self.problem.properties
        if self.variations:
            more = design.vary(self.problem, int(self.variations), self.strength, self.trust)
            designs, properties = (
                pd.concat(pair, ignore_index=True) for pair in zip((designs, properties), more, strict=True)
            )
        chances = design.even(properties.iloc[:, 0].to_numpy(dtype=float), self.evenness)
        tables = designs.to_numpy(dtype=float), self._codes(properties)
        known, codes = (torch.tensor(table, dtype=torch.float32, device=device) for table in tables)
        summed = torch.tensor(chances.cumsum().clip(max=1.0), device=device)
        summed[-1] = 1.0
        images = self.problem.images
        if images is not None:
            images = torch.tensor(images, dtype=torch.float32, device=device)
        return CinnLearner(self.cinn, Known(known, codes, summed, images), self._coordinates, seeds, self.identity())

    @property
    def _flow(self):
        from ..networks.chain import ChainFlow, boxed

        return ChainFlow([self.networks[name] for name in self.kept], self.cinn.order, boxed(self.cinn.bins))

    def log_density(self, designs: pd.DataFrame, properties: pd.DataFrame, seed: int = 0) -> np.ndarray:
        """Logarithm of the density of each member at designs, given their properties ``(members, n)``, in nats.

        The density is per unit of the coordinates, which run from -1 to 1.

        Args:
            seed: of the random parts of the coordinates of an alloy.
        """
        import torch

        self._trained()
        designs = self.problem.space.check(designs)
        asked = self.problem.check_requests(properties, n=len(designs))
        noise = np.random.default_rng(seed).random((len(designs), self._coordinates.random), dtype=np.float32)
        with torch.inference_mode():
            values = torch.tensor(designs.to_numpy(dtype=np.float32))
            points = self._coordinates.view(values, torch.from_numpy(noise)).clamp(-1, 1)
            codes = torch.tensor(self._codes(asked), dtype=torch.float32)
            members = len(self.seeds)
            density = self._flow.log_density(points.expand(members, -1, -1), codes.expand(members, -1, -1))
        return density.double().numpy()

    def _sample(self, requests, rng):
        import torch

        self._trained()
        codes = torch.tensor(self._codes(requests), dtype=torch.float32)
        uniform = torch.from_numpy(rng.random((len(requests), self._coordinates.size), dtype=np.float32)) * 2 - 1
        values = np.empty((len(requests), len(self.problem.space.columns)))
        members, flow = len(self.seeds), self._flow
        with torch.inference_mode():
            for start in range(0, len(requests), _AT_ONCE):
                part = slice(start, start + _AT_ONCE)
                points = flow.undo(
                    uniform[part].expand(members, -1, -1), codes[part].expand(members, -1, -1)
                )  # the members take turns
                turn = torch.arange(points.shape[1])
                values[part] = self._coordinates.designs(points[turn % members, turn])
        return values
