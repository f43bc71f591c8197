"""A generator that can only shift: what each loss tells it of the way to the real points."""

from __future__ import annotations

import ipywidgets
import pandas as pd

from ..errors import HeaError
from ..figures.shift import NARROW, REACH, SLOPES, WIDE, distances, shift
from .messages import complaint


class DistancePanel(ipywidgets.VBox):
    """Type where heaps of real points lie, slide a generated heap, and see its distances from them and their slopes.

    What cannot be read or computed is said below the text, and the last picture stays.

    Args:
        heaps: places of the real heaps, numbers with commas between them. offset: place of the generated heap.
        width: standard deviation of every heap.
    """

    def __init__(self, heaps: str = "0", offset: float = 1.5, width: float = 0.25):
        self.heaps = ipywidgets.Text(value=heaps, description="real at", continuous_update=False)
        self.offset = ipywidgets.FloatSlider(
            value=offset, min=-REACH, max=REACH, step=0.1, description="offset", continuous_update=False
        )
        self.width = ipywidgets.FloatSlider(
            value=width, min=NARROW, max=WIDE, step=0.05, description="width", continuous_update=False
        )
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        controls = (self.heaps, self.offset, self.width)
        for control in controls:
            control.observe(self._moved, names="value")
        super().__init__([ipywidgets.HBox(controls), self.message, self.picture])
        self._moved()

    @property
    def places(self) -> list[float]:
        """Where the real heaps lie.

        Raises:
            HeaError: a part of the text is no number.
        """
        found = []
        for part in self.heaps.value.replace(",", " ").split():
            try:
                found.append(float(part))
            except ValueError:
                raise HeaError(f"{part!r} is no number; write places such as -1.5, 1.5") from None
        return found

    @property
    def slopes(self) -> pd.Series:
        """Derivative of each loss with respect to the offset; a positive one says: go left.

        Raises:
            HeaError: a part of the text is no number, or no place within reach.
        """
        here = distances(self.places, self.width.value, [self.offset.value]).iloc[0]
        return pd.Series({name: here[f"slope, {name}"] for name in SLOPES})

    def _moved(self, _change=None) -> None:
        try:
            slopes = self.slopes
            picture = shift(self.places, self.width.value, self.offset.value)
        except HeaError as error:
            self.message.value = complaint(error)
        else:
            self.message.value = "slopes: " + "; ".join(f"{name}: {slope:.2g}" for name, slope in slopes.items())
            self.picture.value = picture._repr_png_()
