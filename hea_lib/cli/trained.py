"""Models that a command can use: from weights, from those that come with the library, or trained now."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from .. import problems
from ..errors import UnsupportedError


def network(name: str, problem_name: str):
    """The class of a model that has weights."""
    from .. import models
    from ..models.network import NetworkModel

    kind = models.get(name, problem_name, models.Model)
    if not issubclass(kind, NetworkModel):
        trained = ", ".join(models.names(problem_name, NetworkModel))
        raise UnsupportedError(f"model {name!r} has no weights to train or to read; these have: {trained}")
    return kind


def ready(kind, problem: problems.InverseProblem, weights: Path | None, seed: int):
    """A model that can sample or predict."""
    from .. import _weights
    from ..models.network import NetworkModel

    if weights is not None:
        return kind.load(problem, without_ending(weights))
    model = kind(problem)
    if not isinstance(model, NetworkModel):
        return model.fit(seed=seed)
    if model.shipped_name() not in _weights.names():
        click.echo(
            f"no weights of {model.name} for {problem.name} come with the library: training; see: hea train -h",
            err=True,
        )
    return model.ready(seed)


def predictor(problem_name: str, model_name: str, weights: Path | None, judged: bool = False):
    """A problem and the class of a model that predicts its properties; :func:`ready` makes the model.

    Args:
        judged: whether the problem must keep a judge. What is not judged may know all rows, except networks, whose
            weights belong to the rows that they have seen.
    """
    from .. import models
    from ..models.network import NetworkModel

    kind = models.get(model_name, problem_name, models.Predictor)
    if weights is not None:
        kind = network(model_name, problem_name)
    if problem_name == "single-phase" and not judged and not issubclass(kind, NetworkModel):
        return problems.get(problem_name, judge_half=None), kind
    return problems.get(problem_name), kind


def named(properties: pd.DataFrame, problem: problems.InverseProblem, prefix: str = "") -> pd.DataFrame:
    """Properties under names that carry their units."""
    columns = {item.name: prefix + item.column for item in problem.targets}
    return properties[list(columns)].rename(columns=columns)


def without_ending(path: Path) -> Path:
    """The path of weights, which are two files, from that of one of them."""
    return path.with_suffix("") if path.suffix in (".safetensors", ".json") else path
