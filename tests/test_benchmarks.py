"""Results of benchmarks: taken up after a stop, measured anew on other data, and traceable."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import record
from hea_lib import _resources, alloys
from hea_lib.errors import DataFileError

KEY = ("method", "seed")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data folder with one table that a benchmark reads."""
    monkeypatch.setattr(_resources, "folder", lambda: tmp_path)
    _resources.write_csv(pd.DataFrame({"a": [1]}), "input.csv")
    return tmp_path


def open_results() -> record.Results:
    return record.Results("mine.csv", KEY, ("input.csv",))


def test_a_stopped_benchmark_goes_on_where_it_was(folder, capsys):
    results = open_results()
    assert ("trees", 0) not in results
    results.add(("trees", 0), {"error": 0.5})
    results.add(("trees", 1), {"error": 1 / 3})
    again = open_results()
    assert ("trees", 0) in again and ("trees", "1") in again and ("trees", 2) not in again
    again.add(("trees", 2), {"error": 0.25})
    table = _resources.read_csv("results/mine.csv")
    assert table["seed"].tolist() == [0, 1, 2] and table["error"].tolist() == [0.5, 0.333333, 0.25]
    assert capsys.readouterr().out == ""


def test_rows_measured_on_other_data_are_said_and_dropped(folder, capsys):
    open_results().add(("trees", 0), {"error": 0.5})
    _resources.write_csv(pd.DataFrame({"a": [2]}), "input.csv")
    results = open_results()
    assert capsys.readouterr().out == "mine.csv: 1 rows were measured on other data and are measured anew\n"
    assert ("trees", 0) not in results
    results.add(("trees", 0), {"error": 0.4})
    assert _resources.read_csv("results/mine.csv")["error"].tolist() == [0.4]


def test_a_row_says_what_made_it(folder):
    open_results().add(("trees", 0), {"error": 0.5})
    table = _resources.read_csv("results/mine.csv", dtype=str)
    assert list(table) == [*KEY, "error", "versions", "data", "machine", "date"]
    row = table.iloc[0]
    assert {"python", "hea-lib", "numpy", "torch"} <= {part.split("=")[0] for part in row["versions"].split()}
    assert "+" not in row["versions"]  # a local build says no more than its version
    assert len(row["data"]) == 12 and row["data"] == record.provenance(("input.csv",))["data"]
    assert row["machine"].endswith(" cores") and date.fromisoformat(row["date"]) <= date.today()


def test_a_row_that_is_measured_again_takes_the_place_of_the_first(folder):
    results = open_results()
    for seed, error in [(0, 0.5), (1, 0.6), (0, 0.4)]:
        results.add(("trees", seed), {"error": error})
    table = _resources.read_csv("results/mine.csv")
    assert table["seed"].tolist() == [0, 1] and table["error"].tolist() == [0.4, 0.6]
    assert results.summary(["method"]).splitlines()[-1].split()[-2:] == ["0.5", "0.141"]


def test_a_missing_feature_is_filled_from_the_alloys_learned_from(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(record.__file__).parent))
    import phase_classifiers as benchmark
    from sklearn.tree import DecisionTreeClassifier

    known = alloys.fractions(["MoNbTaW", "TiZrHfNb", "AlCoCrFeNi", "AlNiTi"])
    asked = alloys.fractions(["FeSn", "AlCoCrFeNi", "AlNi"])
    model = benchmark.filled(DecisionTreeClassifier(random_state=0)).fit(benchmark.eight(known), [1, 1, 0, 0])
    assert np.isnan(benchmark.eight(asked)[0]).any()
    filled = model[0].transform(benchmark.eight(asked))
    assert np.array_equal(filled[:1], model[0].transform(benchmark.eight(asked.iloc[:1])))
    assert filled[0, -1] == pytest.approx(benchmark.eight(known)[:, -1].mean())


def test_every_figure_needs_its_key_and_a_readable_file(folder):
    results = open_results()
    with pytest.raises(ValueError, match="zip"):
        results.add(("trees",), {"error": 0.5})
    results.add(("trees", 0), {"error": 0.5})
    (folder / "results/mine.csv").write_text("method,seed\n")
    with pytest.raises(DataFileError, match="damaged"):
        open_results()


def test_a_summary_has_mean_and_spread_over_the_rest_of_the_key(folder):
    results = open_results()
    for seed, error in enumerate((1.0, 3.0)):
        results.add(("trees", seed), {"error": error})
    lines = results.summary(["method"]).splitlines()
    assert "mean" in lines[0] and "std" in lines[0]
    assert lines[-1].split()[-2:] == ["2.0", "1.414"]


def test_a_table_written_whole_is_registered_with_what_made_it(folder, capsys):
    record.write("whole.csv", pd.DataFrame({"part": ["x"], "seconds": [0.5]}), ("input.csv",))
    assert "seconds" in capsys.readouterr().out
    table = _resources.read_csv("results/whole.csv")
    assert list(table) == ["part", "seconds", "versions", "data", "machine", "date"]
    assert "results/whole.csv" in json.loads((folder / "checksums.json").read_text())
