r"""A conditional Wasserstein GAN: noise and wanted properties in, a design out, judged by a critic that learns.

The networks and the step of their training are in :mod:`hea_lib.networks.adversarial`; here they meet a problem, and
what they sample is steered: rules of mixture, fitted to the known designs, say how far a design misses its request,
and one damped step along their slopes moves it closer. The network decides which elements go together, which nobody
can write down; the step takes care of what a straight line explains, which a network learns slowly.

References:
    A. Debnath et al., J. Mater. Inf. 1, 3 (2021), doi:10.20517/jmi.2021.05
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from numbers import Integral

import numpy as np
import pandas as pd

from ..errors import HeaError, TargetError, UnknownNameError
from . import register
from .mixture import Rules
from .network import NetworkModel, check_settings

REGULARISATIONS = ("penalty", "clip")
#: Our reading of the system of Debnath et al.: every element in every alloy, a clipped and unrolled critic. The rates
#: and the number of steps are ours.
PUBLISHED = {"head": "softmax", "regularisation": "clip", "unroll": 5, "proposals": 1, "steer": 0.0, "critic_steps": 5}

_AT_ONCE = 10_000  # designs that are sampled together; bounds the memory


@register
class ConditionalGAN(NetworkModel):
    """Sample designs with a generator that a critic has taught what real designs look like.

    Args:
        conditions: properties that steer the generator, all targets unless told.
        latent: independent normal numbers from which a design is made.
        width: of the three hidden layers of generator and critic.
        head: how alloys reach the simplex: ``"mask"``, ``"softmax"``, ``"sparsemax"`` or ``"entmax"``.
        regularisation: what bounds the slope of the critic: ``"penalty"`` or ``"clip"``.
        penalty: weight of the gradient penalty.
        critic_steps: updates of the critic for each one of the generator.
        unroll: further steps of the critic that the generator foresees; 0 is none.
        batch: designs in a step. rate: of learning.
        average: share of itself that the running average of the generator keeps in a step.
        leak: standard deviation of a noise on the conditions of made designs alone; shows a mistake.
        proposals: of the network for each request; the nearest one by the rules of mixture is kept.
        steer: share of a miss that the step after the network closes, from 0 (none) to 1.
        steps: of training.

    Raises:
        UnknownNameError: no such head or regularisation. TargetError: a condition that is no target.

    Example:
        >>> from hea_lib import problems
        >>> model = ConditionalGAN.pretrained(problems.get("refractory"))
        >>> model.sample({"shear_modulus": 90.0}, n=5, seed=1).shape
        (5, 15)
    """

    name = "cgan"
    title = "conditional Wasserstein GAN"
    kept = ("average",)
    of_use = ("proposals", "steer")

    def __init__(
        self,
        problem,
        conditions: Sequence[str] | None = None,
        latent: int = 16,
        width: int = 128,
        head: str = "mask",
        regularisation: str = "penalty",
        penalty: float = 1.0,
        critic_steps: int = 2,
        unroll: int = 0,
        batch: int = 128,
        rate: float = 5e-4,
        average: float = 0.995,
        leak: float = 0.0,
        proposals: int = 1,
        steer: float = 0.7,
        steps: int = 5_000,
    ):
        super().__init__(problem)
        from ..networks.adversarial import GanSettings
        from ..networks.designs import HEADS

        if head not in HEADS:
            raise UnknownNameError.of("head", head, HEADS)
        if regularisation not in REGULARISATIONS:
            raise UnknownNameError.of("regularisation", regularisation, REGULARISATIONS)
        check_settings(
            {"proposals": proposals, "latent": latent, "width": width, "critic_steps": critic_steps, "batch": batch,
             "steps": steps},
            {"steer": (steer, 1.0), "average": (average, 1.0), "penalty": (penalty, np.inf), "leak": (leak, np.inf),
             "rate": (rate, np.inf)},
        )  # fmt: skip
        if not isinstance(unroll, Integral) or unroll < 0:
            raise HeaError(f"unroll is {unroll!r}; it must be a whole number from 0")
        self.conditions = list(problem.target_names if conditions is None else conditions)
        for name in self.conditions:
            if name not in problem.target_names:
                raise TargetError(str(UnknownNameError.of("condition", name, problem.target_names)))
        self.proposals, self.steer = proposals, steer
        self.gan = GanSettings(
            latent, width, head, regularisation, penalty, critic_steps, unroll, batch, rate, average, leak, steps
        )
        self._whiten()

    @property
    def settings(self):
        """The arguments that make a model like this one."""
        return {"conditions": self.conditions, "proposals": self.proposals, "steer": self.steer, **asdict(self.gan)}

    def _whiten(self) -> None:
        """Give the conditions mean zero, spread one and no correlation, so that every direction counts alike."""
        known = self.problem.properties[self.conditions].to_numpy(dtype=float)
        self._mean = known.mean(axis=0)
        spread = known.std(axis=0)
        self._scale = np.where(spread > 0, spread, 1.0)
        covariance = np.atleast_2d(np.cov(known / self._scale, rowvar=False)) + 1e-6 * np.eye(known.shape[1])
        self._rotation = np.linalg.inv(np.linalg.cholesky(covariance)).T

    def _white(self, properties: pd.DataFrame) -> np.ndarray:
        return (properties[self.conditions].to_numpy(dtype=float) - self._mean) / self._scale @ self._rotation

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs.
        """
        import torch

        from ..networks import GanLearner, designs_of

        self._check_size()
        designs = self.problem.designs.to_numpy(dtype=float)
        speak = designs_of(self.problem.space, designs, self.gan.head)
        tables = (designs, self._white(self.problem.properties))
        known, wanted = (torch.as_tensor(table, dtype=torch.float32, device=device) for table in tables)
        return GanLearner(self.gan, known, wanted, speak, seeds, self.identity())

    def adopt(self, learner):
        """Take over the averaged generators of a training, and fit the rules of mixture."""
        super().adopt(learner)
        self._speak = learner.designs.to("cpu")
        self._rules = Rules.fitted(self.problem, self.conditions)

    def _sample(self, requests, rng):
        from ..training.devices import cpu_threads

        self._trained()
        starts = range(0, len(requests), _AT_ONCE)
        with cpu_threads(1):  # more of them spend their time waiting for one another
            return np.concatenate([self._made(requests.iloc[start : start + _AT_ONCE], rng) for start in starts])

    def _made(self, requests: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """Designs of a network for each request, the best of some proposals, steered ``(n, n_columns)``."""
        asked = requests[self.conditions].to_numpy(dtype=float)
        proposals = np.stack([self._proposed(requests, rng) for _ in range(self.proposals)])
        best = self._rules.nearest(proposals, asked)
        return self._rules.steer(self.problem.space, best, asked, self.steer) if self.steer else best

    def _proposed(self, requests: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
        """One design a request ``(n, n_columns)``; the members of an ensemble take turns."""
        import torch

        members, n = len(self.seeds), len(requests)
        turns = -(-n // members)
        wanted = np.zeros((turns * members, len(self.conditions)), dtype=np.float32)
        wanted[:n] = self._white(requests)
        noise = rng.standard_normal((turns * members, self.gan.latent), dtype=np.float32)
        inputs = np.hstack([noise, wanted]).reshape(turns, members, -1).swapaxes(0, 1)
        with torch.inference_mode():
            raw = self.networks["average"](torch.from_numpy(np.ascontiguousarray(inputs)))
            designs = self._speak.finish(*self._speak.make(raw))
        return designs.swapaxes(0, 1).reshape(turns * members, -1)[:n]
