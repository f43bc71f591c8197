"""The weight of the divergence as a dial, and a point of the latent plane with what is made of it."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import numpy as np

from ..errors import HeaError
from ..figures.vae import REACH, Run, dial


class BetaPanel(ipywidgets.VBox):
    """Choose one of several trained autoencoders and move a point through its latent plane.

    Args:
        runs: weight of the divergence -> run. real: the points that all were trained on ``(n, 2)``.
        beta: the run that is shown first; None: the one in the middle.

    Raises:
        HeaError: no runs, or none at this weight.
    """

    def __init__(self, runs: Mapping[float, Run], real: np.ndarray, beta: float | None = None):
        if not runs:
            raise HeaError("there are no runs to choose from; give at least one, such as {1.0: run}")
        weights = sorted(runs)
        if beta is None:
            beta = weights[len(weights) // 2]
        if beta not in runs:
            raise HeaError(f"no run has the weight {beta:g}; there are {', '.join(f'{w:g}' for w in weights)}")
        self.runs, self.real = dict(runs), real
        self.beta = ipywidgets.SelectionSlider(
            options=[(f"{weight:g}", weight) for weight in weights],
            value=beta,
            description="β",
            continuous_update=False,
        )
        self.point = [
            ipywidgets.FloatSlider(
                value=0.0, min=-REACH, max=REACH, step=0.1, description=name, continuous_update=False
            )
            for name in ("z₁", "z₂")
        ]
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        controls = (self.beta, *self.point)
        for control in controls:
            control.observe(self._moved, names="value")
        super().__init__([ipywidgets.HBox(controls), self.message, self.picture])
        self._moved()

    @property
    def decoded(self) -> np.ndarray:
        """What the chosen run makes of the chosen point ``(2,)``."""
        return self.runs[self.beta.value].decode(np.array([[number.value for number in self.point]]))[0]

    def _moved(self, _change=None) -> None:
        run, (first, second) = self.runs[self.beta.value], self.decoded
        each = " and ".join(f"{nats:.2f}" for nats in run.divergence)
        self.message.value = (
            f"misfit {run.misfit:.2f} nat; divergence {each} nat; the point is decoded to ({first:.2f}, {second:.2f})"
        )
        place = [number.value for number in self.point]
        self.picture.value = dial(self.runs, self.real, self.beta.value, place)._repr_png_()
