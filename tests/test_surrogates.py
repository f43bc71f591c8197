"""Forward models: invariance, censoring, repeatability, weights on disk, and every refusal."""

import json

import numpy as np
import pandas as pd
import pytest

from hea_lib import _resources, alloys, datasets, strain, surrogates
from hea_lib.errors import CellError, CompositionError, DataFileError, SurrogateError, UnknownNameError
from hea_lib.surrogates import SymmetricEnsemble, TreeEnsemble, mos2

DESIGN, GAP = list(mos2.DESIGN), [mos2.GAP]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return mos2.distinct()


@pytest.fixture(scope="module")
def small(table) -> SymmetricEnsemble:
    """A small ensemble, trained for a moment."""
    train = table[table["campaign"] == 3][:400]
    return SymmetricEnsemble(members=3, width=16, epochs=3).fit(train[DESIGN], train[GAP], seed=0)


def images(cells: pd.DataFrame) -> list[pd.DataFrame]:
    """The twelve D3h images of cells in a field."""
    values = np.hstack([strain.green(cells), cells[["field"]]])
    tables = [pd.DataFrame(values @ image.T, columns=[*strain.STRAIN, "field"]) for image in strain.symmetry_action()]
    return [strain.cells(table).assign(field=table["field"]) for table in tables]


def test_symmetric_ensemble_is_invariant(small, table):
    cells = table[DESIGN][:100]
    members = small.predict_members(cells)
    assert members.std() > 1e-3
    for image in images(cells):
        np.testing.assert_allclose(small.predict_members(image), members, atol=2e-5)


def test_without_symmetry_images_differ(table):
    train = table[table["campaign"] == 3][:200]
    model = SymmetricEnsemble(members=1, width=16, epochs=2, symmetric=False).fit(train[DESIGN], train[GAP])
    assert np.ptp([model.predict(image).to_numpy() for image in images(train[DESIGN][:20])], axis=0).max() > 1e-3


def test_mean_and_spread_are_those_of_the_members(small, table):
    cells = table[DESIGN].iloc[1000:1050]
    members = small.predict_members(cells)
    assert members.shape == (3, 50, 1)
    pd.testing.assert_index_equal(small.predict(cells).index, cells.index)
    np.testing.assert_allclose(small.predict(cells)["band_gap"], members.mean(0)[:, 0])
    np.testing.assert_allclose(small.spread(cells)["band_gap"], members.std(0)[:, 0])
    assert (members >= 0).all()


def test_same_seed_same_model(small, table):
    train = table[table["campaign"] == 3][:400]
    first, other = (
        SymmetricEnsemble(members=3, width=16, epochs=3).fit(train[DESIGN], train[GAP], seed=seed).predict(train)
        for seed in (0, 1)
    )
    pd.testing.assert_frame_equal(first, small.predict(train), atol=1e-5)
    assert (first - other).abs().max().item() > 1e-3


def test_learning_reduces_the_error_and_reports_progress(table):
    train = table[table["campaign"] == 3]
    losses = []
    model = SymmetricEnsemble(members=1, width=32, epochs=15)
    model.fit(train[DESIGN], train[GAP], progress=lambda epoch, loss: losses.append(loss))
    assert len(losses) == 15
    assert losses[-1] < losses[0] / 5
    error = (model.predict(train) - train[GAP]).abs().mean().item()
    assert error < 0.3 * (train[GAP] - train[GAP].median()).abs().mean().item()


def test_a_metal_costs_nothing_however_far_below_zero():
    import torch

    from hea_lib.surrogates.symmetric import _censored_loss

    known = torch.tensor([0.0, 0.0, 1.0])
    assert _censored_loss(torch.tensor([-5.0, 0.0, 1.0]), known).item() == 0
    assert _censored_loss(torch.tensor([0.3, 0.0, 1.0]), known).item() > 0
    assert _censored_loss(torch.tensor([0.0, 0.0, -0.2]), known).item() > 0


def test_empty_and_large_tables(small, table):
    assert small.predict(table[DESIGN][:0]).shape == (0, 1)
    many = table[DESIGN][:5000]
    np.testing.assert_allclose(small.predict(many)[-7:], small.predict(many[-7:]), atol=1e-5)


