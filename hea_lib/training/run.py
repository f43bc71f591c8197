"""A training under way: its learner, its history, its best state; all that a checkpoint has to hold."""

import time
from typing import Any

import numpy as np
import pandas as pd
import torch

from ..errors import TrainingError
from .learner import Learner

#: A loss beyond this, in size, has diverged: no objective of a normalised problem comes near. One of a problem in other
#: units may begin higher, and has diverged at so many times the size that it had in the first step.
DIVERGED, GROWN = 1e4, 10


class Run:
    """What a training has come to after some steps.

    Args:
        learner: what is trained.
        log_every: steps from one row of the history to the next; losses are means over these steps.
        patience: steps without a better :meth:`Learner.watch` after which a member stops; None never stops.
    """

    def __init__(self, learner: Learner, seeds: list[int], log_every: int, patience: int | None):
        self.learner, self.seeds, self.log_every, self.patience = learner, seeds, log_every, patience
        self.losses: list[str] = []
        self.rows: list[np.ndarray] = []  # each (members, 4 + losses): step, seconds, training still?, watched, losses
        self.first: torch.Tensor | None = None  # losses of the first step (losses, members)
        self.total: torch.Tensor | None = None  # of the losses since the last row (losses, members)
        self.counted, self.seconds, self.started = 0, 0.0, time.perf_counter()
        self.least = np.full(len(seeds), np.inf)
        self.least_at = np.zeros(len(seeds))
        self.training = np.ones(len(seeds), dtype=bool)
        self.best: dict[str, torch.Tensor] = {}

    def add(self, losses: dict[str, torch.Tensor]) -> None:
        """Count the losses of one more step; they stay on the device until somebody looks."""
        if self.total is None or self.learner.done == 0:
            self._check_losses(losses)
        values = torch.stack([losses[name].detach() for name in self.losses]).float()
        if self.learner.done == 0:
            self.first = values
        self.total = values if self.total is None else self.total + values
        self.counted += 1
        self.learner.done += 1
        if self.learner.done % self.log_every == 0:
            self.look()

    def look(self) -> None:
        """Make a row of the history, and see who stops."""
        if not self.counted:
            return
        losses = self.check().T
        watched = self.learner.watch()
        if watched is None and self.patience is not None:
            raise TrainingError(f"patience needs a figure to watch; {type(self.learner).__name__} has none")
        watched = np.full(len(self.seeds), np.nan) if watched is None else self._figures("watch()", watched)
        known = [np.full(len(self.seeds), value) for value in (self.learner.done, self.elapsed())]
        self.rows.append(np.column_stack([*known, self.training, watched, losses]))
        self.total, self.counted = None, 0
        if self.patience is not None:
            self._stop(watched)

    def check(self) -> np.ndarray:
        """Mean losses ``(losses, members)`` since the last row.

        Raises:
            TrainingError: one is no finite number or has diverged, in a member that still trains.
        """
        means = (self.total / self.counted).cpu().numpy()
        highest = np.maximum(DIVERGED, GROWN * np.abs(self.first.cpu().numpy()))
        wrong = ~(np.abs(means) < highest) & self.training
        if wrong.any():
            loss, member = np.argwhere(wrong)[0]
            value = means[loss, member]
            fault = f"has diverged to {value:.3g}" if np.isfinite(value) else f"is {value}, not a finite number"
            steps = f"{self.learner.done - self.counted + 1} to {self.learner.done}"
            raise TrainingError(
                f"loss {self.losses[loss]!r} of seed {self.seeds[member]} {fault} in steps {steps}; lower the learning "
                "rate, or use precision='float32' if it was lower"
            )
        return means

    def elapsed(self) -> float:
        """Seconds of training, those before an interruption included."""
        return self.seconds + time.perf_counter() - self.started

    def history(self) -> pd.DataFrame:
        """One row a log point and seed: step, seed, seconds, the losses, and what was watched if anything was."""
        table = np.concatenate(self.rows) if self.rows else np.empty((0, 4 + len(self.losses)))
        frame = pd.DataFrame(table, columns=["step", "seconds", "training", "watched", *self.losses])
        frame.insert(1, "seed", np.tile(self.seeds, len(self.rows)))
        frame = frame[frame.pop("training") == 1].astype({"step": int}).reset_index(drop=True)
        watched = frame.pop("watched")
        return frame if watched.isna().all() else frame.assign(watched=watched)

    def restore_best(self) -> None:
        """Give each network back the state in which each member was best, if that was kept."""
        for name, tensor in self._tensors().items():
            if name in self.best:
                tensor.copy_(self.best[name])

    def state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Tensors and notes from which :meth:`restore` goes on exactly."""
        notes: dict[str, Any] = {name: getattr(self, name) for name in ("losses", "counted", "log_every", "patience")}
        notes |= {"done": self.learner.done, "seconds": self.elapsed(), "optimizers": {}}
        tensors = {f"network/{name}": tensor for name, tensor in self._tensors().items()}
        tensors |= {f"best/{name}": tensor for name, tensor in self.best.items()}
        tensors |= {f"random/{name}": tensor for name, tensor in self.learner.random.state().items()}
        tensors |= {f"stop/{name}": getattr(self, name) for name in ("least", "least_at", "training")}
        for name in ("first", "total"):
            if getattr(self, name) is not None:
                tensors[name] = getattr(self, name)
        if self.rows:
            tensors["history"] = np.stack(self.rows)
        for name, optimizer in self.learner.optimizers.items():
            state = optimizer.state_dict()
            plain: dict[str, dict[str, Any]] = {}
            for number, values in state["state"].items():
                for key, value in values.items():
                    if isinstance(value, torch.Tensor):
                        tensors[f"optimizer/{name}/{number}/{key}"] = value
                    else:
                        plain.setdefault(str(number), {})[key] = value
            groups = [{**group, "lr": float(group["lr"])} for group in state["param_groups"]]  # a graph's is a tensor
            notes["optimizers"][name] = {"groups": groups, "plain": plain}
        return tensors, notes

    def restore(self, tensors: dict[str, np.ndarray], notes: dict[str, Any]) -> None:
        """Go on from what :meth:`state` gave; raises KeyError, RuntimeError or ValueError where it does not fit."""
        parts: dict[str, dict[str, torch.Tensor]] = {}
        for name, value in tensors.items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = torch.from_numpy(value.copy())
        for name, tensor in self._tensors().items():
            tensor.copy_(parts["network"][name])
        device = next(iter(self._tensors().values())).device
        self.best = {name: tensor.to(device) for name, tensor in parts.get("best", {}).items()}
        self.learner.random.restore(parts["random"])
        for name, tensor in parts["stop"].items():
            setattr(self, name, tensor.numpy())
        self.first = parts["first"][""].to(device) if notes["done"] else None
        self.total = parts["total"][""].to(device) if "total" in parts else None
        self.rows = list(parts["history"][""].numpy()) if "history" in parts else []
        for name, optimizer in self.learner.optimizers.items():
            saved = notes["optimizers"][name]
            state: dict[int, dict[str, Any]] = {int(key): dict(value) for key, value in saved["plain"].items()}
            for key, tensor in parts.get("optimizer", {}).items():
                owner, number, leaf = key.rsplit("/", 2)
                if owner == name:
                    state.setdefault(int(number), {})[leaf] = tensor
            rates = [group["lr"] for group in optimizer.param_groups]
            optimizer.load_state_dict({"state": state, "param_groups": saved["groups"]})
            for rate, group in zip(rates, optimizer.param_groups, strict=True):
                if isinstance(rate, torch.Tensor):
                    group["lr"] = rate.fill_(group["lr"])
        self.losses, self.counted = list(notes["losses"]), notes["counted"]
        self.learner.done, self.seconds = notes["done"], notes["seconds"]
        if self.patience is None:  # nobody stops early any more, and the last state counts
            self.best, self.training = {}, np.ones_like(self.training)

    def _stop(self, watched: np.ndarray) -> None:
        better = self.training & (watched < self.least)
        self.least[better], self.least_at[better] = watched[better], self.learner.done
        for name, tensor in self._tensors().items():
            if name not in self.best:
                self.best[name] = tensor.clone()
            elif better.any():
                self.best[name][better] = tensor[better]
        self.training &= self.learner.done - self.least_at < self.patience

    def _tensors(self) -> dict[str, torch.Tensor]:
        """Parameters and buffers of all networks, each with the members first."""
        networks = self.learner.networks.items()
        return {f"{name}/{key}": value.detach() for name, net in networks for key, value in net.state_dict().items()}

    def _check_losses(self, losses: dict[str, torch.Tensor]) -> None:
        self.losses = list(losses)
        for name, value in losses.items():
            if value.shape != (len(self.seeds),):
                raise TrainingError(f"loss {name!r} has the shape {tuple(value.shape)}, not one value for each seed")

    def _figures(self, name: str, value: torch.Tensor) -> np.ndarray:
        figures = value.detach().cpu().double().numpy()
        if figures.shape != (len(self.seeds),):
            raise TrainingError(f"{name} has the shape {figures.shape}, not one value for each seed")
        if not np.isfinite(figures[self.training]).all():
            raise TrainingError(f"{name} at step {self.learner.done} is {figures}; a figure to compare must be finite")
        return figures
