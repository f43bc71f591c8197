"""The disentangled VAE and the plain conditional one: what they learn, give back, make and refuse."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from hea_lib import alloys, problems, spaces, surrogates, training
from hea_lib.errors import CompositionError, DataFileError, HeaError, SurrogateError, TargetError, TrainingError
from hea_lib.models.cvae import ConditionalVAE
from hea_lib.models.features import AlloyFeatures
from hea_lib.models.vae import DisentangledVAE

STEPS = 400


@pytest.fixture(scope="module")
def split():
    return problems.single_phase(judge_half=None).split("random", seed=0)


@pytest.fixture(scope="module")
def model(split):
    return DisentangledVAE(split.train, steps=STEPS).fit(seed=0)


def test_what_is_encoded_can_be_decoded(model, split):
    latents = model.encode(split.test.designs, split.test.properties)
    again = model.decode(latents, split.test.properties)
    missed = (again - split.test.designs).abs().sum(axis="columns") / 2
    assert latents.shape == (len(split.test), 12)
    assert (
        missed.median()
        < 0.1
        < 0.5
        < spaces.Simplex(tuple(again)).distance(again.to_numpy()[:50], again.to_numpy()[50:100]).mean()
    )  # far less than between two alloys


def test_the_latent_numbers_hold_less_of_the_class_than_the_whole_alloy(model, split):
    def auc(latents):
        classes = split.train.properties["single_phase"]
        guess = cross_val_predict(LogisticRegression(), latents, classes, cv=5, method="predict_proba")[:, 1]
        return roc_auc_score(classes, guess)

    known, classes = split.train.designs, split.train.properties
    assert auc(model.embed(known, seed=0)) > 0.7 > 0.62 > auc(model.encode(known, classes, seed=0))


def test_designs_are_alloys_and_follow_the_class(model, split):
    single, several = (model.sample({"single_phase": wanted}, 400, seed=1) for wanted in (1.0, 0.0))
    for designs in (single, several):
        assert (designs >= 0).all(axis=None)
        np.testing.assert_allclose(designs.sum(axis="columns"), 1)
        assert ((designs > 0).sum(axis="columns") >= 2).all()
    asked = split.test.forward  # trees that never saw the training rows
    assert asked(single)["single_phase"].mean() > asked(several)["single_phase"].mean() + 0.1
    pd.testing.assert_frame_equal(single, model.sample({"single_phase": 1.0}, 400, seed=1))


def test_a_wish_between_is_a_class_drawn_with_that_probability(model):
    mixed = model.predict(model.sample({"single_phase": 0.5}, 400, seed=1))["single_phase"].mean()
    single, several = (model.predict(model.sample({"single_phase": y}, 400, seed=1)).mean().item() for y in (1.0, 0.0))
    assert several + 0.05 < mixed < single - 0.05


def test_the_classifier_ranks_held_out_alloys(model, split):
    classes = split.test.properties["single_phase"]
    heads = model.predict_heads(split.test.designs)
    assert heads.shape == (4, len(split.test))
    assert roc_auc_score(classes, heads.mean(axis=0)) > 0.85
    trees = split.train.forward(split.test.designs)["single_phase"]
    both = (1 - model.trees) * heads.mean(axis=0) + model.trees * trees
    np.testing.assert_allclose(model.predict(split.test.designs)["single_phase"], both)


def test_heads_stop_when_they_are_told_to(split):
    short, long = (DisentangledVAE(split.train, head_steps=6, steps=n).fit(seed=0) for n in (6, 12))
    asked = split.test.designs.iloc[:20]
    np.testing.assert_array_equal(short.predict_heads(asked), long.predict_heads(asked))
    assert not short.embed(asked).equals(long.embed(asked))


def test_members_of_an_ensemble_speak_for_themselves(split):
    both = DisentangledVAE(split.train, steps=20, heads=2)
    training.fit(both, seeds=[0, 1], progress=False)
    alone = DisentangledVAE(split.train, steps=20, heads=2).fit(seed=1)
    few = split.test.designs.iloc[:5]
    assert both.predict_heads(few).shape == (4, 5)
    np.testing.assert_allclose(both.members()[1].encode(few), alone.encode(few), atol=1e-4)
    assert len(both.sample({"single_phase": 1.0}, 5)) == 5
    with pytest.raises(HeaError, match="2 members, each with its own latent space; take one of members"):
        both.encode(few)


def test_rows_without_a_label_are_learned_from(split):
    pool = split.test.designs
    without, advised, blind = (
        DisentangledVAE(split.train, steps=150, trees=0.0, **options).fit(seed=0)
        for options in ({}, {"pool": pool}, {"pool": pool, "expert": 0.0})
    )
    labels = split.train.properties["single_phase"].to_numpy()
    rules = surrogates.ExpertRules().fit(split.train.designs, labels).log_odds(pool)
    odds = rules / 2 + np.log(split.train.forward(pool)["single_phase"].clip(0.02, 0.98) / 2)  # as good as the advice

    def agreement(model) -> float:
        return np.corrcoef(model.predict(pool)["single_phase"], odds)[0, 1]

    assert agreement(advised) > agreement(without)
    assert blind.predict(pool)["single_phase"].std() < without.predict(pool)["single_phase"].std()  # towards one half
    assert "advice" in advised.history
    assert "advice" not in without.history


def test_weights_come_back_with_their_pool(model, split, tmp_path):
    pool = split.test.designs.iloc[:40]
    taught = DisentangledVAE(split.train, pool=pool, steps=10).fit(seed=0)
    path = taught.save(tmp_path / "taught")
    again = DisentangledVAE.load(split.train, path.with_suffix(""), pool=pool)
    few = split.test.designs.iloc[:10]
    pd.testing.assert_frame_equal(again.predict(few), taught.predict(few))
    pd.testing.assert_frame_equal(again.sample({"single_phase": 1.0}, 7), taught.sample({"single_phase": 1.0}, 7))
    with pytest.raises(DataFileError, match="pool is"):
        DisentangledVAE.load(split.train, path.with_suffix(""))


def test_a_stopped_training_goes_on_bit_by_bit(split, tmp_path):
    whole, parts = (DisentangledVAE(split.train, steps=12) for _ in range(2))
    training.fit(whole, seed=3, progress=False)

    class Stopped(DisentangledVAE):
        def learner(self, seeds, device):
            made = super().learner(seeds, device)
            step = made.step
            made.step = lambda: (_ for _ in ()).throw(KeyboardInterrupt) if made.done == 6 else step()
            return made

    with pytest.raises(KeyboardInterrupt):
        training.fit(Stopped(split.train, steps=12), seed=3, progress=False, checkpoint=tmp_path / "run")
    training.fit(parts, seed=3, progress=False, checkpoint=tmp_path / "run", resume=True)
    few = split.test.designs.iloc[:5]
    pd.testing.assert_frame_equal(whole.encode(few), parts.encode(few), check_exact=True)


def test_features_do_not_depend_on_the_other_rows(split):
    features, few = AlloyFeatures.fitted(split.train.designs), split.test.designs.iloc[:6]
    np.testing.assert_array_equal(features(few)[2:4], features(few.iloc[2:4]))
    assert np.abs(features(few)).max() <= 4.0


def test_a_second_property_is_predicted_and_asked_for():
    problem = problems.single_phase(also="hardness")
    model = DisentangledVAE(problem, steps=500).fit(seed=0)
    soft, hard = (
        problem.judge(model.sample({"single_phase": 1.0, "hardness": wanted}, 300, seed=1))["hardness"]
        for wanted in (250.0, 750.0)
    )
    assert hard.mean() > soft.mean() + 40
    train, test = problem.split("random", seed=0)
    heads = DisentangledVAE(train, steps=300, latent=2, width=8, trees=0.0).fit(seed=0)
    assert np.corrcoef(heads.predict(test.designs)["hardness"], test.properties["hardness"])[0, 1] > 0.5
    with pytest.raises(TargetError, match="properties have no column 'hardness'"):
        model.encode(test.designs, test.properties[["single_phase"]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"latent": 0}, "latent is 0; it must be a whole number from 1"),
        ({"heads": 2.5}, "heads is 2.5"),
        ({"mixing": 1.5}, "mixing is 1.5; it must be a number from 0 to 1"),
        ({"divergence": float("nan")}, "divergence is nan"),
        ({"temperature": -1.0}, "temperature is -1.0"),
        ({"rate": float("inf")}, "rate is inf"),
    ],
)
def test_settings_are_checked(split, options, message):
    with pytest.raises(HeaError, match=message):
        DisentangledVAE(split.train, **options)


def test_bad_input_is_named(model, split):
    with pytest.raises(HeaError, match="needs a first target that is a probability; refractory has"):
        DisentangledVAE(problems.get("refractory"))
    one_class = split.train.subset((split.train.properties["single_phase"] == 1).to_numpy())
    with pytest.raises(TrainingError, match=r"the labels of single-phase are \[1.0\]; 'dvae' needs both 0 and 1"):
        DisentangledVAE(one_class).fit()
    with pytest.raises(TrainingError, match="has 10 known designs"):
        DisentangledVAE(split.train.subset(np.arange(10))).fit()
    with pytest.raises(CompositionError, match="U"):
        model.predict(alloys.fractions("UZr"))
    with pytest.raises(CompositionError, match="U"):
        DisentangledVAE(split.train, pool=alloys.fractions("UZr"))
    few = split.test.designs.iloc[:2]
    with pytest.raises(TargetError, match="must be 2 numbers that are 0 or 1, one for each row, not"):
        model.encode(few, pd.DataFrame({"single_phase": [0.5, 1.0]}))
    with pytest.raises(TrainingError, match="has learned nothing yet"):
        DisentangledVAE(split.train).encode(few)
    with pytest.raises(HeaError, match="latent vectors have no column 'z3'; they are z1, z2"):
        model.decode(model.encode(few).drop(columns="z3"), split.test.properties.iloc[:2])
    for labels in ([0, 1, 2], [1, 1, 1]):
        with pytest.raises(SurrogateError, match=r"labels are \[.*\]; rules need alloys of both classes, 0 and 1"):
            surrogates.ExpertRules().fit(split.train.designs.iloc[:3], np.array(labels))
    with pytest.raises(TargetError, match="out of reach"):
        model.sample({"single_phase": 2.0}, 3)


def test_the_conditional_vae_answers_requests(problem):
    model = ConditionalVAE(problem, steps=600).fit(seed=0)
    for wanted in (40.0, 90.0):
        designs = model.sample({"shear_modulus": wanted}, 200, seed=1)
        assert abs(problem.judge(designs)["shear_modulus"].mean() - wanted) < 15
        assert ((designs > 0).sum(axis="columns") >= 2).all()
    assert not designs.round(3).duplicated().all()
    with pytest.raises(HeaError, match="width is 0"):
        ConditionalVAE(problem, width=0)
    with pytest.raises(HeaError, match=r"divergence is -1\.0"):
        ConditionalVAE(problem, divergence=-1.0)
