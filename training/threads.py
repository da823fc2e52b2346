"""One thread for linear algebra.

The products in a fit are so small that BLAS's threads mostly wait for each other; where other
processes share the cores, that takes ten times as long. And with one thread the sums have one
order, so that the same data give the same bits on a machine with more cores.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which linear algebra runs on one thread; not for nested use."""
    context: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return context


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
