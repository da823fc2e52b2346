"""Customers' ids as callers write them: in addresses, percent-encoded, and in bodies."""

from __future__ import annotations

from pydantic import JsonValue
from starlette.convertors import Convertor, register_url_convertor

LONGEST_ID = 200
CONTROL = frozenset(map(chr, (*range(32), *range(127, 160))))

POSSIBLE: dict[str, JsonValue] = {
    "minLength": 1,
    "maxLength": LONGEST_ID,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$",
}
"""What :func:`wrong_with` asks of an id, as the OpenAPI document says it."""


class AnyText(Convertor[str]):
    """Any text in an address: Starlette's own `path` stops at the end of a line."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        """Return the text as it came."""
        return value

    def to_string(self, value: str) -> str:
        """Return the text as it is."""
        return value


register_url_convertor("any", AnyText())


def wrong_with(customer_id: str) -> str | None:
    """Return what keeps a text from being a customer's id, or None.

    Examples
    --------
    >>> wrong_with("C-1042/b")
    >>> wrong_with("")
    'An id has 1 to 200 characters.'
    """
    if not 1 <= len(customer_id) <= LONGEST_ID:
        return f"An id has 1 to {LONGEST_ID} characters."
    if not CONTROL.isdisjoint(customer_id):
        return "An id has no control characters."
    if readable(customer_id) != customer_id:
        return "An id is whole Unicode text, without lone surrogates."
    return None


def readable(text: str) -> str:
    """Return a text that UTF-8 can carry: JSON's escapes can say what it cannot."""
    return text.encode("utf-8", "replace").decode()
