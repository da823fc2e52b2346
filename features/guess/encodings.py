"""How a text file is encoded, told from its first bytes."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Literal

Encoding = Literal["utf-8", "latin-1", "utf-16"]

_LOOK_AT = 1 << 20
_TEXTS = (".csv", ".tsv", ".txt")


def encoding_of(path: Path) -> Encoding:
    """Return how a file is encoded: what is not UTF-8, and does not say more, is Latin-1.

    Parameters
    ----------
    path : Path
        Of any kind; the answer is ``utf-8`` for all but a plain CSV file.
    """
    if path.suffix.lower() not in _TEXTS or not path.is_file():
        return "utf-8"
    with path.open("rb") as file:
        start = file.read(_LOOK_AT)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
