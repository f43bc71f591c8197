"""Strategies that turn candidates into designs for a request, on any problem and for any model.

:func:`feasibility` says what can be asked and :func:`check_feasible` warns, :func:`screen` picks, :func:`localize`
moves, :func:`arrival` says what arrived, and :func:`deliver` asks a model again for what did not. Requests and designs
go row by row: request ``i`` belongs to design ``i``.

Three strategies are for alloys of a wanted class: :func:`screen_space` asks a predictor about every alloy of an
enumerated :class:`CompositionSpace`, :func:`generate` samples alloys that keep to conditions, and :func:`nudge` moves
alloys that are there in small steps. :func:`verify` asks the judge afterwards.
"""

from .delivery import deliver
from .distillation import DistilledSieve, distil
from .enumeration import CompositionSpace, Screened, screen_space
from .generation import Generated, generate
from .localisation import arrival, localize
from .nudging import Nudges, nudge
from .screening import screen
from .selection import doubt, select
from .support import check_feasible, data_reach, feasibility
from .variations import even, vary
from .verification import judge_quality, verify

__all__ = [
    "CompositionSpace",
    "DistilledSieve",
    "Generated",
    "Nudges",
    "Screened",
    "arrival",
    "check_feasible",
    "data_reach",
    "deliver",
    "distil",
    "doubt",
    "even",
    "feasibility",
    "generate",
    "judge_quality",
    "localize",
    "nudge",
    "screen",
    "screen_space",
    "select",
    "vary",
    "verify",
]
