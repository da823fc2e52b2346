"""Who runs this program: the account that the operating system knows them by."""

from __future__ import annotations

import getpass
import os
import sys


def account() -> str:
    """Return the name of the account, its number where it has none.

    The system is asked, not the environment, in which anybody can write any name.
    """
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:  # as in a container that runs as a number
        return str(number)
