"""An alloy in the hand: typed or slid, with its descriptors and reference properties."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import pandas as pd

from .. import alloys
from ..errors import HeaError
from ..figures.portrait import portrait
from .messages import complaint

PALETTE = ("Al", "Ti", "V", "Cr", "Zr", "Nb", "Mo", "Hf", "Ta", "W")


class AlloyPanel(ipywidgets.VBox):
    """Type an alloy or slide its elements, and see what it is made of, its descriptors and reference properties.

    A typed alloy moves the sliders to its whole atomic percents. A moved slider makes all sliders amounts of any
    scale, and the text then says their percentages, to which the sliders do not move. Elements without a slider keep
    the percents that were typed. What cannot be read or computed is said below the text, and the last alloy stays in
    the picture.

    Args:
        formula: the alloy to begin with. palette: elements that get a slider.
    """

    def __init__(self, formula: str = "MoNbTaW", palette: Sequence[str] = PALETTE):
        self.formula = ipywidgets.Text(value=formula, description="alloy", continuous_update=False)
        self.message = ipywidgets.HTML()
        self.sliders = {
            symbol: ipywidgets.IntSlider(
                min=0, max=100, description=symbol, continuous_update=False, layout=ipywidgets.Layout(width="260px")
            )
            for symbol in palette
        }
        self.picture = ipywidgets.Image(format="png")
        self._following = False
        self._others: dict[str, float] = {}  # percents of the elements without a slider
        self.formula.observe(self._typed, names="value")
        for slider in self.sliders.values():
            slider.observe(self._slid, names="value")
        shelf = ipywidgets.GridBox(
            list(self.sliders.values()),
            layout=ipywidgets.Layout(grid_template_columns="repeat(auto-fill, minmax(260px, 1fr))"),
        )
        super().__init__([self.formula, self.message, shelf, self.picture])
        self._typed()

    @property
    def composition(self) -> pd.DataFrame:
        """The alloy in the text as a table of one row.

        Raises:
            FormulaError: the text is no formula.
        """
        return alloys.fractions(self.formula.value)

    def _typed(self, _change=None) -> None:
        """Move the sliders to the alloy in the text, and draw it."""
        if self._following:
            return
        try:
            composition = self.composition
        except HeaError as error:
            self._say(error)
            return
        self._following = True
        percents = (100 * composition.iloc[0]).to_dict()
        for symbol, slider in self.sliders.items():
            slider.value = round(percents.pop(symbol, 0))
        self._others = {symbol: percent for symbol, percent in percents.items() if percent}
        self._following = False
        self._draw(composition)

    def _slid(self, _change=None) -> None:
        """Write the alloy of the sliders, and of the elements without one, into the text, and draw it."""
        if self._following:
            return
        amounts = {symbol: slider.value for symbol, slider in self.sliders.items() if slider.value} | self._others
        if not amounts:
            self._say("all sliders are at zero: an alloy needs at least one element")
            return
        composition = alloys.normalize(pd.DataFrame([amounts], dtype=float))
        self._following = True
        self.formula.value = alloys.formula(composition, digits=2).iloc[0]
        self._following = False
        self._draw(composition)

    def _draw(self, composition: pd.DataFrame) -> None:
        try:
            self.picture.value = portrait(composition)._repr_png_()
        except HeaError as error:
            self._say(error)
        else:
            self.message.value = f"no slider, kept as typed: {', '.join(self._others)}" if self._others else ""

    def _say(self, reason: object) -> None:
        self.message.value = complaint(reason)
