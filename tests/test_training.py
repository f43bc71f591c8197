"""The training loop: ensembles equal to their members, exact resume, early stop, interrupts, and every refusal."""

import json
import signal
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import hea_lib as hea
from hea_lib.errors import DataFileError, TrainingError
from hea_lib.training import Learner, Randomness, Stack, acceleration, devices, progress
from hea_lib.training.run import Run


def mlp(inputs: int, outputs: int, width: int = 16) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.LeakyReLU(0.2), nn.Linear(width, outputs))


class Regression(Learner):
    """A sine from noisy samples, in random batches."""

    steps = 60

    def __init__(self, seeds, device, rate=1e-2, size=64):
        self.random = Randomness(seeds, device)
        self.networks = {"net": Stack(lambda: mlp(1, 1), seeds).to(device)}
        self.optimizers = {"adam": torch.optim.Adam(self.networks["net"].parameters(), lr=rate)}
        self.identity = {"problem": "sine", "settings": {"rate": rate, "size": size}, "columns": ("x",)}
        self.x = torch.linspace(-2, 2, size, device=device)[:, None]
        self.y = torch.sin(2 * self.x)

    def step(self):
        rows = self.random.integers(len(self.x), 32)
        x = self.x[rows]
        loss = (self.networks["net"](x) - self.y[rows] + 0.1 * self.random.normal(*rows.shape[1:], 1)).square()
        loss = loss.mean((1, 2))
        self.optimizers["adam"].zero_grad()
        loss.sum().backward()
        self.optimizers["adam"].step()
        return {"error": loss}

    @torch.no_grad()
    def watch(self):
        x = self.x.expand(len(self.random.seeds), -1, -1)
        return (self.networks["net"](x) - self.y).square().mean((1, 2))


class TinyGAN(Learner):
    """A WGAN with gradient penalty and an unrolled critic on a ring in the plane."""

    steps = 20
    compilable = ("generator",)

    def __init__(self, seeds, device):
        self.random = Randomness(seeds, device)
        self.networks = {
            "generator": Stack(lambda: mlp(2, 2), seeds).to(device),
            "critic": Stack(lambda: mlp(2, 1), seeds).to(device),
        }
        self.optimizers = {
            name: torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.0, 0.9), fused=True)
            for name, net in self.networks.items()
        }
        angle = torch.arange(64, device=device) * (2 * torch.pi / 64)
        self.data = torch.stack([angle.cos(), angle.sin()], dim=-1)
        self.identity = {"problem": "ring"}

    def critic_loss(self, fake, parameters=None):
        critic = self.networks["critic"]
        real = self.data[self.random.integers(len(self.data), 16)]
        between = (fake.detach() + self.random.uniform(16, 1) * (real - fake).detach()).requires_grad_()
        slope = torch.autograd.grad(critic(between, parameters=parameters).sum(), between, create_graph=True)[0]
        loss = (critic(fake, parameters=parameters) - critic(real, parameters=parameters)).mean((1, 2))
        return loss + 10 * (slope.norm(dim=-1) - 1).square().mean(1)

    def step(self):
        generator, critic = self.networks.values()
        fake = generator(self.random.normal(16, 2))
        loss = self.critic_loss(fake.detach())
        self.optimizers["critic"].zero_grad()
        loss.sum().backward()
        self.optimizers["critic"].step()
        parameters = dict(critic.named_parameters())
        slopes = torch.autograd.grad(self.critic_loss(fake, parameters).sum(), parameters.values(), create_graph=True)
        ahead = {name: value - 0.1 * slope for (name, value), slope in zip(parameters.items(), slopes, strict=True)}
        cost = -critic(fake, parameters=ahead).mean((1, 2))
        self.optimizers["generator"].zero_grad()
        cost.sum().backward()
        self.optimizers["generator"].step()
        return {"critic": loss, "generator": cost}


class Model:
    """What a model is to the loop."""

    def __init__(self, kind=Regression, **settings):
        self.kind, self.settings, self.adopted = kind, settings, None

    def learner(self, seeds, device):
        return self.kind(seeds, device, **self.settings)

    def adopt(self, learner):
        self.adopted = learner

    def weights(self) -> dict[str, torch.Tensor]:
        nets = self.adopted.networks.items()
        return {f"{name}.{key}": value for name, net in nets for key, value in net.state_dict().items()}


