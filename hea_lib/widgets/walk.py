"""Walk the latent space: take an alloy, turn one number, change the class, and see what it becomes."""

from __future__ import annotations

import html
import warnings

import ipywidgets
import numpy as np
import pandas as pd

from .. import alloys, interpretation
from ..errors import HeaError
from ..figures.interpretation import strips
from .messages import complaint

_REACH = 3.0  # of a latent coordinate, which is standard normal over alloys
_STEPS = 7  # of the strip around the point
_FAR = "this point lies where no alloy is known: what is decoded there is a guess"


class WalkPanel(ipywidgets.VBox):
    """Type an alloy, turn one of its latent numbers, choose its class, and read the alloy that this is.

    The strip shows the walk along the chosen coordinate with all else held fixed. A number stays turned when another
    coordinate is chosen; a typed alloy brings its own. What cannot be read is said, and the last picture stays.

    Args:
        model: a trained model that encodes and decodes, such as :class:`hea_lib.models.vae.DisentangledVAE`.
        formula: the alloy to begin with.

    Attributes:
        point: latent vector in hand ``(1, n_latent)``.
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
        self.point = None  # until an alloy could be read
        self.formula.observe(self._typed, names="value")
        self.coordinate.observe(self._chosen, names="value")
        self.slider.observe(self._turned, names="value")
        self.label.observe(self._turned, names="value")
        controls = ipywidgets.HBox([self.coordinate, self.slider, self.label])
        super().__init__([self.formula, controls, self.message, self.picture])
        self._typed()

    @property
    def design(self) -> pd.DataFrame:
        """The alloy that the latent vector and the chosen class decode to, a table of one row."""
        name = self.coordinate.value
        return interpretation.traverse(self.model, self.point, name, [self.point[name].item()], self.label.value)

    def _typed(self, _change=None) -> None:
        try:
            table = alloys.fractions(self.formula.value)
            point = self.model.encode(table)
            judged = int(self.model.predict(table).iloc[0, 0] > 0.5)
        except HeaError as error:
            self.message.value = complaint(error)
            return
        self.point = point
        self._following = True
        self.label.value = judged
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
        with warnings.catch_warnings(record=True) as far:
            warnings.simplefilter("always")
            here = self.design
        probability = self.model.predict(here).iloc[0, 0]
        words = f"{alloys.formula(here, digits=0).iloc[0]}, single phase with probability {probability:.2f}"
        self.message.value = html.escape(words) + "".join(f"<br>{complaint(_FAR)}" for _ in far[:1])
        name, places = self.coordinate.value, np.linspace(-_REACH, _REACH, _STEPS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the ends of a strip may well lie far out; the alloy in hand is told of
            walks = {
                title: interpretation.traverse(self.model, self.point, name, places, label)
                for title, label in self.label.options
            }
        self.picture.value = strips(walks)._repr_png_()