def test_saved_weights_predict_the_same(small, table, tmp_path):
    path = small.save(tmp_path / "weights" / "mine.v1", seed=7)
    pd.testing.assert_frame_equal(surrogates.load(path).predict(table[:50]), small.predict(table[:50]))
    assert surrogates.report(path)["seed"] == 7


def test_damaged_weights_are_refused(small, tmp_path):
    path = small.save(tmp_path / "mine")
    weights, notes = tmp_path / "mine.safetensors", tmp_path / "mine.json"
    content, described = weights.read_bytes(), json.loads(notes.read_text())
    weights.write_bytes(content[:-8])
    with pytest.raises(DataFileError, match=r"mine.safetensors are damaged"):
        surrogates.load(path)
    weights.write_bytes(content)
    notes.write_text(json.dumps(described | {"format": 0}))
    with pytest.raises(DataFileError, match="of format 0; this version of the library reads"):
        surrogates.load(path)
    notes.write_text(json.dumps(described)[:40])
    with pytest.raises(DataFileError, match="does not describe saved weights"):
        surrogates.load(path)
    notes.unlink()
    with pytest.raises(DataFileError, match=r"mine.json is missing"):
        surrogates.load(path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"settings": None}, "NoneType"),
        ({"settings": {"members": 3}}, r"'epochs', .* are missing or unknown"),
        ({"extra setting": 1}, r"\['depth'\] are missing or unknown"),
        ({"properties": ["band_gap", "density"]}, r"bias.3 has the shape \(3, 1, 1\); the settings give \(3, 1, 2\)"),
        ({"properties": None}, "NoneType"),
    ],
)
def test_notes_that_do_not_fit_the_weights_are_refused(small, tmp_path, change, complaint):
    path = small.save(tmp_path / "mine")
    notes = tmp_path / "mine.json"
    described = json.loads(notes.read_text())
    if "extra setting" in change:
        change = {"settings": described["settings"] | {"depth": 3}}
    notes.write_text(json.dumps(described | change))
    with pytest.raises(DataFileError, match=complaint):
        surrogates.load(path)


@pytest.mark.parametrize("content", ["[]", "{}", "{", "3"])
def test_a_report_of_nothing_is_refused(small, tmp_path, content):
    path = small.save(tmp_path / "mine")
    (tmp_path / "mine.json").write_text(content)
    for read in (surrogates.load, surrogates.report):
        with pytest.raises(DataFileError, match="does not describe saved weights"):
            read(path)


def test_saving_again_leaves_no_draft_behind(small, tmp_path):
    for _ in range(2):
        small.save(tmp_path / "mine")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.json", "mine.safetensors"]


def test_every_forward_model_is_a_surrogate():
    wanted = {name for name, value in vars(surrogates.Surrogate).items() if callable(value) and name[0] != "_"}
    assert wanted == {"fit", "predict", "spread"}
    for kind in (SymmetricEnsemble, TreeEnsemble):
        assert all(callable(getattr(kind, name)) for name in wanted)


def test_unknown_name_gives_near_matches():
    with pytest.raises(UnknownNameError, match="did you mean 'mos2-judge'"):
        surrogates.load("mos2-judg")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"field": np.nan}, "field is nan"),
        ({"alpha": 1.57, "beta": 1.57, "gamma": 2.09}, "look like radians"),
        ({"gamma": 170.0, "alpha": 30.0}, "singular lattice"),
    ],
)
def test_impossible_designs_are_refused(small, change, complaint):
    with pytest.raises(CellError, match=complaint):
        small.predict(pd.DataFrame([strain.REFERENCE | {"field": 0.0} | change]))


def test_wrong_columns_and_properties_are_refused(small, table):
    with pytest.raises(CellError, match=r"columns \['field'\] are missing"):
        small.predict(table[list(strain.CELL)][:3])
    new = SymmetricEnsemble(members=1, width=4, epochs=1)
    with pytest.raises(SurrogateError, match=r"call fit\(designs, properties\)"):
        new.predict(table[:3])
    with pytest.raises(SurrogateError, match="3 designs but 2 rows"):
        new.fit(table[:3], table[GAP][:2])
    with pytest.raises(SurrogateError, match="band_gap = -1; it cannot be negative"):
        new.fit(table[:3], table[GAP][:3] - 1)
    with pytest.raises(SurrogateError, match="band_gap is nan"):
        new.fit(table[:3], table[GAP][:3] * np.nan)
    with pytest.raises(SurrogateError, match="no rows"):
        new.fit(table[:0], table[GAP][:0])


