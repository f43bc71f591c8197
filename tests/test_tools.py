"""The machinery: what it executes, skips and refuses, shown on a tiny book made on the fly."""

import base64
import json
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import book, execute, notebooks, site, suites, toc


def write_book(root: Path, **cells: list[str]) -> None:
    """A book of one landing page and one notebook for each keyword, with a library and data to depend on."""
    names = [name.replace("_", "-") for name in cells]
    for folder in ("book/_static", "hea_lib", "data/cards", "tools"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "book/index.md").write_text("# A book\n")
    (root / "book/references.bib").write_text("")
    (root / "CHANGELOG.md").write_text("# Changelog\n")
    (root / "_config.yml").write_text("title: A book\n")
    (root / "hea_lib/one.py").write_text("ONE = 1\n")
    (root / "data/table.csv").write_text("a,b\n1,2\n")
    (root / "requirements.lock").write_text("numpy==2\n")
    (root / "tools/chapter.py").write_text("")
    chapters = [{"file": f"book/part/{name}"} for name in names]
    toc_text = {"format": "jb-book", "root": "book/index", "parts": [{"caption": "Part", "chapters": chapters}]}
    (root / "_toc.yml").write_text(json.dumps(toc_text))
    for name, sources in zip(names, cells.values(), strict=True):
        code = [
            new_code_cell(source, metadata={"tags": ["parameters"]} if i == 0 else {})
            for i, source in enumerate(sources)
        ]
        notebooks.write(
            new_notebook(cells=[new_markdown_cell(f"# The {name}"), *code]), root / f"book/part/{name}.ipynb"
        )


def chapter(root: Path, name: str) -> Path:
    return root / f"book/part/{name}.ipynb"


@pytest.fixture(scope="module")
def executed_book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict]:
    """A book of a good and a broken chapter, executed once: its root, the executed copies, the failures."""
    root = tmp_path_factory.mktemp("book")
    good = ["n = 20_000_000", "import pathlib; print(len(list(pathlib.Path().iterdir())))", "_ = bytearray(n * 10)"]
    write_book(root, good=good, broken=["x = 1", "print('before'); x / 0"])
    executed = root / "_build/executed"
    return root, executed, execute.execute(root, executed)


def test_toc_lists_files_in_reading_order_at_any_depth(tmp_path: Path) -> None:
    write_book(tmp_path, first=[], second=[])
    assert [path.as_posix() for path in toc.sources(tmp_path)] == [
        "book/index.md",
        "book/part/first.ipynb",
        "book/part/second.ipynb",
    ]
    assert [path.stem for path in toc.chapters(tmp_path)] == ["first", "second"]
    nested = {
        "root": "a",
        "chapters": [{"file": "b", "sections": [{"file": "c", "sections": [{"file": "d"}]}]}, {"file": "e"}],
    }
    assert toc._names(nested) == ["a", "b", "c", "d", "e"]


def test_toc_names_the_missing_file(tmp_path: Path) -> None:
    write_book(tmp_path, first=[])
    chapter(tmp_path, "first").unlink()
    with pytest.raises(toc.TocError, match="'book/part/first'"):
        toc.sources(tmp_path)


def test_a_failure_names_chapter_cell_source_and_traceback_and_keeps_other_results(executed_book) -> None:
    _, executed, failures = executed_book
    assert [path.stem for path in failures] == ["broken"]
    message = failures[Path("book/part/broken.ipynb")]
    assert "chapter broken, cell 3: ZeroDivisionError" in message
    assert "print('before'); x / 0" in message.split("--- source")[1]
    assert "Traceback" in message.split("--- traceback")[1]
    assert "\x1b" not in message
    assert (executed / "book/part/good.ipynb").is_file()
    assert not (executed / "book/part/broken.ipynb").exists()


def test_a_chapter_runs_in_an_empty_folder_and_its_cost_is_measured(executed_book) -> None:
    _, executed, _ = executed_book
    notebook = notebooks.read(executed / "book/part/good.ipynb")
    assert notebooks.code_cells(notebook)[1].outputs[0].text == "0\n"
    facts = notebook.metadata["alloys"]
    assert 0 < facts["seconds"] < 300
    assert 200e6 / 2**20 < facts["peak_mib"] < 2000


def test_an_unchanged_chapter_is_skipped_and_a_changed_one_is_not(executed_book) -> None:
    root, executed, _ = executed_book
    assert [path.stem for path in execute.stale(root, executed)] == ["broken"]
    before = (executed / "book/part/good.ipynb").stat().st_mtime_ns
    for file in ("hea_lib/one.py", "data/table.csv", "requirements.lock"):
        old = (root / file).read_text()
        (root / file).write_text(old + "# changed\n")
        assert [path.stem for path in execute.stale(root, executed)] == ["good", "broken"], file
        (root / file).write_text(old)
    (root / "hea_lib/__pycache__").mkdir()
    (root / "hea_lib/__pycache__/one.pyc").write_bytes(b"cache")
    assert [path.stem for path in execute.stale(root, executed)] == ["broken"]
    assert (executed / "book/part/good.ipynb").stat().st_mtime_ns == before


