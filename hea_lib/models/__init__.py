"""Inverse models behind one interface, and the registry that joins each to the command line and the comparison.

A model is fitted to a problem and then samples designs for requests:

>>> from hea_lib import problems
>>> model = get("neighbours")(problems.get("refractory")).fit(seed=0)
>>> model.sample({"shear_modulus": 90.0}, n=5, seed=1).shape
(5, 15)

A class that a file of this folder decorates with :func:`register` appears everywhere; nothing else need be edited.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from .. import _resources, problems
from ..errors import RegistrationError, UnknownNameError, UnsupportedError
from .base import InverseModel, Model, Predictor

__all__ = ["InverseModel", "Model", "Predictor", "card", "get", "names", "register"]

_REGISTRY: dict[str, type[Model]] = {}


def register(model: type[Model]) -> type[Model]:
    """Class decorator: make a model known by its ``name``.

    Raises:
        RegistrationError: the name is taken, or ``name``, ``title`` or ``problems`` are not what they must be.
    """
    if not model.__module__.startswith(f"{__name__}."):
        _load()  # the library's own come first, so that a model from elsewhere cannot take their names
    _check(model)
    holder = _REGISTRY.setdefault(model.name, model)
    if _place(holder) != _place(model):
        raise RegistrationError(f"two models are called {model.name!r}: {_place(holder)} and {_place(model)}")
    _REGISTRY[model.name] = model  # a cell that is run again brings a new class of the same place
    return model


def _check(model: type[Model]) -> None:
    name, title, serves = (getattr(model, item, None) for item in ("name", "title", "problems"))
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise RegistrationError(f"{_place(model)} has name = {name!r}; write small letters, digits and hyphens")
    if not isinstance(title, str) or not title.strip():
        raise RegistrationError(f"model {name!r} has title = {title!r}; say in a few words what it does")
    known = problems.names()
    if not isinstance(serves, tuple) or not serves or not set(serves) <= set(known):
        raise RegistrationError(f"model {name!r} has problems = {serves!r}; write a tuple of {', '.join(known)}")


def _place(model: type[Model]) -> str:
    return f"{model.__module__}.{model.__qualname__}"


@cache
def _load() -> dict[str, type[Model]]:
    """The registry, after every file of this folder has been read."""
    for file in iter_modules(__path__):
        import_module(f"{__name__}.{file.name}")
    return _REGISTRY


def names(problem: str | None = None, kind: type[Model] = Model) -> list[str]:
    """Names of the models of a kind (:class:`InverseModel`, :class:`Predictor`), or of those that serve a problem."""
    known = sorted(_load().items(), key=lambda item: item[1].__module__)  # whichever file was read first
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


def card(name: str) -> str:
    """The card of a trained model in Markdown: what, intended use, training data, figures, limits.

    Raises:
        UnknownNameError: no such card; only models whose weights come with the library have one.

    >>> card("cgan").splitlines()[0]
    '# Conditional GAN for refractory alloys'
    """
    known = [file.stem for file in (_resources.folder() / "cards/models").glob("*.md")]
    if name not in known:
        raise UnknownNameError.of("model card", name, known)
    return _resources.read_text(f"cards/models/{name}.md")
