"""What a process and all that it began hold and spend together."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from contextlib import suppress
from typing import TypeVar

import psutil

_SECONDS = 0.5
"""Between two samples; reading one takes the processes' page tables a few milliseconds."""

T = TypeVar("T")


def watched(future: Future[T], process: int) -> tuple[T, int]:
    """Wait for what a process makes; return it, and the most bytes its family held at a sample."""
    most = 0
    while True:
        most = max(most, held(process))
        try:
            return future.result(timeout=_SECONDS), most
        except NotYet:
            continue


def held(process: int, name: str = "") -> int:
    """Return the bytes that a process and its descendants hold now; of one program, if named.

    Where the system tells (Linux does), a page that several processes share is counted once, and so
    is a file that is mapped; elsewhere only what is a process's own.
    """
    return int(_summed(process, lambda one: _own(one) if name in ("", one.name()) else 0))


def resident(process: int) -> int:
    """Return the bytes that a process and its descendants have in memory now, shared ones each."""
    return int(_summed(process, lambda one: one.memory_info().rss))


def spent(process: int) -> float:
    """Return the CPU-seconds of a process and its descendants, those that ended included.

    Who ended is counted with whoever waited for it.
    """

    def of(one: psutil.Process) -> float:
        times = one.cpu_times()
        return times.user + times.system + times.children_user + times.children_system

    return _summed(process, of)


def busy() -> float:
    """Return the CPU-seconds that the machine has spent on whatever it was, since it began."""
    times = psutil.cpu_times()._asdict()
    # A guest's time is in the user's; a core that waits for a disk does nothing.
    idle = {"idle", "iowait", "guest", "guest_nice"}
    return float(sum(seconds for what, seconds in times.items() if what not in idle))


def _own(one: psutil.Process) -> int:
    told = one.memory_full_info()
    return int(getattr(told, "pss", told.uss))


def _summed(process: int, of: Callable[[psutil.Process], float]) -> float:
    """Return the sum of a number of a process and its descendants; who ended meanwhile has none."""
    try:
        first = psutil.Process(process)
        family = [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    total = 0.0
    for one in family:
        with suppress(psutil.NoSuchProcess):
            total += of(one)
    return total
