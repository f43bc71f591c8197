"""Walk the latent space: take an alloy, turn one number, change the class, and see what it becomes."""

from __future__ import annotations

import html
import warnings
from collections.abc import Sequence

import ipywidgets
import numpy as np
import pandas as pd

from .. import alloys, interpretation
from ..errors import HeaError
from ..figures.interpretation import strips
from .messages import complaint

_REACH = 3.0  # of a latent coordinate, which is standard normal over alloys
_STEPS = 7  # of the strip around the point
_FAR_OFF = "where no alloy is known"  # words of the warning of interpretation.traverse
_FAR = "this point lies where no alloy is known: what is decoded there is a guess"


class WalkPanel(ipywidgets.VBox):
    """Type an alloy, turn one of its latent numbers, choose its class, and read the alloy that this is.

    The strip shows the walk along the chosen coordinate with all else held fixed. A number stays turned when another
    coordinate is chosen; a typed alloy brings its own. Further targets of the model's problem, such as a hardness, are
    held at what the model predicts for the typed alloy. What cannot be read is said, and the last picture stays.

    Args:
        model: a trained model that encodes and decodes, such as :class:`hea_lib.models.vae.DisentangledVAE`.
        formula: the alloy to begin with.

    Attributes:
        point: latent vector in hand ``(1, n_latent)``; None until an alloy could be read.
        held: the further targets and their values.
    """

    def __init__(self, model, formula: str = "CoCrFeNi"):
        self.model = model
        self.formula = ipywidgets.Text(value=formula, description="alloy", continuous_update=False)
        self.coordinate = ipywidgets.Dropdown(options=model.latent_names, description="number")
        self.slider = ipywidgets.FloatSlider(
            min=-_REACH, max=_REACH, step=0.1, description="value", continuous_update=False
        )
        self.label = ipywidgets.ToggleButtons(options=[("several phases", 0), ("single phase", 1)], value=1)
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        self._following = False
        self.point: pd.DataFrame | None = None
        self.held: dict[str, float] = {}
        self.formula.observe(self._typed, names="value")
        self.coordinate.observe(self._chosen, names="value")
        self.slider.observe(self._turned, names="value")
        self.label.observe(self._turned, names="value")
        controls = ipywidgets.HBox([self.coordinate, self.slider, self.label])
        super().__init__([self.formula, controls, self.message, self.picture])
        self._typed()

    @property
    def design(self) -> pd.DataFrame:
        """The alloy that the latent vector and the chosen class decode to, a table of one row.

        Raises:
            HeaError: no alloy could be read yet.
        """
        if self.point is None:
            raise HeaError("there is no point to decode yet; type an alloy that the model can read")
        return self._walk([self.point[self.coordinate.value].item()], self.label.value)

    def _walk(self, places: Sequence[float], label: int) -> pd.DataFrame:
        classes = {self.model.problem.target_names[0]: float(label)}
        return interpretation.traverse(self.model, self.point, self.coordinate.value, places, classes | self.held)

    def _typed(self, _change=None) -> None:
        try:
            table = alloys.fractions(self.formula.value)
            point = self.model.encode(table)
            said = self.model.predict(table).iloc[0]
        except HeaError as error:
            self.message.value = complaint(error)
            return
        self.point, self.held = point, said.iloc[1:].to_dict()
        self._following = True
        self.label.value = int(said.iloc[0] > 0.5)
        self._following = False
        self._chosen()

    def _chosen(self, _change=None) -> None:
        if self.point is None:
            return
        self._following = True
        self.slider.value = float(np.clip(self.point[self.coordinate.value].item(), -_REACH, _REACH))
        self._following = False
        self._draw()

    def _turned(self, change) -> None:
        if self._following or self.point is None:
            return
        if change["owner"] is self.slider:
            self.point = self.point.assign(**{self.coordinate.value: self.slider.value})
        self._draw()

    def _draw(self) -> None:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            here = self.design
        far = [warning for warning in caught if _FAR_OFF in str(warning.message)]
        self.message.value = html.escape(self._said(here)) + "".join(f"<br>{complaint(_FAR)}" for _ in far[:1])
        places = np.linspace(-_REACH, _REACH, _STEPS)
        with warnings.catch_warnings():
            # The ends of a strip may well lie far out; the alloy in hand is told of.
            warnings.filterwarnings("ignore", f".*{_FAR_OFF}")
            walks = {title: self._walk(places, label) for title, label in self.label.options}
        self.picture.value = strips(walks)._repr_png_()

    def _said(self, here: pd.DataFrame) -> str:
        found = self.model.predict(here).iloc[0]
        parts = [f"{alloys.formula(here, digits=0).iloc[0]}, single phase with probability {found.iloc[0]:.2f}"]
        parts += [
            f"{item.label.lower()} {found[item.name]:.4g} {item.unit} where {self.held[item.name]:.4g} was asked for"
            for item in self.model.problem.targets[1:]
        ]
        return "; ".join(parts)