def train(model, *arguments, **options) -> pd.DataFrame:
    return hea.fit(model, *arguments, device="cpu", progress=False, **options)


def same(first: Model, second: Model) -> bool:
    one, two = first.weights(), second.weights()
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def test_training_learns_and_tells():
    model = Model()
    history = train(model, 300, log_every=50)
    assert list(history) == ["step", "seed", "seconds", "error", "watched"]
    assert list(history["step"]) == [50, 100, 150, 200, 250, 300]
    assert history["seconds"].is_monotonic_increasing
    assert history["watched"].iloc[-1] < 0.1 * history["watched"].iloc[0]
    assert history["watched"].iloc[-1] == pytest.approx(model.adopted.watch().item())


def test_budget_and_log_have_sensible_defaults():
    history = train(Model())
    assert list(history["step"]) == list(range(1, 61))
    assert list(train(Model(), 7, log_every=3)["step"]) == [3, 6, 7]
    assert "watched" not in train(Model(TinyGAN), 2)


@pytest.mark.parametrize("kind", [Regression, TinyGAN])
def test_a_member_is_what_it_would_be_alone(kind):
    together = Model(kind)
    history = train(together, 15, seeds=[3, 0, 5], log_every=5)
    for number, seed in enumerate([3, 0, 5]):
        alone = Model(kind)
        own = train(alone, 15, seed, log_every=5).drop(columns="seconds")
        for name, value in alone.weights().items():
            torch.testing.assert_close(together.weights()[name][number], value[0], atol=2e-5, rtol=1e-3)
        theirs = history[history["seed"] == seed].drop(columns="seconds").reset_index(drop=True)
        pd.testing.assert_frame_equal(theirs, own, rtol=1e-3, atol=1e-5)
    first, second, _ = together.weights()[next(iter(together.weights()))]
    assert (first - second).abs().max() > 0.1


@pytest.mark.parametrize("kind", [Regression, TinyGAN])
@pytest.mark.parametrize("seeds", [[0], [4, 1]])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_by_bit(kind, seeds, tmp_path):
    whole, halves = Model(kind), Model(kind)
    history = train(whole, 22, seeds=seeds, log_every=4)
    train(halves, 9, seeds=seeds, log_every=4, checkpoint=tmp_path / "run")
    train(Model(kind), 15, seeds=seeds, log_every=4, checkpoint=tmp_path / "run", resume=True)
    resumed = train(halves, 22, seeds=seeds, log_every=4, checkpoint=tmp_path / "run", resume=True)
    assert same(whole, halves)
    pd.testing.assert_frame_equal(resumed.drop(columns="seconds"), history.drop(columns="seconds"), check_exact=True)
    assert resumed["seconds"].is_monotonic_increasing


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    first, again = Model(), Model()
    history = train(first, 10, log_every=4, checkpoint=tmp_path / "run")
    repeated = train(again, 10, log_every=4, checkpoint=tmp_path / "run", resume=True)
    assert same(first, again)
    pd.testing.assert_frame_equal(repeated.drop(columns="seconds"), history.drop(columns="seconds"))


def test_a_resumed_run_keeps_the_spacing_of_its_history(tmp_path):
    train(Model(), 200, checkpoint=tmp_path / "run")
    history = train(Model(), 400, checkpoint=tmp_path / "run", resume=True)
    assert list(history["step"]) == list(range(2, 401, 2))
    history = train(Model(), 410, log_every=5, checkpoint=tmp_path / "run", resume=True)
    assert list(history["step"][-3:]) == [400, 405, 410]


class Overfitting(Regression):
    """Its figure falls, then rises: for member i until step 10 * (i + 1)."""

    def watch(self):
        turn = 10.0 * (torch.arange(len(self.random.seeds)) + 1)
        return (self.done - turn).abs() + 1


def test_early_stop_gives_each_member_its_best_state_back(tmp_path):
    model = Model(Overfitting)
    history = train(model, 100, seeds=[0, 1], log_every=2, patience=6, checkpoint=tmp_path / "run")
    assert list(history.groupby("seed")["step"].max()) == [16, 26]
    for number, best in enumerate([10, 20]):
        short = Model()
        train(short, best, seeds=[0, 1])
        for name, value in short.weights().items():
            assert torch.equal(model.weights()[name][number], value[number])
    again, ended = Model(Overfitting), Model(Overfitting)
    train(again, 13, seeds=[0, 1], log_every=2, patience=6, checkpoint=tmp_path / "half")
    train(ended, 100, seeds=[0, 1], log_every=2, patience=6, checkpoint=tmp_path / "half", resume=True)
    assert same(ended, model)


