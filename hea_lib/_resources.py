"""Where the curated tables lie, and the proof that they are the ones we made.

Every table of ``data/`` and every file of weights has its SHA-256 in ``data/checksums.json``. A missing, edited or
truncated one is refused with its name, so no number is ever computed from half a table. Cards are for people to read
and correct: they have no checksum.
"""

import hashlib
import json
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from .errors import DataFileError

CHECKSUMS = "checksums.json"


def folder() -> Path:
    """Folder of the curated data: inside an installed wheel, or beside the library in a checkout."""
    inside = Path(__file__).parent / "data"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "data"


def path(name: str) -> Path:
    """Path of one data file, for example ``"refractory.csv"`` or ``"cards/refractory.md"``.

    Raises:
        DataFileError: no such file.

    Example:
        >>> path("refractory.csv").name
        'refractory.csv'
    """
    found = folder() / name
    if not found.is_file():
        raise DataFileError(f"data file {name!r} is missing from {folder()}; reinstall the package or restore the file")
    return found


def checksum(content: bytes) -> str:
    """SHA-256 of a text file, the same whether a checkout wrote its lines with LF or with CRLF."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read_bytes(name: str) -> bytes:
    """Content of a data file whose checksum has been verified.

    Raises:
        DataFileError: the file is missing, has no known checksum, or differs from it.
    """
    content = path(name).read_bytes()
    expected = _checksums().get(name)
    if expected is None:
        raise DataFileError(f"data file {name!r} has no entry in {CHECKSUMS}; write it with _resources.write_csv")
    if checksum(content) != expected:
        raise DataFileError(
            f"data file {name!r} is damaged or was edited ({len(content)} bytes, SHA-256 {checksum(content)[:12]}... "
            f"instead of {expected[:12]}...); restore it from the repository or reinstall the package"
        )
    return content


def _checksums() -> dict[str, str]:
    """SHA-256 of each file by its name."""
    content = path(CHECKSUMS).read_bytes()
    try:
        known = json.loads(content)
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise DataFileError(f"data file {CHECKSUMS!r} is damaged; restore it from the repository")
    return known


def read_text(name: str) -> str:
    """Text of a data file without a checksum, such as a card.

    Raises:
        DataFileError: the file is missing, or no text in UTF-8.
    """
    try:
        return path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DataFileError(f"data file {name!r} is damaged: {error}") from error


def read_csv(name: str, **options: Any) -> pd.DataFrame:
    """Read a verified table of ``data/``; ``options`` go to :func:`pandas.read_csv`.

    Raises:
        DataFileError: the file is missing, damaged, truncated or unknown.
    """
    return pd.read_csv(BytesIO(read_bytes(name)), **options)


def read_table(name: str) -> pd.DataFrame:
    """Read a verified table in which only numbers may be missing: what is no number is text, and empty where unknown.

    Years are integers, unknown ones included; the text ``NA`` is sodium, not a missing value.

    Raises:
        DataFileError: the file is missing, damaged, truncated or unknown.
    """
    table = read_csv(name, keep_default_na=False, na_values=[""], low_memory=False)
    text = table.select_dtypes(exclude=["number", "bool"]).columns
    years = [column for column in table if column == "year" or column.endswith("_year")]
    return table.fillna(dict.fromkeys(text, "")).astype(dict.fromkeys(years, "Int64"))


def to_csv(table: pd.DataFrame) -> bytes:
    """Bytes of a table as we store it: UTF-8, LF, no index, floats in their shortest exact form."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def write_csv(table: pd.DataFrame, name: str) -> Path:
    """Store a table in ``data/`` and its checksum beside it; only this file's entry changes."""
    return write_bytes(to_csv(table), name)


def write_bytes(content: bytes, name: str) -> Path:
    """Store a data file and its checksum, each replaced in one step so that no reader meets half a file.

    One writer at a time: two that write at once may lose the checksum of one file, which is then refused.

    Raises:
        DataFileError: the library is an installed package, whose data are not ours to change.
    """
    if folder().parent == Path(__file__).parent:
        raise DataFileError(f"{name!r} is not written into the installed package; work in a checkout of the repository")
    target = folder() / name
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target, content)
    register = folder() / CHECKSUMS
    known = _checksums() if register.is_file() else {}
    known[name] = checksum(content)
    replace(register, (json.dumps(known, indent=1, sort_keys=True) + "\n").encode())
    return target


def replace(target: Path, content: bytes) -> None:
    """Write beside the target, then rename: on one file system a rename is atomic."""
    draft = target.with_name(target.name + ".part")
    draft.write_bytes(content)
    os.replace(draft, target)
