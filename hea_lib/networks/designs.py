"""How networks speak of designs: what a generator's numbers mean, and what a critic sees of a design.

Each class has ``width``, how many numbers a generator gives for a design; ``make``, which turns them into a design;
``read``, which does the same for a known design; and ``features``, the view of the critic. The same features are
computed for real and made designs, or the critic would tell them apart by the view.
"""

import numpy as np
import torch

from .. import spaces
from ..errors import UnknownNameError
from . import simplex

HEADS = ("mask", "softmax", "sparsemax", "entmax")


def designs_of(space: spaces.Simplex | spaces.Box, known: np.ndarray, head: str) -> "AlloyDesigns | BoxDesigns":
    """The way to speak of the designs of a space.

    Args:
        known: designs to take means from ``(n, n_columns)``. head: how alloys reach the simplex, one of ``HEADS``.

    Raises:
        UnknownNameError: no such head.
    """
    if head not in HEADS:
        raise UnknownNameError.of("head", head, HEADS)
    return AlloyDesigns(known, head) if isinstance(space, spaces.Simplex) else BoxDesigns(space)


class AlloyDesigns:
    """Alloys as fractions and a mask of the elements that are there.

    A critic sees the mask, how many elements there are, the fractions, and by what share each element exceeds an equal
    one: with the last, an alloy of exactly equal shares, as more than a third of the known ones are, looks special.
    """

    def __init__(self, known: np.ndarray, head: str):
        self.head, self.columns = head, known.shape[1]
        there = known > spaces.PRESENT
        self.base = np.log(there.mean(axis=0).clip(0.01, 0.99) / (1 - there.mean(axis=0).clip(0.01, 0.99)))
        counts = there.sum(axis=1)
        self.count, self.spread = float(counts.mean()), 1.5 * float(counts.std()) or 1.0
        self.width = 2 * self.columns if head == "mask" else self.columns
        self.seen = 3 * self.columns + 1

    def to(self, device: torch.device) -> "AlloyDesigns":
        """Put the constants on a device."""
        self.base = torch.as_tensor(self.base, dtype=torch.float32, device=device)
        return self

    def make(self, raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Fractions and mask ``(..., n_elements)`` from the numbers of a generator ``(..., width)``."""
        if self.head == "mask":
            presence, amounts = raw.split(self.columns, dim=-1)
            return simplex.mask(presence + self.base, amounts)
        fractions = getattr(simplex, self.head)(raw + self.base)
        soft = fractions / (fractions + spaces.PRESENT)
        return fractions, (fractions > spaces.PRESENT).to(soft) + (soft - soft.detach())

    def read(self, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Fractions and mask of known alloys ``(..., n_elements)``, traces below 1 at% left out."""
        there = (values > spaces.PRESENT).to(values)
        kept = values * there
        return kept / kept.sum(-1, keepdim=True), there

    def features(self, fractions: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
        """What a critic sees ``(..., seen)``."""
        count = there.sum(-1, keepdim=True)
        excess = there * (count * fractions - 1)
        return torch.cat([there, (count - self.count) / self.spread, 4 * fractions, excess], dim=-1)

    def finish(self, fractions: torch.Tensor, there: torch.Tensor) -> np.ndarray:
        """Fractions in double precision that sum to one, without the elements that are not there."""
        if self.head == "mask":
            fractions = fractions * (there > 0.5)
        values = fractions.cpu().double().numpy()
        return values / values.sum(axis=-1, keepdims=True)


class BoxDesigns:
    """Points of a box as numbers from -1 to 1; there is no mask, and a critic sees the numbers."""

    def __init__(self, space: spaces.Box):
        self.space, self.width, self.seen = space, len(space.columns), len(space.columns)
        self.lower, self.half = np.array(space.lower), space.half_width

    def to(self, device: torch.device) -> "BoxDesigns":
        """Put the constants on a device."""
        self.lower, self.half = (
            torch.as_tensor(v, dtype=torch.float32, device=device) for v in (self.lower, self.half)
        )
        return self

    def make(self, raw: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Coordinates in half-widths ``(..., n_columns)``."""
        return torch.tanh(raw), None

    def read(self, values: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Coordinates of known points, in half-widths from the middle."""
        return (values - self.lower) / self.half - 1, None

    def features(self, values: torch.Tensor, _: None) -> torch.Tensor:
        """What a critic sees."""
        return values

    def finish(self, values: torch.Tensor, _: None) -> np.ndarray:
        """Points in the units of the box."""
        lower, half = np.array(self.space.lower), self.space.half_width
        return np.clip(lower + half * (values.cpu().double().numpy() + 1), self.space.lower, self.space.upper)
