"""Cells of a strained crystal: lattice vectors, Green-Lagrange strain against a reference, and back.

A cell is a row with columns ``a, b, c`` [angstrom] and ``alpha, beta, gamma`` [degree]. Its strain does not change
when the crystal is turned as a whole, is zero for the reference and has six independent components, which makes it a
better input for a model than the cell itself. With F the map that takes the reference lattice to the strained one,

    E = (F^T F - 1) / 2.

References:
    Fung et al., npj Comput. Mater. 7, 200 (2021), doi:10.1038/s41524-021-00670-x (the reference cell and its box).
"""

import numpy as np
import pandas as pd

from . import errors
from .errors import CellError

LENGTHS = ("a", "b", "c")
ANGLES = ("alpha", "beta", "gamma")
CELL = LENGTHS + ANGLES
FIELD = "field"
STRAIN = ("exx", "eyy", "ezz", "eyz", "exz", "exy")
#: Unstrained 2H-MoS2 as the published calculations take it: lengths [angstrom], angles [degree].
REFERENCE = {"a": 3.160, "b": 3.160, "c": 12.295, "alpha": 90.0, "beta": 90.0, "gamma": 120.0}
#: Tensor positions of the six components of ``STRAIN``.
_VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
#: [angstrom]; no crystal has a lattice vector as short as this.
_SHORTEST = 1.5
#: Size of a Green strain that no crystal bears: 1 makes a direction 1.7 times as long, -0.5 leaves nothing of it.
_TORN = 1.0
#: Below this share of the volume a b c the three vectors lie in a plane, to the precision of tabulated angles.
_FLAT = 1e-6


