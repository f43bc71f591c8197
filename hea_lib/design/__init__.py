"""Strategies that turn candidates into designs for a request, on any problem and for any model.

:func:`feasibility` says what can be asked, :func:`screen` picks, :func:`localize` moves and :func:`arrival` says what
arrived. Requests and designs go row by row: request ``i`` belongs to design ``i``.
"""

from .localisation import arrival, localize
from .screening import screen

__all__ = ["arrival", "localize", "screen"]
