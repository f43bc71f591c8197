"""Panels for a class: state in, figure out. Each is followed on its page by the same figure without a kernel."""

from .alloy import PALETTE, AlloyPanel
from .distances import DistancePanel
from .orders import DesignPanel
from .steps import StepPanel

__all__ = ["PALETTE", "AlloyPanel", "DesignPanel", "DistancePanel", "StepPanel"]