def test_parts_share_no_cell_and_do_not_depend_on_order():
    full = datasets.load_mos2()
    parts = surrogates.rows(full)
    assert full.assign(part=parts).groupby(DESIGN)["part"].nunique().max() == 1
    shuffled = full.sample(frac=1, random_state=0)
    pd.testing.assert_series_equal(surrogates.rows(shuffled).sort_index(), parts)
    shares = surrogates.rows(mos2.distinct()).value_counts(normalize=True)
    assert shares.sub(pd.Series(mos2.SHARES)).abs().max() < 0.015
    assert (surrogates.rows(full, seed=1) != parts).mean() > 0.4


@pytest.fixture(scope="module")
def shipped() -> dict[str, SymmetricEnsemble]:
    return {name: surrogates.load(f"mos2-{name}") for name in ("forward", "judge")}


@pytest.mark.parametrize("name", ["forward", "judge"])
def test_shipped_weights_are_as_good_as_they_say(shipped, table, name):
    part, notes = surrogates.rows(table), surrogates.report(f"mos2-{name}")
    unseen = table[part == "holdout"]
    found = mos2.metrics(unseen["band_gap"], shipped[name].predict(unseen)["band_gap"])
    assert found == pytest.approx({key: notes["holdout"][key] for key in found}, abs=2e-4)
    assert found["mae_eV"] < 0.015


@pytest.mark.parametrize("name", ["forward", "judge"])
def test_shipped_weights_were_made_from_these_rows(table, name):
    notes, part = surrogates.report(f"mos2-{name}"), surrogates.rows(table)
    assert notes["data"]["sha256"] == _resources.checksum(_resources.read_bytes("mos2.csv"))
    assert notes["rows"]["n"] == (part == name).sum()
    assert notes["rows"]["sha256"] == mos2.fingerprint(table[part == name])
    assert notes["seed"] == mos2.SEEDS[name]
    for ending in ("safetensors", "json"):
        assert len(_resources.read_bytes(f"weights/mos2-{name}.{ending}")) < 500_000


def test_forward_and_judge_know_their_own_rows_better(shipped, table):
    """Each errs less on the rows it learned from: proof that they learned from different ones."""
    part = surrogates.rows(table)
    gapped = table["band_gap"] > 0
    error = {
        (name, seen): (model.predict(table[gapped & (part == seen)]) - table[GAP][gapped & (part == seen)])
        .abs()
        .mean()
        .item()
        for name, model in shipped.items()
        for seen in ("forward", "judge")
    }
    assert error["forward", "forward"] < 0.8 * error["forward", "judge"]
    assert error["judge", "judge"] < 0.8 * error["judge", "forward"]


@pytest.fixture(scope="module")
def phases() -> tuple[pd.DataFrame, pd.DataFrame]:
    table = datasets.load_phases()
    return datasets.composition(table), table[["single_phase"]].astype(float)


def test_trees_rank_alloys_of_unseen_systems(phases):
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold

    designs, labels = phases
    probability = labels.copy()
    for seen, unseen in GroupKFold(5).split(designs, groups=alloys.chemical_system(designs, 0.01)):
        model = TreeEnsemble(members=4, trees=25).fit(designs.iloc[seen], labels.iloc[seen], seed=0)
        probability.iloc[unseen] = model.predict(designs.iloc[unseen])
    assert roc_auc_score(labels, probability) > 0.83


def test_trees_give_probabilities_repeat_and_spread(phases):
    designs, labels = phases
    settings = {"members": 3, "trees": 10}
    model, same = (TreeEnsemble(**settings).fit(designs, labels, seed=4) for _ in range(2))
    threaded = TreeEnsemble(**settings, n_jobs=2).fit(designs, labels, seed=4)
    probability = model.predict(designs[:60])
    assert list(probability) == ["single_phase"]
    assert probability["single_phase"].between(0, 1).all()
    pd.testing.assert_frame_equal(probability, same.predict(designs[:60]))
    pd.testing.assert_frame_equal(probability, threaded.predict(designs[:60]))
    strangers = alloys.fractions(["CuAgAu", "FeMgPd"]).reindex(columns=designs.columns, fill_value=0.0)
    assert model.spread(strangers)["single_phase"].mean() > 0
    assert model.predict(designs[:0]).shape == (0, 1)