def select(table: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    """Named columns of a table as finite numbers, shape (n_rows, n_columns); other columns are left alone.

    Raises:
        CellError: no table, a column that is missing or not numeric, or one that holds a value that is not finite.

    Example:
        >>> select(pd.DataFrame({"a": [3.16], "note": ["relaxed"]}), ("a",))
        array([[3.16]])
    """
    if not isinstance(table, pd.DataFrame):
        raise CellError(f"a table with the columns {', '.join(columns)} is needed, not {type(table).__name__}")
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise CellError(f"columns {missing} are missing from {list(table.columns)}; needed: {', '.join(columns)}")
    repeated = [name for name in columns if (table.columns == name).sum() > 1]
    if repeated:
        raise CellError(f"columns {repeated} appear more than once; each of {', '.join(columns)} is needed once")
    wrong = [name for name in columns if not pd.api.types.is_numeric_dtype(table[name])]
    if wrong:
        raise CellError(f"columns {wrong} are not numeric")
    values = table[list(columns)].to_numpy(dtype=float, na_value=np.nan)
    errors.check_finite(values, table.index, columns, CellError)
    return values


def lattice(cells: pd.DataFrame) -> np.ndarray:
    """Lattice vectors as rows [angstrom], shape (n_cells, 3, 3): a along x, b in the xy plane, c above it.

    Raises:
        CellError: wrong columns, a length that is not positive or not in angstrom, angles in radians, or angles that
            close no cell.

    Example:
        >>> lattice(pd.DataFrame([REFERENCE])).round(3)[0]
        array([[ 3.16 ,  0.   ,  0.   ],
               [-1.58 ,  2.737,  0.   ],
               [ 0.   ,  0.   , 12.295]])
    """
    values = select(cells, CELL)
    lengths, angles = values[:, :3], values[:, 3:]
    _check_ranges(lengths, angles, cells.index)
    cosine, sine = np.cos(np.radians(angles)).T, np.sin(np.radians(angles[:, 2]))
    squared = _squared_volume(cosine)
    flat = np.flatnonzero(squared <= _FLAT**2)
    if len(flat):
        row = flat[0]
        shown = ", ".join(f"{name} = {value:g}" for name, value in zip(ANGLES, angles[row], strict=True))
        raise CellError(f"{errors.row(cells.index, row)}: {shown} close no cell (singular lattice)")
    shape = np.zeros((len(values), 3, 3))
    shape[:, 0, 0] = 1
    shape[:, 1, 0], shape[:, 1, 1] = cosine[2], sine
    shape[:, 2, 0] = cosine[1]
    shape[:, 2, 1] = (cosine[0] - cosine[1] * cosine[2]) / sine
    shape[:, 2, 2] = np.sqrt(squared) / sine
    return shape * lengths[:, :, None]


def closes(angles: np.ndarray) -> np.ndarray:
    """Which angles [degree] ``(n, 3)`` belong to a lattice that is not flat ``(n,)``.

    Example:
        >>> closes(np.array([[90, 90, 120], [108, 108, 144]])).tolist()
        [True, False]
    """
    return _squared_volume(np.cos(np.radians(angles)).T) > _FLAT**2


def _squared_volume(cosine: np.ndarray) -> np.ndarray:
    """Square of the volume over the product of the lengths ``(n,)``, from the cosines of the angles ``(3, n)``."""
    return 1 - (cosine**2).sum(0) + 2 * cosine.prod(0)


def _check_ranges(lengths: np.ndarray, angles: np.ndarray, index: pd.Index) -> None:
    """Refuse lengths that are not positive or too short, and angles that are radians or outside 0 to 180 degrees."""
    bad = np.argwhere(lengths <= 0)
    if len(bad):
        row, column = bad[0]
        raise CellError(f"{errors.row(index, row)}: {LENGTHS[column]} = {lengths[row, column]:g}; lengths are positive")
    bad = np.argwhere(lengths < _SHORTEST)
    if len(bad):
        row, column = bad[0]
        shown = f"{LENGTHS[column]} = {lengths[row, column]:g} is shorter than any lattice vector"
        raise CellError(f"{errors.row(index, row)}: {shown}; lengths are in angstrom, not in nm or as shares")
    radians = np.flatnonzero((np.abs(angles) <= 2 * np.pi).all(1))
    if len(radians):
        row = radians[0]
        given, right = (side.round(2).tolist() for side in (angles[row], np.degrees(angles[row])))
        raise CellError(f"{errors.row(index, row)}: angles {given} look like radians; in degrees they are {right}")
    bad = np.argwhere((angles <= 0) | (angles >= 180))
    if len(bad):
        row, column = bad[0]
        shown = f"{ANGLES[column]} = {angles[row, column]:g}"
        raise CellError(f"{errors.row(index, row)}: {shown}; angles lie between 0 and 180 degrees")


def green(cells: pd.DataFrame) -> pd.DataFrame:
    """Green-Lagrange strain of each cell against ``REFERENCE`` [dimensionless], one column per component of ``STRAIN``.

    Shear components are those of the tensor (not doubled).

    Raises:
        CellError: as :func:`lattice`.

    Example:
        >>> green(pd.DataFrame([REFERENCE | {"a": 3.476, "b": 3.476}])).round(3).abs().iloc[0].to_dict()
        {'exx': 0.105, 'eyy': 0.105, 'ezz': 0.0, 'eyz': 0.0, 'exz': 0.0, 'exy': 0.0}
    """
    deformation = np.linalg.inv(_reference()) @ lattice(cells)  # rows are vectors, so this is F transposed
    tensor = (deformation @ deformation.transpose(0, 2, 1) - np.eye(3)) / 2
    return pd.DataFrame(components(tensor), columns=list(STRAIN), index=cells.index)


def green_slopes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Green-Lagrange strains ``(n, 6)`` of cells ``(n, 6)``, and how each rises with each parameter ``(n, 6, 6)``.

    Strain is linear in the metric, the products of the lattice vectors, which have no square root of the volume: so it
    is smooth up to flat cells and beyond, where :func:`green` raises.

    Args:
        values: ``CELL``, in angstrom and degrees; rising is per angstrom and per degree.
    """
    lengths, angles = values[:, :3], np.radians(values[:, 3:])
    cosine, metric, rises = np.cos(angles), np.zeros((len(values), 3, 3)), np.zeros((6, len(values), 3, 3))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        metric[:, i, i], rises[i, :, i, i] = lengths[:, i] ** 2, 2 * lengths[:, i]
        metric[:, j, k] = metric[:, k, j] = lengths[:, j] * lengths[:, k] * cosine[:, i]
        for one, other in ((j, k), (k, j)):
            rises[one, :, j, k] = rises[one, :, k, j] = lengths[:, other] * cosine[:, i]
        rises[3 + i, :, j, k] = rises[3 + i, :, k, j] = (
            -lengths[:, j] * lengths[:, k] * np.sin(angles[:, i]) * np.radians(1)
        )
    back = np.linalg.inv(_reference())
    tensor = (back @ metric @ back.T - np.eye(3)) / 2
    return components(tensor), np.stack([components(back @ rise @ back.T) / 2 for rise in rises], axis=-1)


def cells(strain: pd.DataFrame) -> pd.DataFrame:
    """Cells that have these Green-Lagrange strains: the inverse of :func:`green`.

    Raises:
        CellError: wrong columns, a strain in per cent, or one that would turn the lattice inside out.

    Example:
        >>> cells(pd.DataFrame([dict.fromkeys(STRAIN, 0.0)])).round(3).iloc[0].to_dict()
        {'a': 3.16, 'b': 3.16, 'c': 12.295, 'alpha': 90.0, 'beta': 90.0, 'gamma': 120.0}
    """
    values = select(strain, STRAIN)
    torn = np.argwhere(np.abs(values) >= _TORN)
    if len(torn):
        row, column = torn[0]
        shown, right = f"{STRAIN[column]} = {values[row, column]:g}", f"{values[row, column] / 100:g}"
        raise CellError(f"{errors.row(strain.index, row)}: {shown} looks like per cent; as a fraction it is {right}")
    stretch = 2 * tensors(values) + np.eye(3)
    lowest = np.linalg.eigvalsh(stretch)[:, 0]
    if (lowest <= 0).any():
        row = int(np.argmin(lowest))
        raise CellError(
            f"{errors.row(strain.index, row)}: principal strain {(lowest[row] - 1) / 2:.4g} leaves no volume; "
            "principal Green strains lie above -0.5"
        )
    metric = _reference() @ stretch @ _reference().T
    lengths = np.sqrt(np.diagonal(metric, axis1=1, axis2=2))
    cosine = np.stack([metric[:, i, j] / (lengths[:, i] * lengths[:, j]) for i, j in ((1, 2), (0, 2), (0, 1))], 1)
    table = np.hstack([lengths, np.degrees(np.arccos(np.clip(cosine, -1, 1)))])
    return pd.DataFrame(table, columns=list(CELL), index=strain.index)


def components(tensor: np.ndarray) -> np.ndarray:
    """Six components in the order of ``STRAIN`` from symmetric tensors of shape (n, 3, 3)."""
    return np.stack([tensor[:, i, j] for i, j in _VOIGT], axis=1)


def tensors(values: np.ndarray) -> np.ndarray:
    """Symmetric tensors of shape (n, 3, 3) from six components in the order of ``STRAIN``."""
    full = np.empty((len(values), 3, 3))
    for column, (i, j) in enumerate(_VOIGT):
        full[:, i, j] = full[:, j, i] = values[:, column]
    return full


def point_group() -> np.ndarray:
    """The twelve operations of D3h as orthogonal matrices, shape (12, 3, 3).

    Three turns about the layer normal, each alone, with the mirror x -> -x (the plane that holds a metal-chalcogen
    bond when the first lattice vector lies along x), with the layer's own mirror z -> -z, and with both. The bulk
    crystal of two layers (D6h) has all of them too.

    Example:
        >>> group = point_group()
        >>> bool(np.allclose(group @ group.transpose(0, 2, 1), np.eye(3)))
        True
    """
    turns = [np.radians(120 * k) for k in range(3)]
    rotations = [np.array([[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1]]) for t in turns]
    mirrors = [np.diag([x, 1, z]) for z in (1.0, -1.0) for x in (1.0, -1.0)]
    return np.array([rotation @ mirror for mirror in mirrors for rotation in rotations])


def symmetry_action() -> np.ndarray:
    """How each operation of :func:`point_group` acts on (six strain components, field along z), shape (12, 7, 7).

    Strain turns as a tensor, E -> R E R^T; the field is the z component of a vector, so z -> -z flips it.

    Example:
        >>> flip = symmetry_action()[6]  # the layer's mirror: eyz, exz and the field change sign
        >>> np.diag(flip).astype(int).tolist()
        [1, 1, 1, -1, -1, 1, -1]
    """
    unit = tensors(np.eye(6))
    action = np.zeros((12, 7, 7))
    for k, operation in enumerate(point_group()):
        action[k, :6, :6] = components(operation @ unit @ operation.T).T
        action[k, 6, 6] = operation[2, 2]
    return action


def _reference() -> np.ndarray:
    """Lattice vectors of the reference as rows, shape (3, 3)."""
    return lattice(pd.DataFrame([REFERENCE]))[0]
