"""Ensembles on disk: what they learned and all that is needed to build them again."""

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import _weights
from ..errors import DataFileError, SurrogateError

if TYPE_CHECKING:
    from .symmetric import SymmetricEnsemble

KIND = "SymmetricEnsemble"


def names() -> list[str]:
    """Names of the ensembles that come with the library."""
    return _weights.names(KIND)


def save(model: "SymmetricEnsemble", path: str | Path, notes: dict[str, object]) -> Path:
    """Write ``path.safetensors`` and ``path.json``."""
    return _weights.save(path, KIND, model.weights, _described(model, notes))


def ship(model: "SymmetricEnsemble", name: str, notes: dict[str, object]) -> None:
    """Store an ensemble in ``data/weights`` and register its checksums."""
    _weights.ship(name, KIND, model.weights, _described(model, notes))


def load(name: str | Path) -> "SymmetricEnsemble":
    """Read a shipped ensemble by its name (``"mos2-forward"``, ``"mos2-judge"``), or a saved one by its path.

    Raises:
        UnknownNameError: neither a name nor the path of saved weights.
        DataFileError: weights that are damaged, incomplete, of another kind or of another version.
    """
    from .symmetric import SymmetricEnsemble

    weights, notes = _weights.load(name, KIND)
    try:
        return SymmetricEnsemble.restore(notes["settings"], notes["properties"], weights)
    except (KeyError, TypeError, SurrogateError) as error:
        raise DataFileError(f"{name}.json and {name}.safetensors do not belong together ({error})") from error


def report(name: str | Path) -> dict[str, Any]:
    """Settings, seed, rows, command, and metrics on the hold-out, as they stand beside the weights.

    Raises:
        UnknownNameError, DataFileError: as :func:`load`.
    """
    return _weights.notes(name)


def _described(model: "SymmetricEnsemble", notes: dict[str, object]) -> dict[str, object]:
    settings = {item.name: getattr(model, item.name) for item in fields(model) if item.init}
    return {"settings": settings, "properties": list(model.properties), **notes}
