"""The command ``hea``: alloys without a notebook. Thin over problems, models, training, design and evaluation.

Progress goes to stderr and results to a file that is either whole or not there; an error is one line and exit code 2.
"""

from . import strategies  # noqa: F401 -- adds its commands
from .commands import main

__all__ = ["main"]
