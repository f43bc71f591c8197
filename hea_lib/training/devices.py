"""Where and under which seeds a training runs: said by name, checked before anything is built."""

from collections.abc import Sequence
from contextlib import contextmanager
from numbers import Integral

import torch

from ..errors import TrainingError


def choose(device: str | torch.device) -> torch.device:
    """The device of that name; ``"auto"`` takes CUDA where there is one, and the CPU otherwise.

    Apple's ``"mps"`` has to be asked for: small networks train faster on the CPU beside it.

    Raises:
        TrainingError: no such device, here or at all.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError) as error:
        raise TrainingError(f"device {device!r} is unknown; write 'auto', 'cpu', 'cuda' or 'mps'") from error
    if found.type == "cuda" and not torch.cuda.is_available():
        raise TrainingError(f"device {str(device)!r} was demanded but there is no usable CUDA GPU; write device='auto'")
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        raise TrainingError(f"device {str(device)!r} was demanded but there are {torch.cuda.device_count()} GPUs")
    if found.type == "mps" and not torch.backends.mps.is_available():
        raise TrainingError("device 'mps' was demanded but there is no usable Apple GPU; write device='auto'")
    if found.type not in ("cpu", "cuda", "mps"):
        raise TrainingError(f"device {str(device)!r} is not supported; write 'auto', 'cpu', 'cuda' or 'mps'")
    return found


def check_seeds(seeds: Sequence[int]) -> list[int]:
    """Seeds as a list of integers, one a member.

    Raises:
        TrainingError: there are none, or they are repeated, negative or no integers.
    """
    try:
        seeds = list(seeds)
    except TypeError as error:
        raise TrainingError(f"seeds is {seeds!r}; write one seed a member, for example seeds=range(5)") from error
    if not seeds:
        raise TrainingError("there are no seeds; an ensemble has one a member, for example seeds=range(5)")
    for seed in seeds:
        if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0 or seed >= 2**63:
            raise TrainingError(f"seed {seed!r} is not an integer from 0 to 2**63 - 1")
    if repeated := sorted({seed for seed in seeds if seeds.count(seed) > 1}):
        raise TrainingError(f"seeds {repeated} are repeated; equal seeds give equal members")
    return [int(seed) for seed in seeds]


@contextmanager
def cpu_threads(number: int | None):
    """Let torch use that many threads, and afterwards as many as before; None changes nothing."""
    before = torch.get_num_threads()
    try:
        if number is not None:
            torch.set_num_threads(number)
        yield
    finally:
        torch.set_num_threads(before)
