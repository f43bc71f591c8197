"""Strategies that turn candidates into designs for a request, on any problem and for any model.

:func:`feasibility` says what can be asked and :func:`check_feasible` warns, :func:`screen` picks, :func:`localize`
moves, :func:`arrival` says what arrived, and :func:`deliver` asks a model again for what did not. Requests and designs
go row by row: request ``i`` belongs to design ``i``.
"""

from .delivery import deliver
from .localisation import arrival, localize
from .screening import screen
from .support import check_feasible, data_reach, feasibility

__all__ = ["arrival", "check_feasible", "data_reach", "deliver", "feasibility", "localize", "screen"]