def test_a_run_resumed_without_patience_keeps_what_it_learns(tmp_path):
    model, whole = Model(Overfitting), Model(Overfitting)
    train(model, 16, patience=50, log_every=2, checkpoint=tmp_path / "run")
    train(model, 40, log_every=2, checkpoint=tmp_path / "run", resume=True)
    train(whole, 40, log_every=2)
    assert same(model, whole)


class Interrupted(Regression):
    def step(self):
        if self.done == 12:
            signal.raise_signal(signal.SIGINT)
        return super().step()


def test_an_interrupt_leaves_a_checkpoint_and_a_trained_model(tmp_path):
    model, resumed, whole = Model(Interrupted), Model(), Model()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(model, 20, log_every=5, checkpoint=tmp_path / "run", checkpoint_every=100)
    assert signal.getsignal(signal.SIGINT) == handler
    assert model.adopted.done == 13
    train(resumed, 20, log_every=5, checkpoint=tmp_path / "run", resume=True)
    train(whole, 20, log_every=5)
    assert same(resumed, whole)


class Impatient(Regression):
    def step(self):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)


def test_a_second_interrupt_does_not_wait():
    model = Model(Impatient)
    with pytest.raises(KeyboardInterrupt):
        train(model)
    assert model.adopted is not None


class Wrong(Regression):
    """Its second loss goes wrong in one member."""

    value = float("nan")

    def step(self):
        losses = super().step()
        second = torch.zeros(len(self.random.seeds))
        if self.done >= 11:
            second[-1] = self.value
        return losses | {"second": second}


class Exploding(Wrong):
    value = -1e12


class Coarse(Wrong):
    """Its second loss is large from the beginning, as in another unit, and grows."""

    def __init__(self, seeds, device, growth=0.0):
        super().__init__(seeds, device)
        self.value = growth

    def step(self):
        losses = super().step()
        return losses | {"second": losses["second"] + 1e6}


def test_a_rate_that_a_graph_reads_survives_a_checkpoint():
    """A captured step reads its learning rate from a tensor, which a restored state must fill, not replace."""
    first, second = (Regression([0], torch.device("cpu")) for _ in range(2))
    for learner in (first, second):
        acceleration.prepare_graph(learner)
    runs = [Run(learner, [0], 1, None) for learner in (first, second)]
    first.optimizers["adam"].param_groups[0]["lr"].fill_(0.25)
    tensors, notes = runs[0].state()
    rate = second.optimizers["adam"].param_groups[0]["lr"]
    runs[1].restore({name: np.asarray(tensor) for name, tensor in tensors.items()}, json.loads(json.dumps(notes)))
    assert second.optimizers["adam"].param_groups[0]["lr"] is rate and rate.item() == 0.25


def test_losses_that_go_wrong_stop_the_training():
    model = Model(Wrong)
    with pytest.raises(TrainingError, match=r"'second' of seed 7 is nan.* in steps 11 to 15; lower the learning rate"):
        train(model, 30, seeds=[2, 7], log_every=5)
    assert model.adopted is None
    with pytest.raises(TrainingError, match=r"'second' of seed 0 has diverged to -1.54e\+11"):
        train(Model(Exploding), 30, log_every=13)


def test_a_loss_in_any_unit_has_diverged_at_ten_times_its_first_size(tmp_path):
    for options in ({}, {"resume": True, "checkpoint": tmp_path / "run", "checkpoint_every": 30}):
        train(Model(Coarse), 12, checkpoint=tmp_path / "run", log_every=5)
        assert train(Model(Coarse, growth=8e6), 30, log_every=5, **options)["second"].max() == 9e6
        train(Model(Coarse), 12, checkpoint=tmp_path / "run", log_every=5)
        with pytest.raises(TrainingError, match=r"diverged to 1.1e\+07 in steps 16 to 20"):
            train(Model(Coarse, growth=10e6), 30, log_every=5, **options)


def test_a_gan_that_learns_far_too_fast_is_stopped(problem):
    model = hea.models.get("cgan")(problem, rate=0.3)
    with pytest.raises(TrainingError, match=r"loss 'critic' of seed 0 has diverged to .*; lower the learning rate"):
        train(model, 300)


