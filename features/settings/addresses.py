"""Addresses of sources: resolved late, masked early, never with a password written down."""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from features.errors import UsageError

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SCHEME = re.compile(r"^([a-z][a-z0-9+.\-]*)://", re.IGNORECASE)
_SECRET_KEY = re.compile(r"pass|pwd|secret|token|key$", re.IGNORECASE)
_SETTING = re.compile(r"\b(?:password|pwd)\s*=\s*([^;\s]+)", re.IGNORECASE)
"""A secret among settings in a row, as ODBC and libpq write them."""


def scheme(address: str) -> str | None:
    """Return the scheme of a URL in lower case, None for a path.

    Examples
    --------
    >>> scheme("postgresql://localhost/shop"), scheme("data/orders.csv")
    ('postgresql', None)
    """
    found = _SCHEME.match(address)
    return found.group(1).lower() if found else None


def resolve(address: str) -> str:
    """Return `address` with each ``${NAME}`` replaced from the environment.

    Raises
    ------
    UsageError
        If a variable is not set.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in os.environ:
            raise UsageError(
                "Every ${NAME} in a source must be set in the environment.",
                f"{name} is not set.",
                f"Set it before running the command: export {name}=...",
            )
        return os.environ[name]

    return _VARIABLE.sub(value, address)


def has_written_password(address: str) -> bool:
    """Return whether a URL spells a secret out instead of naming a variable.

    Examples
    --------
    >>> has_written_password("postgresql://shop:hunter2@db/shop")
    True
    >>> has_written_password("postgresql://shop:${PASSWORD}@db/shop")
    False
    """
    return any(_VARIABLE.sub("", secret) for secret in _secrets(address))


def masked(address: str) -> str:
    """Return what may be shown of an address: a path, or a URL without user, host and secrets.

    Examples
    --------
    >>> masked("postgresql://shop:hunter2@db.internal:5432/shop?sslmode=require")
    'postgresql://***/shop'
    """
    kind = scheme(address)
    if kind is None:
        return address
    if kind.startswith("sqlite"):
        return address.partition("?")[0]
    return f"{kind}://***{_parts(address).path}"


def cleaned(message: str, address: str) -> str:
    """Return a driver's message without the parts of `address` that must not be shown."""
    parts = _parts(address)
    host = re.sub(r":\d*$", "", parts.place).strip("[]")
    hidden = [address, f"{parts.user}:{parts.password}@{parts.place}", parts.place, host]
    hidden += [parts.user, unquote(parts.user), *_secrets(address)]
    # A driver that divides the address elsewhere takes a piece of the password for a host or port.
    hidden += [piece for piece in re.split("[@:/?#]", parts.password) if len(piece) > 2]
    for part in sorted({part for part in hidden if part}, key=len, reverse=True):
        message = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", "***", message)
    return " ".join(message.split())


class _Parts(NamedTuple):
    """A URL, taken apart where a database would: passwords may hold any character."""

    user: str = ""
    password: str = ""
    place: str = ""
    path: str = ""
    query: str = ""


def _parts(address: str) -> _Parts:
    if scheme(address) is None:
        return _Parts()
    rest = address.partition("://")[2]
    named, _, query = rest.partition("?")
    _, colon, port = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition(":")
    if "@" not in named and colon and not re.fullmatch(r"\d*|.*\]|.*\$\{.*", port):
        named, query = rest, ""  # what is no port is a password, which holds the question mark
    login, _, place = named.rpartition("@")
    user, _, password = login.partition(":")
    host, slash, path = place.partition("/")
    return _Parts(user, password, host, slash + path, query)


def _secrets(address: str) -> list[str]:
    """Return the passwords in an address, as written and decoded."""
    parts = _parts(address)
    settings = parse_qsl(parts.query)
    secrets = [value for key, value in settings if _SECRET_KEY.search(key)]
    for text in (*(value for _, value in settings), "" if parts.place else address):
        secrets += _SETTING.findall(text)
    if parts.password:
        secrets += [parts.password, unquote(parts.password)]
    return secrets
