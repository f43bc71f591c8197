"""Why does the classifier think so? Shapley values of an alloy that is typed."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets
import pandas as pd

from .. import alloys, descriptors, interpretation
from ..errors import HeaError
from ..figures.interpretation import waterfall
from .messages import complaint


class ShapleyPanel(ipywidgets.VBox):
    """Type an alloy, and see which of its descriptors make the classifier think what it thinks.

    What cannot be read or described is said below the text, and the last picture stays.

    Args:
        head: a fitted classifier of descriptors. background: descriptors of alloys to compare with; the
            cost of a picture is in proportion.
        describe: alloys -> descriptors that the head reads, the eight features of Zeng et al. unless told.
        formula: the alloy to begin with.

    Attributes:
        explanation: of the alloy shown; None until one could be explained.
    """

    def __init__(
        self,
        head: interpretation.DescriptorHead,
        background: pd.DataFrame,
        describe: Callable[[pd.DataFrame], pd.DataFrame] = descriptors.zeng2024,
        formula: str = "CoCrFeMnNi",
    ):
        self.head, self.background, self.describe = head, head.check(background), describe
        self.formula = ipywidgets.Text(value=formula, description="alloy", continuous_update=False)
        self.explanation: interpretation.Explanation | None = None
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        self.formula.observe(self._typed, names="value")
        super().__init__([self.formula, self.message, self.picture])
        self._typed()

    def _typed(self, _change=None) -> None:
        try:
            alloy = alloys.fractions(self.formula.value)
            inputs = self.head.check(self.describe(alloy))
            found = interpretation.exact_shapley(self.head, inputs, self.background)
        except HeaError as error:
            self.message.value = complaint(error)
            return
        self.explanation, self.message.value = found, ""
        self.picture.value = waterfall(found, title=alloys.formula(alloy, digits=1).iloc[0])._repr_png_()
