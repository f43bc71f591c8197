r"""How probable a design is under the numbers of a decoder, and what an encoder sees of it.

Which elements an alloy has and how much of each are two questions. Presence is one Bernoulli number an element; the
amounts of the present ones are logistic-normal: their logarithms, less the mean logarithm, scatter normally about what
the decoder says. A multinomial over a hundred atoms asks both at once: an element forgotten at 1 at% costs it next to
nothing, and one at 25 at% more than all else.

References:
    J. Aitchison, S. M. Shen, Biometrika 67, 261 (1980), doi:10.1093/biomet/67.2.261 (logistic-normal distributions)
"""

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from .. import spaces
from .coordinates import BoxCoordinates

FINEST = 0.05  # least scatter, of logarithms of amounts or in half-widths of a box: closer than this nothing is known


def likelihood_of(space: spaces.Simplex | spaces.Box) -> "AlloyLikelihood | BoxLikelihood":
    """The likelihood of the designs of a space."""
    return AlloyLikelihood(len(space.columns)) if isinstance(space, spaces.Simplex) else BoxLikelihood(space)


class AlloyLikelihood:
    """Alloys as which elements there are and how much of each; traces of 1 at% and less are left out.

    Attributes:
        seen: numbers that an encoder sees. width: numbers that a decoder gives: a presence and an amount for each
            element, and one for the scatter of the amounts.
    """

    def __init__(self, columns: int):
        self.columns, self.seen, self.width = columns, 2 * columns, 2 * columns + 1

    def view(self, fractions: torch.Tensor) -> torch.Tensor:
        """Presence as -1 or 1 and centred logarithms of amounts ``(..., seen)``, from fractions."""
        there = (fractions > spaces.PRESENT).to(fractions)
        logs = torch.log(fractions.clamp_min(spaces.PRESENT))
        return torch.cat([2 * there - 1, _centred(logs, there)], dim=-1)

    def cost(self, raw: torch.Tensor, view: torch.Tensor) -> dict[str, torch.Tensor]:
        """Negative log-likelihood of each alloy ``(...)``, up to a constant: of its elements, and of their amounts."""
        presence, amounts, scatter = self._split(raw)
        signs, logs = view.split(self.columns, dim=-1)
        there = (signs + 1) / 2
        misses = (logs - _centred(amounts, there)) / scatter
        return {
            "elements": binary_cross_entropy_with_logits(presence, there, reduction="none").sum(-1),
            "amounts": 0.5 * misses.square().sum(-1) + (there.sum(-1) - 1) * scatter[..., 0].log(),
        }

    def best(self, raw: torch.Tensor) -> np.ndarray:
        """The likeliest alloys, in double precision ``(..., n_elements)``: at least two elements."""
        presence, amounts, _ = self._split(raw)
        there = presence >= presence.topk(2, dim=-1).values[..., 1:].clamp_max(0)
        return torch.softmax(amounts.masked_fill(~there, -torch.inf).double(), dim=-1).cpu().numpy()

    def _split(self, raw: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        presence, amounts, scatter = raw.split([self.columns, self.columns, 1], dim=-1)
        return presence, amounts, FINEST + softplus(scatter)


class BoxLikelihood:
    """Points of a box as numbers from -1 to 1, normal about what a decoder says, each coordinate with its scatter."""

    def __init__(self, space: spaces.Box):
        self.coordinates, self.columns = BoxCoordinates(space), len(space.columns)
        self.seen, self.width = self.columns, 2 * self.columns

    def view(self, values: torch.Tensor) -> torch.Tensor:
        """Coordinates in half-widths from the middle ``(..., n_columns)``."""
        return self.coordinates.view(values)

    def cost(self, raw: torch.Tensor, view: torch.Tensor) -> dict[str, torch.Tensor]:
        """Negative log-likelihood of each point ``(...)``, up to a constant."""
        middle, scatter = raw.split(self.columns, dim=-1)
        scatter = FINEST + softplus(scatter)
        return {"coordinates": (0.5 * ((view - middle) / scatter).square() + scatter.log()).sum(-1)}

    def best(self, raw: torch.Tensor) -> np.ndarray:
        """The likeliest points, no further than the walls ``(..., n_columns)``."""
        return self.coordinates.designs(raw[..., : self.columns])


def _centred(logs: torch.Tensor, there: torch.Tensor) -> torch.Tensor:
    """Logarithms of the present elements less their mean; zero where an element is absent."""
    mean = (logs * there).sum(-1, keepdim=True) / there.sum(-1, keepdim=True).clamp_min(1)
    return (logs - mean) * there
