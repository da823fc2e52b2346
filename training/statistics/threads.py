"""Threads: one for linear algebra, several for whole fits.

The products in a fit are so small that BLAS's threads mostly wait for each other; where other
processes share the cores, that takes ten times as long. And with one thread the sums have one
order, so that the same data give the same bits on a machine with more cores. Work is spread over
cores by whole fits instead, and by outcomes beside each other: what takes one core of an outcome
leaves the others to the trees of the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

from threadpoolctl import ThreadpoolController


class _Limit:
    """The process's limit: the first thread to enter sets it, the last to leave lifts it."""

    def __init__(self) -> None:
        self.lock, self.inside = Lock(), 0
        self.limit: Any = None

    def enter(self) -> None:
        with self.lock:
            if self.inside == 0:
                _alone(self._set)
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                _alone(self.limit.restore_original_limits)

    def _set(self) -> None:
        self.limit = ThreadpoolController().limit(limits=1, user_api="blas")


def _alone(work: Callable[[], None]) -> None:
    """Run in a thread of its own, and wait for it.

    The first thread that sets OpenBLAS's number of threads keeps that right while it lives; what
    others ask for is silently ignored (threadpoolctl 3.8).
    """
    thread = Thread(target=work)
    thread.start()
    thread.join()


_LIMIT = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run linear algebra on one thread; may be nested and entered by several threads."""
    _LIMIT.enter()
    try:
        yield
    finally:
        _LIMIT.leave()


@contextmanager
def abreast(many: int) -> Iterator[Executor]:
    """Yield an executor of so many threads; work not yet begun is dropped on leaving the block."""
    pool = ThreadPoolExecutor(many)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
