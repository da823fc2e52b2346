"""Text files as DuckDB takes them: in UTF-8, lines ending alike; copied where they differ."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pyarrow as pa

from features.errors import LadderError

Encoding = Literal["utf-8", "latin-1", "utf-16"]

_CODECS = {"latin-1": "cp1252", "utf-16": "utf-16"}
"""What calls itself Latin-1 is what Windows makes of it, with the euro and curly quotes."""

_AT_ONCE = 1 << 22
_PLAIN_TEXTS = (".csv", ".tsv", ".txt")


def encoding_of(path: Path) -> Encoding:
    """Return how a file is encoded: what is not UTF-8, and does not say more, is Latin-1.

    Of files that are no plain CSV it is ``utf-8``.
    """
    if path.suffix.lower() not in _PLAIN_TEXTS or not path.is_file():
        return "utf-8"
    with path.open("rb") as file:
        start = file.read(_AT_ONCE)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


@contextmanager
def as_utf8(path: Path, encoding: str, folder: Path) -> Iterator[Path]:
    """Yield a file that is in UTF-8: the same one, or a copy that goes away.

    Whether it is packed, its name says.

    Raises
    ------
    LadderError
        If the file is encoded otherwise.
    """
    if encoding == "utf-8":
        yield path
        return
    decoder = codecs.getincrementaldecoder(_CODECS[encoding])()
    try:
        with _copy(folder / "in_utf8.csv", _decoded(path, decoder)) as copy:
            yield copy
    except UnicodeDecodeError as error:
        raise LadderError(
            f"{path.name} must be encoded as `encoding` says, {encoding}.",
            f"{error}.",
            "Correct `encoding`: utf-8, latin-1 or utf-16.",
        ) from error


@contextmanager
def with_even_ends(path: Path, folder: Path) -> Iterator[Path]:
    """Yield a copy whose lines all end alike."""
    with _copy(folder / "even.csv", _evened(path)) as copy:
        yield copy


def has_mixed_ends(path: Path) -> bool:
    """Return whether lines of a file end in more than one way."""
    both = ends = last = 0
    for part in _parts(path):
        both += part.count(b"\r\n") + (last == b"\r"[0] and part[:1] == b"\n")
        ends += part.count(b"\r") + part.count(b"\n")
        last = part[-1]
    return both > 0 and ends > 2 * both


def holds(path: Path, text: bytes) -> bool:
    """Return whether a byte is anywhere in a file."""
    return any(text in part for part in _parts(path))


def first_lines(path: Path) -> list[str]:
    """Return the first lines of a file in UTF-8, without their ends; none of an empty file."""
    return next(_parts(path), b"").decode("utf-8-sig", "replace").splitlines()


@contextmanager
def _copy(target: Path, parts: Iterable[bytes]) -> Iterator[Path]:
    try:
        with target.open("wb") as file:
            file.writelines(parts)
        yield target
    finally:
        target.unlink(missing_ok=True)


def _parts(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes, unpacked."""
    with pa.input_stream(str(path), compression="detect") as stream:
        while part := stream.read(_AT_ONCE):
            yield part


def _decoded(path: Path, decoder: codecs.IncrementalDecoder) -> Iterator[bytes]:
    for part in _parts(path):
        yield decoder.decode(part).encode()
    yield decoder.decode(b"", final=True).encode()


def _evened(path: Path) -> Iterator[bytes]:
    held = b""
    for part in _parts(path):
        whole = held + part
        held = b"\r" if whole.endswith(b"\r") else b""  # its \n may come next
        whole = whole[: len(whole) - len(held)]
        yield whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    yield held.replace(b"\r", b"\n")
