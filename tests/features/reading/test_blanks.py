"""Blanks are the same in files and in what callers send."""

from __future__ import annotations

import sys
import unicodedata

from features.reading.blanks import BLANKS
from features.resources.workspace import Workspace, literal


def test_blanks_are_what_is_trimmed_of_a_files_cells() -> None:
    every = (chr(code) for code in range(sys.maxunicode))
    assert list(BLANKS) == [sign for sign in every if unicodedata.category(sign) == "Zs"]
    with Workspace() as workspace:
        (row,) = workspace.rows(f"SELECT trim({literal(BLANKS + 'tea' + BLANKS)}) AS said")
    assert row["said"] == "tea"
