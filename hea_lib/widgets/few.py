"""Few labels, and luck: what one draw of the labels says of each model, and what several say together."""

from __future__ import annotations

import html

import ipywidgets
import pandas as pd

from .. import datasets
from ..errors import HeaError
from ..figures.draws import draws
from .messages import complaint

_POOL = "heads, with the pool"
_OTHERS = {"no pool": "heads, no pool", "the control": "heads, advice on labelled rows"}


class FewLabelsPanel(ipywidgets.VBox):
    """Choose how many alloys have a label and which of them, and see the AUC that a benchmark has measured.

    Nothing is trained. The text says which model leads, and what the pool of alloys without a label gives the networks
    over none and over the control. A draw that was not measured is said to be one, and the last picture stays.

    Args:
        recorded: rows as ``load_results("few-labels")`` has them, which it is unless told.
        n_labels: to begin with; the fewest unless told.

    Raises:
        HeaError: no rows with this number of labels.
    """

    def __init__(self, recorded: pd.DataFrame | None = None, n_labels: int | None = None):
        self._recorded = datasets.load_results("few-labels") if recorded is None else recorded
        counts = sorted(self._recorded["n_labels"].unique().tolist())
        if n_labels is not None and n_labels not in counts:
            raise HeaError(f"nothing was measured with {n_labels} labels; there are {', '.join(map(str, counts))}")
        self.n_labels = ipywidgets.SelectionSlider(
            options=counts, value=counts[0] if n_labels is None else n_labels, description="labels"
        )
        seeds = sorted(self._recorded["seed"].unique().tolist())
        self.draw = ipywidgets.Dropdown(
            options=[("all together", None), *((f"draw {seed + 1}", seed) for seed in seeds)], description="draw"
        )
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        controls = (self.n_labels, self.draw)
        for control in controls:
            control.observe(self._moved, names="value")
        super().__init__([ipywidgets.HBox(controls), self.message, self.picture])
        self._moved()

    @property
    def table(self) -> pd.DataFrame:
        """AUC with the chosen number of labels, a row a draw, a column a model."""
        rows = self._recorded[self._recorded["n_labels"] == self.n_labels.value]
        return rows.pivot(index="seed", columns="model", values="auc")

    @property
    def gains(self) -> pd.DataFrame:
        """What the pool gives the networks in each draw, over none and over the control; empty without a pool."""
        table = self.table
        if _POOL not in table:
            return pd.DataFrame(index=table.index)
        return pd.DataFrame({name: table[_POOL] - table[other] for name, other in _OTHERS.items()})

    def _moved(self, _change=None) -> None:
        if self.draw.value is not None and self.draw.value not in self.table.index:
            self.message.value = complaint(f"{self.draw.label} was not measured with {self.n_labels.value} labels")
            return
        self.message.value = html.escape("; ".join([self._leader(), *self._pool()]))
        self.picture.value = draws(self.table, self.draw.value)._repr_png_()

    def _leader(self) -> str:
        mean = self.table.mean()
        said = f"ahead on average: {mean.idxmax()}, {mean.max():.3f}"
        if self.draw.value is None:
            return said
        here = self.table.loc[self.draw.value]
        return f"ahead in this draw: {here.idxmax()}, {here.max():.3f}; {said}"

    def _pool(self) -> list[str]:
        if self.gains.empty:
            return ["every alloy has a label, so there is no pool"]
        if self.draw.value is not None:
            here = self.gains.loc[self.draw.value]
            return [f"heads gain {gain:+.3f} from the pool over {name}" for name, gain in here.items()]
        summary = self.gains.agg(["mean", "sem"])
        return [
            f"heads gain {mean:+.3f} ± {error:.3f} from the pool over {name}" for name, (mean, error) in summary.items()
        ]