def test_stamp_follows_code_and_tags_but_not_prose() -> None:
    notebook = new_notebook(cells=[new_markdown_cell("# T"), new_code_cell("x = 1")])
    first = notebooks.stamp(notebook, "ground")
    notebook.cells[0].source = "# Another title"
    assert notebooks.stamp(notebook, "ground") == first
    assert notebooks.stamp(notebook, "another ground") != first
    notebook.cells[1].metadata["tags"] = ["parameters"]
    tagged = notebooks.stamp(notebook, "ground")
    assert tagged != first
    notebook.cells[1].source = "x = 2"
    assert notebooks.stamp(notebook, "ground") not in (first, tagged)


def test_site_shows_new_prose_with_the_outputs_of_the_execution(executed_book) -> None:
    root, executed, _ = executed_book
    toc_text = (root / "_toc.yml").read_text()
    (root / "_toc.yml").write_text(toc_text.replace(', {"file": "book/part/broken"}', ""))
    source = notebooks.read(chapter(root, "good"))
    source.cells[0].source = "# The good\n\nRewritten."
    notebooks.write(source, chapter(root, "good"))
    (root / "data/cards/table.md").write_text("# Table\n\n```\n# code\n```\n\n## Columns\n")
    site.assemble(root, executed, root / "site")
    page = notebooks.read(root / "site/book/part/good.ipynb")
    assert "Rewritten." in page.cells[0].source
    assert notebooks.code_cells(page)[1].outputs[0].text == "0\n"
    assert "| [The good](/book/part/good.ipynb) |" in (root / "site/book/_generated/statistics.md").read_text()
    cards = (root / "site/book/_generated/data-cards.md").read_text()
    assert cards == "## Table\n\n```\n# code\n```\n\n### Columns\n"
    assert (root / "site/book/_generated/model-cards.md").read_text() == "No card yet.\n"
    (root / "_toc.yml").write_text(toc_text)


def test_refresh_writes_outputs_and_nothing_when_a_chapter_fails(executed_book, tmp_path: Path) -> None:
    root, executed, _ = executed_book
    before = chapter(root, "good").read_text()
    assert book.refresh(root, executed) == 1
    assert chapter(root, "good").read_text() == before
    write_book(tmp_path, only=["print('once')"])
    assert book.refresh(tmp_path, tmp_path / "executed") == 0
    written = chapter(tmp_path, "only").read_text()
    assert notebooks.code_cells(notebooks.read(chapter(tmp_path, "only")))[0].outputs[0].text == "once\n"
    assert book.refresh(tmp_path, tmp_path / "executed") == 0
    assert chapter(tmp_path, "only").read_text() == written


def test_readme_shows_the_first_figure_of_its_chapter(tmp_path: Path) -> None:
    write_book(tmp_path, start_here=[])
    assert book.picture(tmp_path) is None
    (tmp_path / "book/start-here.ipynb").write_bytes(chapter(tmp_path, "start-here").read_bytes())
    (tmp_path / "_toc.yml").write_text((tmp_path / "_toc.yml").read_text().replace("part/", ""))
    notebook = notebooks.read(tmp_path / "book/start-here.ipynb")
    image = new_output("display_data", data={"image/png": base64.b64encode(b"pixels").decode()})
    notebook.cells.append(new_code_cell("figure", outputs=[image]))
    notebooks.write(notebook, tmp_path / "book/start-here.ipynb")
    assert book.picture(tmp_path) == b"pixels"


def test_pages_are_rendered_from_scratch_until_sphinx_is_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes, calls = [1, 0], []

    def sphinx(command: list, **_: object) -> subprocess.CompletedProcess:
        calls.append(command)
        assert not (tmp_path / "html").exists(), "doctrees and pages of an earlier run hide warnings"
        (tmp_path / "html/_static/locales").mkdir(parents=True)
        return subprocess.CompletedProcess(command, codes.pop(0))

    monkeypatch.setattr(subprocess, "run", sphinx)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/page.md").write_text("# One\n")
    assert not site.render(tmp_path / "site", tmp_path)
    assert site.render(tmp_path / "site", tmp_path)
    assert site.render(tmp_path / "site", tmp_path)
    assert len(calls) == 2, "unchanged sources are not rendered again"
    codes.append(0)
    (tmp_path / "site/page.md").write_text("# Two\n")
    assert site.render(tmp_path / "site", tmp_path)
    assert len(calls) == 3
    assert {"-n", "-W", "--keep-going"} <= set(calls[0])


