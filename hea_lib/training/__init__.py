"""One training loop for every network model: device, seeds, progress, early stop, checkpoints and exact resume.

A model says in a :class:`Learner` what one step is; :func:`fit` does the rest, for one seed or for a whole ensemble:

    history = hea.fit(model, steps=2_000, seeds=range(8), checkpoint="runs/cgan")
"""

from .learner import Learner, set_rate
from .loop import fit
from .randomness import Randomness
from .stack import Stack

__all__ = ["Learner", "Randomness", "Stack", "fit", "set_rate"]
