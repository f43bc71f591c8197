"""Weights on disk: numbers in safetensors, everything a reader wants to know about them in JSON beside, no pickles.

Weights are two files, ``NAME.safetensors`` and ``NAME.json``. The second says the format, the kind of model and the
checksum of the first, so damaged or exchanged files are refused. Shipped weights lie in ``data/weights``.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from . import _resources
from .errors import DataFileError, UnknownNameError

#: Version of the layout; weights of another layout are refused rather than misread.
FORMAT = 1
ENDINGS = (".safetensors", ".json")
#: What this module writes into the notes itself.
_OWN = ("format", "kind", "sha256")


def save(path: str | Path, kind: str, tensors: Mapping[str, Any], notes: Mapping[str, Any]) -> Path:
    """Write ``path.safetensors`` and ``path.json``; whenever the program dies, a whole pair remains readable.

    Args:
        path: where, without an ending.
        kind: what the weights are of; :func:`load` asks for it.
        tensors: arrays or torch tensors by name.
        notes: what JSON can hold; ``format``, ``kind`` and ``sha256`` are written anew.
    """
    targets = _files(path)
    targets[0].parent.mkdir(parents=True, exist_ok=True)
    drafts = [_draft(target) for target in targets]
    for draft, content in zip(drafts, encode(kind, tensors, notes), strict=True):
        draft.write_bytes(content)
    for draft, target in zip(drafts, targets, strict=True):  # dying in between leaves the notes' draft, which is read
        os.replace(draft, target)
    return Path(path)


def ship(name: str, kind: str, tensors: Mapping[str, Any], notes: Mapping[str, Any]) -> None:
    """Store weights in ``data/weights`` and register their checksums; arguments as of :func:`save`."""
    for ending, content in zip(ENDINGS, encode(kind, tensors, notes), strict=True):
        _resources.write_bytes(content, f"weights/{name}{ending}")


def load(name: str | Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and notes of shipped weights by their name, or of saved ones by their path.

    Raises:
        UnknownNameError: neither a name nor the path of saved weights.
        DataFileError: weights that are damaged, incomplete, of another kind or of another version.
    """
    return decode(*_read(name), kind, str(name))


def notes(name: str | Path) -> dict[str, Any]:
    """What stands beside the weights, of whatever kind; raises as :func:`load`."""
    return _notes(_read(name)[1], str(name))


def names(kind: str | None = None) -> list[str]:
    """Names of the weights that come with the library, of one kind or all."""
    found = sorted(path.stem for path in (_resources.folder() / "weights").glob("*.json"))
    return [name for name in found if kind is None or notes(name)["kind"] == kind]


def encode(kind: str, tensors: Mapping[str, Any], notes: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Content of the two files."""
    from safetensors.numpy import save as dump

    weights = dump({name: _array(tensor) for name, tensor in tensors.items()})
    own = {"format": FORMAT, "kind": kind, "sha256": hashlib.sha256(weights).hexdigest()}
    described = own | {key: value for key, value in notes.items() if key not in _OWN}
    return weights, (json.dumps(described, indent=1, allow_nan=False) + "\n").encode()


def decode(weights: bytes, described: bytes, kind: str, name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Tensors and notes from the content of the two files; ``name`` is for messages; raises as :func:`load`."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as parse

    notes = _notes(described, name)
    if (notes["format"], notes["kind"]) != (FORMAT, kind):
        raise DataFileError(
            f"weights {name!r} are of kind {notes['kind']!r} and of format {notes['format']}; this version of the "
            f"library reads kind {kind!r} of format {FORMAT} here: train them again"
        )
    found, expected = hashlib.sha256(weights).hexdigest(), str(notes["sha256"])
    if found != expected:
        raise DataFileError(
            f"weights {name}.safetensors are damaged ({len(weights)} bytes, SHA-256 {found[:12]}... instead of "
            f"{expected[:12]}...); restore the file or train it again"
        )
    try:
        return parse(weights), notes
    except SafetensorError as error:
        raise DataFileError(f"{name}.safetensors holds no tensors ({error})") from error


def _array(tensor: Any) -> np.ndarray:
    if hasattr(tensor, "detach"):
        tensor = tensor.detach().cpu().numpy()
    return np.asarray(tensor, order="C")


def _notes(described: bytes, name: str) -> dict[str, Any]:
    """Content of the JSON file, which says at least what kind of weights it describes."""
    try:
        notes = json.loads(described)
        if missing := set(_OWN) - set(notes):
            raise ValueError(f"no {sorted(missing)}")
    except (ValueError, TypeError) as error:
        raise DataFileError(f"{name}.json does not describe saved weights ({error})") from error
    return notes


def _read(name: str | Path) -> tuple[bytes, bytes]:
    """Content of the two files of shipped or saved weights."""
    if isinstance(name, str) and name in names():
        return tuple(_resources.read_bytes(f"weights/{name}{ending}") for ending in ENDINGS)
    files = _files(name)
    if not any(file.is_file() for file in files):
        raise UnknownNameError.of("weights", str(name), names())
    for file in files:
        if not file.is_file():
            raise DataFileError(f"{file} is missing; weights are two files, .safetensors and .json")
    weights, described = (file.read_bytes() for file in files)
    if (draft := _draft(files[1])).is_file():  # only the first of the two was replaced before the program died
        content = draft.read_bytes()
        if hashlib.sha256(weights).hexdigest().encode() in content:
            return weights, content
    return weights, described


def _files(path: str | Path) -> list[Path]:
    return [Path(f"{path}{ending}") for ending in ENDINGS]


def _draft(target: Path) -> Path:
    return target.with_name(target.name + ".part")
