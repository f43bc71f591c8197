"""What a training step of the conditional GAN costs on this machine: ``python benchmarks/training.py``.

Adds the rows of this machine, and of its GPU if it has one, to three files of ``data/results``:

- ``training-matmul.csv``: what a device computes per second in large matrix products, the most that one may hope for.
- ``training-step.csv``: one step for widths, batches, members of an ensemble, threads and options, beside the number of
  floating point operations of its matrix products and of the operations that PyTorch starts for it.
- ``training-run.csv``: a whole training of the model as it comes, 5,000 steps.

Other processes may use the same cores, so a step is timed in many short repeats and the shortest counts, on the clock
(``wall_ms``; ``wall_median_ms`` shows the noise) and as time of this process (``cpu_ms``, summed over its threads),
which does not run while another process has the core. All sizes of one width take turns, so that a noisy minute meets
all of them alike, and their ratios can be trusted. On a GPU the clock counts, until all kernels have ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from record import Results, machine
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry
from tqdm import tqdm

import hea_lib as hea
from hea_lib.models.gan import ConditionalGAN
from hea_lib.training import Learner, acceleration, devices

WIDTHS, BATCHES, MEMBERS = (32, 64, 128, 256), (32, 64, 128, 256, 512), (2, 4, 8, 16, 32)
INPUTS = ("refractory.csv", "elements.csv")
ROUNDS, REPEAT = 25, 0.01  # repeats of each measurement; seconds of one, at least one step
SIDE = 1024  # of the square matrices whose product shows what a device can do


class Setting(NamedTuple):
    """What is timed; its fields are the key of a row, after the device."""

    width: int
    batch: int
    members: int = 1
    threads: int = 1
    option: str = "plain"


def groups(kind: str) -> Iterator[list[Setting]]:
    """Settings that are measured in turns on one kind of device; a captured graph, which might fail, comes last."""
    for width in WIDTHS:
        group = [Setting(width, batch) for batch in BATCHES] + [Setting(width, 128, option="bfloat16")]
        if width <= 128:
            group += [Setting(width, *sizes) for sizes in product(BATCHES[:3], MEMBERS)]
        if width in (32, 128):
            group.append(Setting(width, 128, option="compile"))
        yield group
    for width in WIDTHS[:2] if kind == "cpu" else ():
        yield [Setting(width, batch, members, threads=2) for batch, members in product((32, 128), (1, 32))]
    if kind == "cuda":
        yield [Setting(width, 128, members, option="cuda graph") for width, members in product(WIDTHS, (1, 32))]


def learner_of(setting: Setting, device: torch.device) -> Learner:
    """The learner that :func:`hea_lib.training.fit` would train."""
    model = ConditionalGAN(hea.problems.get("refractory"), width=setting.width, batch=setting.batch)
    return model.learner(range(setting.members), device)


class _Operations(TorchDispatchMode):
    """Counts what PyTorch hands to a device, and the operations of its matrix products."""

    number, flop = 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        made = function(*args, **kwargs)
        self.number += 1
        if (count := flop_registry.get(function.overloadpacket)) is not None:
            self.flop += count(*args, **kwargs, out_val=made)
        return made


@cache
def counts(width: int, batch: int) -> dict[str, float]:
    """Operations of matrix products [MFLOP] and operations started by PyTorch in one step of one member."""
    learner = learner_of(Setting(width, batch), torch.device("cpu"))
    learner.step()
    with _Operations() as operations:
        learner.step()
    return {"mflop": operations.flop / 1e6, "operations": operations.number}


def in_turns(works: list[Callable[[], object]], device: torch.device) -> list[dict[str, float]]:
    """Milliseconds of one call of each, the shortest of many short repeats that take turns."""

    def repeat(work: Callable[[], object], calls: int) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(calls):
            work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return 1e3 * (time.perf_counter() - wall) / calls, 1e3 * (time.process_time() - cpu) / calls

    once = [min(repeat(work, 1) for _ in range(acceleration.WARM_UP + 1))[0] / 1e3 for work in works]
    found = np.empty((len(works), ROUNDS, 2))
    for turn in range(ROUNDS):
        for number, (work, seconds) in enumerate(zip(works, once, strict=True)):
            found[number, turn] = repeat(work, max(1, round(REPEAT / seconds)))
    (wall, cpu), median = found.min(axis=1).T, np.median(found[..., 0], axis=1)
    names = ("wall_ms", "wall_median_ms", "cpu_ms")
    return [dict(zip(names, values, strict=True)) for values in zip(wall, median, cpu, strict=True)]


def step_of(setting: Setting, device: torch.device) -> Callable[[], object]:
    """One step of the loop, as its options change it."""
    learner = learner_of(setting, device)
    if setting.option == "bfloat16":
        acceleration.set_precision(learner, "bfloat16")
    elif setting.option == "compile":
        acceleration.compile_networks(learner)
    elif setting.option == "cuda graph":
        acceleration.prepare_graph(learner)
        return acceleration.captured(learner)
    return learner.step


def step_times(group: list[Setting], device: torch.device) -> Iterator[tuple[Setting, dict[str, float]]]:
    """Every figure of the settings of a group."""
    with devices.cpu_threads(group[0].threads):
        times = in_turns([step_of(setting, device) for setting in group], device)
    for setting, figures in zip(group, times, strict=True):
        counted = counts(setting.width, setting.batch)
        yield setting, counted | {"mflop": setting.members * counted["mflop"]} | figures


def matmul(threads: int, precision: str, device: torch.device) -> dict[str, float]:
    """Billions of operations per second in the product of large square matrices, the best of many."""
    values = torch.randn(SIDE, SIDE, device=device, dtype=getattr(torch, precision))
    with devices.cpu_threads(threads):
        (found,) = in_turns([lambda: values @ values], device)
    clock = "cpu_ms" if device.type == "cpu" and threads == 1 else "wall_ms"
    return {"gflops": 2 * SIDE**3 / found[clock] / 1e6}


def whole_run(device: torch.device) -> dict[str, float]:
    """A training with all its bookkeeping, and how near its designs come to requests like those of the data."""
    problem = hea.problems.get("refractory")
    model = ConditionalGAN(problem)
    wall, cpu = time.perf_counter(), time.process_time()
    history = hea.fit(model, device=device, progress=False)
    figures = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    requests = problem.requests_from_data(1_000, seed=0)
    return {"steps": history["step"].max(), **figures} | hea.evaluation.errors(
        model.sample(requests), problem, requests
    )


def measure(kind: str) -> None:
    """Measure what is not yet measured on one kind of device."""
    device = torch.device(kind)
    name = machine() if kind == "cpu" else torch.cuda.get_device_name()
    command = "python benchmarks/training.py"
    rates = Results("training-matmul.csv", ("command", "kind", "device", "threads", "precision"), INPUTS)
    for threads, precision in product((1, 2) if kind == "cpu" else (1,), ("float32", "bfloat16")):
        if (key := (command, kind, name, threads, precision)) not in rates:
            rates.add(key, matmul(threads, precision, device))
    steps = Results("training-step.csv", ("command", "kind", "device", *Setting._fields), INPUTS)
    for group in tqdm(list(groups(kind)), desc=kind):
        missing = [setting for setting in group if (command, kind, name, *setting) not in steps]
        for setting, figures in step_times(missing, device) if missing else ():
            steps.add((command, kind, name, *setting), figures)
    runs = Results("training-run.csv", ("command", "kind", "device"), INPUTS)
    if (key := (command, kind, name)) not in runs:
        runs.add(key, whole_run(device))


if __name__ == "__main__":
    for kind in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        measure(kind)
