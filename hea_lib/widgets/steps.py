"""A training step on paper: its arithmetic, what limits it, and the time that this makes."""

from __future__ import annotations

from typing import NamedTuple

import ipywidgets
import numpy as np
import pandas as pd

from .. import datasets
from ..errors import TrainingError, UnknownNameError
from ..figures.training import step
from .messages import complaint

COMMAND = "python benchmarks/training.py"
_SIZES = ("width", "batch", "members")
_GPU = "GPU"  # what the choice is called while no GPU was measured


class Estimate(NamedTuple):
    """A step by rule: ``ms = overhead + mflop / rate``."""

    mflop: float  # arithmetic in its matrix products [MFLOP]
    ms: float  # expected time [ms]
    overhead: float  # of that, what is spent without arithmetic [ms]
    found: float | None  # measured time [ms], where there is one


class StepTimes:
    """What a step of the conditional GAN costs on one device, fitted to its measurements with one thread.

    The matrix products of a layer hold the width once or twice, so a design takes ``a width^2 + b width`` operations.
    Overhead and rate fit the single models, by their relative errors.

    Args:
        rows: of ``training-step``, for one device.

    Raises:
        TrainingError: no two widths to fit.

    Attributes:
        rows: those of plain training on one thread, with ``ms``, the time of a step [ms]: of the process on a CPU, on
            the clock elsewhere. overhead: [ms]. rate: [MFLOP/ms].
    """

    def __init__(self, rows: pd.DataFrame):
        rows = rows[(rows["option"] == "plain") & (rows["threads"] == 1)]
        self.rows = rows.assign(ms=rows["cpu_ms"].where(rows["kind"] == "cpu", rows["wall_ms"]))
        single = self.rows[self.rows["members"] == 1]
        if single["width"].nunique() < 2:
            raise TrainingError(f"plain steps of two widths or more are needed; run {COMMAND}")
        self._per_design = _relative_fit(
            rows["width"] ** 2, rows["width"], rows["mflop"] / rows["batch"] / rows["members"]
        )
        self.overhead, slope = _relative_fit(np.ones(len(single)), single["mflop"], single["ms"])
        self.rate = 1 / slope

    def estimate(self, width: int, batch: int, members: int) -> Estimate:
        """What a step of these sizes should take.

        Raises:
            TrainingError: a size below one.
        """
        sizes = dict(zip(_SIZES, (width, batch, members), strict=True))
        for name, value in sizes.items():
            if value < 1:
                raise TrainingError(f"{name} is {value}; it must be a whole number from 1")
        mflop = batch * members * float(self._per_design @ [width**2, width])
        same = self.rows.loc[(self.rows[list(_SIZES)] == pd.Series(sizes)).all(axis=1), "ms"]
        found = None if same.empty else float(same.min())
        return Estimate(mflop, self.overhead + mflop / self.rate, self.overhead, found)

    def outside(self, **sizes: int) -> list[str]:
        """Which sizes lie outside those that were measured, each with their range."""
        ranges = {name: (self.rows[name].min(), self.rows[name].max()) for name in sizes}
        return [f"{name} {low} to {high}" for name, (low, high) in ranges.items() if not low <= sizes[name] <= high]


def _relative_fit(one: pd.Series | np.ndarray, two: pd.Series, values: pd.Series) -> np.ndarray:
    """Factors of two columns that make the values, with the least squares of relative errors."""
    columns = np.stack([one / values, two / values], axis=1)
    return np.linalg.lstsq(columns, np.ones(len(values)))[0]


class StepPanel(ipywidgets.VBox):
    """Type width, batch and members, and see what a training step of the conditional GAN should take, and why.

    A size that cannot be is said, and the last picture stays. A device without measurements is said to be one, and
    shows nothing, because nothing is known of it.

    Args:
        measured: rows as ``load_results("training-step")`` has them, which it is unless told.
        width, batch, members: to begin with.
    """

    def __init__(self, measured: pd.DataFrame | None = None, width: int = 64, batch: int = 64, members: int = 8):
        measured = datasets.load_results("training-step") if measured is None else measured
        self._times = {device: StepTimes(rows) for device, rows in measured.groupby("device", sort=False)}
        gpu = [] if (measured["kind"] == "cuda").any() else [_GPU]
        self.device = ipywidgets.Dropdown(options=[*self._times, *gpu], description="device")
        started = dict(zip(_SIZES, (width, batch, members), strict=True))
        self.sizes = {
            name: ipywidgets.IntText(value=value, description=name, layout=ipywidgets.Layout(width="180px"))
            for name, value in started.items()
        }
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png")
        for control in (self.device, *self.sizes.values()):
            control.observe(self._moved, names="value")
        super().__init__([self.device, ipywidgets.HBox(list(self.sizes.values())), self.message, self.picture])
        self._moved()

    @property
    def times(self) -> StepTimes:
        """The measurements of the chosen device.

        Raises:
            UnknownNameError: it has none.
        """
        if self.device.value not in self._times:
            raise UnknownNameError(f"no {self.device.value} was measured: run {COMMAND} where there is one")
        return self._times[self.device.value]

    @property
    def estimate(self) -> Estimate:
        """The step in the fields, on the chosen device.

        Raises:
            TrainingError: a size below one. UnknownNameError: a device without measurements.
        """
        return self.times.estimate(**self._chosen)

    @property
    def _chosen(self) -> dict[str, int]:
        return {name: field.value for name, field in self.sizes.items()}

    def _moved(self, _change=None) -> None:
        try:
            times, here = self.times, self.estimate
        except UnknownNameError as error:
            self.message.value, self.picture.value = complaint(error), b""
        except TrainingError as error:
            self.message.value = complaint(error)
        else:
            self.message.value = self._said(here)
            self.picture.value = step(times.rows, times.overhead, times.rate, here.mflop, here.found)._repr_png_()

    def _said(self, here: Estimate) -> str:
        share = here.overhead / here.ms
        bound = "overhead" if share > 0.5 else "arithmetic"
        said = (
            f"{here.mflop:,.0f} MFLOP a step, expected {here.ms:.1f} ms, {share:.0%} of it overhead: bound by {bound}; "
        )
        said += f"measured {here.found:.1f} ms" if here.found else "not measured"
        if beyond := self.times.outside(**self._chosen):
            return said + complaint(f"; a guess, because measured were only {', '.join(beyond)}")
        return said
