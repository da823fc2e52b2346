"""Bundles in the store, zipped, so that an API machine needs only the database."""

from __future__ import annotations

import io
import zipfile
import zlib
from functools import partial
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection, insert, select

from features.errors import LadderError
from serving.store.control import Control
from serving.store.tables import bundles
from training.bundle.shelf import Shelf

LARGEST_BUNDLE = 2**30
"""Bytes of an unpacked bundle; a zip that claims more is no bundle of ours."""


def keep_bundle(connection: Connection, home: Path, version: str) -> None:
    """Keep the bundle that a run names, unless it is kept already or the home has none."""
    there = select(bundles.c.bundle_id).where(bundles.c.bundle_id == version)
    folder = Shelf(home).path(version)
    if connection.scalar(there) is None and folder.is_dir():
        connection.execute(insert(bundles).values(bundle_id=version, zipped=zipped(folder)))


def fetch_bundle(control: Control, version: str) -> Path:
    """Return the folder of a bundle on the home's shelf, put there from the store if need be."""
    shelf = Shelf(control.home)
    if not shelf.path(version).is_dir():
        wanted = select(bundles.c.zipped).where(bundles.c.bundle_id == version)
        with control.engine.connect() as connection:
            data = connection.scalar(wanted)
        if data is not None:
            shelf.add(version, partial(unzip, data))
    return shelf.path(version)


def zipped(folder: Path) -> bytes:
    """Return a folder's files as a zip, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            name = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            archive.writestr(name, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unzip(data: bytes, folder: Path) -> None:
    """Write the files of a zip as a new folder; `Bundle.read` judges them.

    Raises
    ------
    LadderError
        If it is no zip or damaged, a name leads out of the folder, or it is larger than any bundle.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            ours = all(map(_is_ours, members))
            if not ours or sum(member.file_size for member in members) > LARGEST_BUNDLE:
                raise _refusal("it holds names or sizes that no bundle has")
            files = {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise _refusal(str(error)) from error  # which of these depends on the byte that is wrong
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _is_ours(member: zipfile.ZipInfo) -> bool:
    """Return whether `zipped` may have written a member: a plain address within the folder."""
    name, path = member.filename, PurePosixPath(member.filename)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in name
    return inside and path.as_posix() == name and member.compress_type == zipfile.ZIP_DEFLATED


def _refusal(came: str) -> LadderError:
    return LadderError(
        "A bundle in the score store must be a zip of the bundle's files.",
        f"This one is not: {came}.",
        "Publish the run again with `ladder score`.",
    )
