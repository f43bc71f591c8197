"""What CONTRIBUTING.md asks of a chapter, asked of every chapter of the table of contents."""

import re
import tomllib

import pytest
from nbformat import NotebookNode

from tools import notebooks, toc

ADDRESS = tomllib.loads((toc.ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
INSTALL = f"""try:
    import hea_lib
except ModuleNotFoundError:
    %pip install -q "hea_lib @ git+{ADDRESS}\""""
PATHS = {path.stem: path for path in toc.chapters()}
MAX_LINES = {"theory": 30}  # the core of an algorithm is shown whole


@pytest.fixture(params=PATHS)
def name(request: pytest.FixtureRequest) -> str:
    """Each chapter in turn."""
    return request.param


@pytest.fixture
def chapter(name: str) -> NotebookNode:
    return notebooks.read(toc.ROOT / PATHS[name])


def tagged(chapter: NotebookNode, tag: str) -> list[NotebookNode]:
    return [cell for cell in notebooks.code_cells(chapter) if tag in notebooks.tags(cell)]


def prose(chapter: NotebookNode) -> str:
    """The text of a chapter without its fenced code."""
    text = "\n\n".join(cell.source for cell in chapter.cells if cell.cell_type == "markdown")
    return re.sub(r"^```\{?(?:python|bash|text|code).*?^```", "", text, flags=re.DOTALL | re.MULTILINE)


def test_its_name_has_hyphens_only(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


def test_it_is_the_first_to_install_the_library_and_only_when_missing(chapter: NotebookNode) -> None:
    first, *others = notebooks.code_cells(chapter)
    assert first.source == INSTALL
    assert notebooks.tags(first) == ["remove-cell"]
    assert not [cell for cell in others if "pip install" in cell.source]


def test_it_has_one_title_a_summary_and_exercises_with_solutions(name: str, chapter: NotebookNode) -> None:
    text = prose(chapter)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    assert re.search(r"^## Summary$", text, re.MULTILINE)
    if not name.startswith("lab-sheet"):  # there the questions stand between the parts of the lesson
        assert re.search(r"^## Exercises$", text, re.MULTILINE)
    exercises = re.findall(r"^`{3,}\{exercise(?:-start)?\}", text, re.MULTILINE)
    solutions = re.findall(r"^`{3,}\{solution(?:-start)?\}", text, re.MULTILINE)
    assert len(exercises) >= 3
    assert len(solutions) == len(exercises)


def test_its_claims_are_checked(chapter: NotebookNode) -> None:
    verdicts = tagged(chapter, "nbval-check-output")
    assert 3 <= len(verdicts) <= 6
    assert len(tagged(chapter, "parameters")) == 1
    assert all(cell.outputs for cell in verdicts)
    assert not [cell for cell in verdicts if re.search(r"\b\d+\.\d{4,}", notebooks._text(cell.outputs[0]))], "rounded"


def test_its_cells_are_short(chapter: NotebookNode, name: str) -> None:
    limit = MAX_LINES.get(PATHS[name].parent.name, 25)
    assert max(len(cell.source.splitlines()) for cell in notebooks.code_cells(chapter)) <= limit


def test_its_figures_have_caption_name_and_description(chapter: NotebookNode) -> None:
    for cell in notebooks.code_cells(chapter):
        images = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        if images:
            assert len(images) == 1, cell.source
            mystnb = cell.metadata.get("mystnb", {})
            assert mystnb["figure"]["caption"], cell.source
            assert re.fullmatch(r"fig-[a-z0-9-]+", mystnb["figure"]["name"]), cell.source
            assert len(mystnb["image"]["alt"].split()) >= 8, cell.source


def test_a_widget_is_followed_by_a_figure(chapter: NotebookNode) -> None:
    cells = notebooks.code_cells(chapter)
    for number, cell in enumerate(cells):
        if "widget" in notebooks.tags(cell):
            following = cells[number + 1].outputs if number + 1 < len(cells) else []
            assert any("image/png" in output.get("data", {}) for output in following)


def test_it_is_committed_as_make_refresh_writes_it(chapter: NotebookNode, name: str) -> None:
    assert notebooks.faults(chapter) == []
    assert chapter.metadata == {"kernelspec": notebooks.KERNEL, "language_info": notebooks.LANGUAGE}
    assert all(cell.outputs or cell.source for cell in notebooks.code_cells(chapter))
    assert all(cell.execution_count is None for cell in notebooks.code_cells(chapter))
    assert notebooks.merged(chapter, chapter) == chapter
