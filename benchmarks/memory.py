"""How much memory a process and all that it began hold together."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from pathlib import Path
from typing import TypeVar

_PROC = Path("/proc")
_SECONDS = 0.5
"""Between two samples; reading one takes the processes' page tables a few milliseconds."""

T = TypeVar("T")


def watched(future: Future[T], process: int) -> tuple[T, int]:
    """Wait for what a process makes; return it, and the most bytes its family held at a sample.

    A page that several processes share is counted once (the proportional set size that Linux tells
    in ``smaps_rollup``), and so is a file that is mapped.
    """
    most = 0
    while True:
        most = max(most, held(process))
        try:
            return future.result(timeout=_SECONDS), most
        except NotYet:
            continue


def held(process: int) -> int:
    """Return the bytes that a process and its descendants hold now."""
    return sum(map(_proportional, family(process)))


def family(process: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        # The name, in brackets, may hold anything; state and parent follow it.
        told = _read(stat).rpartition(")")[2].split()
        if told:
            children.setdefault(int(told[1]), []).append(int(stat.parent.name))
    known = [process]
    for one in known:
        known += children.get(one, [])
    yield from known


def _proportional(process: int) -> int:
    lines = _read(_PROC / str(process) / "smaps_rollup").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _read(path: Path) -> str:
    """Return a file's text, empty where the process ended meanwhile."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
