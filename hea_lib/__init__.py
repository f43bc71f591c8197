"""Generative inverse design of high-entropy alloys: the library under *Alloys on Demand*.

``import hea_lib as hea`` is quick: a module is loaded when it is first used, so neither PyTorch nor a plotting library
is imported before something needs it.
"""

from importlib import import_module as _import_module
from importlib.metadata import PackageNotFoundError as _PackageNotFoundError
from importlib.metadata import version as _version

try:
    __version__ = _version("hea-lib")
except _PackageNotFoundError:  # a bare copy of the source
    __version__ = "0+unknown"

_MODULES = (
    "alloys",
    "calibration",
    "datasets",
    "descriptors",
    "design",
    "elements",
    "errors",
    "evaluation",
    "figures",
    "interpretation",
    "mechanics",
    "models",
    "networks",
    "problems",
    "spaces",
    "strain",
    "surrogates",
    "training",
    "widgets",
)
_SHORTCUTS = {"fit": "training", "score": "evaluation"}

__all__ = [*_MODULES, *_SHORTCUTS, "__version__"]


def __getattr__(name: str):
    if name in _MODULES:
        return _import_module(f"{__name__}.{name}")
    if name in _SHORTCUTS:
        return getattr(_import_module(f"{__name__}.{_SHORTCUTS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