def test_prune_removes_what_no_browser_asks_for(tmp_path: Path) -> None:
    (tmp_path / "locales/de").mkdir(parents=True)
    for name in ("a.js", "a.js.map", "f.woff2", "f.ttf", "locales/de/m.po", "macros.html"):
        (tmp_path / name).write_text("x")
    sheet = "@font-face{src:url(f.woff2) format('woff2'),url(f.ttf) format('truetype')}"
    (tmp_path / "a.css").write_text(sheet)
    site.prune(tmp_path)
    assert {path.name for path in tmp_path.rglob("*")} == {"a.js", "a.css", "f.woff2"}
    assert (tmp_path / "a.css").read_text() == "@font-face{src:url(f.woff2) format('woff2')}"


@pytest.mark.parametrize(
    ("line", "summary"),
    [
        ("==== 3 passed, 1 warning in 2.50s ====", "3 passed, 1 warning in 2.50s"),
        ("==== 1 failed, 2 passed in 83.10s (0:01:23) ====", "1 failed, 2 passed in 83.10s (0:01:23)"),
        ("5 passed in 0.12s", "5 passed in 0.12s"),
        ("no tests ran in 0.01s", "no tests ran in 0.01s"),
    ],
)
def test_summary_line_of_pytest_is_recognised(line: str, summary: str) -> None:
    assert suites.SUMMARY.findall(f"...F [100%]\n3 things happened\n{line}\n") == [summary]


def test_merged_outputs_are_stable_and_widgets_become_a_note() -> None:
    view = {notebooks.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "VBox()"}
    done = new_code_cell("w", execution_count=7, metadata={"papermill": {"duration": 1}})
    done.outputs = [
        new_output("display_data", data=view),
        new_output("execute_result", data={"text/plain": "1"}, execution_count=7),
    ]
    metadata = {"widgets": {"state": {}}, "papermill": {}, "kernelspec": {"name": "mine", "display_name": "Mine"}}
    source = new_notebook(cells=[new_code_cell("w", id="kept", metadata=done.metadata)], metadata=metadata)
    result = notebooks.merged(source, new_notebook(cells=[done]))
    assert result.metadata == {"kernelspec": notebooks.KERNEL, "language_info": notebooks.LANGUAGE}
    cell = result.cells[0]
    assert (cell.id, cell.execution_count, cell.metadata) == ("kept", None, {})
    assert cell.outputs[0].data == {"text/markdown": notebooks.WIDGET_NOTE}
    assert cell.outputs[1].execution_count is None
    nbformat.validate(result)


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        (new_output("stream", name="stderr", text="a warning"), "wrote to stderr"),
        (new_output("stream", name="stdout", text=" 40%|####      | 4/10"), "printed a progress bar"),
        (new_output("stream", name="stdout", text="step 1\rstep 2"), "printed a carriage return"),
        (new_output("execute_result", data={"text/plain": "<object at 0x7f00ab12cd34>"}), "printed a memory address"),
        (new_output("stream", name="stdout", text="saved /tmp/x.csv"), "printed a path of one machine"),
        (new_output("display_data", data={"image/png": "A" * 300_000}), "weighs 300 kB"),
    ],
)
def test_faults_name_what_does_not_belong_on_a_page(output, fault: str) -> None:
    notebook = new_notebook(cells=[new_code_cell("x")])
    notebook.cells[0].outputs = [new_output("stream", name="stdout", text="G = 60 GPa, 8 g/cm3, and/or\n")]
    assert notebooks.faults(notebook) == []
    notebook.cells[0].outputs.append(output)
    assert [text for text in notebooks.faults(notebook) if fault in text]


def test_a_notebook_alone_sees_only_the_library_it_is_given(tmp_path: Path) -> None:
    library = tmp_path / "wheel/hea_lib"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("ANSWER = 42\n")
    cell = new_code_cell("import hea_lib\nprint(hea_lib.ANSWER)", metadata={"tags": ["nbval-check-output"]})
    cell.outputs = [new_output("stream", name="stdout", text="42\n")]
    path = tmp_path / "chapter.ipynb"
    notebooks.write(new_notebook(cells=[cell], metadata={"kernelspec": notebooks.KERNEL}), path)
    assert suites.alone(path, tmp_path / "wheel")[0]
    (tmp_path / "empty").mkdir()
    assert not suites.alone(path, tmp_path / "empty")[0], "the checkout must not stand in for the wheel"
    (library / "__init__.py").write_text("ANSWER = 43\n")
    passed, summary = suites.alone(path, tmp_path / "wheel")
    assert not passed, "a verdict that does not hold must fail"
    assert "1 failed" in summary
