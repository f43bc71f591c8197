"""Modules import only from those below them, and what is heavy is imported only when it is used."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hea_lib
from tools import toc

ROOT = toc.ROOT / "hea_lib"
#: From the lowest to the highest; each may import from those before it.
LAYERS = (
    "errors", "_resources", "_weights", "elements", "alloys", "descriptors", "mechanics", "datasets", "strain",
    "surrogates", "spaces", "problems", "design", "training", "networks", "models", "evaluation", "calibration",
    "interpretation", "figures", "widgets", "cli",
)  # fmt: skip
#: The workshop that makes ``data/`` stands beside the layers: nothing imports it.
WORKSHOP = {"errors", "_resources", "elements", "alloys"}
HEAVY = {"torch", "sklearn", "matplotlib", "seaborn", "pymatgen", "ipywidgets"}
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Layers that a file imports, wherever in it."""
    package = ("hea_lib", *path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            source = ".".join(filter(None, (base, node.module)))
            names = [f"{source}.{alias.name}" for alias in node.names] if source == "hea_lib" else [source]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("hea_lib."))


def test_every_module_has_its_place():
    assert {layer(path) for path in FILES} == {*LAYERS, "curation"}
    assert set(hea_lib._MODULES) == set(LAYERS) - {"_resources", "_weights", "cli"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_come_from_below(path):
    own = layer(path)
    below = WORKSHOP if own == "curation" else set(LAYERS[: LAYERS.index(own)])
    assert set(imported(path)) - {own, "__version__"} <= below


def test_the_scan_sees_every_way_to_import(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep/file.py"
    file.write_text(
        "import hea_lib.alloys\nimport numpy\nfrom hea_lib.errors import HeaError\nfrom hea_lib import strain\n"
        "from . import sibling\nfrom .. import cli\nfrom ..models.base import Model\n"
        "def f():\n    from ..design import g\n"
    )
    assert set(imported(file)) == {"alloys", "errors", "strain", "deep", "cli", "models", "design"}


def test_inside_the_library_imports_are_relative():
    absolute = [
        path.relative_to(ROOT).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] == "hea_lib")
        or (isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "hea_lib" for alias in node.names))
    ]
    assert not absolute


@pytest.mark.parametrize(
    ("code", "unwanted"),
    [
        ("import hea_lib", HEAVY),
        ("import hea_lib; hea_lib.alloys, hea_lib.datasets, hea_lib.elements, hea_lib.strain, hea_lib.models", HEAVY),
        ("import hea_lib; import hea_lib.cli", HEAVY),
        ("from hea_lib.figures import data", HEAVY - {"matplotlib"}),
    ],
)
def test_heavy_libraries_are_imported_when_they_are_used(code, unwanted):
    show = f"{code}\nimport sys; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stdout.split()
    assert not unwanted & set(modules)


def test_every_public_name_is_there_from_the_start():
    show = "import hea_lib; print(*[name for name in reversed(hea_lib.__all__) if not hasattr(hea_lib, name)])"
    assert not subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stdout.split()
