"""Models made of networks: trained by the one loop, kept as weights, one or several members at once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from copy import copy
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .. import __version__, _resources, _weights
from ..errors import DataFileError, HeaError, TrainingError
from .base import InverseModel

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from ..training import Learner

FEWEST = 20  # known designs from which a network can learn anything


class NetworkModel(InverseModel):
    """An inverse model that trains networks; a subclass writes ``learner`` and ``_sample``.

    Attributes:
        networks: what has been learned, by name; empty before the training.
        seeds: of the members.
        history: losses of the last :meth:`fit`, None for networks that came otherwise.
    """

    kept: tuple[str, ...] = ()  # names of the networks that sampling needs, and that weights on disk hold
    of_use: tuple[str, ...] = ()  # settings of the trained model, on which its weights do not depend

    def __init__(self, problem):
        super().__init__(problem)
        self.networks: dict[str, Any] = {}
        self.seeds: list[int] = []
        self.history: pd.DataFrame | None = None

    @property
    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The arguments that make a model like this one."""

    @abstractmethod
    def learner(self, seeds: Sequence[int], device: torch.device) -> Learner:
        """The training of this model, as :func:`hea_lib.training.fit` wants it."""

    def fit(self, seed: int = 0, **options: Any) -> Self:
        """Train; ``options`` go to :func:`hea_lib.training.fit`; returns itself, with ``history``."""
        from ..training import fit

        self.history = fit(self, seed=seed, **({"progress": False} | options))
        return self

    def adopt(self, learner: Learner) -> None:
        """Take over the networks of a training."""
        self.networks = {name: learner.networks[name].cpu().requires_grad_(False) for name in self.kept}
        for network in self.networks.values():
            network.precision = None  # a choice of the training
        self.seeds, self.history = list(learner.random.seeds), None

    def members(self) -> list[Self]:
        """The members of an ensemble, each as a model of its own."""
        self._trained()
        return [self._member(number) for number in range(len(self.seeds))]

    def _member(self, number: int) -> Self:
        from ..training import Stack

        single = copy(self)
        single.seeds, single.history = [self.seeds[number]], None
        single.networks = {
            name: Stack(partial(stack.member, number), [0]).requires_grad_(False)
            for name, stack in self.networks.items()
        }
        return single

    def identity(self) -> dict[str, Any]:
        """What weights of this model belong to: the problem, its columns and targets, its data, the settings."""
        table = np.hstack([self.problem.designs.to_numpy(dtype=float), self.problem.properties.to_numpy(dtype=float)])
        return {
            "model": self.name,
            "problem": self.problem.name,
            "columns": list(self.problem.space.columns),
            "targets": self.problem.target_names,
            "data": _resources.checksum(table.round(9).tobytes())[:16],
            "settings": {name: value for name, value in self.settings.items() if name not in self.of_use},
        }

    def _check_size(self) -> None:
        if len(self.problem) < FEWEST:
            raise TrainingError(
                f"{self.problem.name} has {len(self.problem)} known designs; {self.name!r} needs {FEWEST} or more"
            )

    def _trained(self) -> None:
        if not self.networks:
            raise TrainingError(f"model {self.name!r} has learned nothing yet; call fit(), or read weights with load()")

    # Weights on disk -------------------------------------------------------------------------------------------------

    def save(self, path: str | Path, **notes: Any) -> Path:
        """Write the trained networks to ``path.safetensors`` and ``path.json``."""
        self._trained()
        return _weights.save(path, f"model {self.name}", self._tensors(), self._notes() | notes)

    def ship(self, **notes: Any) -> None:
        """Store the trained networks among those that come with the library."""
        self._trained()
        _weights.ship(self.shipped_name(), f"model {self.name}", self._tensors(), self._notes() | notes)

    @classmethod
    def load(cls, problem, path: str | Path, **data: Any) -> Self:
        """A trained model from its weights on disk, or from shipped ones by their name.

        Args:
            data: arguments of the model that are no settings but tables it was trained on, such as a pool.

        Raises:
            UnknownNameError: no such weights.
            DataFileError: weights that are damaged, of another version, or trained on another problem or on other known
                designs, from which conditions and rules of mixture are scaled; what differs is named.
        """
        tensors, notes = _weights.load(path, f"model {cls.name}")
        saved = notes.get("identity", {})
        here = cls(problem, **data).identity()
        different = [
            f"{key} is {_short(saved.get(key))} there and {_short(value)} here"
            for key, value in here.items()
            if key != "settings" and saved.get(key) != value
        ]
        if different:
            raise DataFileError(f"weights {str(path)!r} do not fit this problem: {'; '.join(different)}")
        try:
            model = cls(problem, **data, **saved["settings"], **notes["of_use"])
            model._restore(tensors, notes)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise DataFileError(f"weights {str(path)!r} do not fit this version of the library ({error})") from error
        return model

    @classmethod
    def pretrained(cls, problem) -> Self:
        """The model as it comes with the library, trained on all known designs of a problem.

        Raises:
            UnknownNameError: no weights come for this problem. DataFileError: they are damaged or of another version.
        """
        return cls.load(problem, f"{cls.name}-{problem.name}")

    def ready(self, seed: int = 0) -> Self:
        """Trained: by the weights that come with the library for exactly this model and data, else by :meth:`fit`."""
        if self.shipped_name() in _weights.names(f"model {self.name}"):
            notes = _weights.notes(self.shipped_name())
            if notes.get("identity") == self.identity():
                self._restore(*_weights.load(self.shipped_name(), f"model {self.name}"))
                return self
        return self.fit(seed=seed)

    def shipped_name(self) -> str:
        """Name of the weights of this model and problem among those that come with the library."""
        return f"{self.name}-{self.problem.name}"

    def _notes(self) -> dict[str, Any]:
        of_use = {name: self.settings[name] for name in self.of_use}
        return {"identity": self.identity(), "of_use": of_use, "seeds": self.seeds, "version": __version__}

    def _tensors(self) -> dict[str, Any]:
        return {
            f"{name}/{key}": tensor
            for name, stack in self.networks.items()
            for key, tensor in stack.state_dict().items()
        }

    def _restore(self, tensors: dict[str, np.ndarray], notes: dict[str, Any]) -> None:
        import torch

        learner = self.learner(notes["seeds"], torch.device("cpu"))
        for name in self.kept:
            own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
            learner.networks[name].load_state_dict({key: torch.from_numpy(value.copy()) for key, value in own.items()})
        self.adopt(learner)


def check_settings(whole: dict[str, Any], numbers: dict[str, tuple[Any, float]]) -> None:
    """Raise :class:`HeaError` for the first setting that is out of range.

    Args:
        whole: those that must be whole numbers from 1. numbers: those from 0 to a highest value, which is not reached
            where it is infinite.
    """
    for name, value in whole.items():
        if not isinstance(value, Integral) or value < 1:
            raise HeaError(f"{name} is {value!r}; it must be a whole number from 1")
    for name, (value, highest) in numbers.items():
        if not 0 <= value <= highest or value == np.inf:
            raise HeaError(f"{name} is {value!r}; it must be a number from 0 to {highest:g}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 70 else text[:67] + "..."
