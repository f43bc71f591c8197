"""A promise as a dial: how much coverage is asked for, what it costs, and what it leaves to say of one alloy."""

from __future__ import annotations

import html
from collections.abc import Iterable

import ipywidgets
import numpy as np
import pandas as pd

from .. import alloys, calibration, datasets, evaluation
from ..errors import HeaError
from ..figures.sets import sets
from ..problems import InverseProblem
from .messages import complaint

_CLASSES = {0: "several phases", 1: "single phase"}
_RANGE = (0.5, 0.99)  # of the slider: below one half, a coin would do
_NOT_NEW = "the model or the calibration knows this alloy, and the promise is for new ones"


class ConformalPanel(ipywidgets.VBox):
    """Choose a coverage and type an alloy: what conformal sets of classes say of many alloys, and of this one.

    Shares of the sets and the coverage found are means over divisions of the unseen alloys into those that calibrate
    and those that are asked for; thresholds, and the set of the typed alloy, come from all of the unseen alloys. An
    alloy that cannot be read is said, and the picture then shows the others alone.

    Args:
        model: a fitted classifier. unseen: alloys with a class that it never learned from.
        divisions: pairs of positions in ``unseen``, to calibrate on and to ask for.
        coverage: promised to begin with. formula: the alloy to begin with.

    Raises:
        HeaError: no divisions, or a coverage beyond the slider.

    Attributes:
        shares: as :func:`hea_lib.calibration.coverage` names them, means over the divisions.
    """

    def __init__(
        self,
        model,
        unseen: InverseProblem,
        divisions: Iterable[tuple[np.ndarray, np.ndarray]],
        coverage: float = 0.9,
        formula: str = "AlNbTi2",
    ):
        self.model, self.unseen, self.divisions = model, unseen, list(divisions)
        if not self.divisions:
            raise HeaError("there are no divisions; give at least one pair of positions, to calibrate and to ask for")
        if not _RANGE[0] <= coverage <= _RANGE[1]:
            raise HeaError(f"coverage is {coverage!r}; the slider goes from {_RANGE[0]} to {_RANGE[1]}")
        self._labels = unseen.properties.iloc[:, 0].to_numpy()
        self._probabilities = model.predict(unseen.designs).iloc[:, 0].to_numpy()
        self._known = pd.concat([model.problem.designs, unseen.designs])
        self.coverage = ipywidgets.FloatSlider(
            value=coverage,
            min=_RANGE[0],
            max=_RANGE[1],
            step=0.01,
            description="coverage",
            readout_format=".0%",
            continuous_update=False,
        )
        self.formula = ipywidgets.Text(value=formula, description="alloy", continuous_update=False)
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        controls = (self.coverage, self.formula)
        for control in controls:
            control.observe(self._moved, names="value")
        super().__init__([ipywidgets.HBox(controls), self.message, self.picture])
        self._moved()

    @property
    def design(self) -> pd.DataFrame:
        """The typed alloy as a table of one row.

        Raises:
            HeaError: the text is no formula, or names an element that the model does not know.
        """
        return self.model.problem.space.check(alloys.fractions(self.formula.value))

    @property
    def classes(self) -> list[str]:
        """Classes that cannot be ruled out for the typed alloy.

        Raises:
            HeaError: as :attr:`design`.
        """
        return self._classes(self.model.predict(self.design).iloc[0, 0])

    def _classes(self, probability: float) -> list[str]:
        held = self._sets(slice(None))([probability]).iloc[0]
        return [name for y, name in _CLASSES.items() if held[y]]

    def _sets(self, rows: slice | np.ndarray) -> calibration.ConformalSets:
        sets_ = calibration.ConformalSets(self.coverage.value)
        return sets_.fit(self._labels[rows], self._probabilities[rows])

    def _moved(self, _change=None) -> None:
        found = [
            calibration.coverage(self._labels[asked], self._sets(known)(self._probabilities[asked]))
            for known, asked in self.divisions
        ]
        self.shares = pd.DataFrame(found).mean()
        marked, words = {}, []
        try:
            marked, words = self._alloy()
        except HeaError as error:
            words = [complaint(error)]
        self.message.value = "<br>".join([*words, self._said()])
        self.picture.value = sets(
            self._labels,
            self._probabilities,
            self._sets(slice(None)).thresholds,
            self.shares,
            self.coverage.value,
            marked,
        )._repr_png_()

    def _alloy(self) -> tuple[dict[str, float], list[str]]:
        """The typed alloy with its probability, and what there is to say of it."""
        design = self.design
        probability = float(self.model.predict(design).iloc[0, 0])
        name = alloys.formula(design, digits=1).iloc[0]
        kept = self._classes(probability)
        said = " or ".join(kept) or "none: so low a coverage need not commit itself"
        words = [html.escape(f"{name}, probability {probability:.2f}: {said}")]
        if evaluation.nearest_distance(self.unseen.space, design, self._known)[0] < datasets.ROUNDING:
            words.append(complaint(_NOT_NEW))
        return {name: probability}, words

    def _said(self) -> str:
        one, both, none, held, several, single = self.shares[["one", "both", "none", "all", "class 0", "class 1"]]
        return (
            f"one class for {one:.0%} of the alloys, both for {both:.0%}, none for {none:.0%}; the true class is held "
            f"for {held:.0%} ({_CLASSES[0]}: {several:.0%}, {_CLASSES[1]}: {single:.0%})"
        )
