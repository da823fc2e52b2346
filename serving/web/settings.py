"""What a server needs to know, read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from features.errors import LadderError, UsageError
from serving.home import MARK, create_home, open_home, read_secret
from serving.store.place import VARIABLE


@dataclass(frozen=True)
class Settings:
    """A server's settings.

    Parameters
    ----------
    home : Path
        An open home.
    secret : bytes
        Keys the cursors.
    hosts : frozenset of str
        Names by which the server may be called, beside this machine's own. A page on another
        site that points its name at this address is refused by it.
    """

    home: Path
    secret: bytes = field(repr=False)
    hosts: frozenset[str] = frozenset()

    @classmethod
    def read(cls, home: Path, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings of a home.

        Raises
        ------
        LadderError
            If the folder is not a home, its secret is missing, or a name is none.
        """
        if environ.get(VARIABLE) and not (home / MARK).is_file():
            if not environ.get("LADDER_SECRET"):
                raise LadderError(
                    "A machine that only serves must know the secret of the one that trains.",
                    f"{VARIABLE} is set, LADDER_SECRET is not, and {home} is no home.",
                    "Set LADDER_SECRET to the content of the file `secret` in the home of the one "
                    "that trains; or, on that one, LADDER_HOME to that home.",
                )
            # Runs and bundles come from the database: the home only keeps copies of them.
            create_home(home, environ)
        return cls(open_home(home), read_secret(home, environ), _hosts(environ))


def _hosts(environ: Mapping[str, str]) -> frozenset[str]:
    names = (name.strip().lower() for name in environ.get("LADDER_HOSTS", "").split(","))
    hosts = frozenset(filter(None, names))
    if wrong := sorted(name for name in hosts if set(name) & set(":/ ")):
        raise UsageError(
            "LADDER_HOSTS must hold names of hosts alone, with a comma between two.",
            f"It holds {wrong[0]!r}.",
            "Leave out https:// and the port: LADDER_HOSTS=scores.example.com",
        )
    return hosts
