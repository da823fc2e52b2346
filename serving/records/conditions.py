"""Conditions on attributes of customers: ``plan = gold``, ``seats >= 5``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from features.errors import UsageError

PATTERN = (
    r"^\s*[a-z][a-z0-9_]{0,39}\s*"
    r"((=|!=)\s*[^\s=\x00-\x1f][^\x00-\x1f]*|(<|<=|>|>=)\s*[-+]?[0-9]+(\.[0-9]+)?\s*)$"
)
"""What a condition looks like; only numbers are smaller or larger."""

LONGEST = 300

_PARTS = re.compile(r"\s*(\w+)\s*(!=|<=|>=|=|<|>)([^\ud800-\udfff]*)")
"""The parts of one; JSON's escapes can say lone surrogates, which no attribute can hold."""


@dataclass(frozen=True)
class Condition:
    """What an attribute must be.

    Parameters
    ----------
    name : str
    op : str
        One of ``= != < <= > >=``; whoever lacks the attribute fits none of them.
    value : str
    """

    name: str
    op: str
    value: str

    @property
    def number(self) -> float | None:
        """The value as a number, where it is one."""
        return number(self.value)


def number(value: str) -> float | None:
    """Return a text as a number, None where it is none.

    Examples
    --------
    >>> number("3.0"), number("gold"), number("inf")
    (3.0, None, None)
    """
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def parse(text: str) -> Condition:
    """Return the condition that a text says.

    Raises
    ------
    UsageError
        If it says none.

    Examples
    --------
    >>> parse("plan = 'very gold'")
    Condition(name='plan', op='=', value='very gold')
    """
    found = _PARTS.fullmatch(text)
    if found is None or len(text) > LONGEST or not re.match(PATTERN, text):
        raise UsageError(
            "A condition names an attribute of customers, = or !=, and a value; or <, <=, > or >=, "
            "and a number.",
            f"{text[:60]!r} is not one.",
            "Write it like `plan = gold` or `seats >= 5`.",
        )
    name, op, value = found[1], found[2], found[3].strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1]
    return Condition(name, op, value)
