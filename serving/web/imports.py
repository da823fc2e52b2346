"""Keeping what is never used out of a serving process: seconds of imports, tens of megabytes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder

UNUSED = ("matplotlib", "pandas", "sklearn")
"""What LightGBM and Arrow import where it is installed, and scoring never uses."""


class _Hider(MetaPathFinder):
    """Finds nothing under the names in `UNUSED`, and lets nobody after it find it either."""

    def find_spec(self, fullname: str, *_: object) -> None:
        if fullname.partition(".")[0] in UNUSED:
            raise ModuleNotFoundError(f"{fullname} is not used here", name=fullname)


@contextmanager
def lean() -> Iterator[None]:
    """Make packages that serving never uses look as if they were not installed.

    Those that are imported already stay. What is imported meanwhile does without them for good.
    """
    hider = _Hider()
    sys.meta_path.insert(0, hider)
    try:
        yield
    finally:
        sys.meta_path.remove(hider)
