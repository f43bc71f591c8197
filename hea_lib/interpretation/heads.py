"""Functions whose answers can be shared out among physical quantities.

A model that takes alloys has elements for inputs, and an element cannot be replaced while the others stay. What can is
a descriptor: so a classifier is fitted on descriptors alone, or the disentangled VAE is entered where its classifier
has already computed them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .. import descriptors, errors
from ..descriptors.statistics import FACTS
from ..errors import HeaError, TrainingError, UnknownNameError

KINDS = ("networks", "trees", "logistic")
#: Families of the descriptors and elemental facts that the classifier of the disentangled VAE reads.
FAMILIES = {
    "entropy and count": ("n_elements", "mixing_entropy"),
    "atomic size": ("size_mismatch", "packing_misfit", "elastic_strain_energy", "metallic_radius", "molar_volume"),
    "electronegativity": (
        "electronegativity_mismatch", "allen_electronegativity_mismatch", "electronegativity_pauling",
    ),
    "electrons": ("valence_electron_concentration", "valence_electrons"),
    "enthalpy": ("mixing_enthalpy", "mixing_enthalpy_spread", "lowest_pair_enthalpy", "highest_pair_enthalpy"),
    "melting": ("melting_temperature",),
    "elasticity": ("bulk_modulus", "shear_modulus", "shear_modulus_mismatch", "pugh_ratio"),
    "density": ("density",),
    "periodic table": ("atomic_number", "group", "refractory_fraction", "ferromagnetic_fraction"),
}  # fmt: skip
COMPOSITION = "composition"  # a family more: which elements there are, and how much of each


@dataclass
class DescriptorHead:
    """A classifier of alloys by a table of descriptors: networks, trees, or a logistic regression.

    Args:
        kind: ``"networks"``, five of two hidden layers whose probabilities are averaged; ``"trees"``, a forest of 200;
            ``"logistic"``, linear.

    Example:
        >>> table = pd.DataFrame({"size_mismatch": [1.0, 2.0, 6.0, 7.0]})
        >>> head = DescriptorHead("logistic").fit(table, np.array([1, 1, 0, 0]))
        >>> bool(head(table)[0] > 0.5 > head(table)[3])
        True
    """

    kind: str = "networks"
    estimator: object = field(default=None, init=False, repr=False)
    columns: tuple[str, ...] = field(default=(), init=False)

    def fit(self, table: pd.DataFrame, labels: np.ndarray, seed: int = 0) -> DescriptorHead:
        """Learn from descriptors ``(n, n_inputs)`` and labels that are 0 or 1 ``(n,)``; returns itself.

        Raises:
            UnknownNameError: no such kind.
            TrainingError: labels of one class or others than 0 and 1, another number of them than rows, or descriptors
                with missing values.
        """
        if self.kind not in KINDS:
            raise UnknownNameError.of("kind of head", self.kind, KINDS)
        labels = np.asarray(labels, dtype=float)
        if len(labels) != len(table) or set(np.unique(labels)) != {0.0, 1.0}:
            raise TrainingError(
                f"a head needs a label that is 0 or 1 for each of {len(table)} rows, and both; "
                f"there are {len(labels)} of {np.unique(labels)[:3].tolist()}"
            )
        values = table.to_numpy(dtype=float)
        errors.check_finite(values, table.index, table.columns, TrainingError)
        self.columns = tuple(table.columns)
        self.estimator = _estimator(self.kind, seed).fit(values, labels)
        return self

    def check(self, table: pd.DataFrame) -> pd.DataFrame:
        """The columns that the head learned from, in their order, or an error that names what is wrong."""
        if self.estimator is None:
            raise TrainingError("this head has learned nothing yet; call fit(table, labels)")
        missing = [name for name in self.columns if name not in table]
        if missing:
            raise HeaError(f"the table has no column {missing[0]!r}; the head reads {', '.join(self.columns)}")
        table = table[list(self.columns)].astype(float)
        errors.check_finite(table.to_numpy(), table.index, table.columns, HeaError)
        return table

    def __call__(self, table: pd.DataFrame) -> np.ndarray:
        """Probability of class 1 ``(n,)``."""
        values = self.check(table).to_numpy()
        return self.estimator.predict_proba(values)[:, 1]


def _estimator(kind: str, seed: int):
    """An unfitted classifier."""
    if kind == "trees":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(200, min_samples_leaf=2, random_state=seed)
    if kind == "logistic":
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
    from .committee import CommitteeClassifier

    return CommitteeClassifier(seed)


class FamilyHead:
    """The classifier of a disentangled VAE, entered where the features of alloys are known.

    A descriptor enters it in several columns, and descriptors that say nearly the same stand beside one another. So a
    player is a whole family of descriptors, or the composition, and all its columns come and go together.

    Args:
        model: a trained :class:`hea_lib.models.vae.DisentangledVAE`. Its networks are read alone, without the trees
            that :meth:`~hea_lib.models.vae.DisentangledVAE.predict` averages them with.

    Attributes:
        groups: family -> columns of :meth:`features`.
    """

    def __init__(self, model):
        model._trained()
        self.model = model
        names = [
            *descriptors.finite_names(),
            *(f"{fact}, {kind}" for kind in ("mean", "spread", "highest", "lowest") for fact in FACTS),
        ]
        bins = [len(edges) - 1 for edges in model._features.edges]
        elements = list(model.problem.space.columns)
        binned = [f"{name}, bin {bin}" for name, count in zip(names, bins, strict=True) for bin in range(1, count + 1)]
        self.columns = [*names, *binned, *elements, *(f"{symbol}, present" for symbol in elements)]
        owner = {name: family for family, members in FAMILIES.items() for name in members}
        self.groups: dict[str, list[str]] = {family: [] for family in (*FAMILIES, COMPOSITION)}
        for column in self.columns:
            self.groups[owner.get(column.split(",")[0], COMPOSITION)].append(column)

    def features(self, designs: pd.DataFrame) -> pd.DataFrame:
        """What the classifier reads of alloys ``(n, n_features)``."""
        designs = self.model.problem.space.check(designs)
        return pd.DataFrame(self.model._features(designs).astype(float), designs.index, self.columns)

    def __call__(self, features: pd.DataFrame) -> np.ndarray:
        """Mean probability of class 1 over all heads ``(n,)``."""
        import torch

        values = torch.tensor(features[self.columns].to_numpy(dtype=np.float32, copy=True))
        with torch.inference_mode():
            odds = self.model.networks["heads"](values.expand(len(self.model.seeds), -1, -1))
            return torch.sigmoid(odds[..., 0]).double().mean(dim=(0, 2)).numpy()
