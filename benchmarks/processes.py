"""What a process and all that it began hold and spend together."""

from __future__ import annotations

import os
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


def spent(process: int) -> float:
    """Return the CPU-seconds of a process and its descendants, those that ended included.

    Who ended is counted with whoever waited for it.
    """
    ticks = 0
    for one in family(process):
        # User and system time, of itself and of children that ended: fields 14 to 17.
        ticks += sum(map(int, _told(_PROC / str(one) / "stat")[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def busy() -> float:
    """Return the CPU-seconds that the machine has spent on whatever it was, since it began."""
    told = [int(word) for word in _read(_PROC / "stat").splitlines()[0].split()[1:9]]
    user, nice, system, _idle, _waiting, *interrupts_and_stolen = told
    return (user + nice + system + sum(interrupts_and_stolen)) / os.sysconf("SC_CLK_TCK")


def family(process: int) -> Iterator[int]:
    """Yield a process and its descendants."""
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        told = _told(stat)
        if told:
            children.setdefault(int(told[1]), []).append(int(stat.parent.name))
    known = [process]
    for one in known:
        known += children.get(one, [])
    yield from known


def _told(stat: Path) -> list[str]:
    """Return what follows a process's name, which stands in brackets and may hold anything."""
    return _read(stat).rpartition(")")[2].split()


def _proportional(process: int) -> int:
    lines = _read(_PROC / str(process) / "smaps_rollup").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _read(path: Path) -> str:
    """Return a file's text, empty where the process ended meanwhile."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
