"""Where messages may go: public addresses over TLS, and what the operator allows by name."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from features.errors import UsageError

VARIABLE = "LADDER_WEBHOOK_HOSTS"

PLAIN = re.compile(r"[!-~]+")
"""What a request line can carry."""

_TRANSLATED = ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Target:
    """A webhook's address, looked up: the numbers that were judged are those connected to."""

    host: str
    port: int
    path: str
    encrypted: bool
    addresses: tuple[str, ...]


def look_up(url: str, environ: Mapping[str, str] = os.environ) -> Target:
    """Return where a URL leads.

    Looked up before every message: a name may point elsewhere by then.

    Raises
    ------
    UsageError
        If it is no URL that may be called.
    OSError
        If its name is not known now.
    """
    parts, port = _parts(url)
    host = (parts.hostname or "").lower()
    allowed = {name.strip().lower() for name in environ.get(VARIABLE, "").split(",")} - {""}
    named = host in allowed
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or parts.fragment:
        raise _refusal("It is no plain https:// address.", "Write https://HOST/PATH.")
    if parts.scheme == "http" and not named:
        raise _refusal(f"{host} would be called without TLS.", "Write https://, or allow the host")
    found = _numbers(host, port)
    if not named and not all(map(is_public, found)):
        raise _refusal(f"{host} is on a private network.", "Allow the host")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not PLAIN.fullmatch(path):
        came = "Its path holds a space, or a letter that no request line carries."
        raise _refusal(came, "Write these percent-encoded.")
    return Target(host, port, path, parts.scheme == "https", found)


def _parts(url: str) -> tuple[SplitResult, int]:
    """Return the parts of a URL, and the port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # what it says may repeat a password
        raise _refusal("It is no URL.", "Write https://HOST/PATH.") from None
    return parts, port or (443 if parts.scheme == "https" else 80)


def _numbers(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a host in numbers."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a part of the name is empty, or longer than names go
        raise _refusal("Its host is no name.", "Check the spelling.") from None
    return tuple(str(row[4][0]) for row in found)


def is_public(text: str) -> bool:
    """Return whether an address in numbers is one of the public internet.

    Examples
    --------
    >>> [is_public(a) for a in ("8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1")]
    [True, False, False, False, False]
    >>> is_public("::ffff:10.0.0.1"), is_public("64:ff9b::7f00:1"), is_public("224.0.0.1")
    (False, False, False)
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        # Addresses that carry an IPv4 address lead wherever that one does.
        if address in _TRANSLATED or address.sixtofour or address.teredo:
            return False
        address = address.ipv4_mapped or address
    return address.is_global and not address.is_multicast


def _refusal(came: str, do: str) -> UsageError:
    ending = do if do.endswith(".") else f"{do} by name: {VARIABLE}=HOST,..."
    return UsageError("A webhook must be a public address behind TLS.", came, ending)
