"""What every model does: fit a problem, then sample one design for each request, or predict properties, or both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from ..errors import HeaError
from ..problems import InverseProblem


class Model(ABC):
    """A model of an inverse problem: it names itself and the problems that it serves, and may learn."""

    name: ClassVar[str]
    title: ClassVar[str]
    problems: ClassVar[tuple[str, ...]] = ("refractory", "single-phase", "mos2")

    def __init__(self, problem: InverseProblem):
        self.problem = problem

    def fit(self, seed: int = 0) -> Self:
        """Learn from the known designs of the problem; returns itself."""
        self._fit(np.random.default_rng(seed))
        return self

    def _fit(self, rng: np.random.Generator) -> None:  # noqa: B027 -- a lookup has nothing to learn
        """Learn; the default learns nothing."""


class Predictor(Model):
    """A model that says which properties designs have."""

    @abstractmethod
    def predict(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Properties of designs ``(n, n_targets)``, columns named as the targets."""


class InverseModel(Model):
    """A model that samples designs; a subclass writes ``_sample``, and ``_fit`` where it learns."""

    def sample(self, target: Mapping[str, float] | pd.DataFrame, n: int | None = None, seed: int = 0) -> pd.DataFrame:
        """Sample designs for a target.

        Args:
            target: one value a property, ``{"shear_modulus": 90}``, asked ``n`` times (1,000 unless told; properties
                that are not requested are drawn from the data); or a table of requests, one row a design.

        Returns:
            Designs ``(n, n_columns)``.

        Raises:
            TargetError: see ``check_target`` and ``check_requests`` of :class:`hea_lib.problems.InverseProblem`.
        """
        if isinstance(target, pd.DataFrame):
            requests = self.problem.check_requests(target, n=n)
        else:
            requests = self.problem.requests(target, 1_000 if n is None else n, seed=seed)
        rng = np.random.default_rng([seed, 1])  # not the stream that drew the requests
        values = self._sample(requests, rng)
        designs = pd.DataFrame(values, index=requests.index, columns=list(self.problem.space.columns))
        if len(designs) != len(requests) or not self.problem.space.contains(designs).all():
            raise HeaError(f"model {self.name!r} did not give a design in the space of {self.problem.name} a request")
        return designs

    @abstractmethod
    def _sample(self, requests: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """One design a request ``(n, n_columns)``."""
