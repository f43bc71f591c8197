"""The conditional GAN: its ways to the simplex, its training, its weights, and what it does with bad input."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hea_lib import errors, fit, mechanics, models, problems, spaces
from hea_lib.models.gan import PUBLISHED, ConditionalGAN
from hea_lib.models.mixture import Rules
from hea_lib.networks import HEADS, dense, designs_of, simplex

SMALL = {"width": 16, "batch": 16, "steps": 4}
REQUEST = {"shear_modulus": 90.0, "fracture_toughness": 0.45}


@pytest.fixture(scope="module")
def pretrained(problem):
    return ConditionalGAN.pretrained(problem)


@pytest.fixture(scope="module")
def small(problem):
    return ConditionalGAN(problem, **SMALL).fit(seed=3)


# Ways to the simplex -------------------------------------------------------------------------------------------------

numbers = arrays.arrays(float, (15,), elements=st.floats(-20, 20))


@given(numbers)
def test_sparsemax_is_the_nearest_point_of_the_simplex(raw):
    found = simplex.sparsemax(torch.tensor(raw)).numpy()
    low, high = raw.min() - 1, raw.max()
    for _ in range(200):  # bisection for the threshold of the Euclidean projection
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(raw - middle, 0).sum() > 1 else (low, middle)
    np.testing.assert_allclose(found, np.maximum(raw - low, 0), atol=1e-9)


@given(numbers)
def test_entmax_maximises_its_entropy(raw):
    """The gradient of z.p + (4/3) sum(p - p^1.5) is the same for all elements with a share, and lower without one."""
    shares = simplex.entmax(torch.tensor(raw)).numpy()
    np.testing.assert_allclose(shares.sum(), 1, atol=1e-9)
    slope = raw - 2 * np.sqrt(shares)
    level = slope[shares > 1e-7]
    assert np.ptp(level) < 1e-4 if len(level) else False
    assert (slope[shares <= 1e-7] <= level.min() + 1e-3).all()


def test_only_the_softmax_never_reaches_zero():
    raw = 3 * torch.randn(200, 30, generator=torch.Generator().manual_seed(0))
    assert (simplex.softmax(raw) > 0).all()
    sparse = [simplex.sparsemax(raw), simplex.entmax(raw), simplex.mask(*raw.split(15, -1))[0]]
    assert all((shares == 0).any(-1).all() for shares in sparse)


def test_a_mask_keeps_two_elements_and_makes_equal_shares():
    presence = torch.tensor([[-1.0, -2.0, -3.0, -4.0], [1.0, 2.0, -1.0, 3.0]])
    shares, there = simplex.mask(presence, torch.tensor([[0.1, -0.1, 0.0, 5.0], [0.0, 0.1, 9.0, -0.15]]))
    torch.testing.assert_close(shares, torch.tensor([[0.5, 0.5, 0.0, 0.0], [1 / 3, 1 / 3, 0.0, 1 / 3]]))
    assert there.tolist() == [[1, 1, 0, 0], [1, 1, 0, 1]]


def test_an_absent_element_learns_that_it_is_missed():
    presence = torch.tensor([1.0, 1.0, -0.2], requires_grad=True)
    shares, _ = simplex.mask(presence, torch.zeros(3))
    shares[2].backward()
    assert presence.grad[2] > 0


def test_an_absent_element_of_any_amount_leaves_the_others_theirs():
    shares, _ = simplex.mask(torch.tensor([1.0, 1.0, -1.0]), torch.tensor([0.0, 0.0, 500.0]))
    torch.testing.assert_close(shares, torch.tensor([0.5, 0.5, 0.0]))


def test_real_and_made_designs_look_alike_to_the_critic(problem):
    """Features of a known alloy are the same, whether it was read or made."""
    speak = designs_of(problem.space, problem.designs.to_numpy(), "mask").to("cpu")
    known = torch.tensor(problem.designs.to_numpy()[:50], dtype=torch.float32)
    shares, there = speak.read(known)
    raw = torch.cat([10 * (2 * there - 1) - speak.base, torch.log(shares.clamp_min(1e-9))], -1)
    made = speak.make(raw + 0.0)
    assert torch.equal(made[1], there)
    torch.testing.assert_close(speak.features(*made), speak.features(shares, there), atol=1e-5, rtol=0)
    assert speak.features(*made).shape == (50, speak.seen)


# Training ------------------------------------------------------------------------------------------------------------


def learner_of(problem, seeds=(0,), **settings):
    return ConditionalGAN(problem, **(SMALL | settings)).learner(list(seeds), torch.device("cpu"))


@pytest.mark.parametrize(
    "settings", [*({"head": head} for head in HEADS), {"regularisation": "clip"}, {"unroll": 2}, {"leak": 0.5}], ids=str
)
def test_every_weight_learns(problem, settings):
    learner = learner_of(problem, **settings)
    before = {name: [p.clone() for p in net.parameters()] for name, net in learner.networks.items()}
    for _ in range(3):
        losses = learner.step()
    assert all(value.shape == (1,) and value.isfinite().all() for value in losses.values())
    for name, net in learner.networks.items():
        for number, (old, new) in enumerate(zip(before[name], net.parameters(), strict=True)):
            if name != "critic" or number < len(before[name]) - 1:  # a constant more changes no difference of verdicts
                assert not torch.equal(old, new), name


def test_clipping_bounds_every_weight_of_the_critic(problem):
    learner = learner_of(problem, regularisation="clip")
    learner.step()
    assert max(weights.abs().max() for weights in learner.networks["critic"].parameters()) <= 0.05 + 1e-7


def test_one_unrolled_step_is_a_gradient_step_of_the_critic(problem):
    learner = learner_of(problem, unroll=1)
    real, wanted = learner._batch()
    made = learner._made(wanted)
    unrolled = learner._unrolled(real, made)
    critic = learner.networks["critic"]
    loss = critic(made.detach()).mean() - critic(real).mean()
    slopes = torch.autograd.grad(loss, list(critic.parameters()))
    for (name, weights), slope in zip(critic.named_parameters(), slopes, strict=True):
        torch.testing.assert_close(unrolled[name], weights - 0.01 * slope)
    through = torch.autograd.grad(critic(made, parameters=unrolled).sum(), learner.networks["generator"].parameters())
    assert all(slope.abs().sum() > 0 for slope in through)


def test_a_leak_lets_the_critic_tell_real_from_perfect(problem, monkeypatch):
    """Against a generator that returns the real designs themselves, only different conditions can give it away."""

    def distance(leak: float) -> float:
        learner = learner_of(problem, leak=leak, batch=128, width=32, rate=2e-3)
        real = learner.real
        rows = []
        draw = learner.random.integers
        monkeypatch.setattr(learner.random, "integers", lambda *shape: rows.append(draw(*shape)) or rows[-1])
        monkeypatch.setattr(learner, "_made", lambda wanted: torch.cat([real[rows[-1]], wanted], -1))
        found = [learner._train_critic(penalised=True)[1].item() for _ in range(150)]
        return float(np.mean(found[-30:]))

    assert abs(distance(0.0)) < 0.02
    assert distance(1.0) > 0.3


def test_the_learning_rate_ends_at_zero(problem):
    model = ConditionalGAN(problem, **SMALL)
    rates = []
    learner = model.learner([0], torch.device("cpu"))
    for learner.done in range(4):
        learner.schedule()
        rates.append(learner.optimizers["critic"].param_groups[0]["lr"] / model.gan.rate)
    assert rates == pytest.approx([1, 1, 1, 0.5])


def test_members_of_an_ensemble_are_the_models_of_their_seeds(problem):
    settings = SMALL | {"average": 0.5, "rate": 5e-3, "steps": 20}
    ensemble, alone, hardly = (ConditionalGAN(problem, **settings) for _ in range(3))
    history = fit(ensemble, seeds=[5, 3], progress=False)
    assert set(history["seed"]) == {5, 3}
    alone.fit(seed=3)
    hardly.fit(seed=3, steps=1)
    raw = [model.networks["average"](torch.ones(1, 9, 18)).detach() for model in (ensemble.members()[1], alone, hardly)]
    torch.testing.assert_close(raw[0], raw[1], atol=1e-4, rtol=0)
    assert (raw[2] - raw[1]).abs().max() > 1e-2
    assert len(ensemble.sample(REQUEST, n=7)) == 7


def test_training_and_sampling_repeat_under_a_seed(problem, small):
    again = ConditionalGAN(problem, **SMALL).fit(seed=3)
    pd.testing.assert_frame_equal(again.sample(REQUEST, n=30, seed=1), small.sample(REQUEST, n=30, seed=1))
    assert not again.sample(REQUEST, n=30, seed=1).equals(again.sample(REQUEST, n=30, seed=2))


@pytest.mark.parametrize("name", ["single-phase", "mos2"])
def test_it_serves_every_problem(name):
    problem = problems.get(name)
    target = {problem.target_names[0]: 1.0}
    designs = ConditionalGAN(problem, **SMALL).fit().sample(target, n=40)
    assert problem.space.contains(designs).all()


def test_a_critic_sees_the_cells_of_a_box_as_a_generator_makes_them():
    problem = problems.get("mos2")
    real = learner_of(problem).real
    assert real.abs().max() <= 1.001 and real.min() < -0.9 and real.max() > 0.9
    here = problem.designs.to_numpy() - np.mean([problem.space.lower, problem.space.upper], axis=0)
    np.testing.assert_allclose(real, here / problem.space.half_width, atol=1e-4)


def test_it_can_be_conditioned_on_one_property_alone(problem):
    model = ConditionalGAN(problem, conditions=["shear_modulus"], **SMALL).fit()
    asked = problem.requests({"shear_modulus": 90.0}, 50)
    other = asked.assign(fracture_toughness=asked["fracture_toughness"] * 0.9)
    pd.testing.assert_frame_equal(model.sample(asked), model.sample(other))


# What it has learned -------------------------------------------------------------------------------------------------


def test_the_shipped_generator_answers_requests(problem, pretrained):
    requests = pd.concat([problem.requests({"shear_modulus": value}, 100) for value in (30, 50, 70, 90)])
    designs = pretrained.sample(requests.reset_index(drop=True), seed=1)
    miss = problem.judge(designs)["shear_modulus"].to_numpy() - requests["shear_modulus"].to_numpy()
    assert np.abs(miss).mean() < 3.0
    counts = (designs > spaces.PRESENT).sum(axis=1)
    assert ((designs == 0).sum(axis=1) + counts >= 14).all()  # zeros are exact, with a trace now and then
    assert 4 < counts.mean() < 5.5
    assert not designs.round(4).duplicated().any()


def test_proposals_and_steering_each_come_nearer(problem, pretrained):
    requests = problem.requests_from_data(400, seed=2)

    def miss(proposals: int, steer: float) -> float:
        model = ConditionalGAN.pretrained(problem)
        model.proposals, model.steer = proposals, steer
        found = problem.judge(model.sample(requests))["shear_modulus"]
        return (found - requests["shear_modulus"]).abs().mean()

    alone = miss(1, 0.0)
    assert miss(4, 0.0) < 0.7 * alone
    assert miss(1, 0.8) < 0.7 * alone


def test_steering_leaves_the_elements_of_the_network_as_they_are(problem, pretrained):
    """Why one proposal is the default: the number of elements stays what the network has learned."""
    requests = problem.requests_from_data(400, seed=2)
    alone = ConditionalGAN.pretrained(problem)
    alone.steer = 0.0
    kept, moved = ((model.sample(requests) > 0) for model in (alone, pretrained))
    pd.testing.assert_frame_equal(kept, moved)


def test_a_million_designs_need_no_more_memory_at_once(problem, pretrained, monkeypatch):
    sizes = []
    made = ConditionalGAN._made
    monkeypatch.setattr(
        ConditionalGAN, "_made", lambda self, part, rng: sizes.append(len(part)) or made(self, part, rng)
    )
    assert len(pretrained.sample(REQUEST, n=25_000)) == 25_000
    assert max(sizes) == 10_000


# Rules of mixture ----------------------------------------------------------------------------------------------------


def test_the_rules_find_the_moduli_of_the_elements(problem):
    rules = Rules.fitted(problem, ["shear_modulus"])
    pure = pd.DataFrame(np.eye(15), columns=problem.space.columns)
    often = (problem.designs > spaces.PRESENT).sum() > 10
    found = rules.slopes[0] * rules.scale[0]
    np.testing.assert_allclose(found[often], mechanics.shear_modulus(pure)[often.to_numpy()], rtol=1e-6)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_step_closes_its_share_and_keeps_the_elements(problem, share):
    rules, designs = Rules.fitted(problem, ["shear_modulus"]), problem.designs.to_numpy()
    asked = problem.properties[["shear_modulus"]].to_numpy() + 2.0
    moved = rules.steer(problem.space, designs, asked, share)
    np.testing.assert_allclose(moved.sum(axis=1), 1)
    assert ((moved > 0) == (designs > 0)).all()
    left = rules.miss(moved, asked) / rules.miss(designs, asked)
    assert np.median(left) == pytest.approx(1 - share, abs=0.05)


# Weights -------------------------------------------------------------------------------------------------------------


def test_weights_bring_back_the_same_designs(problem, small, tmp_path):
    small.save(tmp_path / "gan")
    again = ConditionalGAN.load(problem, tmp_path / "gan")
    pd.testing.assert_frame_equal(again.sample(REQUEST, n=30), small.sample(REQUEST, n=30))


def test_shipped_weights_are_used_without_training(problem, monkeypatch):
    monkeypatch.setattr(ConditionalGAN, "fit", lambda *_, **__: pytest.fail("it trained"))
    model = ConditionalGAN(problem)
    assert model.ready() is model and model.networks


def test_weights_of_other_data_are_not_used(problem, monkeypatch):
    trained = []
    monkeypatch.setattr(ConditionalGAN, "fit", lambda self, seed: trained.append(seed) or self)
    ConditionalGAN(problem.subset(np.arange(400))).ready(seed=4)
    ConditionalGAN(problem, width=64).ready(seed=5)
    assert trained == [4, 5]


def test_weights_of_another_problem_are_refused(problem, small, tmp_path):
    small.save(tmp_path / "gan")
    with pytest.raises(errors.DataFileError, match="problem is 'refractory' there and 'single-phase' here"):
        ConditionalGAN.load(problems.get("single-phase"), tmp_path / "gan")


def test_weights_trained_on_other_designs_are_refused(problem):
    """Also a leak: the shipped network has seen the alloys that a split holds out."""
    with pytest.raises(errors.DataFileError, match="data is"):
        ConditionalGAN.pretrained(problem.split().train)


def test_weights_of_another_palette_are_refused(problem, small, tmp_path):
    small.save(tmp_path / "gan")
    notes = json.loads((tmp_path / "gan.json").read_text())
    notes["identity"]["columns"] = notes["identity"]["columns"][:-1]
    (tmp_path / "gan.json").write_text(json.dumps(notes))
    with pytest.raises(errors.DataFileError, match="columns is"):
        ConditionalGAN.load(problem, tmp_path / "gan")


@pytest.mark.parametrize("harm", ["truncated", "tampered", "another format", "a setting nobody knows"])
def test_damaged_weights_are_refused(problem, small, tmp_path, harm):
    path = small.save(tmp_path / "gan")
    weights, notes = path.with_suffix(".safetensors"), path.with_suffix(".json")
    content, described = weights.read_bytes(), json.loads(notes.read_text())
    if harm == "truncated":
        weights.write_bytes(content[:-100])
    elif harm == "tampered":
        weights.write_bytes(content[:-4] + b"\0\0\1\0")
    elif harm == "another format":
        notes.write_text(json.dumps(described | {"format": 99}))
    else:
        described["identity"]["settings"]["depth"] = 9
        notes.write_text(json.dumps(described))
    with pytest.raises(errors.DataFileError, match="gan"):
        ConditionalGAN.load(problem, path)


# Bad input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"head": "softplus"}, errors.UnknownNameError, "unknown head 'softplus'"),
        ({"regularisation": "hope"}, errors.UnknownNameError, "unknown regularisation"),
        ({"conditions": ["hardness"]}, errors.TargetError, "unknown condition 'hardness'"),
        *(
            ({name: value}, errors.HeaError, f"{name} is {value}; it must be a")
            for name, value in [
                ("steer", 1.5),
                ("steer", float("nan")),
                ("proposals", 0),
                ("proposals", 1.5),
                ("steps", 0),
                ("width", 0),
                ("latent", 0),
                ("critic_steps", 0),
                ("batch", -1),
                ("unroll", -1),
                ("average", 2.0),
                ("penalty", -5),
                ("leak", -1),
            ]
        ),
    ],
)
def test_bad_settings_are_named(problem, settings, error, message):
    with pytest.raises(error, match=message):
        ConditionalGAN(problem, **settings)


def test_it_must_learn_before_it_samples(problem, tmp_path):
    for use in (lambda model: model.sample(REQUEST), lambda model: model.save(tmp_path / "gan")):
        with pytest.raises(errors.TrainingError, match="has learned nothing yet"):
            use(ConditionalGAN(problem))


def test_few_data_are_refused(problem):
    with pytest.raises(errors.TrainingError, match="has 12 known designs; 'cgan' needs 20 or more"):
        ConditionalGAN(problem.subset(np.arange(12))).fit()


@pytest.mark.parametrize(
    ("target", "n", "message"),
    [
        (REQUEST, 0, "one or more"),
        ({"shear_modulus": float("nan")}, 5, "not a finite number"),
        ({"stiffness": 90.0}, 5, "unknown target of refractory 'stiffness'"),
        ({"shear_modulus": 900.0}, 5, "out of reach"),
    ],
)
def test_bad_requests_are_named(pretrained, target, n, message):
    with pytest.raises(errors.TargetError, match=message):
        pretrained.sample(target, n=n)


def test_the_published_settings_are_known(problem):
    model = ConditionalGAN(problem, **PUBLISHED)
    assert model.gan.unroll > 0 and model.gan.head == "softmax" and not model.steer


def test_it_is_in_the_registry():
    assert models.get("cgan") is ConditionalGAN
    assert isinstance(dense(3, 8, 2)(torch.zeros(1, 3)), torch.Tensor)
