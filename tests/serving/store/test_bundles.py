"""Bundles travel through the store as zips, of which only whole ones are unpacked."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from features.errors import LadderError
from serving.store.bundles import unzip, zipped


@pytest.fixture
def packed(tmp_path: Path) -> bytes:
    """Return a folder of one file as a zip."""
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "manifest.json").write_text("{}" * 100)
    return zipped(tmp_path / "good")


def test_what_was_zipped_is_unpacked(tmp_path: Path, packed: bytes) -> None:
    unzip(packed, tmp_path / "copy")
    assert (tmp_path / "copy" / "manifest.json").read_text() == "{}" * 100


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil"])
def test_a_zip_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "x")
    with pytest.raises(LadderError, match="zip of the bundle's files"):
        unzip((tmp_path / "bad.zip").read_bytes(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_zip_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match="zip of the bundle's files"):
        unzip(b"no zip", tmp_path / "out")


def test_wherever_a_zip_is_damaged_it_is_refused_in_words(tmp_path: Path, packed: bytes) -> None:
    for at in range(len(packed)):
        for bit in range(8):
            damaged = bytearray(packed)
            damaged[at] ^= 1 << bit
            with suppress(LadderError):  # or its files are whole: the manifest judges their names
                unzip(bytes(damaged), tmp_path / f"{at}-{bit}")