def test_a_broken_state_never_replaces_a_good_checkpoint(tmp_path):
    with pytest.raises(TrainingError, match="is nan"):
        train(Model(Wrong), 30, log_every=30, checkpoint=tmp_path / "run", checkpoint_every=10)
    assert json.loads((tmp_path / "run.json").read_text())["done"] == 10


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"steps": 0}, "steps is 0; it must be a whole number from 1"),
        ({"steps": 2.5}, r"steps is 2.5"),
        ({"log_every": -1}, "log_every is -1"),
        ({"patience": 0}, "patience is 0"),
        ({"threads": True}, "threads is True"),
        ({"seeds": []}, "there are no seeds"),
        ({"seeds": [1, 2, 1]}, r"seeds \[1\] are repeated"),
        ({"seed": -1}, "seed -1 is not an integer"),
        ({"seed": 0.5}, "seed 0.5 is not an integer"),
        ({"seeds": 3}, "seeds is 3"),
        ({"precision": "half"}, "precision 'half' is unknown; write 'float32' or 'bfloat16'"),
        ({"device": "gpu"}, "device 'gpu' is unknown"),
        ({"device": "meta"}, "device 'meta' is not supported"),
        ({"resume": True}, "resume needs the path of a checkpoint"),
        ({"checkpoint_every": 5}, "checkpoint_every needs the path"),
        ({"cuda_graph": True}, "cuda_graph needs a CUDA GPU; the device is cpu"),
    ],
)
def test_nonsense_is_refused(options, complaint):
    with pytest.raises(TrainingError, match=complaint):
        hea.fit(Model(), **({"device": "cpu", "progress": False} | options))


def test_a_device_that_is_missing_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for name in ("cuda", "mps"):
        with pytest.raises(TrainingError, match=f"'{name}' was demanded but there is no usable"):
            hea.fit(Model(), device=name)
    assert devices.choose("auto").type == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert devices.choose("auto").type == "cuda"
    with pytest.raises(TrainingError, match="'cuda:3' was demanded but there"):
        devices.choose("cuda:3")


def test_a_model_that_cannot_be_trained_is_refused():
    with pytest.raises(TrainingError, match=r"dict cannot be trained: it has no learner\(\) and adopt\(\)"):
        hea.fit({})


class Flat(Regression):
    def step(self):
        return {"error": super().step()["error"].sum()}


class Blind(Regression):
    def watch(self):
        return super().watch() * float("nan")


def test_losses_and_figures_of_wrong_kind_are_refused():
    with pytest.raises(TrainingError, match=r"loss 'error' has the shape \(\), not one value for each seed"):
        train(Model(Flat), 3)
    with pytest.raises(TrainingError, match=r"watch\(\) at step 1 is .*nan"):
        train(Model(Blind), 3)
    with pytest.raises(TrainingError, match="patience needs a figure to watch"):
        train(Model(TinyGAN), 3, patience=2)


def test_other_faults_of_a_step_are_not_disguised():
    class Broken(Regression):
        def step(self):
            raise RuntimeError("sizes do not match")

    with pytest.raises(RuntimeError, match="sizes do not match"):
        train(Model(Broken), 1)


class Hungry(Regression):
    def step(self):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory")


def test_out_of_memory_says_what_to_lower():
    with pytest.raises(
        TrainingError, match=r"too small for this training; lower the batch size, the number of seeds \(2\)"
    ):
        train(Model(Hungry), seeds=[0, 1])


def test_only_its_own_checkpoint_is_resumed(tmp_path):
    path = tmp_path / "run"
    with pytest.raises(TrainingError, match=r"there is no checkpoint .* to resume"):
        train(Model(), checkpoint=path, resume=True)
    train(Model(), 6, checkpoint=path)
    for model, options, complaint in (
        (Model(rate=0.5), {}, r"settings.rate is 0.01 there and 0.5 here"),
        (Model(size=9), {}, r"settings.size is 64 there and 9 here"),
        (Model(), {"seeds": [0, 1]}, r"seeds is \[0\] there and \[0, 1\] here"),
        (Model(), {"precision": "bfloat16"}, "precision is 'float32' there and 'bfloat16' here"),
        (Model(TinyGAN), {}, "problem is 'sine' there and 'ring' here; settings"),
        (Model(), {"steps": 5}, "is at step 6, beyond the 5 steps asked for"),
    ):
        with pytest.raises(TrainingError, match=complaint):
            train(model, checkpoint=path, resume=True, **options)


