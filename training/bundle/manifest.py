"""The manifest: every file of a bundle with its size and digest, checked before anything is parsed.

A malformed LightGBM text can crash the process that reads it, so no parser sees a byte that the
manifest does not vouch for. The manifest detects damage, not a hostile writer.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from features.errors import LadderError
from features.resources import drafts
from features.resources.durable import sync_all

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 1 << 20
# Plain relative names: nothing that a path could read as a way up, out or aside.
NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)
AGAIN = (
    "Copy the bundle again from where it was made, or run `ladder train`, then `ladder promote` "
    "with the version that it makes."
)


def seal(files: Mapping[str, bytes]) -> bytes:
    """Return the manifest of some files.

    Parameters
    ----------
    files : mapping of str to bytes
        Content by relative path.
    """
    entries = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }
    return encode({"format": FORMAT, "files": entries})


def encode(data: Any) -> bytes:
    """Return JSON as a bundle keeps it: sorted, readable in a diff, the same bytes each time."""
    text = json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files and their manifest as a folder: whole, or not at all.

    Raises
    ------
    LadderError
        If the folder exists: a bundle's files never change.
    """
    if folder.exists():
        raise LadderError(
            "A bundle must be written to a folder that does not exist yet.",
            f"{folder} exists.",
            "Choose another folder, or remove this one.",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with drafts.draft(folder.parent) as draft:
        for name, content in {**files, MANIFEST: seal(files)}.items():
            path = draft / folder.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        sync_all(draft / folder.name)
        os.replace(draft / folder.name, folder)


def read(folder: Path) -> tuple[str, dict[str, bytes]]:
    """Return a bundle's id and its files, each as the manifest says.

    Returns
    -------
    id : str
        The first twelve digits of the manifest's digest.
    files : dict of str to bytes

    Raises
    ------
    LadderError
        If a file is missing, extra, changed, linked or outside the folder, or the manifest is
        of a newer format.
    """
    sealed = _manifest_bytes(folder)
    entries = _entries(folder, sealed)
    _compare_names(folder, set(entries))
    return identity(sealed), {name: _checked(folder, name, entries[name]) for name in entries}


def identity(sealed: bytes) -> str:
    """Return the id of the bundle with this manifest.

    >>> identity(b"{}")
    '44136fa355b3'
    """
    return hashlib.sha256(sealed).hexdigest()[:12]


def _manifest_bytes(folder: Path) -> bytes:
    path = folder / MANIFEST
    if folder.is_symlink() or not folder.is_dir():
        raise _refusal("A bundle must be a folder.", f"{folder} is none.")
    if path.is_symlink() or not path.is_file():
        raise _refusal(f"A bundle must hold {MANIFEST}, a plain file.", f"{folder} has none.")
    if path.stat().st_size > LARGEST_MANIFEST:
        raise _refusal("A manifest must be under 1 MiB.", f"{path} is larger.")
    return path.read_bytes()


def _entries(folder: Path, sealed: bytes) -> dict[str, tuple[int, str]]:
    """Return size and digest by name, from a manifest that is what it should be."""
    try:
        manifest = json.loads(sealed)
        version = manifest["format"]
        if type(version) is not int or version < 1:
            raise ValueError(f"format {version!r}")
        if version > FORMAT:
            raise LadderError(
                f"This program reads bundles up to format {FORMAT}.",
                f"{folder} has format {version}: a newer program wrote it.",
                "Update this program, or train a bundle with it.",
            )
        entries = {name: _entry(entry) for name, entry in manifest["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as reason:
        came = f"That of {folder} is damaged ({type(reason).__name__}: {str(reason)[:80]})."
        raise _refusal("A manifest must list every file with size and digest.", came) from None
    for name in entries:
        if not NAME.fullmatch(name) or name == MANIFEST:
            must = "A manifest must name files inside its folder by plain relative paths."
            raise _refusal(must, f"That of {folder} names {name!r}.")
    return entries


def _entry(entry: Any) -> tuple[int, str]:
    size, digest = entry["size"], entry["sha256"]
    if type(size) is not int or type(digest) is not str:
        raise TypeError("a size or digest of the wrong type")
    return size, digest


def _compare_names(folder: Path, listed: set[str]) -> None:
    found = set(_walk(folder, folder)) - {MANIFEST}
    must = "A bundle must hold exactly the files of its manifest."
    if missing := sorted(listed - found):
        raise _refusal(must, f"{folder} lacks {missing[0]}.")
    if extra := sorted(found - listed):
        raise _refusal(must, f"{folder} also holds {extra[0]}, which is not listed.")


def _walk(folder: Path, root: Path) -> Iterator[str]:
    """Yield the relative names of all files, refusing anything that is no plain file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(path, root)
            elif entry.is_file(follow_symlinks=False):
                yield path.relative_to(root).as_posix()
            else:
                must = "A bundle must hold plain files only."
                raise _refusal(must, f"{path} is a link or a device.")


def _checked(folder: Path, name: str, entry: tuple[int, str]) -> bytes:
    """Return a file's content if it is what the manifest says."""
    path, (size, digest) = folder / name, entry
    must = "A bundle's files must be as they were written."
    if path.stat().st_size != size:
        came = f"{path} has {path.stat().st_size} bytes; its manifest says {size}."
        raise _refusal(must, came)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise _refusal(must, f"{path} was changed: its digest is not the manifest's.")
    return content


def _refusal(must: str, came: str) -> LadderError:
    return LadderError(must, came, AGAIN)
