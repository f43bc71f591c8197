"""Targeted generation: conditions are kept, what it cost is counted, and what is too rare is named."""

import numpy as np
import pandas as pd
import pytest

from hea_lib import design, models, problems, spaces
from hea_lib.errors import CompositionError, HeaError, TargetError, UnsupportedError

TARGET = {"single_phase": 1}


@pytest.fixture(scope="module")
def phases():
    return problems.get("single-phase")


@pytest.fixture(scope="module")
def swap(phases):
    return models.get("swap")(phases).fit()


class Latent:
    """A model with a latent space of two numbers: the amounts of Ni and Co beside Cr; its class adds Al."""

    latent_names = ("z1", "z2")

    def __init__(self, problem):
        self.problem = problem

    def sample(self, target, n, seed=0):
        return self.decode(pd.DataFrame(np.zeros((n, 2)), columns=["z1", "z2"]), pd.DataFrame({"single_phase": [1]}))

    def encode(self, designs, properties=None, seed=None):
        return pd.DataFrame({"z1": 1.0, "z2": 1.0}, index=designs.index)

    def decode(self, latents, properties):
        share = 0.2 + 0.1 * np.tanh(latents.to_numpy())
        table = pd.DataFrame(share, columns=["Ni", "Co"], index=latents.index)
        table["Al"] = 0.1 * properties["single_phase"].to_numpy()
        return self.problem.space.check(table.assign(Cr=1 - table.sum(axis=1)))


def test_conditions_are_kept_and_counted(phases, swap):
    found = design.generate(
        phases, swap, TARGET, 15, elements=(4, 5), contains=["Cr"], without=["Al", "Cu"], novel=0.05, at_least=0.7
    )
    designs = found.designs
    present = designs > spaces.PRESENT
    assert len(designs) == 15 and phases.space.contains(designs).all() and (present | (designs == 0)).all().all()
    assert present.sum(axis=1).between(4, 5).all() and present["Cr"].all() and not present[["Al", "Cu"]].any().any()
    nearest = phases.space.distance(designs.to_numpy(), phases.designs.to_numpy()).min(axis=1)
    assert (nearest > 0.05).all() and (phases.forward(designs)["single_phase"] >= 0.7).all()
    report = found.report
    assert list(report.index) == [
        "4 to 5 elements", "contains Cr", "without Al, Cu", "farther than 0.05 from known alloys",
        "probability at least 0.7", "all",
    ]  # fmt: skip
    assert (report["came"].iloc[1:-1].to_numpy() == report["kept"].iloc[:-2].to_numpy()).all()
    assert report.loc["all", "came"] == report["came"].iloc[0] and (report["kept"] <= report["came"]).all()
    assert found.keep_rate == pytest.approx(report["share"].iloc[:-1].prod())


def test_only_some_elements(phases, swap):
    allowed = ["Co", "Cr", "Fe", "Ni", "Mn", "Al"]
    designs = design.generate(phases, swap, TARGET, 5, elements=allowed).designs
    assert (designs.drop(columns=allowed) == 0).all().all()


def test_the_other_class_is_filtered_by_its_own_probability(phases, swap):
    designs = design.generate(phases, swap, {"single_phase": 0}, 10, at_least=0.8).designs
    assert (phases.forward(designs)["single_phase"] <= 0.2).all()


def test_a_model_that_predicts_is_its_own_filter(phases, swap):
    class Sure:
        sample = staticmethod(swap.sample)

        def predict(self, designs):
            return pd.DataFrame({"single_phase": designs["Ni"]}, index=designs.index)

    designs = design.generate(phases, Sure(), TARGET, 5, at_least=0.3).designs
    assert (designs["Ni"] >= 0.3).all()


def test_without_conditions_it_is_sampling(phases, swap):
    found = design.generate(phases, swap, TARGET, 10, seed=3)
    assert found.keep_rate == 1 and len(found.designs) == 10
    again, other = (design.generate(phases, swap, TARGET, 10, seed=seed).designs for seed in (3, 4))
    assert again.equals(found.designs) and not other.equals(found.designs)


