"""Panels for a class: state in, figure out. Each is followed on its page by the same figure without a kernel."""

from .alloy import PALETTE, AlloyPanel
from .conformal import ConformalPanel
from .distances import DistancePanel
from .few import FewLabelsPanel
from .gaps import GapPanel
from .nudge import NudgePanel
from .orders import DesignPanel
from .shapley import ShapleyPanel
from .steps import StepPanel
from .walk import WalkPanel

__all__ = [
    "PALETTE",
    "AlloyPanel",
    "ConformalPanel",
    "DesignPanel",
    "DistancePanel",
    "FewLabelsPanel",
    "GapPanel",
    "NudgePanel",
    "ShapleyPanel",
    "StepPanel",
    "WalkPanel",
]
