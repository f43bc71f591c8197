"""A data file is the one we made, or it is refused by name."""

import json

import pandas as pd
import pytest

from hea_lib import _resources
from hea_lib.errors import DataFileError

TABLE = pd.DataFrame({"alloy": ["CoCrNi", "TiZr"], "value": [0.1, 1 / 3]})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty data folder."""
    monkeypatch.setattr(_resources, "folder", lambda: tmp_path)
    return tmp_path


def test_every_registered_file_of_the_project_is_intact():
    known = json.loads(_resources.path(_resources.CHECKSUMS).read_text())
    assert len(known) >= 8
    for name in known:
        assert _resources.read_bytes(name)


def test_what_is_written_is_read_back_exactly(folder):
    _resources.write_csv(TABLE, "table.csv")
    pd.testing.assert_frame_equal(_resources.read_csv("table.csv"), TABLE)
    assert sorted(path.name for path in folder.iterdir()) == ["checksums.json", "table.csv"]


def test_writing_one_file_leaves_the_other_entries_alone(folder):
    _resources.write_csv(TABLE, "one.csv")
    before = json.loads((folder / "checksums.json").read_text())
    _resources.write_csv(TABLE.assign(value=2.0), "sub/two.csv")
    after = json.loads((folder / "checksums.json").read_text())
    assert after["one.csv"] == before["one.csv"]
    assert set(after) == {"one.csv", "sub/two.csv"}


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-5], lambda content: content.replace(b"0.1", b"0.2"), lambda content: b""],
    ids=["truncated", "edited", "emptied"],
)
def test_a_damaged_file_is_refused_by_name(folder, damage):
    path = _resources.write_csv(TABLE, "table.csv")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataFileError, match=r"'table\.csv' is damaged"):
        _resources.read_csv("table.csv")


def test_a_missing_file_is_refused_by_name(folder):
    with pytest.raises(DataFileError, match=r"'nowhere\.csv' is missing"):
        _resources.read_csv("nowhere.csv")


def test_a_file_without_checksum_is_refused(folder):
    _resources.write_csv(TABLE, "table.csv")
    (folder / "stray.csv").write_text("a\n1\n")
    with pytest.raises(DataFileError, match=r"'stray\.csv' has no entry"):
        _resources.read_csv("stray.csv")


@pytest.mark.parametrize("content", [b"{", b"[]", b"", b"\xff"])
def test_a_damaged_register_is_refused_by_name(folder, content):
    _resources.write_csv(TABLE, "table.csv")
    (folder / "checksums.json").write_bytes(content)
    for use in (_resources.read_csv, lambda name: _resources.write_csv(TABLE, name)):
        with pytest.raises(DataFileError, match=r"'checksums\.json' is damaged"):
            use("table.csv")


def test_text_that_is_none_is_refused_by_name(folder):
    (folder / "card.md").write_bytes(b"# Card\xff")
    with pytest.raises(DataFileError, match=r"'card\.md' is damaged"):
        _resources.read_text("card.md")


def test_an_installed_package_is_not_written_to(tmp_path, monkeypatch):
    monkeypatch.setattr(_resources, "__file__", str(tmp_path / "hea_lib/_resources.py"))
    (tmp_path / "hea_lib/data").mkdir(parents=True)
    with pytest.raises(DataFileError, match=r"'table\.csv' is not written into the installed package"):
        _resources.write_csv(TABLE, "table.csv")
    assert not list((tmp_path / "hea_lib/data").iterdir())


def test_a_table_is_read_once_and_only_numbers_may_be_missing(folder, monkeypatch):
    text = b"alloy,note,value,year,first_year,flag\nNA,,1.5,,1999,True\nTiZr,nan,,2004,,False\n"
    _resources.write_bytes(text, "table.csv")
    reads, read = [], _resources.read_bytes
    monkeypatch.setattr(_resources, "read_bytes", lambda name: reads.append(name) or read(name))
    table = _resources.read_table("table.csv")
    assert reads == ["table.csv"]
    assert table[["alloy", "note"]].to_numpy().tolist() == [["NA", ""], ["TiZr", "nan"]]
    assert table["value"].isna().tolist() == [False, True] and table["flag"].dtype == bool
    assert table["year"].dtype == table["first_year"].dtype == "Int64"
    assert table["year"].isna().tolist() == [True, False]


def test_a_checkout_with_carriage_returns_is_the_same_file(folder):
    path = _resources.write_csv(TABLE, "table.csv")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    pd.testing.assert_frame_equal(_resources.read_csv("table.csv"), TABLE)
