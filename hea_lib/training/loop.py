"""The loop itself: from a model to a trained one, whatever happens on the way."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from numbers import Integral
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import torch

from ..errors import TrainingError
from . import acceleration
from . import checkpoint as checkpoints
from . import progress as progresses
from .devices import check_seeds, choose, cpu_threads
from .learner import Learner
from .run import Run


class Trainable(Protocol):
    """What :func:`fit` asks of a model."""

    def learner(self, seeds: Sequence[int], device: torch.device) -> Learner:
        """The training of the model under these seeds, with all data on the device."""

    def adopt(self, learner: Learner) -> None:
        """Take over the networks of a learner."""


def fit(
    model: Trainable,
    steps: int | None = None,
    seed: int = 0,
    *,
    seeds: Sequence[int] | None = None,
    device: str | torch.device = "auto",
    log_every: int | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int | None = None,
    resume: bool = False,
    progress: bool = True,
    compile: bool = False,
    precision: str = "float32",
    cuda_graph: bool = False,
    threads: int | None = 1,
) -> pd.DataFrame:
    """Train a model, or an ensemble of it in one go, and hand the trained networks to it.

    On a CPU, a run that was stopped and resumed gives the same numbers, bit by bit, as one that was never stopped, if
    it is given as many ``steps`` (a learner may schedule its rates by them; more steps prolong a training). An
    interrupt (Ctrl-C, the stop button of a notebook) waits for the end of the step, writes a checkpoint if a path was
    given, lets the model keep what it has learned so far, and is raised again.

    Args:
        model: anything with ``learner(seeds, device)`` and ``adopt(learner)``.
        steps: training steps in all, those before a resume included; the learner's own budget unless given.
        seed: of a single model.
        seeds: one for each member of an ensemble, instead of ``seed``.
        device: ``"auto"`` (CUDA where there is one, else the CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        log_every: steps from one row of the history to the next; a hundredth of all steps unless given,
            or as before when a run is resumed.
        patience: stop a member when the figure it watches has not improved for that many steps, and give it its
            best state back; None trains all steps.
        checkpoint: path without an ending of the two files of a checkpoint, replaced whenever a new one is written.
        checkpoint_every: steps from one checkpoint to the next; a tenth of all steps unless given.
        resume: go on from the checkpoint.
        progress: show a bar in a terminal or notebook, or a line now and then in a log.
        compile: let torch.compile fuse what the networks do in a call (see :attr:`Learner.compilable`); needs a C++
            compiler on a CPU, takes its time once, and rounds differently.
        precision: ``"float32"``, or ``"bfloat16"`` in the networks.
        cuda_graph: capture the step as one CUDA graph; not yet run on a GPU.
        threads: of the CPU during the training; small networks are fastest on one
            (not measured: ensembles on idle cores). None leaves it as it is.

    Returns:
        History in long form, one row a log point and seed: ``step``, ``seed``, ``seconds``, the losses as means since
        the row before, and ``watched`` where the learner watches a figure.

    Raises:
        TrainingError: arguments that make no sense, a device that is missing, no checkpoint to resume or one of another
            training, a loss that is not finite or has diverged, or a GPU whose memory is too small.
        DataFileError: a checkpoint that is damaged or of another version.
    """
    seeds = check_seeds([seed] if seeds is None else seeds)
    found = choose(device)
    _check(model, steps, log_every, patience, checkpoint, checkpoint_every, resume, precision, threads)
    if cuda_graph and found.type != "cuda":
        raise TrainingError(f"cuda_graph needs a CUDA GPU; the device is {found}")
    with cpu_threads(threads), _explained(found, len(seeds)):
        learner = model.learner(seeds, found)
        learner.steps = steps = learner.steps if steps is None else steps
        acceleration.set_precision(learner, precision)
        if compile:
            acceleration.compile_networks(learner)
        if cuda_graph:
            acceleration.prepare_graph(learner)
        run = Run(learner, seeds, log_every or max(1, steps // 100), patience)
        identity = checkpoints.identity(run, device=found.type, precision=precision, cuda_graph=cuda_graph)
        if resume:
            notes = checkpoints.load(checkpoint, run, identity)
            run.log_every = log_every or notes["log_every"]
        if learner.done > steps:
            raise TrainingError(f"the checkpoint is at step {learner.done}, beyond the {steps} steps asked for")
        step = acceleration.captured(learner) if cuda_graph else learner.step
        every = checkpoint_every or max(1, steps // 10)
        _train(run, step, steps, checkpoint, every, identity, progress, model)
    return run.history()


def _train(
    run: Run, step: Any, steps: int, path: Any, every: int, identity: dict, show: bool, model: Trainable
) -> None:
    bar = progresses.of(run, steps, show)
    learner = run.learner
    try:
        with _patient_interrupts() as interrupted:
            while learner.done < steps and run.training.any() and not interrupted:
                learner.schedule()
                run.add(step())
                bar.update()
                if path is not None and learner.done % every == 0 and learner.done < steps:
                    _save(path, run, identity)
        if path is not None:
            _save(path, run, identity)  # before the last, perhaps shorter, row, which a longer run would not have
        run.look()
        if interrupted:
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        _adopt(model, run)
        raise
    finally:
        bar.close()
    _adopt(model, run)


def _adopt(model: Trainable, run: Run) -> None:
    run.restore_best()
    model.adopt(run.learner)


def _save(path: str | Path, run: Run, identity: dict[str, Any]) -> None:
    if run.counted:
        run.check()  # a state that is no longer finite must not replace one that is
    checkpoints.save(path, run, identity)


@contextmanager
def _patient_interrupts() -> Iterator[list[int]]:
    """A list that an interrupt fills, so that a step is finished first; a second interrupt is raised at once."""
    came: list[int] = []

    def note(number: int, frame: Any) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    if threading.current_thread() is not threading.main_thread():  # only the main thread is interrupted
        yield came
        return
    before = signal.signal(signal.SIGINT, note)
    try:
        yield came
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _explained(device: torch.device, members: int) -> Iterator[None]:
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        raise TrainingError(
            f"the memory of {device} is too small for this training; lower the batch size"
            + (f", the number of seeds ({members})" if members > 1 else "")
            + ", or the width of the networks"
        ) from error
    except RuntimeError as error:
        if "does not currently support double backward" not in str(error):
            raise
        raise TrainingError(
            "a compiled network cannot be differentiated twice, as a gradient penalty or an unrolled step does; leave "
            "it out of the learner's compilable, or write compile=False"
        ) from error


def _check(model, steps, log_every, patience, checkpoint, checkpoint_every, resume, precision, threads) -> None:
    if not all(callable(getattr(model, name, None)) for name in ("learner", "adopt")):
        raise TrainingError(f"{type(model).__name__} cannot be trained: it has no learner() and adopt()")
    numbers = {
        "steps": steps, "log_every": log_every, "patience": patience, "checkpoint_every": checkpoint_every,
        "threads": threads,
    }  # fmt: skip
    for name, value in numbers.items():
        if value is not None and (not isinstance(value, Integral) or isinstance(value, bool) or value < 1):
            raise TrainingError(f"{name} is {value!r}; it must be a whole number from 1")
    if precision not in acceleration.PRECISIONS:
        raise TrainingError(
            f"precision {precision!r} is unknown; write {' or '.join(map(repr, acceleration.PRECISIONS))}"
        )
    if checkpoint is None and (resume or checkpoint_every is not None):
        name = "resume" if resume else "checkpoint_every"
        raise TrainingError(f"{name} needs the path of a checkpoint: checkpoint='...'")
