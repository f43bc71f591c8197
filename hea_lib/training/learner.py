"""What the loop must know of a model: its networks, how one step trains them, and nothing of alloys."""

from abc import ABC, abstractmethod
from typing import Any

import torch

from .randomness import Randomness
from .stack import Stack


class Learner(ABC):
    """The training of one model under one or several seeds, as ``model.learner(seeds, device)`` makes it.

    Members share data and settings and differ in their seeds. Each tensor of a step has the members as its first axis;
    the sum of the members' losses has the gradients of each one alone, so one ordinary optimiser trains them all.

    Attributes:
        networks: what is learned and saved, by name.
        optimizers: by name; those of ``torch.optim`` that work element by element (Adam, AdamW, SGD, RMSprop).
        random: the only source of chance in :meth:`step`, so that a resumed run continues as if never stopped.
        identity: what the training is of, as JSON can hold it: problem, columns, targets, settings, checksum of the
            data. A checkpoint with another identity is refused.
        steps: budget, replaced by that of the caller if there is one.
        done: steps done so far, kept by the loop.
        compilable: names of the networks that ``compile=True`` compiles, all if None. Leave out those whose input
            gradients are differentiated again (a gradient penalty), which compiled graphs cannot do.
    """

    networks: dict[str, Stack]
    optimizers: dict[str, torch.optim.Optimizer]
    random: Randomness
    identity: dict[str, Any]
    steps: int
    done: int = 0
    compilable: tuple[str, ...] | None = None

    @abstractmethod
    def step(self) -> dict[str, torch.Tensor]:
        """Train for one step, on data that already lie on the device; returns named losses ``(members,)``."""

    def schedule(self) -> None:  # noqa: B027 -- a constant rate needs none
        """Set learning rates for the next step from ``done`` and ``steps``; called before each step."""

    def watch(self) -> torch.Tensor | None:
        """Figure ``(members,)`` that decides about an early stop, lower is better; None if there is none."""
        return None


def set_rate(optimizers: dict[str, torch.optim.Optimizer], rate: float) -> None:
    """Set the learning rate of all optimisers, in place where it is a tensor that a CUDA graph has captured."""
    for optimizer in optimizers.values():
        for group in optimizer.param_groups:
            if torch.is_tensor(group["lr"]):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
