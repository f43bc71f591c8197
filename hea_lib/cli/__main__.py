"""``python -m hea_lib.cli``: the command where no ``hea`` is on the path."""

from .commands import main

main()
