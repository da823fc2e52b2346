r"""Lone surrogates in JSON: escapes such as ``\ud800`` that stand for no character.

JSON's grammar takes them and no reader of text does, so that one of them would refuse a whole file.
The sign of a lost character in its place makes that row a bad one, as on other ways in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

LOST = rb"\ufffd"

_ESCAPE = re.compile(
    rb"\\[^u]"
    rb"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u[dD]([89a-fA-F])[0-9a-fA-F]{2}"
)
"""An escape of one sign, a pair of surrogates, or (with a group) one alone."""


def without(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Copy JSON files into a folder, with :data:`LOST` where a surrogate stands alone.

    Returns
    -------
    list of Path
        The copies, in the order of `paths`.
    """
    copies = [folder / f"{number}-{path.name}" for number, path in enumerate(paths)]
    for path, copy in zip(paths, copies, strict=True):
        with path.open("rb") as lines, copy.open("wb") as mended:
            mended.writelines(map(mend, lines))
    return copies


def mend(line: bytes) -> bytes:
    r"""Return JSON without lone surrogates.

    Examples
    --------
    >>> print(mend(rb'["\ud83d\ude00", "a\ud800b", "\\ud800"]').decode())
    ["\ud83d\ude00", "a\ufffdb", "\\ud800"]
    """
    return _ESCAPE.sub(lambda found: LOST if found[1] else found[0], line)
