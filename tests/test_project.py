"""The project's files agree with each other."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hea_lib
from hea_lib import _weights, models
from hea_lib.errors import UnknownNameError
from tools import cards, suites, toc

PROJECT = tomllib.loads((toc.ROOT / "pyproject.toml").read_text())["project"]
ADDRESS = PROJECT["urls"]["Repository"]
CONDA_NAMES = {"pytorch": "torch"}
# Written in two pieces, so that this file does not hold what it looks for.
FOREIGN = ["/wo" + "rk/", "file:" + "///", "pypi" + ".org", "python" + "hosted", "deb.deb" + "ian", "npm" + "js.org"]


def text(name: str) -> str:
    return (toc.ROOT / name).read_text(encoding="utf-8")


def requirements(*extras: str) -> dict[str, Requirement]:
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=toc.ROOT, capture_output=True, text=True, check=True).stdout
    return [toc.ROOT / name for name in names.split("\0") if name and (toc.ROOT / name).is_file()]


def test_every_copy_of_the_repository_address_is_the_one_of_pyproject() -> None:
    owner = ADDRESS.removeprefix("https://github.com/")
    config = yaml.safe_load(text("_config.yml"))
    assert config["repository"]["url"] == ADDRESS
    assert yaml.safe_load(text("CITATION.cff"))["repository-code"] == ADDRESS
    branch = config["repository"]["branch"]
    assert f"colab.research.google.com/github/{owner}/blob/{branch}/book/start-here.ipynb" in text("README.md")
    for path in tracked():
        if path.suffix in (".md", ".yml", ".yaml", ".cff", ".toml", ".py", ".ipynb"):
            found = set(
                re.findall(r"github\.com/([\w-]*alloys-on-demand[\w-]*/[\w-]+)", path.read_text(encoding="utf-8"))
            )
            assert found <= {owner}, path.name


def test_the_version_is_one() -> None:
    assert hea_lib.__version__ == PROJECT["version"] == yaml.safe_load(text("CITATION.cff"))["version"]
    assert re.search(r"^## (\S+)", text("CHANGELOG.md"), re.MULTILINE)[1] == PROJECT["version"]


def test_runtime_dependencies_have_lower_bounds_only() -> None:
    for name, requirement in requirements().items():
        assert [spec.operator for spec in requirement.specifier] == [">="], name


def test_lock_pins_every_requirement_within_its_bounds() -> None:
    lines = [line for line in text("requirements.lock").splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.!]+", line) for line in lines), "one exact public version a line"
    pins = {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}
    assert len(pins) == len(lines)
    for name, requirement in requirements(*PROJECT["optional-dependencies"]).items():
        assert requirement.specifier.contains(pins[name]), requirement


def test_conda_environment_asks_for_what_pyproject_asks_for() -> None:
    listed = yaml.safe_load(text("environment.yml"))["dependencies"]
    conda = {(r := Requirement(line)).name: r.specifier for line in listed if isinstance(line, str)}
    conda = {CONDA_NAMES.get(name, name): specifier for name, specifier in conda.items()}
    for name, requirement in requirements().items():
        assert conda.pop(name) == requirement.specifier, name
    assert set(conda) == {"python", "pip", "jupyterlab"}
    assert conda["jupyterlab"] == requirements("lab")["jupyterlab"].specifier


def test_one_version_of_python_everywhere() -> None:
    lowest = PROJECT["requires-python"].removeprefix(">=")
    tools = tomllib.loads(text("pyproject.toml"))["tool"]
    assert tools["ruff"]["target-version"] == f"py{lowest.replace('.', '')}"
    assert f"python>={lowest}" in yaml.safe_load(text("environment.yml"))["dependencies"]
    assert f"Python {lowest} or newer" in text("README.md")


def test_tracked_files_name_no_folder_and_no_registry_of_one_machine() -> None:
    for path in tracked():
        if "vendor" not in path.parts:
            content = path.read_bytes()
            assert not [word for word in FOREIGN if word.encode() in content], path.relative_to(toc.ROOT)


def test_no_raw_source_and_no_large_file_is_tracked() -> None:
    for path in tracked():
        assert "raw" not in path.relative_to(toc.ROOT).parts
        assert path.stat().st_size < 6e6, path.relative_to(toc.ROOT)


def test_the_wheel_carries_the_data_and_nothing_of_the_workshop(tmp_path: Path) -> None:
    suites.install_wheel(tmp_path)
    ours = {path.relative_to(toc.ROOT / "data") for path in tracked() if path.is_relative_to(toc.ROOT / "data")}
    assert ours, "no data is tracked"
    assert all((tmp_path / "hea_lib/data" / path).is_file() for path in ours)
    assert {path.name for path in tmp_path.iterdir() if not path.name.endswith(".dist-info")} <= {"hea_lib", "bin"}
    assert (tmp_path / "bin/hea").is_file()


def test_every_automation_runs_the_two_commands_of_the_readme() -> None:
    for name in ("README.md", ".ci/run", ".github/workflows/book.yml"):
        assert {"make book", "make test"} <= set(re.findall(r"make (?:book|test)\b", text(name))), name
    targets = set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    assert {"book", "test", "lab", "clean", "refresh"} <= targets
    subprocess.run(["bash", "-n", ".ci/run"], cwd=toc.ROOT, check=True)


def test_cited_works_can_be_found_again() -> None:
    entries = re.findall(r"^@(\w+)\{(\S+),(.*?)^\}", text("book/references.bib"), re.MULTILINE | re.DOTALL)
    keys = [key for _, key, _ in entries]
    assert {"borg2020", "debnath2021", "zeng2024", "fung2021"} <= set(keys)
    assert len(set(keys)) == len(keys)
    needed = {"article": {"doi"}, "inproceedings": {"doi", "booktitle"}}
    for kind, key, body in entries:
        fields = set(re.findall(r"^\s*(\w+)\s*=", body, re.MULTILINE))
        assert fields & needed.get(kind, {"doi", "url", "isbn", "howpublished"}), key


def test_data_cards_belong_to_tables_and_tables_have_cards() -> None:
    carded = {path.stem for path in (toc.ROOT / "data/cards").glob("*.md")}
    assert carded
    names = {path.stem for path in (toc.ROOT / "data").glob("*.csv")}
    assert carded <= names


#: What a card must not leave out, by model.
LIMITS = {
    "cgan": ("computed references", "not a tougher alloy"),
    "dvae": ("the judge learned from other chemical systems", "has not been melted", "disagree"),
    "cinn": ("no calculation", "beyond fracture", "selection and localisation"),
    "inn": ("no calculation", "beyond fracture", "`cinn` hits more often"),
    "mdn": ("no calculation", "beyond fracture", "made here by selection and localisation"),
    "cvae": ("no calculation", "beyond fracture", "single value of each coordinate"),
}


@pytest.mark.parametrize("card", sorted((toc.ROOT / "data/cards/models").glob("*.md")), ids=lambda card: card.stem)
def test_a_model_card_says_what_was_measured_and_what_it_cannot_do(card: Path) -> None:
    content = card.read_text(encoding="utf-8")
    assert cards.renewed(card.stem, content) == content, "run python -m tools.cards"
    assert models.card(card.stem) == content
    for section in ("What it is", "Intended use", "Training", "Figures", "Limits"):
        assert f"## {section}\n" in content
    for fact in ("Not intended", "have seen every known", *LIMITS[card.stem]):
        assert fact in content, fact


def test_shipped_networks_have_a_card() -> None:
    shipped = {_weights.notes(name)["kind"] for name in _weights.names()}
    carded = {f"model {path.stem}" for path in (toc.ROOT / "data/cards/models").glob("*.md")}
    assert {kind for kind in shipped if kind.startswith("model ")} == carded
    with pytest.raises(UnknownNameError, match="unknown model card 'cgam'; did you mean 'cgan'"):
        models.card("cgam")


def test_a_card_without_a_place_for_its_figures_is_refused() -> None:
    with pytest.raises(ValueError, match="the card of cgan has 0 places for its training"):
        cards.renewed("cgan", "# A card\n")
