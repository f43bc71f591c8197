"""Inverse models behind one interface, and the registry that joins each to the command line and the comparison.

A model is fitted to a problem and then samples designs for requests:

>>> from hea_lib import problems
>>> model = get("neighbours")(problems.get("refractory")).fit(seed=0)
>>> model.sample({"shear_modulus": 90.0}, n=5, seed=1).shape
(5, 15)

A file of this folder that decorates a class with :func:`register` and is named in ``_FILES`` appears everywhere.
"""

from __future__ import annotations

from importlib import import_module

from ..errors import UnknownNameError, UnsupportedError
from .base import InverseModel, Model, Predictor

__all__ = ["InverseModel", "Model", "Predictor", "get", "names", "register"]

_FILES = ("baselines", "forward")
_REGISTRY: dict[str, type[Model]] = {}


def register(model: type[Model]) -> type[Model]:
    """Class decorator: make a model known by its ``name``."""
    if model.name in _REGISTRY and _REGISTRY[model.name].__qualname__ != model.__qualname__:
        raise ValueError(f"two models are called {model.name!r}")
    _REGISTRY[model.name] = model
    return model


def _load() -> dict[str, type[Model]]:
    for name in _FILES:
        import_module(f"{__name__}.{name}")
    return _REGISTRY


def names(problem: str | None = None, kind: type[Model] = Model) -> list[str]:
    """Names of the models of a kind (:class:`InverseModel`, :class:`Predictor`), or of those that serve a problem."""
    known = _load().items()
    return [name for name, model in known if issubclass(model, kind) and problem in (None, *model.problems)]


def get(name: str, problem: str | None = None, kind: type[Model] = InverseModel) -> type[Model]:
    """The class of that name.

    Raises:
        UnknownNameError: no such model. UnsupportedError: it is of another kind or does not serve ``problem``.
    """
    if name not in _load():
        raise UnknownNameError.of("model", name, _REGISTRY)
    if name not in names(problem, kind):
        does = {InverseModel: "sample designs", Predictor: "predict properties"}.get(kind, "be used")
        where = f" of {problem!r}" if problem else ""
        raise UnsupportedError(f"model {name!r} cannot {does}{where}; these can: {', '.join(names(problem, kind))}")
    return _REGISTRY[name]
