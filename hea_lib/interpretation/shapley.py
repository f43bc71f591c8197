r"""Shapley values: an answer shared out fairly among the inputs that led to it.

The inputs of a function are players of a game. A coalition ``S`` of them is worth what the function answers on average
when its members keep the values of the alloy and all others take those of background alloys,

    v(S) = mean over background b of f(x_S, b_rest).

A player's share is what it adds to a coalition, averaged over all orders in which players may join,

    phi_i = sum over S without i of |S|! (p - |S| - 1)! / p! * (v(S + i) - v(S)),

and the shares add up to how far the answer is from the mean over the background: ``base + sum(phi) = f(x)``.
A coalition mixes two alloys, and nothing says that an alloy could have such values: see the chapter *Which physics
decides?*

References:
    L. S. Shapley, in Contributions to the Theory of Games II (1953), doi:10.1515/9781400881970-018
    S. M. Lundberg, S.-I. Lee, NeurIPS 2017, arXiv:1705.07874 (kernel SHAP)
    D. Janzing et al., AISTATS 2020, arXiv:1910.13413 (why to intervene)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import factorial

import numpy as np
import pandas as pd

from .. import errors
from ..errors import HeaError

MOST_PLAYERS = 12  # of an enumeration: 4,096 coalitions
_NOTHING = 1e-9  # what rounding leaves of a share
_SHOWN = 8  # inputs that an error names
_AT_ONCE = 2_000_000  # values of mixed rows that the function is asked for together; bounds the memory

Function = Callable[[pd.DataFrame], np.ndarray]
Groups = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Explanation:
    """Answers of a function and how they are shared out.

    Attributes:
        values: Shapley values ``(n, n_players)`` in the unit of the answers.
        base: mean answer over the background.
        answers: of the function ``(n,)``.
        inputs: what it was asked ``(n, n_inputs)``.
    """

    values: pd.DataFrame
    base: float
    answers: pd.Series
    inputs: pd.DataFrame = field(repr=False)

    @property
    def gap(self) -> float:
        """Largest difference between an answer and its shares added up: zero, but for rounding."""
        return float((self.base + self.values.sum(axis=1) - self.answers).abs().max())

    def importance(self) -> pd.DataFrame:
        """Players by their mean absolute share, the largest first ``(n_players, 2)``.

        ``direction`` is the rank correlation of a player's value with its share: +1 where more of it always means a
        larger answer; NaN for a player of several inputs, or one that never varies.
        """
        table = pd.DataFrame({"mean |share|": self.values.abs().mean(), "direction": np.nan})
        for name in self.values:
            if name in self.inputs and min(np.ptp(self.inputs[name]), np.ptp(self.values[name])) > _NOTHING:
                table.loc[name, "direction"] = self.inputs[name].corr(self.values[name], method="spearman")
        return table.sort_values("mean |share|", ascending=False)


def exact_shapley(
    function: Function, inputs: pd.DataFrame, background: pd.DataFrame, groups: Groups | None = None
) -> Explanation:
    """Shapley values by enumeration of all coalitions; for at most 12 players.

    Args:
        function: table ``(m, n_inputs)`` -> answers ``(m,)``. inputs: what to explain ``(n, n_inputs)``.
        background: what absent players are replaced from ``(n_background, n_inputs)``; cost is in proportion.
        groups: player -> its inputs, each input in one of them; None makes every input a player.

    Raises:
        HeaError: too many players, tables that do not fit or hold no finite number, groups that leave an input out or
            share it, or a function whose answers are not one finite number a row.

    Example:
        >>> table = pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, 5.0]})
        >>> exact_shapley(lambda x: (3 * x["a"] + x["b"]).to_numpy(), table, table).values.round(2).values.tolist()
        [[-1.5, -2.5], [1.5, 2.5]]
    """
    game = _Game(function, inputs, background, groups)
    if game.n_players > MOST_PLAYERS:
        raise HeaError(
            f"{game.n_players} players make {2**game.n_players:,} coalitions; enumerate at most {MOST_PLAYERS} "
            "players, group them, or use kernel_shapley"
        )
    coalitions = _coalitions(game.n_players)
    worth = game.worth(coalitions, np.arange(len(inputs)))
    return game.explanation(_weights(game.n_players) @ worth, base=worth[0, 0])


def kernel_shapley(
    function: Function, inputs: pd.DataFrame, background: pd.DataFrame, groups: Groups | None = None,
    samples: int = 2_000, seed: int = 0,
) -> Explanation:  # fmt: skip
    """Shapley values by weighted regression on drawn coalitions, as the package ``shap`` does it.

    Args:
        samples: coalitions for each row. With all ``2**p - 2`` the values are exact; below they are estimates.
        seed: of the draws. The others: as :func:`exact_shapley`, for any number of players.

    Raises:
        HeaError: as :func:`exact_shapley`, or fewer samples than twice the number of players.
    """
    import shap

    game = _Game(function, inputs, background, groups)
    if samples < 2 * game.n_players:
        raise HeaError(f"{samples} samples are too few for {game.n_players} players; take {2 * game.n_players} or more")
    nobody, everybody = np.zeros((1, game.n_players)), np.ones((1, game.n_players))
    shares, base = np.empty((game.n_players, len(inputs))), np.nan
    for row in range(len(inputs)):
        explainer = shap.KernelExplainer(
            lambda masks, row=row: game.worth(np.asarray(masks) > 0.5, np.array([row]))[:, 0], nobody
        )
        with _common_chance(seed + row):
            shares[:, row] = explainer.shap_values(everybody, nsamples=samples, l1_reg=False, silent=True)[0]
        base = float(explainer.expected_value)
    return game.explanation(shares, base)


@contextmanager
def _common_chance(seed: int):
    """Seed the generator that all of NumPy's old functions share, which ``shap`` draws from, and put it back."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


