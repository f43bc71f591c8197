"""Reading formulas as the literature writes them."""

from __future__ import annotations

import math
import re

from .. import elements
from ..errors import FormulaError, UnknownElementError

_SYMBOLS = frozenset(elements.SYMBOLS)
_TOKEN = re.compile(r"([A-Z][a-z]?)|([(\[{])|([)\]}])|(\d+\.?\d*|\.\d+)|\s+")
_UNIT = re.compile(r"\s*[(\[]?\s*(at|wt)\.?\s*%\s*[)\]]?\s*$")
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_MOST_CHARACTERS, _MOST_BRACKETS = 500, 10


def parse_formula(text: str) -> dict[str, float]:
    """Read a formula as the literature writes it and return the amount of each element, as written.

    Blanks, missing amounts (1), brackets, subscript digits and repeated elements are understood. A bracket is plain
    stoichiometry, ``(TaC)0.8`` = 0.8 Ta + 0.8 C, unless the outermost amounts sum to 1 or 100: then they are shares
    of the whole, and ``(CoCrFe)90Al10`` is 90 % of an equimolar CoCrFe. The amounts are not normalised.

    Raises:
        FormulaError: text that is empty or malformed; the message gives the position.
        UnknownElementError: a symbol that is no element.

    >>> parse_formula("Al0.25MoNb")
    {'Al': 0.25, 'Mo': 1.0, 'Nb': 1.0}
    >>> parse_formula("(TiZrNbTa)24.75 O1")
    {'Ti': 24.75, 'Zr': 24.75, 'Nb': 24.75, 'Ta': 24.75, 'O': 1.0}
    """
    return read(text)[0]


def read(text: str) -> tuple[dict[str, float], str | None]:
    """Amounts, and the unit where the text itself states one (``Ti90Al10 (at%)``)."""
    if not isinstance(text, str):
        raise FormulaError(f"a formula is a text, not {type(text).__name__}: {text!r:.80}")
    if len(text) > _MOST_CHARACTERS:
        raise FormulaError(f"{text[:30]!r}... has {len(text)} characters; a formula has at most {_MOST_CHARACTERS}")
    stated = _UNIT.search(text)
    body = (text[: stated.start()] if stated else text).translate(_SUBSCRIPTS)
    if not body.strip():
        raise FormulaError(f"{text!r} is an empty formula")
    amounts = _merge(_terms(body, text), outermost=True)
    if not all(map(math.isfinite, amounts.values())):
        raise FormulaError(f"{text!r} has an amount too large to be a number")
    if not sum(amounts.values()) > 0:
        raise FormulaError(f"{text!r} contains nothing: its amounts sum to zero")
    return amounts, f"{stated.group(1)}%" if stated else None


def _terms(body: str, text: str) -> list:
    """Split into ``[content, amount]`` pairs, where content is a symbol or, for a bracket, a list of such pairs."""
    levels, closers, position, may_take_amount = [[]], [], 0, False
    while position < len(body):
        token = _TOKEN.match(body, position)
        if token is None:
            raise FormulaError(f"{text!r} cannot be read at position {position + 1}: {_complaint(body, position)}")
        symbol, opening, closing, amount = token.groups()
        where = f"at position {position + 1}"
        if symbol:
            if symbol not in _SYMBOLS:
                raise UnknownElementError(f"{text!r} has no element {symbol!r} {where}")
            levels[-1].append([symbol, 1.0])
        elif opening:
            if len(closers) == _MOST_BRACKETS:
                raise FormulaError(f"{text!r} nests more than {_MOST_BRACKETS} brackets {where}")
            levels.append([])
            closers.append(_CLOSING[opening])
        elif closing:
            if not closers or closers.pop() != closing:
                raise FormulaError(f"{text!r} closes a bracket {where} that was not opened")
            content = levels.pop()
            if not content:
                raise FormulaError(f"{text!r} has an empty bracket {where}")
            levels[-1].append([content, 1.0])
        elif amount:
            if not may_take_amount:
                raise FormulaError(f"{text!r} has an amount {amount!r} without an element before it {where}")
            levels[-1][-1][1] = float(amount)
        if symbol or opening or closing or amount:  # blanks between an element and its amount change nothing
            may_take_amount = bool(symbol or closing)
        position = token.end()
    if closers:
        raise FormulaError(f"{text!r} ends before {closers[-1]!r}")
    return levels[0]


def _complaint(body: str, position: int) -> str:
    character = body[position]
    if character in "xyz" and position and body[position - 1].isalpha():
        return f"the amount {character!r} is a variable; put a number in its place"
    if character in "+-–":
        return "amounts follow their element and have no sign; designations such as 'Ti-6Al-4V' are not formulas"
    return f"unexpected {character!r}"


def _merge(terms: list, outermost: bool = False) -> dict[str, float]:
    """Multiply brackets out and add repeated elements."""
    has_bracket = any(not isinstance(content, str) for content, _ in terms)
    outer_sum = sum(amount for _, amount in terms)
    are_shares = outermost and has_bracket and any(math.isclose(outer_sum, whole, rel_tol=1e-4) for whole in (1, 100))
    amounts: dict[str, float] = {}
    for content, amount in terms:
        inner = {content: 1.0} if isinstance(content, str) else _merge(content)
        whole = sum(inner.values()) if are_shares else 1.0
        for symbol, part in inner.items():
            amounts[symbol] = amounts.get(symbol, 0.0) + (amount * part / whole if whole else 0.0)
    return amounts
