"""How ``data/`` is made: every curated table rebuilt, byte for byte, from the raw sources that ``HEA_RAW_DATA`` names.

``python -m hea_lib.curation`` writes the tables, ``python -m hea_lib.curation --check`` only compares. Nothing else in
the library imports this package: the tables are enough to use it.
"""

import importlib
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ..errors import RawDataError

BUILDERS = ("elements", "tables", "mos2")  # modules of this package, each with ``build(raw) -> {file name: table}``


def raw_folder() -> Path:
    """The folder that the environment variable ``HEA_RAW_DATA`` names.

    Raises:
        RawDataError: the variable is not set, or names no folder.
    """
    name = os.environ.get("HEA_RAW_DATA", "")
    if not name:
        raise RawDataError("HEA_RAW_DATA is not set; it must name the folder of the raw sources (see data/cards)")
    if not Path(name).is_dir():
        raise RawDataError(f"raw data folder {name!r} does not exist; set HEA_RAW_DATA to the folder of the sources")
    return Path(name)


def build(raw: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield name and content of every file of ``data/`` that comes from the raw sources."""
    for name in BUILDERS:
        yield from importlib.import_module(f"{__name__}.{name}").build(raw).items()
