"""Ask for a band gap, and see cells that should have it."""

from __future__ import annotations

import html

import ipywidgets
import numpy as np
import pandas as pd

from .. import design
from ..errors import HeaError
from ..figures.cells import strained
from ..problems import InverseProblem
from .messages import complaint

_SHOWN = 4  # cells that are drawn, the first ones: nothing is picked
_CLOSE = 0.05  # miss of a hit [eV]


class GapPanel(ipywidgets.VBox):
    """Ask for a gap, see the first cells that a model answers and how many of all the judge confirms.

    Args:
        problem: with a band gap as its target. model: a fitted inverse model of it.
        gap: the first request [eV], within the range of the target. n: cells of each draw.

    Attributes:
        designs: the cells ``(n, n_columns)``; None where there are none, and the message says why.
        found: of each of them, in eV: ``forward``, ``judge``, and ``spread`` of the members of the forward model.

    Raises:
        HeaError: fewer cells than are drawn. TargetError: a gap that no known cell reaches.
    """

    def __init__(self, problem: InverseProblem, model, gap: float = 0.5, n: int = 200):
        if n < _SHOWN:
            raise HeaError(f"n is {n}; the panel draws {_SHOWN} cells")
        self.problem, self.model, self.n = problem, model, n
        (target,) = problem.targets
        problem.requests({target.name: gap}, 1)  # a slider would move a gap out of its range without a word
        self.gap = ipywidgets.FloatSlider(
            value=gap, min=target.lowest, max=target.highest, step=0.05, description="gap, eV", continuous_update=False
        )
        self.localized = ipywidgets.Checkbox(value=True, description="select and move to the request", indent=False)
        self.seed = ipywidgets.BoundedIntText(value=0, min=0, max=9_999, description="draw")
        self.message, self.picture = ipywidgets.HTML(), ipywidgets.Image(format="png")
        self.designs: pd.DataFrame | None = None
        self.found: pd.DataFrame | None = None
        controls = self.gap, self.localized, self.seed
        for control in controls:
            control.observe(self._asked, names="value")
        super().__init__([ipywidgets.HBox(controls), self.message, self.picture])
        self._asked()

    def _asked(self, _change=None) -> None:
        problem, (target,) = self.problem, self.problem.targets
        try:
            requests = problem.requests({target.name: self.gap.value}, self.n)
            if self.localized.value:
                designs = design.select(problem, self.model, requests, localized=True, seed=self.seed.value)
            else:
                designs = self.model.sample(requests, seed=self.seed.value)
        except HeaError as error:  # an old picture under a new request would pass for its answer
            self.designs = self.found = None
            self.message.value, self.picture.value = complaint(error), b""
            return
        said = np.maximum(problem.opinions(designs)[..., 0], target.lowest)
        self.designs = designs
        self.found = pd.DataFrame(
            {"forward": said.mean(axis=0), "judge": problem.judge(designs)[target.name], "spread": said.std(axis=0)}
        )
        self.message.value = html.escape(self._told())
        first = self.found.iloc[:_SHOWN]
        titles = [f"judge {row.judge:.2f} eV\nspread {1000 * row.spread:.0f} meV" for row in first.itertuples()]
        self.picture.value = strained(designs.iloc[:_SHOWN].set_axis(titles))._repr_png_()

    def _told(self) -> str:
        hits = ((self.found["judge"] - self.gap.value).abs() <= _CLOSE).sum()
        return (
            f"{hits} of {self.n} cells have {self.gap.value:.2f} eV within {_CLOSE} eV by the judge; "
            f"the members of the forward model differ by {1000 * self.found['spread'].median():.0f} meV (median)"
        )
