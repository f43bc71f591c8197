"""Alloys on demand: a target in, alloys out."""

from __future__ import annotations

import ipywidgets
import pandas as pd

from .. import design, problems
from ..errors import HeaError
from ..figures.requests import delivered
from ..problems import InverseProblem
from .messages import complaint

_STEPS = 100  # of a slider over the range of the known designs


class DesignPanel(ipywidgets.VBox):
    """Ask for properties with sliders, and see alloys that a trained model makes for them.

    A property whose box is not ticked is left open. A target that no alloy has is named, and the nearest feasible one
    is answered in its place; a target without known alloys around it is answered and said to be one.

    Args:
        problem: the refractory alloys unless told. model: fitted; the pretrained generator unless told.
        n: alloys to show. target: to begin with.

    Attributes:
        designs: the alloys shown ``(n, n_columns)``. asked: the target that they answer. Both are None until there are
            alloys.
    """

    def __init__(
        self,
        problem: InverseProblem | None = None,
        model=None,
        n: int = 8,
        target: dict[str, float] | None = None,
    ):
        self.problem = problems.get("refractory") if problem is None else problem
        self.model = _pretrained(self.problem) if model is None else model
        self.n = n
        target = self.problem.properties.median().to_dict() if target is None else self.problem.check_target(target)
        self.sliders, self.ticks = {}, {}
        for item in self.problem.targets:
            known = self.problem.properties[item.name]
            self.sliders[item.name] = ipywidgets.FloatSlider(
                value=target.get(item.name, known.median()),
                min=item.lowest,
                max=item.highest,
                step=(known.max() - known.min()) / _STEPS,
                readout_format=".3g",
                continuous_update=False,
                layout=ipywidgets.Layout(width="360px"),
            )
            self.ticks[item.name] = ipywidgets.Checkbox(
                value=item.name in target, description=f"{item.label} [{item.unit}]", indent=False
            )
        self.exact = ipywidgets.Checkbox(value=False, description="move each alloy to the exact target", indent=False)
        self.again = ipywidgets.Button(description="other alloys")
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        self.seed = 0
        self.designs: pd.DataFrame | None = None
        self.asked: dict[str, float] | None = None
        for control in (*self.sliders.values(), *self.ticks.values(), self.exact):
            control.observe(self._moved, names="value")
        self.again.on_click(self._redraw)
        rows = [ipywidgets.HBox([self.ticks[name], slider]) for name, slider in self.sliders.items()]
        super().__init__([*rows, ipywidgets.HBox([self.exact, self.again]), self.message, self.picture])
        self._moved()

    @property
    def target(self) -> dict[str, float]:
        """What the ticked sliders ask for."""
        return {name: slider.value for name, slider in self.sliders.items() if self.ticks[name].value}

    def _redraw(self, _button) -> None:
        self.seed += 1
        self._moved()

    def _moved(self, _change=None) -> None:
        try:
            asked, remark = self._feasible(self.target)
            requests = self.problem.requests(asked, self.n, seed=self.seed)
            designs = self.model.sample(requests, seed=self.seed)
            if self.exact.value:
                designs = design.localize(self.problem, requests, designs)
        except HeaError as error:
            self.message.value = complaint(error)
        else:
            self.designs, self.asked = designs, asked
            self.message.value = remark
            self.picture.value = delivered(self.problem, designs, most=self.n)._repr_png_()

    def _feasible(self, target: dict[str, float]) -> tuple[dict[str, float], str]:
        """The target, or the nearest one that an alloy can have, and what there is to say of it."""
        found = design.feasibility(self.problem, target).iloc[0]
        if not found["physics"]:
            nearest = {name: found[f"nearest {name}"] for name in target}
            words = ", ".join(
                f"{item.name} = {nearest[item.name]:.4g} {item.unit}"
                for item in self.problem.targets
                if item.name in nearest
            )
            whose = "no design has" if found["exact"] else "no sampled design has"
            return nearest, complaint(f"{whose} this target; the nearest feasible target is {words}")
        if not found["data"]:
            return target, complaint(f"feasible, but only {found['known near']} known designs are near")
        return target, f"{found['known near']} known designs are near"


def _pretrained(problem: InverseProblem):
    from ..models.gan import ConditionalGAN

    return ConditionalGAN.pretrained(problem)
