"""Models that learn from known designs and from variations of them, seen as points of a box from -1 to 1."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .. import design, spaces
from .encoding import PropertyCodes
from .network import NetworkModel, check_settings

AT_ONCE = 10_000  # designs that are sampled together; bounds the memory
TRIED = 80_000  # variations in a box, unless told


class TaughtModel(NetworkModel):
    """A network model whose lessons are known designs, and variations of them that the forward model has labelled.

    Args:
        variations: of known designs, to learn from as well; the forward model labels them, and those of which it is
            not sure are left out. None: 80,000 in a box, and none of alloys.
        strength, trust: of these variations, see :func:`hea_lib.design.vary`.
        evenness: 0 draws designs as often as there are any with such a property, 1 all values of it equally often.
    """

    def __init__(self, problem, variations: int | None, strength: float, trust: float, evenness: float):
        from ..networks.coordinates import coordinates_of

        super().__init__(problem)
        if variations is None:
            learned = isinstance(problem.space, spaces.Box) and problem.opinions is not None
            variations = TRIED if learned else 0
        check_settings(
            {},
            {"variations": (variations, np.inf), "strength": (strength, np.inf), "trust": (trust, np.inf),
             "evenness": (evenness, 1.0)},
        )  # fmt: skip
        self.variations, self.strength, self.trust, self.evenness = variations, strength, trust, evenness
        self._coordinates, self._codes = coordinates_of(problem.space), PropertyCodes.fitted(problem)

    @property
    def teaching(self) -> dict[str, Any]:
        """The settings of the lessons."""
        return {"variations": self.variations, "strength": self.strength, "trust": self.trust,
                "evenness": self.evenness}  # fmt: skip

    def _restore(self, tensors, notes):
        tried, self.variations = self.variations, 0  # the networks alone are wanted, not what has taught them
        try:
            super()._restore(tensors, notes)
        finally:
            self.variations = tried

    def _told(self, properties: pd.DataFrame) -> np.ndarray:
        """Properties as the networks are told them ``(n, n_codes)``."""
        return self._codes(properties)

    def _lessons(self, device):
        """All there is to learn from, on a device."""
        import torch

        from ..networks.lessons import Lessons

        self._check_size()
        designs, properties = self.problem.designs, self.problem.properties
        if self.variations:
            more = design.vary(self.problem, int(self.variations), self.strength, self.trust)
            designs, properties = (
                pd.concat(pair, ignore_index=True) for pair in zip((designs, properties), more, strict=True)
            )
        chances = design.even(properties.iloc[:, 0].to_numpy(dtype=float), self.evenness).cumsum()
        chances[-1] = 1.0
        tables = designs.to_numpy(dtype=float), self._told(properties)
        known, codes = (torch.tensor(table, dtype=torch.float32, device=device) for table in tables)
        images = self.problem.images
        if images is not None:
            images = torch.tensor(images, dtype=torch.float32, device=device)
        exact = torch.float32 if torch.device(device).type == "mps" else torch.float64  # which Apple's GPUs lack
        return Lessons(known, codes, torch.tensor(chances, dtype=exact, device=device), self._coordinates, images)

    def _sample(self, requests, rng):
        import torch

        self._trained()
        codes = torch.tensor(self._told(requests), dtype=torch.float32)
        values = np.empty((len(requests), len(self.problem.space.columns)))
        members = len(self.seeds)
        with torch.inference_mode():
            for start in range(0, len(requests), AT_ONCE):
                part = codes[start : start + AT_ONCE]
                points, turn = self._drawn(part.expand(members, -1, -1), rng), torch.arange(len(part))
                values[start : start + AT_ONCE] = self._coordinates.designs(points[turn % members, turn])  # in turns
        return values

    def _drawn(self, codes, rng: np.random.Generator):
        """Points of each member for each request ``(members, n, size)``, from their codes."""
        raise NotImplementedError
