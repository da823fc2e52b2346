from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.errors import LadderError
from training.bundle import manifest

FILES = {"settings.json": b"{}\n", "outcomes/churn/blend.json": b'{"a": 1}\n'}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "bundle"
    manifest.write(target, FILES)
    return target


def _edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    data = json.loads((folder / "manifest.json").read_bytes())
    change(data)
    (folder / "manifest.json").write_bytes(json.dumps(data).encode())


def test_what_was_written_is_read(folder: Path) -> None:
    identity, files = manifest.read(folder)
    assert files == FILES
    assert identity == manifest.identity(manifest.seal(FILES))


def test_the_same_files_have_the_same_id_and_others_another() -> None:
    backwards = dict(reversed(FILES.items()))
    assert manifest.seal(FILES) == manifest.seal(backwards)
    assert manifest.seal(FILES) != manifest.seal({**FILES, "settings.json": b"{ }\n"})


def _missing(folder: Path) -> None:
    (folder / "settings.json").unlink()


def _extra(folder: Path) -> None:
    (folder / "outcomes" / "churn" / "model-0.txt").write_text("tree")


def _flipped(folder: Path) -> None:
    (folder / "settings.json").write_bytes(b"[]\n")


def _truncated(folder: Path) -> None:
    (folder / "outcomes" / "churn" / "blend.json").write_bytes(b"")


def _linked_file(folder: Path) -> None:
    outside = folder.parent / "outside.json"
    (folder / "settings.json").rename(outside)
    (folder / "settings.json").symlink_to(outside)


def _linked_folder(folder: Path) -> None:
    (folder / "outcomes").rename(folder.parent / "outside")
    (folder / "outcomes").symlink_to(folder.parent / "outside", target_is_directory=True)


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe")


def _linked_manifest(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parent / "manifest.json")
    (folder / "manifest.json").symlink_to(folder.parent / "manifest.json")


def _no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _huge_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b" " * ((1 << 20) + 1))


def _deep_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"[" * 100_000)


def _text_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"\xff not JSON")


def _newer(folder: Path) -> None:
    _edit(folder, lambda data: data.update(format=2, files="laid out otherwise"))


def _no_format(folder: Path) -> None:
    _edit(folder, lambda data: data.pop("format"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_missing, "lacks settings.json"),
        (_extra, "also holds outcomes/churn/model-0.txt"),
        (_flipped, "settings.json was changed"),
        (_truncated, "blend.json has 0 bytes"),
        (_linked_file, "is a link"),
        (_linked_folder, "is a link"),
        (_pipe, "a link or a device"),
        (_linked_manifest, "has none"),
        (_no_manifest, "has none"),
        (_huge_manifest, "is larger"),
        (_deep_manifest, "RecursionError"),
        (_text_manifest, "damaged"),
        (_newer, "has format 2: a newer program wrote it"),
        (_no_format, "KeyError"),
    ],
)
def test_damage_is_refused_by_name(folder: Path, damage: Callable[[Path], None], said: str) -> None:
    damage(folder)
    with pytest.raises(LadderError) as refusal:
        manifest.read(folder)
    assert said in refusal.value.came
    assert "ladder train" in refusal.value.do or "Update" in refusal.value.do


@pytest.mark.parametrize(
    "name",
    ["/etc/hostname", "../outside", "outcomes/../../x", "a\\b", "C:x", ".hidden", "a//b", "", "é"],
)
def test_a_path_that_could_escape_is_refused(folder: Path, name: str) -> None:
    entry = {"size": 0, "sha256": ""}
    _edit(folder, lambda data: data["files"].update({name: entry}))
    with pytest.raises(LadderError, match="plain relative paths"):
        manifest.read(folder)


def test_a_linked_bundle_is_refused(folder: Path) -> None:
    link = folder.parent / "link"
    link.symlink_to(folder, target_is_directory=True)
    with pytest.raises(LadderError, match="must be a folder"):
        manifest.read(link)


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="too long"):
        manifest.write(tmp_path / "bundle", {"a.json": b"1", "b" * 300: b"2"})
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_never_overwritten(folder: Path) -> None:
    with pytest.raises(LadderError, match="does not exist yet"):
        manifest.write(folder, {})
    assert manifest.read(folder)[1] == FILES
