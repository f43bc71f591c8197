"""One file, one decorated class: how a model comes into the library, and what is refused at the door."""

import subprocess
import sys

import pytest

from hea_lib import models, problems
from hea_lib.errors import HeaError, RegistrationError

MODEL = '''
"""A model in a file of its own."""

from . import register
from .base import InverseModel


@register
class First(InverseModel):
    """Always the first known design."""

    name, title, problems = "first", "the first known design", ("refractory",)

    def _sample(self, requests, rng):
        return self.problem.designs.iloc[[0] * len(requests)].to_numpy()
'''


@pytest.fixture
def registry(monkeypatch):
    """The registry, which forgets afterwards what a test brought into it."""
    monkeypatch.setattr(models, "_REGISTRY", dict(models._load()))
    models._load.cache_clear()
    yield models._REGISTRY
    models._load.cache_clear()
    sys.modules.pop("hea_lib.models.first", None)


def kind(**attributes) -> type:
    own = {"name": "visitor", "title": "from elsewhere", "_sample": lambda self, requests, rng: None}
    return type("Visitor", (models.InverseModel,), own | attributes)


def test_a_file_in_the_folder_is_all_it_takes(registry, tmp_path, monkeypatch):
    (tmp_path / "first.py").write_text(MODEL)
    monkeypatch.setattr(models, "__path__", [*models.__path__, str(tmp_path)])
    assert "first" in models.names("refractory") and "first" not in models.names("mos2")
    problem = problems.get("refractory")
    designs = models.get("first", "refractory")(problem).fit().sample({"shear_modulus": 60.0}, n=3)
    assert (designs.to_numpy() == problem.designs.iloc[0].to_numpy()).all()


def test_a_visitor_is_known_and_its_cell_may_run_again(registry):
    assert models.register(kind()) is models.get("visitor")
    again = kind(title="mended")
    assert models.register(again) is models.get("visitor") is again
    with pytest.raises(RegistrationError, match="two models are called 'visitor'"):
        models.register(type("Other", (again,), {}))


def test_a_class_of_the_same_name_in_another_file_is_another_model(registry):
    models.register(kind())
    with pytest.raises(RegistrationError, match=r"'visitor': .*Visitor and elsewhere\.Visitor"):
        models.register(kind(__module__="elsewhere"))


@pytest.mark.parametrize(
    ("attributes", "complaint"),
    [
        ({"name": None}, "has name = None; write small letters"),
        ({"name": "My model"}, "has name = 'My model'; write small letters"),
        ({"title": " "}, "model 'visitor' has title = ' '; say"),
        ({"problems": "mos2"}, "has problems = 'mos2'; write a tuple of"),
        ({"problems": ("mos3",)}, "has problems = .*mos3.*; write a tuple of refractory"),
        ({"problems": ()}, "has problems = .*; write a tuple of"),
    ],
)
def test_what_the_registry_must_know_is_asked_at_the_door(registry, attributes, complaint):
    with pytest.raises(RegistrationError, match=complaint):
        models.register(kind(**attributes))
    assert "visitor" not in models.names()


def test_a_visitor_cannot_take_a_name_of_ours_before_ours_are_loaded():
    code = """
from hea_lib import models
try:
    models.register(type("Random", (models.InverseModel,), {"name": "random", "title": "mine"}))
except models.RegistrationError as error:
    print(error)
print(models.get("random").__module__)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert out[0].startswith("two models are called 'random'") and out[1] == "hea_lib.models.baselines"
    assert issubclass(RegistrationError, HeaError)
