"""Weights on disk: numbers in safetensors, everything a reader wants to know about them in JSON beside, no pickles."""

import hashlib
import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from .. import _resources
from ..errors import DataFileError, SurrogateError, UnknownNameError

if TYPE_CHECKING:
    from .symmetric import SymmetricEnsemble

#: Version of the layout; weights of another layout are refused rather than misread.
FORMAT = 1
#: Ensembles that come with the library.
SHIPPED = ("mos2-forward", "mos2-judge")


def names() -> list[str]:
    """Names of the ensembles that come with the library."""
    return list(SHIPPED)


def save(model: "SymmetricEnsemble", path: str | Path, notes: dict[str, object]) -> Path:
    """Write ``path.safetensors`` and ``path.json``, each whole or not at all.

    The second holds the checksum of the first, so a pair of which only one was replaced is refused when it is read.
    """
    path = Path(path)
    weights, described = encode(model, notes)
    path.parent.mkdir(parents=True, exist_ok=True)
    _resources.replace(path.with_name(path.name + ".safetensors"), weights)
    _resources.replace(path.with_name(path.name + ".json"), described)
    return path


def ship(model: "SymmetricEnsemble", name: str, notes: dict[str, object]) -> None:
    """Store an ensemble in ``data/weights`` and register its checksums."""
    weights, described = encode(model, notes)
    _resources.write_bytes(weights, f"weights/{name}.safetensors")
    _resources.write_bytes(described, f"weights/{name}.json")


def load(name: str | Path) -> "SymmetricEnsemble":
    """Read a shipped ensemble by its name (``"mos2-forward"``, ``"mos2-judge"``), or a saved one by its path.

    Raises:
        UnknownNameError: neither a name nor the path of saved weights.
        DataFileError: weights that are damaged, incomplete or of another version.
    """
    return decode(*_read(name), str(name))


def report(name: str | Path) -> dict:
    """Settings, seed, rows, command, and metrics on the hold-out, as they stand beside the weights.

    Raises:
        UnknownNameError, DataFileError: as :func:`load`.
    """
    return _notes(_read(name)[1], str(name))


def encode(model: "SymmetricEnsemble", notes: dict[str, object]) -> tuple[bytes, bytes]:
    """Content of the two files."""
    from safetensors.numpy import save as dump

    weights = dump({name: tensor.contiguous().numpy() for name, tensor in model.weights.items()})
    described = {
        "format": FORMAT,
        "kind": type(model).__name__,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "settings": {item.name: getattr(model, item.name) for item in fields(model) if item.init},
        "properties": list(model.properties),
        **notes,
    }
    return weights, (json.dumps(described, indent=1) + "\n").encode()


def decode(weights: bytes, described: bytes, name: str) -> "SymmetricEnsemble":
    """Ensemble from the content of the two files; ``name`` is for messages; raises as :func:`load`."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as parse

    from .symmetric import SymmetricEnsemble

    notes = _notes(described, name)
    layout, kind, checksum = notes["format"], notes["kind"], notes["sha256"]
    if (layout, kind) != (FORMAT, SymmetricEnsemble.__name__):
        raise DataFileError(
            f"weights {name!r} are a {kind} of format {layout}; this version of the library reads a "
            f"{SymmetricEnsemble.__name__} of format {FORMAT}: train them again"
        )
    found = hashlib.sha256(weights).hexdigest()
    if found != checksum:
        raise DataFileError(
            f"weights {name}.safetensors are damaged ({len(weights)} bytes, SHA-256 {found[:12]}... instead of "
            f"{checksum[:12]}...); restore the file or train it again"
        )
    try:
        return SymmetricEnsemble.restore(notes["settings"], notes["properties"], parse(weights))
    except (SafetensorError, KeyError, TypeError, SurrogateError) as error:
        raise DataFileError(f"{name}.json and {name}.safetensors do not belong together ({error})") from error


def _notes(described: bytes, name: str) -> dict:
    """Content of the JSON file, which says at least what kind of weights it describes."""
    try:
        notes = json.loads(described)
        if missing := {"format", "kind", "sha256"} - set(notes):
            raise ValueError(f"no {sorted(missing)}")
    except (ValueError, TypeError) as error:
        raise DataFileError(f"{name}.json does not describe saved weights ({error})") from error
    return notes


def _read(name: str | Path) -> tuple[bytes, bytes]:
    """Content of the two files of a shipped or saved ensemble."""
    if name in SHIPPED:
        return tuple(_resources.read_bytes(f"weights/{name}{ending}") for ending in (".safetensors", ".json"))
    files = [Path(f"{name}{ending}") for ending in (".safetensors", ".json")]
    if not any(file.is_file() for file in files):
        raise UnknownNameError.of("surrogate", str(name), SHIPPED)
    for file in files:
        if not file.is_file():
            raise DataFileError(f"{file} is missing; weights are two files, .safetensors and .json")
    return tuple(file.read_bytes() for file in files)
