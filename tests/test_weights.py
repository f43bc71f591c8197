"""Weights on disk: what is saved is what is loaded, and nothing else is."""

import hashlib
import json
import os

import numpy as np
import pytest
import torch

from hea_lib import _resources, _weights
from hea_lib.errors import DataFileError, UnknownNameError

TENSORS = {"weight": torch.randn(3, 2, requires_grad=True), "step": torch.tensor(7.0), "rows": np.arange(4)[::2]}


def test_what_is_saved_is_loaded(tmp_path):
    path = _weights.save(tmp_path / "deep" / "mine.v1", "thing", TENSORS, {"seed": 3, "kind": "another"})
    tensors, notes = _weights.load(path, "thing")
    assert tensors.keys() == TENSORS.keys()
    np.testing.assert_array_equal(tensors["weight"], TENSORS["weight"].detach().numpy())
    assert tensors["step"].shape == () and tensors["step"] == 7
    assert tensors["rows"].tolist() == [0, 2]
    assert (notes["seed"], notes["kind"], notes["format"]) == (3, "thing", _weights.FORMAT)
    assert _weights.notes(str(path)) == notes
    assert sorted(file.name for file in path.parent.iterdir()) == ["mine.v1.json", "mine.v1.safetensors"]


def test_the_same_content_gives_the_same_bytes():
    assert _weights.encode("thing", TENSORS, {"seed": 1}) == _weights.encode("thing", TENSORS, {"seed": 1})


@pytest.mark.parametrize("survivors", [0, 1])
def test_dying_while_saving_leaves_a_whole_pair(tmp_path, monkeypatch, survivors):
    path = tmp_path / "mine"
    _weights.save(path, "thing", {"number": np.zeros(2)}, {"version": "old"})
    replace, left = os.replace, [survivors]

    def die(*names):
        if not left[0]:
            raise OSError("power cut")
        left[0] -= 1
        replace(*names)

    monkeypatch.setattr(os, "replace", die)
    with pytest.raises(OSError, match="power cut"):
        _weights.save(path, "thing", {"number": np.ones(2)}, {"version": "new"})
    monkeypatch.undo()
    tensors, notes = _weights.load(path, "thing")
    assert (notes["version"], tensors["number"][0]) == [("old", 0), ("new", 1)][survivors]
    _weights.save(path, "thing", {"number": np.full(2, 2)}, {"version": "newest"})
    assert _weights.load(path, "thing")[1]["version"] == "newest"


@pytest.mark.parametrize("value", [float("nan"), {1, 2}])
def test_notes_that_json_cannot_hold_leave_no_file(tmp_path, value):
    with pytest.raises((TypeError, ValueError)):
        _weights.save(tmp_path / "mine", "thing", TENSORS, {"value": value})
    assert not list(tmp_path.iterdir())


def test_wrong_files_are_refused(tmp_path):
    path = _weights.save(tmp_path / "mine", "thing", TENSORS, {})
    weights, notes = tmp_path / "mine.safetensors", tmp_path / "mine.json"
    content, described = weights.read_bytes(), json.loads(notes.read_text())
    with pytest.raises(
        DataFileError, match="are of kind 'thing' and of format 1; this version of the library reads kind 'other'"
    ):
        _weights.load(path, "other")
    for damaged in (content[:-1], content[:-1] + bytes([content[-1] ^ 1]), b""):
        weights.write_bytes(damaged)
        with pytest.raises(DataFileError, match=rf"mine.safetensors are damaged \({len(damaged)} bytes"):
            _weights.load(path, "thing")
    weights.write_bytes(b"no tensors")
    notes.write_text(json.dumps(described | {"sha256": hashlib.sha256(b"no tensors").hexdigest()}))
    with pytest.raises(DataFileError, match="holds no tensors"):
        _weights.load(path, "thing")
    notes.write_text(json.dumps(described | {"format": 99}))
    with pytest.raises(DataFileError, match="of format 99"):
        _weights.load(path, "thing")
    for text in ("", "[]", "3", "{", "{}"):
        notes.write_text(text)
        for read in (_weights.notes, lambda name: _weights.load(name, "thing")):
            with pytest.raises(DataFileError, match="does not describe saved weights"):
                read(path)
    weights.unlink()
    with pytest.raises(DataFileError, match=r"mine.safetensors is missing; weights are two files"):
        _weights.load(path, "thing")


def test_an_unknown_name_gives_near_matches(tmp_path):
    with pytest.raises(UnknownNameError, match="unknown weights 'mos2-judg'; did you mean 'mos2-judge'"):
        _weights.load("mos2-judg", "SymmetricEnsemble")
    with pytest.raises(UnknownNameError, match="unknown weights"):
        _weights.load(tmp_path / "nothing", "SymmetricEnsemble")


def test_shipped_weights_are_found_by_name_and_verified(tmp_path, monkeypatch):
    (tmp_path / "weights").mkdir()
    monkeypatch.setattr(_resources, "folder", lambda: tmp_path)
    _weights.ship("mine", "thing", TENSORS, {"seed": 3})
    _weights.ship("yours", "other", TENSORS, {})
    assert _weights.names() == ["mine", "yours"] and _weights.names("thing") == ["mine"]
    assert _weights.load("mine", "thing")[1]["seed"] == 3
    file = tmp_path / "weights" / "mine.json"
    file.write_text(file.read_text().replace("3", "4"))
    with pytest.raises(DataFileError, match=r"weights/mine.json' is damaged or was edited"):
        _weights.load("mine", "thing")


def test_the_library_ships_what_its_checksums_name():
    known = json.loads(_resources.read_text(_resources.CHECKSUMS))
    assert {f"weights/{name}{ending}" for name in _weights.names() for ending in _weights.ENDINGS} == {
        name for name in known if name.startswith("weights/")
    }
