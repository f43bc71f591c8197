r"""One step of an invertible network, of two kinds.

The conditional one makes known designs $\mathbf{x}$ as likely as possible, given their properties $\mathbf{y}$: it
raises $\log p(\mathbf{x}|\mathbf{y})$, which an invertible network knows exactly.

The unconditional one maps designs to properties and to numbers that hold all else, $\mathbf{x} \leftrightarrow
(\mathbf{y}, \mathbf{z})$. It is asked that $\mathbf{y}$ be right, that $\mathbf{z}$ be normal and know nothing of
$\mathbf{y}$, and that what comes back from such numbers be like known designs. The last two compare samples by the
squared maximum mean discrepancy with a kernel $k$,

$$\mathrm{MMD}^2 = \mathbb{E}\,k(\mathbf{a}, \mathbf{a}') + \mathbb{E}\,k(\mathbf{b}, \mathbf{b}')
- 2\,\mathbb{E}\,k(\mathbf{a}, \mathbf{b}), \qquad
k = \sum_w \left(1 + \lVert\mathbf{a} - \mathbf{b}\rVert^2 / w\right)^{-1} .$$

References:
    L. Ardizzone et al., ICLR 2019, arXiv:1808.04730 (unconditional); arXiv:1907.02392 (conditional)
    A. Gretton et al., J. Mach. Learn. Res. 13, 723 (2012) (maximum mean discrepancy)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..training import Stack
from .bends import Affine, Spline
from .chain import ChainFlow, boxed
from .coupling import CouplingFlow
from .lessons import Lessons, TaughtLearner
from .lines import BoxedCouplings, stretch

BLOCKS = ("chain", "affine", "spline")
WIDTHS = (0.05, 0.2, 1.0)  # of the kernels, times the number of coordinates
FORWARD, BACKWARD = 10.0, 20.0  # weights of the miss of the properties and of each discrepancy


@dataclass(frozen=True)
class CinnSettings:
    """Sizes and choices; :class:`hea_lib.models.cinn.ConditionalINN` says what each one means."""

    blocks: str
    width: int
    last_width: int
    couplings: int
    bins: int
    order: tuple[int, ...]
    decay: float
    batch: int
    rate: float
    steps: int


@dataclass(frozen=True)
class InnSettings:
    """Sizes and choices; :class:`hea_lib.models.inn.InvertibleNetwork` says what each one means."""

    width: int
    couplings: int
    decay: float
    batch: int
    rate: float
    steps: int


def conditional_stacks(settings: CinnSettings, size: int, codes: int, seeds: Sequence[int]) -> list[Stack]:
    """The networks of a conditional flow over the box from -1 to 1."""
    if settings.blocks == "chain":
        widths = [settings.width] * (size - 1) + [settings.last_width]
        return ChainFlow.networks(size, codes, widths, seeds, boxed(settings.bins))
    bend = _bend(settings)
    return CouplingFlow.networks(size, codes, settings.couplings, settings.last_width, seeds, bend)


def conditional_flow(settings: CinnSettings, stacks: Sequence[Stack], size: int) -> ChainFlow | BoxedCouplings:
    """The flow that these networks make; both kinds have ``log_density`` and ``undo`` from uniform numbers."""
    if settings.blocks == "chain":
        return ChainFlow(stacks, settings.order, boxed(settings.bins))
    return BoxedCouplings(CouplingFlow(stacks, size, _bend(settings)))


def _bend(settings: CinnSettings) -> Affine | Spline:
    return Affine() if settings.blocks == "affine" else Spline(settings.bins, bound=4.0)


class CinnLearner(TaughtLearner):
    """A conditional flow from designs to numbers of a known distribution."""

    def __init__(self, settings: CinnSettings, lessons: Lessons, seeds: Sequence[int], identity: dict):
        super().__init__(settings, lessons, seeds, identity)
        size, device = lessons.coordinates.size, lessons.designs.device
        stacks = [stack.to(device) for stack in conditional_stacks(settings, size, lessons.conditions.shape[1], seeds)]
        self.networks = {f"block-{place}": stack for place, stack in enumerate(stacks)}
        self.flow = conditional_flow(settings, stacks, size)
        self.optimizers = _optimizers(stacks, settings)

    def step(self) -> dict[str, torch.Tensor]:
        """Update all networks once; returns ``surprise``, the mean negative log-density of the batch [nats]."""
        surprise = -self.flow.log_density(*self.lessons.draw(self.random, self.settings.batch)).mean(1)
        self.update(surprise)
        return {"surprise": surprise}


class InnLearner(TaughtLearner):
    """Couplings from designs to properties and the rest; conditions are the properties themselves, scaled."""

    def __init__(self, settings: InnSettings, lessons: Lessons, seeds: Sequence[int], identity: dict):
        super().__init__(settings, lessons, seeds, identity)
        size, device = lessons.coordinates.size, lessons.designs.device
        stacks = CouplingFlow.networks(size, 0, settings.couplings, settings.width, seeds)
        stacks = [stack.to(device) for stack in stacks]
        self.networks = {f"block-{place}": stack for place, stack in enumerate(stacks)}
        self.flow = CouplingFlow(stacks, size)
        self.optimizers = _optimizers(stacks, settings)

    def step(self) -> dict[str, torch.Tensor]:
        """Update all networks once.

        Returns:
            ``forward``, mean squared miss of the properties in spreads; ``latent``, discrepancy of the rest from normal
            numbers that know nothing of the properties; ``backward``, discrepancy of what comes back from designs.
        """
        points, wanted = self.lessons.draw(self.random, self.settings.batch)
        line, none, n = stretch(points), wanted[..., :0], wanted.shape[-1]
        found = self.flow(line, none)[0]
        normal = self.random.normal(self.settings.batch, line.shape[-1] - n)
        asked = torch.cat([wanted, normal], dim=-1)
        back = self.flow.undo(asked, none)
        losses = {
            "forward": (found[..., :n] - wanted).square().mean((1, 2)),
            "latent": discrepancy(torch.cat([found[..., :n].detach(), found[..., n:]], dim=-1), asked),
            "backward": discrepancy(torch.cat([back, wanted], dim=-1), torch.cat([line, wanted], dim=-1)),
        }
        self.update(FORWARD * losses["forward"] + BACKWARD * (losses["latent"] + losses["backward"]))
        return losses


def discrepancy(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Squared maximum mean discrepancy of two samples ``(members, n, size)`` of each member ``(members,)``.

    Example:
        >>> same = torch.randn(1, 200, 2, generator=torch.Generator().manual_seed(0))
        >>> bool(discrepancy(same, same) < 1e-6), bool(discrepancy(same, same + 1) > 0.1)
        (True, True)
    """

    def likeness(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        squares = torch.cdist(first, second, compute_mode="donot_use_mm_for_euclid_dist").square()
        return sum((1 / (1 + squares / (width * left.shape[-1]))).mean((1, 2)) for width in WIDTHS)

    return likeness(left, left) + likeness(right, right) - 2 * likeness(left, right)


def _optimizers(stacks: Sequence[Stack], settings: CinnSettings | InnSettings) -> dict[str, torch.optim.Optimizer]:
    parameters = [values for stack in stacks for values in stack.parameters()]
    return {"all": torch.optim.AdamW(parameters, settings.rate, (0.9, 0.98), weight_decay=settings.decay, fused=True)}
