"""Random numbers of an ensemble: each member draws from its own seed, whoever trains beside it."""

from collections.abc import Sequence
from math import prod

import numpy as np
import torch

from .devices import check_seeds

#: Numbers that a member draws at a time: one call of a generator serves many steps.
POOL = 1 << 16


class Randomness:
    """One stream of random numbers a member; each draw is ``(members, *shape)`` on the device.

    Member ``i`` draws the same numbers as a member trained alone under that seed.

    Example:
        >>> both, second = Randomness([0, 1]), Randomness([1])
        >>> both.normal(4, 2).shape, bool((both.uniform(3)[1] == second.uniform(3)[0]).all())
        (torch.Size([2, 4, 2]), True)
    """

    def __init__(self, seeds: Sequence[int], device: torch.device | str = "cpu"):
        self.seeds, self.device = check_seeds(seeds), torch.device(device)
        self._streams = {name: _Stream(kind, self.seeds, self.device) for kind, name in enumerate(_FILL)}

    def normal(self, *shape: int) -> torch.Tensor:
        """Standard normal numbers ``(members, *shape)``."""
        return self._streams["normal"].draw(shape)

    def uniform(self, *shape: int) -> torch.Tensor:
        """Uniform numbers in [0, 1) ``(members, *shape)``."""
        return self._streams["uniform"].draw(shape)

    def integers(self, high: int, *shape: int) -> torch.Tensor:
        """Integers from 0 to ``high - 1`` ``(members, *shape)``, for example row numbers of a batch."""
        return self._streams["integers"].draw(shape) % high

    def state(self) -> dict[str, torch.Tensor]:
        """All that :meth:`restore` needs to go on from here, as tensors on the CPU."""
        return {f"{name}/{key}": value for name, stream in self._streams.items() for key, value in stream.state()}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from a state of the same seeds on the same kind of device."""
        for name, stream in self._streams.items():
            stream.restore(*(state[f"{name}/{key}"] for key in ("before", "pool")))

    def direct(self) -> list[torch.Generator]:
        """Draw each number when it is asked for, as a CUDA graph needs; returns the generators to register with it."""
        for stream in self._streams.values():
            stream.pooled = False
        return [generator for stream in self._streams.values() for generator in stream.generators]


_FILL = {
    "normal": lambda row, generator: row.normal_(generator=generator),
    "uniform": lambda row, generator: row.uniform_(generator=generator),
    "integers": lambda row, generator: row.random_(generator=generator),
}


class _Stream:
    """Numbers of one kind, drawn in pools of which each draw takes the next part."""

    def __init__(self, kind: int, seeds: Sequence[int], device: torch.device):
        self.fill, self.device, self.pooled = list(_FILL.values())[kind], device, True
        self.dtype = torch.int64 if kind == 2 else torch.float32
        # Mixed, since neighbouring seeds or kinds must not give related streams.
        mixed = [int(np.random.SeedSequence([seed, kind]).generate_state(1, np.uint64)[0] >> 1) for seed in seeds]
        self.generators = [torch.Generator(device).manual_seed(seed) for seed in mixed]
        self.used = self.size = 0

    def draw(self, shape: tuple[int, ...]) -> torch.Tensor:
        number = prod(shape)
        if not self.pooled:
            return self._fresh(number).view(-1, *shape)
        if self.used + number > self.size:
            self.before = self._states()
            self.used, self.size = 0, max(number, POOL)
            self.pool = self._fresh(self.size)
        self.used += number
        return self.pool[:, self.used - number : self.used].view(-1, *shape)

    def state(self):
        """The generators before the pool was filled, and how much of the pool has been used."""
        yield "before", self.before if self.size else self._states()
        yield "pool", torch.tensor([self.used, self.size])

    def restore(self, before: torch.Tensor, pool: torch.Tensor) -> None:
        for generator, state in zip(self.generators, before, strict=True):
            generator.set_state(state.cpu().clone())  # a row of a larger tensor makes torch 2.13 crash
        self.used, self.size = pool.tolist()
        if self.size:
            self.before, self.pool = before, self._fresh(self.size)

    def _fresh(self, number: int) -> torch.Tensor:
        rows = torch.empty(len(self.generators), number, dtype=self.dtype, device=self.device)
        for row, generator in zip(rows, self.generators, strict=True):
            self.fill(row, generator)
        return rows

    def _states(self) -> torch.Tensor:
        return torch.stack([generator.get_state() for generator in self.generators])
