"""A training on disk: written at once or not at all, and continued only where it belongs."""

import json
from pathlib import Path
from typing import Any

from .. import __version__, _weights
from ..errors import DataFileError, TrainingError, UnknownNameError
from .run import Run

KIND = "checkpoint"


def identity(run: Run, **options: Any) -> dict[str, Any]:
    """What a checkpoint is of, as JSON gives it back, without which tuples and lists would differ.

    Raises:
        TrainingError: the learner's identity is nothing that JSON can hold.
    """
    try:
        return json.loads(json.dumps(run.learner.identity | {"seeds": run.seeds, **options}, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise TrainingError(f"the identity of the training cannot be written as JSON: {error}") from error


def save(path: str | Path, run: Run, identity: dict[str, Any]) -> None:
    """Write a run to ``path.safetensors`` and ``path.json``."""
    tensors, notes = run.state()
    _weights.save(path, KIND, tensors, {"identity": identity, "version": __version__, **notes})


def load(path: str | Path, run: Run, identity: dict[str, Any]) -> dict[str, Any]:
    """Put a run where the checkpoint left it; returns the notes beside it.

    Raises:
        TrainingError: there is no checkpoint, or it is of another training; what differs is named.
        DataFileError: it is damaged, incomplete or of another version.
    """
    try:
        tensors, notes = _weights.load(Path(path), KIND)
    except UnknownNameError as error:
        raise TrainingError(f"there is no checkpoint {str(path)!r} to resume; train with resume=False first") from error
    if different := list(_differences(notes.get("identity"), identity)):
        raise TrainingError(f"checkpoint {str(path)!r} is of another training: {'; '.join(different)}")
    try:
        run.restore(tensors, notes)
    except (KeyError, ValueError, TypeError, RuntimeError) as error:
        raise DataFileError(f"checkpoint {str(path)!r} does not fit this version of the library ({error!r})") from error
    return notes


def _differences(saved: Any, present: Any, name: str = "") -> Any:
    if isinstance(saved, dict) and isinstance(present, dict):
        for key in {**saved, **present}:
            yield from _differences(saved.get(key), present.get(key), f"{name}.{key}" if name else key)
    elif saved != present:
        yield f"{name or 'identity'} is {_short(saved)} there and {_short(present)} here"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
