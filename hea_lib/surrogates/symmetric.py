"""An ensemble of neural networks that knows the symmetry of a strained layer.

The inputs are the Green strain and the field. Each network applies two layers to all twelve D3h images of its input,
averages, and goes on with the average: what comes out is exactly the same for all images. With ``A_g`` the operations,

    gap(x) = head(mean_g body(A_g x)),   so   gap(A_h x) = gap(x)   because {A_g A_h} = {A_g}.

A property that cannot be negative and is often exactly zero, as the gap of a metal is, is treated as censored: the
network's output says how far below zero the property would be, and only what is above zero is returned. That is the
idea of a Tobit model; its normal distribution and its likelihood are not used. The loss is Huber's, one-sided at zero.

References:
    M. Zaheer et al., *Deep Sets*, NeurIPS 2017, arXiv:1703.06114 (averaging inside a network gives exact invariance).
    J. Tobin, Econometrica 26, 24 (1958), doi:10.2307/1907382 (regression where values are cut off at zero).
    B. Lakshminarayanan et al., NeurIPS 2017, arXiv:1612.01474 (the spread of an ensemble as uncertainty).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import errors, strain
from ..errors import SurrogateError
from .checks import check_fitted, check_properties
from .ensemble import Ensemble

if TYPE_CHECKING:
    import torch

#: Designs in one pass of a prediction; keeps the twelve images of three members below 30 MB a layer.
_BATCH = 2048
#: The same where slopes are asked for; smaller, because all that is on the way to them is kept.
_STEEP = 256
#: Error [unit of the property] beyond which the loss grows linearly: outliers, cells near a crossing of bands.
_HUBER = 0.02


@dataclass
class SymmetricEnsemble(Ensemble):
    """Networks on Green strain and field, invariant under D3h, trained together, for properties of zero or more.

    Args:
        members: networks, which differ in their first weights and in the order of their batches.
        width: units of each hidden layer.
        epochs: passes through the data.
        batch_size: rows of one step of the optimiser.
        learning_rate: its highest value; it rises for a tenth of the steps and then falls to zero.
        symmetric: false leaves the symmetry to be learned, to see what it is worth.

    Example:
        >>> cells = pd.DataFrame([strain.REFERENCE | {"field": f} for f in (0.0, 0.5, -0.5)])
        >>> gaps = pd.DataFrame({"band_gap": [1.3, 1.2, 1.2]})
        >>> model = SymmetricEnsemble(members=2, width=8, epochs=1).fit(cells, gaps)
        >>> up, down = model.predict(cells)["band_gap"].iloc[1:]
        >>> bool(abs(up - down) < 1e-5)
        True
    """

    members: int = 3
    width: int = 96
    epochs: int = 200
    batch_size: int = 128
    learning_rate: float = 4e-3
    symmetric: bool = True
    properties: tuple[str, ...] = field(default=(), init=False)
    weights: "dict[str, torch.Tensor] | None" = field(default=None, init=False, repr=False)

    def fit(
        self,
        designs: pd.DataFrame,
        properties: pd.DataFrame,
        seed: int = 0,
        progress: Callable[[int, float], None] | None = None,
    ) -> "SymmetricEnsemble":
        """Learn from cells ``a, b, c`` [angstrom], ``alpha, beta, gamma`` [degree], ``field`` and their properties.

        Args:
            progress: called after each epoch with its number and the mean loss.

        Raises:
            CellError: as :func:`hea_lib.strain.lattice`.
            SurrogateError: properties that are negative, not finite, or do not match the designs.
        """
        import torch

        known = check_properties(designs, properties)
        if (known < 0).any():
            row, column = np.argwhere(known < 0)[0]
            name = properties.columns[column]
            where = errors.row(properties.index, row)
            raise SurrogateError(f"{where}: {name} = {known[row, column]:g}; it cannot be negative")
        inputs, known = self._inputs(designs), torch.tensor(known, dtype=torch.float32)
        random = torch.Generator().manual_seed(seed)
        self.properties = tuple(map(str, properties.columns))
        self.weights = self._initial(inputs, len(self.properties), random)
        trained = [tensor.requires_grad_() for name, tensor in self.weights.items() if name != "scale"]
        size = min(self.batch_size, len(inputs))
        steps = len(inputs) // size
        optimizer = torch.optim.AdamW(trained, lr=self.learning_rate, weight_decay=1e-4)
        rate = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, self.learning_rate, total_steps=self.epochs * steps, pct_start=0.1
        )
        for epoch in range(self.epochs):
            order = torch.stack([torch.randperm(len(inputs), generator=random) for _ in range(self.members)])
            total = 0.0
            for batch in order[:, : steps * size].split(size, dim=1):
                loss = _censored_loss(self._forward(inputs[batch]), known[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                rate.step()
                total += loss.item()
            if progress:
                progress(epoch + 1, total / steps)
        self.weights = {name: tensor.detach() for name, tensor in self.weights.items()}
        return self

    def predict_members(self, designs: pd.DataFrame) -> np.ndarray:
        """Property that each member predicts ``(members, n_designs, n_properties)``.

        Raises:
            CellError: as :func:`hea_lib.strain.lattice`.
            SurrogateError: the ensemble has not been fitted.
        """
        return np.maximum(self.predict_uncensored(designs), 0.0)

    def predict_uncensored(self, designs: pd.DataFrame) -> np.ndarray:
        """As :meth:`predict_members`, but below zero where the property is zero, the lower the more surely.

        Raises:
            CellError: as :func:`hea_lib.strain.lattice`.
            SurrogateError: the ensemble has not been fitted.
        """
        import torch

        check_fitted(self.weights, "SymmetricEnsemble")
        with torch.no_grad():
            parts = [self._forward(part.expand(self.members, -1, -1)) for part in self._inputs(designs).split(_BATCH)]
        return torch.cat(parts, dim=1).double().numpy()

    def slopes(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Properties of cells and fields ``(n, n_properties)``, and how they rise with each ``(n, n_properties, 7)``.

        A cell whose property is zero has no slope. Nothing is checked, so that a search may pass a flat cell.

        Args:
            values: ``CELL`` and ``FIELD`` in this order ``(n, 7)``.
        """
        said, steep = self.member_slopes(values)
        return np.maximum(said, 0.0).mean(axis=0), np.where(said[..., None] > 0, steep, 0.0).mean(axis=0)

    def member_slopes(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each member says, uncensored ``(members, n, n_properties)``, and its slopes ``(..., 7)``."""
        import torch

        check_fitted(self.weights, "SymmetricEnsemble")
        strains, rises = strain.green_slopes(values[:, :6])
        inputs = torch.tensor(np.hstack([strains, values[:, 6:]]), dtype=torch.float32)
        said, steep = [], []
        for part in inputs.split(_STEEP):
            part = part.expand(self.members, -1, -1).clone().requires_grad_()  # a row of its own for each member
            answers = self._forward(part)
            slopes = [torch.autograd.grad(one.sum(), part, retain_graph=True)[0] for one in answers.unbind(-1)]
            said.append(answers.detach())
            steep.append(torch.stack(slopes, dim=2))
        empty = np.empty((self.members, 0, len(self.properties)))
        found = torch.cat(said, dim=1).double().numpy() if said else empty
        steep = torch.cat(steep, dim=1).double().numpy() if steep else empty[..., None].repeat(7, axis=-1)
        steep[..., :6] = (steep[..., None, :6] @ rises[None, :, None])[..., 0, :]
        return found, steep

    def save(self, path: str | Path, **notes: object) -> Path:
        """Write ``path.safetensors`` and ``path.json``; ``notes`` (seed, rows, metrics) go into the latter."""
        from . import store

        check_fitted(self.weights, "SymmetricEnsemble")
        return store.save(self, path, notes)

    @classmethod
    def restore(cls, settings: dict, properties: list[str], weights: dict[str, np.ndarray]) -> "SymmetricEnsemble":
        """Ensemble from what was saved of it.

        Raises:
            SurrogateError: settings that are missing or unknown, or weights of other names or shapes than they give.
        """
        import torch

        known = {item.name for item in fields(cls) if item.init}
        if wrong := known ^ set(settings):
            raise SurrogateError(f"settings {sorted(wrong)} are missing or unknown; there are {sorted(known)}")
        model = cls(**settings)
        model.properties = tuple(properties)
        expected = {"scale": (len(strain.STRAIN) + 1,)}
        for layer, (before, after) in enumerate(pairwise(model._sizes(len(properties)))):
            expected[f"weight.{layer}"] = (model.members, before, after)
            expected[f"bias.{layer}"] = (model.members, 1, after)
        found = {name: value.shape for name, value in weights.items()}
        if wrong := dict(expected.items() ^ found.items()):
            name = min(wrong)
            raise SurrogateError(f"{name} has the shape {found.get(name)}; the settings give {expected.get(name)}")
        model.weights = {name: torch.tensor(value, dtype=torch.float32) for name, value in weights.items()}
        return model

    def _sizes(self, n_outputs: int) -> list[int]:
        """Units of each layer, from strain and field to the properties."""
        return [len(strain.STRAIN) + 1, self.width, self.width, self.width, n_outputs]

    def _inputs(self, designs: pd.DataFrame) -> "torch.Tensor":
        """Strain components and field ``(n_designs, 7)``."""
        import torch

        field_strength = strain.select(designs, (strain.FIELD,))
        return torch.tensor(np.hstack([strain.green(designs), field_strength]), dtype=torch.float32)

    def _initial(self, inputs: "torch.Tensor", n_outputs: int, random: "torch.Generator") -> "dict[str, torch.Tensor]":
        """First weights of all members, stacked; ``scale`` brings the inputs to unit size without breaking symmetry."""
        import torch

        images = torch.einsum("gij,nj->gni", self._operations(), inputs)
        weights = {"scale": images.square().mean((0, 1)).sqrt().clamp_min(1e-6)}
        for layer, (before, after) in enumerate(pairwise(self._sizes(n_outputs))):
            gain = 1.0 if layer == 0 else 2**0.5
            weights[f"weight.{layer}"] = torch.randn(self.members, before, after, generator=random) * gain / before**0.5
            # Biases of the first layer spread the bends of its units over the inputs; later ones may start at zero.
            bias = torch.randn(self.members, 1, after, generator=random)
            weights[f"bias.{layer}"] = 0.5 * bias if layer == 0 else 0 * bias
        return weights

    def _operations(self) -> "torch.Tensor":
        import torch

        operations = strain.symmetry_action() if self.symmetric else np.eye(7)[None]
        return torch.tensor(operations, dtype=torch.float32)

    def _forward(self, inputs: "torch.Tensor") -> "torch.Tensor":
        """Raw output of each member ``(members, n, n_outputs)`` from ``(members, n, 7)``; below zero means metal."""
        import torch
        from torch.nn.functional import silu

        state = self.weights
        operations = self._operations()
        images = torch.einsum("gij,mnj->mngi", operations, inputs) / state["scale"]
        hidden = images.flatten(1, 2)
        for layer in (0, 1):
            hidden = silu(torch.baddbmm(state[f"bias.{layer}"], hidden, state[f"weight.{layer}"]))
        hidden = hidden.unflatten(1, (-1, len(operations))).mean(dim=2)
        hidden = silu(torch.baddbmm(state["bias.2"], hidden, state["weight.2"]))
        return torch.baddbmm(state["bias.3"], hidden, state["weight.3"])


def _censored_loss(output: "torch.Tensor", known: "torch.Tensor") -> "torch.Tensor":
    """Huber loss of the error, one-sided at zero: an output below zero is no error if the property is zero."""
    import torch
    from torch.nn.functional import huber_loss

    error = torch.where(known > 0, output - known, output.relu())
    return huber_loss(error, torch.zeros_like(error), delta=_HUBER)
