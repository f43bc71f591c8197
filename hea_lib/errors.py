"""The errors of the library: one root, one class per kind of fault, each message naming the culprit.

All of them are also ``ValueError`` (or ``KeyError``/``OSError`` where a caller would expect that), so code that
does not know the library still catches them.
"""


class HeaError(ValueError):
    """Root of every error that the library raises on purpose."""


class FormulaError(HeaError):
    """A chemical formula that cannot be read; the message gives the text and the position."""


class UnknownElementError(FormulaError):
    """A symbol that is no chemical element."""


class CompositionError(HeaError):
    """Atomic fractions that are negative, not a number, in wrong columns, or that do not sum to one."""


class CellError(HeaError):
    """A crystal cell or a strain that no lattice can have, or a table with the wrong columns."""


class MissingPropertyError(HeaError):
    """An element lacks a property that a calculation needs; it is named, never filled with zero."""


class UnknownNameError(HeaError, KeyError):
    """A dataset, problem, model, descriptor or property of a name that does not exist."""

    def __str__(self) -> str:  # KeyError would print the repr of the message
        return str(self.args[0]) if self.args else ""

    @classmethod
    def of(cls, kind: str, name: object, known) -> "UnknownNameError":
        """Build the message ``unknown KIND 'NAME'; did you mean ...?`` from the names that exist."""
        import difflib

        known = sorted(map(str, known))
        near = difflib.get_close_matches(str(name), known, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(map(repr, near))}?" if near else f"known: {', '.join(known) or 'none'}"
        return cls(f"unknown {kind} {name!r}; {hint}")


class DataFileError(HeaError, OSError):
    """A data file that is missing, damaged or truncated."""

    def __str__(self) -> str:  # OSError would print errno and file name
        return str(self.args[0]) if self.args else ""


class RawDataError(DataFileError):
    """The raw source folder or one of its files is missing or cannot be read."""


class SurrogateError(HeaError):
    """A surrogate that was not fitted, or properties that it cannot learn."""


class RegistrationError(HeaError):
    """A model whose name is taken, or that does not say what the registry must know of it."""


class TrainingError(HeaError):
    """A training run that cannot start, cannot be resumed, or that has gone wrong."""


class TargetError(HeaError):
    """A request that a problem does not have, or that lies outside what it can reach."""


class UnsupportedError(HeaError):
    """A model or strategy that cannot serve this problem."""


def check_finite(values, index, columns, kind: type[HeaError]) -> None:
    """Raise an error of a kind that names the first value ``(n_rows, n_columns)`` that is no finite number."""
    import numpy as np

    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        at, column = bad[0]
        raise kind(f"{row(index, at)}: {columns[column]} is {values[at, column]}, not a finite number")


def row(index, position: int) -> str:
    """Name the row at a position of an index (pandas) as a reader writes it, whatever its labels are made of.

    >>> import pandas as pd
    >>> row(pd.Index([7, 9]), 1), row(pd.MultiIndex.from_tuples([("a", 1)]), 0)
    ('row 9', "row ('a', 1)")
    """

    def plain(label):  # numpy's numbers print as np.int64(9)
        if isinstance(label, tuple):
            return tuple(map(plain, label))
        return label.item() if hasattr(label, "item") else label

    return f"row {plain(index[position])!r}"