def test_damaged_checkpoints_are_refused(tmp_path):
    path = tmp_path / "run"
    train(Model(), 6, checkpoint=path)
    weights, notes = tmp_path / "run.safetensors", tmp_path / "run.json"
    described = json.loads(notes.read_text())
    notes.write_text(json.dumps(described | {"kind": "cgan"}))
    with pytest.raises(DataFileError, match="are of kind 'cgan' and of format 1"):
        train(Model(), checkpoint=path, resume=True)
    notes.write_text(json.dumps({key: value for key, value in described.items() if key != "optimizers"}))
    with pytest.raises(DataFileError, match="does not fit this version of the library"):
        train(Model(), checkpoint=path, resume=True)
    notes.write_text(json.dumps(described))
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(DataFileError, match=r"run.safetensors are damaged"):
        train(Model(), checkpoint=path, resume=True)


def test_an_identity_that_json_cannot_hold_is_refused():
    class Odd(Regression):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            self.identity = {"data": {1, 2}}

    with pytest.raises(TrainingError, match="identity of the training cannot be written as JSON"):
        train(Model(Odd), 2)


def test_the_global_random_numbers_and_threads_stay_as_they_were():
    torch.manual_seed(5)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    train(Model(), 3, threads=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_progress_in_a_log_a_terminal_and_not_at_all(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_interactive", lambda: False)
    monkeypatch.setattr(progress, "_LINES_APART", 0.0)
    hea.fit(Model(), 40, seeds=[0, 1], device="cpu", log_every=20)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("step 20 of 40, ") and "error 0." in lines[0]
    assert [line.split(",")[0] for line in lines] == ["step 20 of 40", "step 40 of 40"]
    monkeypatch.setattr(progress, "_interactive", lambda: True)
    hea.fit(Model(), 40, device="cpu", log_every=20)
    assert "40/40" in capsys.readouterr().err
    train(Model(), 40)
    assert capsys.readouterr() == ("", "")


def test_bfloat16_trains_nearly_the_same():
    exact, rounded = Model(), Model()
    train(exact, 100, log_every=100)
    history = train(rounded, 100, precision="bfloat16", log_every=100)
    assert history["watched"].item() == pytest.approx(exact.adopted.watch().item(), rel=0.2)
    assert not same(exact, rounded)
    train(Model(TinyGAN), 2, precision="bfloat16", seeds=[0, 1])


def test_compiled_calls_train_the_same(monkeypatch):
    """The compiler's own front end without code generation, which takes a minute and a C++ compiler."""
    compiler, calls = torch.compile, []

    def compile_(function, **options):
        calls.append(function)
        return compiler(function, backend="aot_eager", **options)

    monkeypatch.setattr(torch, "compile", compile_)
    plain, compiled = Model(TinyGAN), Model(TinyGAN)
    train(plain, 3, seeds=[0, 1])
    train(compiled, 3, seeds=[0, 1], compile=True)
    assert len(calls) == 1
    for name, value in plain.weights().items():
        torch.testing.assert_close(compiled.weights()[name], value, atol=1e-5, rtol=1e-4)

    class Everything(TinyGAN):
        compilable = ("critic",)

    class Misnamed(TinyGAN):
        compilable = ("decoder",)

    with pytest.raises(TrainingError, match="a compiled network cannot be differentiated twice"):
        train(Model(Everything), 3, compile=True)
    with pytest.raises(TrainingError, match=r"names \['decoder'\]; the networks are generator, critic"):
        train(Model(Misnamed), 3, compile=True)


class Stacked(nn.Module):
    """A network that no fast path knows: two inputs, a buffer, shared weights."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Linear(3, 3), nn.LayerNorm(3)
        self.tied = self.first
        self.register_buffer("scale", torch.rand(3))

    def forward(self, left, right):
        return self.norm(self.tied(self.first(left) * self.scale) + right).softmax(-1)


@pytest.mark.parametrize("make", [lambda: mlp(3, 3), Stacked], ids=["layers", "any"])
@pytest.mark.parametrize("seeds", [[4], [1, 2, 8]])
def test_a_stack_computes_what_its_members_compute(make, seeds):
    stack = Stack(make, seeds)
    inputs = [torch.randn(len(seeds), 5, 3, requires_grad=True) for _ in range(1 if make is not Stacked else 2)]
    outputs = stack(*inputs)
    slope = torch.autograd.grad(outputs.square().sum(), inputs[0], create_graph=True)[0]
    curvature = torch.autograd.grad(slope.square().sum(), list(stack.parameters()), allow_unused=True)
    for number, seed in enumerate(seeds):
        member = stack.member(number)
        torch.testing.assert_close(member(*(values[number] for values in inputs)), outputs[number])
        own = [values[number].detach().requires_grad_() for values in inputs]
        mine = torch.autograd.grad(member(*own).square().sum(), own[0], create_graph=True)[0]
        torch.testing.assert_close(mine, slope[number])
        bent = torch.autograd.grad(mine.square().sum(), list(member.parameters()), allow_unused=True)
        for one, many in zip(bent, curvature, strict=True):
            assert (one is None) == (many is None)
            if one is not None:
                torch.testing.assert_close(one, many[number], rtol=1e-4, atol=1e-5)
        torch.manual_seed(seed)
        for one, two in zip(make().parameters(), member.parameters(), strict=True):
            assert torch.equal(one, two)


def test_a_stack_with_other_parameters():
    stack = Stack(lambda: mlp(2, 1), [0, 1])
    x = torch.randn(2, 4, 2)
    doubled = {name: 2 * value for name, value in stack.named_parameters()}
    doubled_again = Stack(lambda: mlp(2, 1), [0, 1])
    with torch.no_grad():
        for value in doubled_again.parameters():
            value.mul_(2)
    torch.testing.assert_close(stack(x, parameters=doubled), doubled_again(x))
    stack(x, parameters=doubled).sum().backward()
    assert all(value.grad is not None for value in stack.parameters())


def test_a_member_is_a_network_of_its_own():
    stack = Stack(Stacked, [0, 1])
    member = stack.member(1)
    assert member.tied is member.first
    before = stack.net.first.weight.clone()
    with torch.no_grad():
        member.first.weight.zero_()
    assert torch.equal(stack.net.first.weight, before)
    with pytest.raises(TrainingError, match="there is no member 2; a stack of 2 has 0 to 1"):
        stack.member(2)


def test_stacks_refuse_what_would_not_be_reproducible():
    with pytest.raises(TrainingError, match=r"layer '1' of the network is a Dropout, whose random numbers"):
        Stack(lambda: nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.1)), [0])
    with pytest.raises(TrainingError, match=r"an input \(3, 4, 2\) of a stack of 2"):
        Stack(lambda: mlp(2, 1), [0, 1])(torch.zeros(3, 4, 2))
    with pytest.raises(TrainingError, match="there are no seeds"):
        Stack(lambda: mlp(2, 1), [])


def test_random_numbers_are_what_they_should_be():
    random = Randomness(range(4))
    normal, uniform, integers = random.normal(200, 100), random.uniform(200, 100), random.integers(7, 200, 100)
    assert normal.shape == uniform.shape == integers.shape == (4, 200, 100)
    assert normal.mean((1, 2)).abs().max() < 0.03 and (normal.std((1, 2)) - 1).abs().max() < 0.03
    assert uniform.min() >= 0 and uniform.max() < 1 and (uniform.mean((1, 2)) - 0.5).abs().max() < 0.01
    assert integers.unique().tolist() == list(range(7))
    rows = np.concatenate([normal.flatten(1), uniform.flatten(1), integers.flatten(1)])
    assert np.abs(np.corrcoef(rows) - np.eye(len(rows))).max() < 0.04


def test_random_numbers_never_repeat_and_can_be_restored():
    random, other = Randomness([3, 9]), Randomness([3, 9])
    draws = [random.normal(1000) for _ in range(200)]
    assert all(not torch.equal(one, two) for one, two in pairwise(draws))
    state = random.state()
    expected = [random.normal(1000), random.uniform(70_000), random.integers(5, 3), random.normal(100_000)]
    other.restore({name: value.clone() for name, value in state.items()})
    found = [other.normal(1000), other.uniform(70_000), other.integers(5, 3), other.normal(100_000)]
    assert all(torch.equal(one, two) for one, two in zip(expected, found, strict=True))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_captured_step_learns():
    history = hea.fit(Model(), 300, seeds=[0, 1], device="cuda", cuda_graph=True, progress=False, log_every=100)
    assert history.groupby("step")["watched"].max().iloc[-1] < 0.1
