r"""How much strain it takes until a layer has a wanted gap: along a direction, and at least.

A strain is as large as its tensor, $\lVert\mathbf{E}\rVert^2 = \sum_{ij} E_{ij}^2$, whatever the axes. The smallest
one with a wanted gap is the point of a surface that is nearest to the unstrained cell. Replace the gap by its tangent
at $\mathbf{x}_k$; of all strains on which the tangent says $g^*$ the smallest is

$$\mathbf{x}_{k+1} = \frac{\nabla g\cdot\mathbf{x}_k - (g(\mathbf{x}_k) - g^*)}{\nabla g\cdot\mathbf{C}^{-1}\nabla g}
\,\mathbf{C}^{-1}\nabla g, \qquad \mathbf{C} = \text{diagonal of the costs},$$

and this is repeated. Structural engineers find the most probable failure of a
structure in the same way.

References:
    A. M. Hasofer, N. C. Lind, J. Eng. Mech. Div. ASCE 100, 111 (1974), doi:10.1061/JMCEA3.0001848
    R. Rackwitz, B. Fiessler, Computers & Structures 9, 489 (1978), doi:10.1016/0045-7949(78)90046-9
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import strain
from ..errors import SurrogateError, UnknownNameError

if TYPE_CHECKING:
    from .symmetric import SymmetricEnsemble

_SHEARS_COUNT = np.array([1.0, 1, 1, 2, 2, 2])  # a shear stands twice in the tensor
_START = 0.1  # size of the strains from which a search sets out
_STEPS = 80
_RELAXED, _LONGEST = 0.5, 0.03  # share of a step that is gone, and its size at most: tangents mislead further away
_WIDEST = 0.45  # size that a search does not pass: every strain below 0.5 has a lattice
_STILL = 2e-5  # size of steps after which nothing more will come
_MET = 2e-3  # miss of the gap [eV] at which a search has arrived
_SAME = 1e-3  # size of the difference below which two ends of searches are one strain
_POINTS = 401  # of a line


def size(strains: pd.DataFrame) -> np.ndarray:
    """Frobenius norm of Green-Lagrange strains ``(n,)``.

    Example:
        >>> size(pd.DataFrame([{"exx": 0.03, "eyy": 0, "ezz": 0.04, "eyz": 0, "exz": 0, "exy": 0}])).round(3)
        array([0.05])
    """
    return np.sqrt((strain.select(strains, strain.STRAIN) ** 2 * _SHEARS_COUNT).sum(axis=1))


def along(
    model: "SymmetricEnsemble", direction: Mapping[str, float], gap: float = 0.0, field: float = 0.0, reach: float = 0.3
) -> np.ndarray:
    """Sizes at which the members' gaps first fall to ``gap`` on a straight line of strains ``(members,)``.

    Args:
        direction: components of the strain that grow in proportion, such as ``{"exx": 1, "eyy": 1}``.
        gap: in eV; 0 is where the gap closes. field: in V/angstrom. reach: size where the line ends.

    Returns:
        Frobenius norms; NaN for a member whose gap stays above ``gap`` as far as the line reaches.

    Raises:
        UnknownNameError: a component that is none of ``strain.STRAIN``. SurrogateError: a direction without length.
        CellError: a line so long that a lattice is turned inside out.
    """
    way = _row(direction, "component of a strain", 0.0)
    length = float(np.sqrt((way**2 * _SHEARS_COUNT).sum()))
    if not length > 0 or not np.isfinite(length):
        raise SurrogateError(f"direction {dict(direction)} has no length; give a component that is not zero")
    sizes = np.linspace(0, reach, _POINTS)
    cells = strain.cells(pd.DataFrame(sizes[:, None] * way / length, columns=list(strain.STRAIN)))
    above = model.predict_uncensored(cells.assign(field=field))[..., 0] - gap
    met = np.full(len(above), np.nan)
    for member, heights in enumerate(above):
        below = np.flatnonzero(heights <= 0)
        if len(below) and (first := below[0]) > 0:
            share = heights[first - 1] / (heights[first - 1] - heights[first])
            met[member] = sizes[first - 1] + share * (sizes[first] - sizes[first - 1])
        elif len(below):
            met[member] = 0.0
    return met


def smallest(
    model: "SymmetricEnsemble",
    gap: float = 0.0,
    member: int | None = None,
    costs: Mapping[str, float] | None = None,
    field: float = 0.0,
    starts: int = 32,
    seed: int = 0,
) -> pd.DataFrame:
    """Strains that are locally the smallest with a gap, found from many starts; images of one strain count as one.

    Images are taken by the operations of :func:`hea_lib.strain.point_group` that leave the costs and the field as they
    are. Strains that are no images stay apart, however alike their sizes.

    Args:
        gap: in eV; 0 is where the uncensored gap passes zero. member: which one is asked, None for their mean.
        costs: how much the square of a component counts, 1 if not named; ``np.inf`` holds a component at zero.
        field: in V/angstrom. starts: strains of random directions from which the search sets out, at least 1.

    Returns:
        The smallest first, columns ``STRAIN``; ``size``, the Frobenius norm; ``cost``, the norm with ``costs``, after
        which they are sorted; and ``starts``, how many searches ended there. Whether the cells lie in a box that the
        model knows is for the caller to see.

    Raises:
        UnknownNameError: a component that is none of ``strain.STRAIN``.
        SurrogateError: a cost that is not positive, no start, no such member, or no strain found that has the gap.
    """
    if starts < 1:
        raise SurrogateError(f"starts is {starts}; at least 1 search is needed to find a strain")
    factors = _row(costs or {}, "component of a strain", 1.0)
    if not (factors > 0).all() or not np.isfinite(factors).any():
        raise SurrogateError(f"costs {dict(costs)} are not all positive, or leave nothing to move")
    ease = 1 / (_SHEARS_COUNT * factors)
    directions = np.random.default_rng(seed).normal(size=(starts, len(ease))) * np.sqrt(ease)
    values = _START * directions / _norms(directions, ease)[:, None]
    for _ in range(_STEPS):
        said, steep = _look(model, values, field, member)
        lift = ((steep * values).sum(axis=1) - (said - gap)) / (steep**2 * ease).sum(axis=1)
        step = lift[:, None] * ease * steep - values
        far = np.maximum(_norms(step, ease), 1e-12)
        values = values + np.minimum(_RELAXED, _LONGEST / far)[:, None] * step
        values *= np.minimum(1, _WIDEST / np.maximum(_norms(values, 1 / _SHEARS_COUNT), 1e-12))[:, None]
        if far.max() < _STILL:
            break
    miss = np.abs(_look(model, values, field, member)[0] - gap)
    found = pd.DataFrame(values, columns=list(strain.STRAIN))
    found = found.assign(size=size(found), cost=_norms(values, ease))[miss < _MET].sort_values("cost")
    if found.empty:
        raise SurrogateError(f"none of {starts} searches found a strain with a gap of {gap:g} eV")
    group = _kinds(found[list(strain.STRAIN)].to_numpy(), _operations(ease, field))
    first, counts = np.unique(group, return_index=True, return_counts=True)[1:]
    return found.iloc[first].assign(starts=counts).reset_index(drop=True)


def _operations(ease: np.ndarray, field: float) -> np.ndarray:
    """Those symmetry operations of strains that leave costs and field as they are ``(k, 6, 6)``."""
    action = strain.symmetry_action()
    turned = action[:, :6, :6] @ np.diag(ease) @ action[:, :6, :6].transpose(0, 2, 1)
    kept = (np.abs(turned - np.diag(ease)) < 1e-9 * ease.max()).all(axis=(1, 2))
    return action[kept & ((field == 0) | (action[:, 6, 6] > 0)), :6, :6]


def _kinds(values: np.ndarray, operations: np.ndarray) -> np.ndarray:
    """Number of the kind of each strain ``(n,)``; images of the first strain of a kind belong to it."""
    kinds, images = [], []
    for value in values:
        apart = [_norms(known - value, 1 / _SHEARS_COUNT).min() for known in images]
        near = np.flatnonzero(np.array(apart) < _SAME)
        kinds.append(near[0] if len(near) else len(images))
        if not len(near):
            images.append(operations @ value)
    return np.array(kinds)


def _look(
    model: "SymmetricEnsemble", values: np.ndarray, field: float, member: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Gap of strains ``(n, 6)``, uncensored ``(n,)``, and how it rises with their components ``(n, 6)``."""
    cells = strain.cells(pd.DataFrame(values, columns=list(strain.STRAIN))).to_numpy()
    said, steep = model.member_slopes(np.column_stack([cells, np.full(len(cells), field)]))
    said, steep = said[..., 0], steep[..., 0, :6]
    if member is not None and not 0 <= member < len(said):
        raise SurrogateError(f"member {member} does not exist; there are {len(said)}, counted from 0")
    chosen = slice(None) if member is None else slice(member, member + 1)
    _, rises = strain.green_slopes(cells)
    per_cell = steep[chosen].mean(axis=0)
    return said[chosen].mean(axis=0), np.linalg.solve(rises.transpose(0, 2, 1), per_cell[..., None])[..., 0]


def _norms(values: np.ndarray, ease: np.ndarray) -> np.ndarray:
    """Root of the costs of strains ``(n, 6)``; components without ease are zero and cost nothing."""
    weights = np.divide(1.0, ease, out=np.zeros_like(ease), where=ease > 0)
    return np.sqrt((values**2 * weights).sum(axis=1))


def _row(values: Mapping[str, float], what: str, rest: float) -> np.ndarray:
    """Values of the six components in their order, ``rest`` for those without ``(6,)``."""
    for name in values:
        if name not in strain.STRAIN:
            raise UnknownNameError.of(what, name, strain.STRAIN)
    return np.array([float(values.get(name, rest)) for name in strain.STRAIN])