def test_a_region_is_decoded_with_the_class_fixed(phases):
    centre = pd.DataFrame({"z1": [1.0], "z2": [1.0]})
    designs = design.generate(phases, Latent(phases), TARGET, 300, region=(centre, 0.5)).designs
    z = np.arctanh((designs[["Ni", "Co"]].to_numpy() - 0.2) / 0.1)
    distance = np.linalg.norm(z - 1, axis=1)
    assert distance.max() <= 0.5 + 1e-6 and np.allclose(designs["Al"], 0.1)
    assert np.mean(distance < 0.25) == pytest.approx(0.25, abs=0.08)  # even over a disc
    none = design.generate(phases, Latent(phases), {"single_phase": 0}, 5, region=(centre, 0.5)).designs
    assert (none["Al"] == 0).all()


def test_a_region_of_a_model_with_a_second_target():
    problem, asked = problems.single_phase(also="hardness"), []

    class Listening(models.get("dvae")):
        def decode(self, latents, properties):
            asked.append(properties)
            return super().decode(latents, properties)

    model = Listening(problem, steps=5, width=16, trees=0.0).fit()
    centre = model.encode(problem.designs.iloc[:1], problem.properties.iloc[:1])
    found = design.generate(problem, model, TARGET, 40, region=(centre, 2.0), at_least=0.01)
    assert problem.space.contains(found.designs).all() and len(found.designs) == 40
    assert (asked[0]["single_phase"] == 1).all() and asked[0]["hardness"].isin(problem.properties["hardness"]).all()
    assert asked[0]["hardness"].nunique() > 5


def test_a_region_without_known_alloys_is_said(phases):
    far = pd.DataFrame({"z1": [4.0], "z2": [1.0]})
    with pytest.warns(UserWarning, match=r"no known alloy with single_phase = 1 lies within 0.5 .* nearest is 3 away"):
        design.generate(phases, Latent(phases), TARGET, 5, region=(far, 0.5))


def test_what_is_too_rare_is_named(phases, swap):
    with pytest.raises(HeaError, match=r"0 of 5 designs .* rarest is 'contains Ag, .*kept 0 of"):
        design.generate(phases, swap, TARGET, 5, elements=(1, 30), contains=["Ag", "Hf", "Li", "Cu"], rounds=2)
    with pytest.raises(HeaError, match="in 1 rounds"):
        design.generate(phases, swap, TARGET, 6_000, rounds=1)


CENTRE = pd.DataFrame({"z1": [1.0], "z2": [1.0]})


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"contains": ["Xx"]}, CompositionError, "contains names 'Xx'"),
        ({"without": ["Xx"]}, CompositionError, "without names 'Xx'"),
        ({"elements": ["Al", "Xx"]}, CompositionError, "elements names 'Xx'"),
        ({"elements": 0}, HeaError, "elements is 0"),
        ({"elements": (5, 3)}, HeaError, r"elements is \(5, 3\)"),
        ({"elements": (4, 5, 6)}, HeaError, r"elements is \(4, 5, 6\)"),
        ({"elements": 31}, HeaError, "1 to 30"),
        ({"elements": 1, "contains": ["Al", "Ni"]}, HeaError, "contains names 2 elements"),
        ({"elements": ["Al", "Ni"], "contains": ["Cr"]}, HeaError, "contains names Cr"),
        ({"contains": ["Al"], "without": ["Al"]}, HeaError, "Al is wanted by contains"),
        ({"novel": 1}, HeaError, "novel is 1"),
        ({"at_least": 0}, HeaError, "at_least is 0"),
        ({"n": 0}, HeaError, "n is 0"),
        ({"rounds": 0}, HeaError, "rounds is 0"),
        ({"target": {"G": 1}}, TargetError, "G"),
        ({"target": {"single_phase": 0.5}, "at_least": 0.5}, UnsupportedError, "one class"),
        ({"region": (CENTRE[["z1"]], 1.0)}, HeaError, "one row with finite numbers z1 to z2"),
        ({"region": (CENTRE * np.nan, 1.0)}, HeaError, "finite numbers"),
        ({"region": (CENTRE, 0)}, HeaError, "radius of a region is 0"),
    ],
)
def test_bad_input_is_named(phases, options, kind, words):
    given = {"target": TARGET, "n": 3, **options}
    with pytest.raises(kind, match=words):
        design.generate(phases, Latent(phases), **given)


def test_what_has_no_latent_space_or_no_alloys_is_refused(phases, swap):
    with pytest.raises(UnsupportedError, match="no latent space"):
        design.generate(phases, swap, TARGET, 3, region=(CENTRE, 1.0))
    with pytest.raises(UnsupportedError, match="no alloys"):
        design.generate(problems.get("mos2"), swap, {"band_gap": 1}, 3)
