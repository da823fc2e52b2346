"""The same work in several threads, at once or as long as something else lasts; waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")


def at_once(work: Callable[[], Result], times: int) -> list[Result]:
    """Return what some work returns in each of several threads that begin together."""
    start = threading.Barrier(times)

    def begin() -> Result:
        start.wait()
        return work()

    with ThreadPoolExecutor(times) as threads:
        begun = [threads.submit(begin) for _ in range(times)]
    return [one.result() for one in begun]


@contextmanager
def meanwhile(work: Callable[[int], None], times: int = 1) -> Iterator[None]:
    """Repeat some work in threads, each told its number, until the block ends."""
    done = threading.Event()

    def repeat(number: int) -> None:
        while not done.is_set():
            work(number)

    with ThreadPoolExecutor(times) as threads:
        repeated = [threads.submit(repeat, number) for number in range(times)]
        try:
            yield
        finally:
            done.set()
    for one in repeated:
        one.result()


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Return whether something comes to hold in time."""
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.1)
    return held
