r"""Designs as numbers from -1 to 1 that an invertible network can map, and back without a loss.

A cell of a box needs only its walls. An alloy is no point of a box: most of its fractions are exactly zero, and they
sum to one. So each element has two coordinates. The first is positive if the element is there, by a random amount, and
negative if it is not: a discrete choice as a continuous number. The second says how much it takes of what the elements
before it have left,

$$a_i = \log\frac{x_i}{r_i - x_i} + \log(m_i - 1), \qquad r_i = \sum_{j \ge i} x_j,$$

with $m_i$ elements left to share the rest $r_i$: zero is an equal share. It is squashed by $a/(1+|a|)$. For an element
that is absent, and for the last one, which takes the rest, it is random and means nothing. No fraction is ever
negative, absent ones are exactly zero, and every alloy sums to one.

References:
    Random amounts for discrete data: L. Theis, A. van den Oord, M. Bethge, ICLR 2016, arXiv:1511.01844
    Shares of the rest: J. Aitchison, The Statistical Analysis of Compositional Data (1986),
    doi:10.1007/978-94-009-4109-0
"""

import numpy as np
import torch

from .. import spaces

_MOST = 0.9  # of a squashed share


def coordinates_of(space: spaces.Simplex | spaces.Box) -> "AlloyCoordinates | BoxCoordinates":
    """The coordinates of the designs of a space."""
    return AlloyCoordinates(len(space.columns)) if isinstance(space, spaces.Simplex) else BoxCoordinates(space)


class BoxCoordinates:
    """Half-widths from the middle of a box."""

    def __init__(self, space: spaces.Box):
        self.space, self.size, self.random = space, len(space.columns), 0
        self._walls: dict[tuple, tuple[torch.Tensor, torch.Tensor]] = {}  # by device: a CUDA graph copies nothing

    def view(self, designs: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        """Coordinates of designs ``(..., size)``; there is nothing random about them."""
        kind = designs.device, designs.dtype
        if kind not in self._walls:
            self._walls[kind] = tuple(torch.as_tensor(w).to(designs) for w in (self.space.lower, self.space.half_width))
        lower, half = self._walls[kind]
        return (designs - lower) / half - 1

    def designs(self, coordinates: torch.Tensor) -> np.ndarray:
        """Designs of coordinates ``(..., n_columns)``, in double precision."""
        values = coordinates.clamp(-1, 1).cpu().double().numpy()
        middle = np.array(self.space.lower) + self.space.half_width
        return self.space.settle((middle + self.space.half_width * values).reshape(-1, self.size)).reshape(values.shape)


class AlloyCoordinates:
    """Presence of each element, then its share of what is left.

    Attributes:
        size: numbers of an alloy, two an element. random: uniform numbers that a view needs, as many.
    """

    def __init__(self, elements: int):
        self.elements, self.size, self.random = elements, 2 * elements, 2 * elements

    def view(self, designs: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
        """Coordinates of alloys ``(..., size)``; an element of 1 at% or less is taken as absent.

        Args:
            designs: fractions ``(..., n_elements)``. noise: uniform from 0 to 1 ``(..., size)``.
        """
        there = designs > spaces.PRESENT
        fractions = torch.where(there, designs, torch.zeros_like(designs))
        rest, left = (_from_here_on(values) for values in (fractions, there.to(designs)))
        chance, blank = noise.chunk(2, dim=-1)
        shared = there & (left > 1.5)
        odds = fractions / torch.where(shared, rest - fractions, torch.ones_like(rest)).clamp_min(1e-9)
        amount = torch.log(torch.where(shared, odds * (left - 1), torch.ones_like(rest)))
        amount = torch.where(shared, amount / (1 + amount.abs()), 2 * blank - 1)
        return torch.cat([torch.where(there, chance, -chance), amount], dim=-1)

    def designs(self, coordinates: torch.Tensor) -> np.ndarray:
        """Alloys of coordinates ``(..., n_elements)``, in double precision, of at least two elements.

        No element takes more than e^9 times an equal share, so that the others keep something.
        """
        presence, amount = coordinates.cpu().double().chunk(2, dim=-1)
        there = presence >= presence.topk(2, dim=-1).values[..., 1:].clamp_max(0)
        left = _from_here_on(there.double())
        amount = amount.clamp(-_MOST, _MOST)
        odds = amount / (1 - amount.abs()) - torch.log((left - 1).clamp_min(0.5))
        share = torch.where(left > 1.5, torch.sigmoid(odds), torch.ones_like(odds)) * there
        before = torch.cumprod(torch.cat([torch.ones_like(share[..., :1]), 1 - share[..., :-1]], dim=-1), dim=-1)
        return (share * before).numpy()


def _from_here_on(values: torch.Tensor) -> torch.Tensor:
    """Sum of each number and all after it."""
    return values.flip(-1).cumsum(-1).flip(-1)
