"""Options that make a step faster on some hardware: lower precision, compiled calls, one captured graph."""

from collections.abc import Callable

import torch

from ..errors import TrainingError
from .learner import Learner

#: Steps before a graph is captured; they count, and let libraries and optimisers allocate what they keep.
WARM_UP = 3
PRECISIONS = {"float32": None, "bfloat16": torch.bfloat16}


def set_precision(learner: Learner, precision: str) -> None:
    """Let the networks compute in that type; parameters, optimisers and losses stay in float32."""
    for network in learner.networks.values():
        network.precision = PRECISIONS[precision]


def compile_networks(learner: Learner) -> None:
    """Compile the calls of the networks that the learner names as compilable.

    Raises:
        TrainingError: it names networks that it does not have.
    """
    wanted = tuple(learner.networks) if learner.compilable is None else learner.compilable
    if unknown := set(wanted) - set(learner.networks):
        raise TrainingError(f"compilable names {sorted(unknown)}; the networks are {', '.join(learner.networks)}")
    for name in wanted:
        learner.networks[name].compile_calls()


def prepare_graph(learner: Learner) -> None:
    """Set optimisers and random numbers to what a graph can replay; before anything is restored or trained."""
    for name, optimizer in learner.optimizers.items():
        for group in optimizer.param_groups:
            if "capturable" not in group:
                raise TrainingError(f"optimizer {name!r} ({type(optimizer).__name__}) cannot be captured; use Adam")
            group["capturable"] = True
            group["lr"] = torch.tensor(
                group["lr"], device=learner.random.device
            )  # a number would be frozen in the graph
    learner.random.direct()


def captured(learner: Learner) -> Callable[[], dict[str, torch.Tensor]]:
    """One whole step as a CUDA graph, so that the GPU gets hundreds of kernels with one launch.

    It was written after PyTorch's documentation of CUDA graphs and has not yet been run on a GPU. The step must do the
    same operations on the same tensors each time: no ``.item()``, no branch on a value, no schedule in Python.
    """
    torch.cuda.set_device(learner.random.device)  # a stream belongs to the current one
    stream, graph = torch.cuda.Stream(), torch.cuda.CUDAGraph()
    losses: dict[str, torch.Tensor] = {}
    warmed = 0

    def step() -> dict[str, torch.Tensor]:
        nonlocal warmed, losses
        if warmed < WARM_UP:
            warmed += 1
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                found = learner.step()
            torch.cuda.current_stream().wait_stream(stream)
            return found
        if not losses:
            for generator in learner.random.direct():
                graph.register_generator_state(generator)
            with torch.cuda.graph(graph):  # records without running
                losses = learner.step()
        graph.replay()
        return losses

    return step