def test_trees_learn_from_one_class(phases):
    designs, labels = phases
    model = TreeEnsemble(members=2, trees=3).fit(designs[:5], labels[:5] * 0)
    assert (model.predict(designs[:9]) == 0).all(axis=None)


def test_trees_refuse_what_they_cannot_know(phases):
    designs, labels = phases
    with pytest.raises(SurrogateError, match="has not been fitted"):
        TreeEnsemble().predict(designs)
    with pytest.raises(SurrogateError, match=r"single_phase = 0.5; it must be 0 or 1"):
        TreeEnsemble().fit(designs, labels * 0 + 0.5)
    model = TreeEnsemble(members=1, trees=2).fit(designs, labels)
    with pytest.raises(CompositionError, match="contains Th"):
        model.predict(alloys.fractions("FeTh"))
    with pytest.raises(CompositionError):
        model.predict(designs[:3] * 2)


def test_figures_draw_what_they_are_given(small, table):
    from hea_lib.figures import mos2 as figures

    full = datasets.load_mos2()
    left, right = figures.campaigns(full).axes
    assert [round(bar.get_height(), 1) for bar in left.patches] == [87.0, 87.2, 19.9, 23.8]
    assert "[eV]" in right.get_xlabel()
    panels = figures.layers(pd.DataFrame([strain.REFERENCE] * 2, index=["one", "two"])).axes
    assert [panel.get_title("left") for panel in panels] == ["one", "two"]
    known = table["band_gap"][:50]
    (panel,) = figures.parity(known, {"shifted": known + 0.1}).axes
    assert panel.texts[0].get_text() == "mean error 100 meV"
    gap, spread, *_ = figures.gap_map(small, steps=5).axes
    assert "[V/Å]" in gap.get_ylabel()
    assert spread.get_xlabel() == gap.get_xlabel()


def test_the_shipped_model_gives_the_gaps_that_the_card_and_the_chapter_tell_of():
    height = pd.DataFrame([strain.REFERENCE | {"field": 0.0}] * 3)
    height["c"] *= [0.85, 1.0, 1.2]
    plane = pd.DataFrame([strain.REFERENCE | {"field": 0.0}] * 3)
    plane[["a", "b"]] *= np.array([0.90, 0.97, 1.0])[:, None]
    field = pd.DataFrame([strain.REFERENCE | {"field": value} for value in (-1.0, 0.0, 1.0)])
    model = surrogates.load("mos2-forward")
    assert model.predict(height)["band_gap"].to_numpy() == pytest.approx([0, 1.30, 0.48], abs=0.01)
    assert model.predict(plane)["band_gap"].to_numpy() == pytest.approx([1.34, 1.47, 1.30], abs=0.01)
    low, middle, high = model.predict(field)["band_gap"]
    assert (middle - low, middle - high) == pytest.approx((0.07, 0.07), abs=0.01)


def test_expert_rules_tell_pure_elements_what_dilute_alloys_approach():
    known = alloys.fractions(["MoNbTaW", "TiZrHfNb", "AlCoCrFeNi", "AlNiTi", "W"])
    rules = surrogates.ExpertRules().fit(known.iloc[:4], np.array([1.0, 1.0, 0.0, 0.0]))
    pure, dilute, rich = rules.log_odds(
        pd.DataFrame({"Ni": [1.0, 1 - 1e-9, 0.7], "Co": [0.0, 1e-9, 0.0], "Al": [0.0, 0.0, 0.3]})
    )
    assert pure == pytest.approx(dilute, abs=1e-3) and abs(pure - rich) > 0.5
    both = surrogates.ExpertRules().fit(known, np.array([1, 1, 0, 0, 1]))
    assert np.isfinite(both.log_odds(known)).all()
    with pytest.raises(SurrogateError, match="has not been fitted"):
        surrogates.ExpertRules().log_odds(known)
