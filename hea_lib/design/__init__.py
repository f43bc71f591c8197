"""Strategies that turn candidates into designs for a request, on any problem and for any model.

:func:`feasibility` says what can be asked and :func:`check_feasible` warns, :func:`screen` picks, :func:`localize`
moves, and :func:`arrival` says what arrived. Requests and designs go row by row: request ``i`` belongs to design ``i``.
"""

from .localisation import arrival, localize
from .screening import screen
from .support import check_feasible, data_reach, feasibility

__all__ = ["arrival", "check_feasible", "data_reach", "feasibility", "localize", "screen"]
