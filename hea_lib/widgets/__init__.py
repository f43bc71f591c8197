"""Panels for a class: state in, figure out. Each is followed on its page by the same figure without a kernel."""

from .alloy import PALETTE, AlloyPanel
from .orders import DesignPanel

__all__ = ["PALETTE", "AlloyPanel", "DesignPanel"]