class _Game:
    """The worth of coalitions of players, for each row of the inputs."""

    def __init__(self, function: Function, inputs: pd.DataFrame, background: pd.DataFrame, groups: Groups | None):
        if not len(inputs) or not len(background):
            raise HeaError("there must be something to explain and a background, each with a row or more")
        if list(inputs.columns) != list(background.columns):
            odd = sorted(set(map(str, inputs.columns)) ^ set(map(str, background.columns))) or ["their order"]
            raise HeaError(f"inputs and background differ in their columns: {', '.join(odd)}")
        self.names = list(inputs.columns)
        groups = {name: [name] for name in self.names} if groups is None else groups
        told = [name for members in groups.values() for name in members]
        if sorted(told) != sorted(self.names):
            wrong = sorted({name for name in told if told.count(name) > 1} | set(told) ^ set(self.names))
            raise HeaError(f"each input belongs to one group; look at {', '.join(wrong[:5])}")
        self.function, self.table, self.players = function, inputs, list(groups)
        self.inputs, self.background = (table.to_numpy(dtype=float) for table in (inputs, background))
        for table, values in ((inputs, self.inputs), (background, self.background)):
            errors.check_finite(values, table.index, table.columns, HeaError)
        owner = {name: number for number, members in enumerate(groups.values()) for name in members}
        self.owner = np.array([owner[name] for name in self.names])

    @property
    def n_players(self) -> int:
        return len(self.players)

    def worth(self, coalitions: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """What coalitions ``(m, n_players)`` are worth for some rows of the inputs ``(m, n_rows)``."""
        keep = coalitions[:, self.owner]  # (m, n_inputs)
        result = np.empty((len(coalitions), len(rows)))
        chunk = max(1, _AT_ONCE // self.background.size)
        pairs = np.stack(np.meshgrid(np.arange(len(coalitions)), rows, indexing="ij"), axis=-1).reshape(-1, 2)
        for start in range(0, len(pairs), chunk):
            which, row = pairs[start : start + chunk].T
            mixed = np.where(keep[which, None], self.inputs[row, None], self.background)
            result.reshape(-1)[start : start + chunk] = (
                self.ask(mixed.reshape(-1, len(self.names))).reshape(len(which), -1).mean(axis=1)
            )
        return result

    def ask(self, values: np.ndarray) -> np.ndarray:
        """Answers of the function ``(m,)``, checked."""
        answers = np.asarray(self.function(pd.DataFrame(values, columns=self.names)), dtype=float)
        if answers.shape != (len(values),):
            raise HeaError(f"the function must give {len(values)} numbers, one a row, not shape {answers.shape}")
        if not np.isfinite(answers).all():
            at = int((~np.isfinite(answers)).argmax())
            # Most rows are mixtures that are in no table, so the values say more than a number of a row.
            shown = [f"{name} = {value:g}" for name, value in zip(self.names, values[at], strict=True)]
            more = [f"{len(shown) - _SHOWN} more inputs"] if len(shown) > _SHOWN else []
            raise HeaError(
                f"the function gives {answers[at]} for {', '.join(shown[:_SHOWN] + more)}; it must be finite for every "
                "mixture of inputs and background"
            )
        return answers

    def explanation(self, shares: np.ndarray, base: float) -> Explanation:
        """An explanation from shares ``(n_players, n)``."""
        values = pd.DataFrame(shares.T, self.table.index, self.players)
        return Explanation(values, float(base), pd.Series(self.ask(self.inputs), self.table.index), self.table)


def _coalitions(players: int) -> np.ndarray:
    """All coalitions ``(2**p, p)``; number ``s`` holds player ``i`` where bit ``i`` of ``s`` is set."""
    return (np.arange(2**players)[:, None] >> np.arange(players)) % 2 == 1


def _weights(players: int) -> np.ndarray:
    """Linear map from the worth of all coalitions to the shares ``(p, 2**p)``."""
    member = _coalitions(players)
    size = member.sum(axis=1)
    joins = np.array([factorial(s) * factorial(players - s - 1) / factorial(players) for s in range(players)])
    gained, lost = joins[np.maximum(size - 1, 0)], joins[np.minimum(size, players - 1)]
    return np.where(member, gained[:, None], -lost[:, None]).T
