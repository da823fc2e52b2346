"""What is said of a database that cannot be opened, in words that name no host and no user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from features.errors import LadderError
from serving.store.place import VARIABLE

INSUFFICIENT_PRIVILEGE = "42501"
"""PostgreSQL's code of what a role may not do."""


@contextmanager
def answering(name: str) -> Iterator[None]:
    """Refuse in words a database that cannot be opened.

    Parameters
    ----------
    name : str
        What may be shown of its address (`serving.store.place.Place.name`).

    Raises
    ------
    LadderError
    """
    try:
        yield
    except DBAPIError as error:
        raise _refusal(name, error.orig) from error


def _refusal(name: str, error: BaseException | None) -> LadderError:
    if not name.startswith("postgresql"):
        return LadderError(
            f"The score store in {name} must be readable and writable.",
            f"It says: {error}.",
            "Check the folder's rights and its disk, or restore the home from its back-up.",
        )
    if getattr(error, "sqlstate", None) == INSUFFICIENT_PRIVILEGE:
        return LadderError(
            f"The role of {VARIABLE} must be allowed to make schemas and tables.",
            f"{name} says: {without_names(str(error))}.",
            "Have the database's owner run: GRANT CREATE ON DATABASE ... TO ...",
        )
    return LadderError(
        "The database of the score store must be reachable.",
        f"{name} is not: {without_names(str(error))}.",
        f"Check {VARIABLE}, and that the server runs and lets this machine in.",
    )


def without_names(said: str) -> str:
    """Return why a server refuses, without the hosts, addresses and users that the driver names.

    Examples
    --------
    >>> failed = 'connection failed: connection to server at "10.0.0.9", port 5432 failed: '
    >>> without_names(failed + 'FATAL:  password authentication failed for user "ladder"')
    'password authentication failed for user'
    >>> without_names("failed to resolve host 'db.intern': [Errno -2] Name or service not known")
    'failed to resolve host: [Errno -2] Name or service not known'
    """
    first = said.partition("\n")[0].rpartition(" failed: ")[2].removeprefix("FATAL:")
    return re.sub(r"""\s*(["'])[^"']*\1""", "", first).strip()
