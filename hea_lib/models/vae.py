"""The semi-supervised, disentangled VAE: which alloy is a single phase, and what else may vary?

After C. Zeng, Z. Khan, N. L. Post, arXiv:2409.06740 (2024), with their idea kept and three parts made anew: the class
is held apart by an invertible flow, an alloy is a set of elements and their amounts instead of a hundred counts, and
the prior by expert rules, of which their paper speaks, exists. The chapter *Variational autoencoders* derives it, and
*Single-phase alloys three ways* measures it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from .. import _resources, alloys, spaces, surrogates
from ..errors import HeaError, TargetError, TrainingError
from . import register
from .base import Predictor
from .features import AlloyFeatures
from .network import NetworkModel, check_settings

SUREST = (0.02, 0.98)  # bounds of what an expert may say of an alloy of unknown class
_AT_ONCE = 10_000  # alloys that are computed together; bounds the memory


@register
class DisentangledVAE(NetworkModel, Predictor):
    """A generator and a classifier in one: alloys of a wanted class, and the class of given alloys.

    The first target of the problem is the class; further ones, such as a hardness, get heads of their own, and the flow
    holds them apart as well.

    Args:
        pool: alloys of unknown class to learn from besides the known designs of the problem; None: there are none.
        latent: numbers that describe an alloy beside its class.
        width: of the layers of encoder and decoder. couplings: of the flow. flow_width: of their layers.
        jitter: strength of the noise on the amounts of known alloys, which is taken to keep their class.
        divergence: weight of the divergence from the flow, 1 in the evidence lower bound.
        heads: networks of the classifier. head_width: of their layers. head_steps: after which they are as good as they
            get, and learn no further; more make them surer and not better. decay: of their weights.
        mixing: largest share of a second alloy that is mixed into each one for the classifier, with its label.
        expert: strength of the prior for alloys of unknown class, by expert rules and trees; 0 says one half of all of
            them, 1 takes it at its word.
        trees: share of the trees of the problem's forward model in the predicted probability.
        temperature: spread of the normal numbers that alloys are made from; below 1 they are more typical.
        batch: alloys in a step. rate: of learning. steps: of training.

    Raises:
        HeaError: settings out of range, or a problem whose first target is no probability.
        CompositionError: a pool with an element that the problem does not know.
    """

    name = "dvae"
    title = "disentangled VAE"
    problems = ("single-phase",)
    of_use = ("trees", "temperature")

    def __init__(
        self,
        problem,
        pool: pd.DataFrame | None = None,
        latent: int = 12,
        width: int = 256,
        couplings: int = 4,
        flow_width: int = 48,
        jitter: float = 0.8,
        divergence: float = 0.1,
        heads: int = 4,
        head_width: int = 64,
        head_steps: int = 600,
        decay: float = 0.05,
        mixing: float = 0.3,
        expert: float = 1.0,
        trees: float = 0.6,
        temperature: float = 0.8,
        batch: int = 128,
        rate: float = 2e-3,
        steps: int = 3_500,
    ):
        from ..networks.variational import VaeSettings

        super().__init__(problem)
        if problem.targets[0].unit != "probability":
            raise HeaError(f"model {self.name!r} needs a first target that is a probability; {problem.name} has "
                           f"{', '.join(problem.target_names)}")  # fmt: skip
        check_settings(
            {"latent": latent, "width": width, "couplings": couplings, "flow_width": flow_width, "heads": heads,
             "head_width": head_width, "head_steps": head_steps, "batch": batch, "steps": steps},
            {"jitter": (jitter, np.inf), "divergence": (divergence, np.inf), "decay": (decay, np.inf),
             "mixing": (mixing, 1.0), "expert": (expert, np.inf), "trees": (trees, 1.0),
             "temperature": (temperature, np.inf), "rate": (rate, np.inf)},
        )  # fmt: skip
        self.pool = problem.space.check(pool) if pool is not None else problem.designs.iloc[:0]
        self.expert, self.trees, self.temperature = expert, trees, temperature
        self.vae = VaeSettings(
            latent, width, couplings, flow_width, jitter, divergence, heads, head_width, head_steps, decay, mixing,
            batch, rate, steps,
        )  # fmt: skip

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that make a model like this one; the pool belongs to the data."""
        return {"expert": self.expert, "trees": self.trees, "temperature": self.temperature, **asdict(self.vae)}

    def identity(self):
        """What weights of this model belong to; the pool is part of the data."""
        pool = _resources.checksum(self.pool.to_numpy(dtype=float).round(9).tobytes())[:16] if len(self.pool) else None
        return super().identity() | {"pool": pool}

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the networks that sampling and predicting need."""
        return ("encoder", "decoder", "heads", *(f"flow-{number}" for number in range(self.vae.couplings)))

    def learner(self, seeds, device):
        """The training of this model under some seeds, with all data on the device.

        Raises:
            TrainingError: too few known designs, or none of one class.
        """
        import torch

        from ..networks.variational import Alloys, VaeLearner

        self._check_size()
        labels = self.problem.properties.iloc[:, 0].to_numpy(dtype=float)
        if set(np.unique(labels)) != {0.0, 1.0}:
            found = np.unique(labels)[:3].tolist()
            raise TrainingError(f"the labels of {self.problem.name} are {found}; {self.name!r} needs both 0 and 1")
        known = pd.concat([self.problem.designs, self.pool])
        self._features = AlloyFeatures.fitted(self._in_sight())
        advice, others = self._advice(labels), self.problem.properties
        if len(self.pool):  # what trees say of the pool stands for what nobody has measured
            others = pd.concat([others, self.problem.forward(self.pool)])
        tables = (
            alloys.normalize(known.where(known > spaces.PRESENT, 0.0)),
            self._features(known),
            np.concatenate([labels, advice]),
            self._scaled(others),
        )
        fractions, features, classes, others = (
            torch.tensor(np.array(table), dtype=torch.float32, device=device) for table in tables
        )
        labelled = torch.arange(len(known), device=device) < len(labels)
        return VaeLearner(self.vae, Alloys(fractions, features, classes, labelled, others), seeds, self.identity())

    def _in_sight(self) -> pd.DataFrame:
        """The alloys whose descriptors set the scale of the features, with a label or without."""
        return pd.concat([self.problem.designs, self.pool])

    def _advice(self, labels: np.ndarray) -> np.ndarray:
        """Probability of class 1 that experts give to the alloys of the pool ``(n_pool,)``.

        Rules and trees, both fitted to the rows with a label, have one voice each: the mean of their log-odds, within
        bounds, is multiplied by the strength ``expert``.
        """
        from scipy.special import expit, logit

        if self.pool.empty:
            return np.empty(0)
        rules = surrogates.ExpertRules().fit(self.problem.designs, labels)
        opinions = expit(rules.log_odds(self.pool)), self.problem.forward(self.pool).iloc[:, 0].to_numpy()
        return expit(self.expert * np.mean([logit(opinion.clip(*SUREST)) for opinion in opinions], axis=0))

    def _scaled(self, properties: pd.DataFrame) -> np.ndarray:
        """Properties beside the class, with mean zero and spread one over the known designs ``(n, n_others)``."""
        names = self.problem.target_names[1:]
        mean = self.problem.properties[names].to_numpy(dtype=float).mean(axis=0)
        return (properties[names].to_numpy(dtype=float) - mean) / self.problem.scale[1:]

    def adopt(self, learner):
        """Take over the networks of a training."""
        super().adopt(learner)
        self._likelihood = learner.likelihood

    # The classifier --------------------------------------------------------------------------------------------------

    def predict(self, designs: pd.DataFrame) -> pd.DataFrame:
        """Probability of class 1 and the other properties ``(n, n_targets)``.

        Each is the mean of all heads and, with a share ``trees``, of the trees of the problem's forward model.

        Raises:
            CompositionError: not an alloy table, or an element that the problem does not know.
        """
        designs = self.problem.space.check(designs)
        said = pd.DataFrame(self._said(designs).mean(axis=0), designs.index, self.problem.target_names)
        return (1 - self.trees) * said + self.trees * self.problem.forward(designs) if self.trees else said

    def predict_heads(self, designs: pd.DataFrame) -> np.ndarray:
        """Probability of class 1 that each head of each member gives ``(members * heads, n)``."""
        return self._said(designs)[..., 0]

    def _said(self, designs: pd.DataFrame) -> np.ndarray:
        """What each head of each member says of each property ``(members * heads, n, n_targets)``."""
        self._trained()
        designs = self.problem.space.check(designs)
        parts = [np.empty((len(self.seeds) * self.vae.heads, 0, len(self.problem.targets)))]
        parts += [self._answers(designs.iloc[start : start + _AT_ONCE]) for start in range(0, len(designs), _AT_ONCE)]
        return np.concatenate(parts, axis=1)

    def _answers(self, designs: pd.DataFrame) -> np.ndarray:
        import torch

        features = torch.from_numpy(self._features(designs)).expand(len(self.seeds), -1, -1)
        with torch.inference_mode():
            said = self.networks["heads"](features).double()
        said = said.movedim(2, 1).reshape(-1, len(designs), len(self.problem.targets)).numpy().copy()
        said[..., 0] = 1 / (1 + np.exp(-said[..., 0]))
        mean = self.problem.properties.iloc[:, 1:].to_numpy(dtype=float).mean(axis=0)
        said[..., 1:] = mean + self.problem.scale[1:] * said[..., 1:]
        return said

    # The latent space ------------------------------------------------------------------------------------------------

    def encode(
        self, designs: pd.DataFrame, properties: pd.DataFrame | None = None, seed: int | None = None
    ) -> pd.DataFrame:
        """What the class does not say of alloys: numbers that are normal over the known ones ``(n, latent)``.

        Args:
            properties: classes, 0 or 1, and what else the problem has ``(n, n_targets)``; None: what
                :meth:`predict` says, the class rounded to 0 or 1.
            seed: of a draw from the posterior; None gives its mean. Means know more of the class than draws do.
        """
        import torch

        if properties is None:
            properties = self.predict(designs)
            properties = properties.assign(**{self.problem.target_names[0]: properties.iloc[:, 0].round()})
        hidden = torch.tensor(self.embed(designs, seed).to_numpy(dtype=np.float32))[None]
        with torch.inference_mode():
            normal, _ = self._flow(hidden, self._conditions(properties, len(designs)))
        return pd.DataFrame(normal[0].double().numpy(), designs.index, self.latent_names)

    def embed(self, designs: pd.DataFrame, seed: int | None = None) -> pd.DataFrame:
        """Alloys as the encoder sees them, the class not held apart ``(n, latent)``; for maps of alloys."""
        import torch

        from ..networks.posteriors import posterior

        self._single()
        designs = self.problem.space.check(designs)
        with torch.inference_mode():
            view = self._likelihood.view(torch.tensor(designs.to_numpy(dtype=np.float32))[None])
            mean, spread = (values[0].double().numpy() for values in posterior(self.networks["encoder"](view)))
        if seed is not None:
            mean = mean + spread * np.random.default_rng(seed).standard_normal(mean.shape)
        return pd.DataFrame(mean, designs.index, [f"h{number + 1}" for number in range(self.vae.latent)])

    def decode(self, latents: pd.DataFrame, properties: pd.DataFrame) -> pd.DataFrame:
        """The likeliest alloys of latent vectors ``(n, latent)``, classes 0 or 1 and what else ``(n, n_targets)``."""
        self._single()
        missing = [name for name in self.latent_names if name not in latents]
        if missing:
            raise HeaError(f"latent vectors have no column {missing[0]!r}; they are {', '.join(self.latent_names)}")
        values = latents[self.latent_names].to_numpy(dtype=np.float32)
        return pd.DataFrame(self._decoded(values, properties), latents.index, list(self.problem.space.columns))

    @property
    def latent_names(self) -> list[str]:
        """Columns of latent vectors."""
        return [f"z{number + 1}" for number in range(self.vae.latent)]

    @property
    def _flow(self):
        from ..networks.coupling import CouplingFlow

        return CouplingFlow([self.networks[name] for name in self.kept if name.startswith("flow-")], self.vae.latent)

    def _single(self) -> None:
        """An ensemble has as many latent spaces as members, which have nothing to do with one another."""
        self._trained()
        if len(self.seeds) > 1:
            raise HeaError(f"this {self.name!r} has {len(self.seeds)} members, each with its own latent space; "
                           "take one of members()")  # fmt: skip

    def _conditions(self, properties: pd.DataFrame, n: int):
        """Properties as the flow is told them ``(1, n, n_targets)``."""
        import torch

        missing = [name for name in self.problem.target_names if name not in properties]
        if missing:
            raise TargetError(f"properties have no column {missing[0]!r}; the class is held apart with all of them")
        classes = properties[self.problem.target_names[0]].to_numpy(dtype=float)
        if len(classes) != n or not np.isin(classes, (0, 1)).all():
            raise TargetError(
                f"classes must be {n} numbers that are 0 or 1, one for each row, not {classes[:3].tolist()}"
            )
        codes = np.column_stack([2 * classes - 1, self._scaled(properties)])
        return torch.tensor(codes, dtype=torch.float32)[None]

    def _decoded(self, latents: np.ndarray, properties: pd.DataFrame) -> np.ndarray:
        import torch

        with torch.inference_mode():
            normal = torch.tensor(latents)[None]
            hidden = self._flow.undo(normal, self._conditions(properties, len(latents)))
            return self._likelihood.best(self.networks["decoder"](hidden))[0]

    def _sample(self, requests, rng):
        self._trained()
        drawn = rng.random(len(requests)) < requests.iloc[:, 0]  # a probability between is a class drawn with it
        wanted = requests.assign(**{self.problem.target_names[0]: drawn.astype(float)})
        latents = self.temperature * rng.standard_normal((len(requests), self.vae.latent), dtype=np.float32)
        values = np.empty((len(requests), len(self.problem.space.columns)))
        members = self.members()
        for turn, member in enumerate(members):  # they take turns
            rows = np.arange(turn, len(requests), len(members))
            for part in np.array_split(rows, len(rows) // _AT_ONCE + 1):
                values[part] = member._decoded(latents[part], wanted.iloc[part])
        return values
