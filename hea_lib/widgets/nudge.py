"""An alloy that you type, nudged towards a single phase."""

from __future__ import annotations

import warnings

import ipywidgets

from .. import alloys, design, problems
from ..errors import HeaError
from ..figures.strategies import nudge_path
from ..problems import InverseProblem
from .messages import complaint


class NudgePanel(ipywidgets.VBox):
    """Type an alloy and a budget, and see the small exchanges that lead it to a single phase.

    What cannot be read or done is said below the text, and the last path stays in the picture; an alloy that does not
    arrive shows how close it comes.

    Args:
        problem: the single-phase alloys unless told. predictor: what is believed on the way; ``problem.forward``
            unless told.
        formula: the alloy to begin with. budget: atoms that may be exchanged [at%].
        add: whether elements may enter.

    Attributes:
        found: the last :class:`hea_lib.design.Nudges`; None until an alloy could be nudged.
    """

    def __init__(
        self,
        problem: InverseProblem | None = None,
        predictor=None,
        formula: str = "AlCoCrFeNi",
        budget: int = 20,
        add: bool = True,
    ):
        self.problem = problems.get("single-phase") if problem is None else problem
        self.predictor = self.problem.forward if predictor is None else predictor
        self.formula = ipywidgets.Text(value=formula, description="alloy", continuous_update=False)
        self.fixed = ipywidgets.Text(
            description="keep", placeholder="amounts that may not change: Cr, Al", continuous_update=False
        )
        self.budget = ipywidgets.IntSlider(
            value=budget, min=2, max=40, step=2, description="budget, at%", continuous_update=False
        )
        self.add = ipywidgets.Checkbox(value=add, description="elements may enter", indent=False)
        self.found: design.Nudges | None = None
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        controls = (self.formula, self.fixed, self.budget, self.add)
        for control in controls:
            control.observe(self._moved, names="value")
        super().__init__([ipywidgets.HBox(controls[:2]), ipywidgets.HBox(controls[2:]), self.message, self.picture])
        self._moved()

    def _moved(self, _change=None) -> None:
        kept = self.fixed.value.replace(",", " ").split()
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", ".* did not reach", UserWarning)  # the message says it
                found = design.nudge(
                    self.problem,
                    self.predictor,
                    alloys.fractions(self.formula.value),
                    budget=self.budget.value / 100,
                    fixed=kept,
                    add=self.add.value,
                )
        except HeaError as error:
            self.message.value = complaint(error)
            return
        self.found = found
        self.message.value = self._said()
        self.picture.value = nudge_path(found.path())._repr_png_()

    def _said(self) -> str:
        row = self.found.table.iloc[0]
        end = alloys.formula(self.found.designs, digits=2).iloc[0]
        said = (
            f"{end}: probability {row['before']:.2f} to {row['after']:.2f}, {100 * row['distance']:.0f} at% exchanged"
        )
        return said if row["arrived"] else complaint(f"not a single phase within this budget, but as close as {said}")
