from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from training.statistics.threads import one_blas_thread


def threads() -> set[int]:
    """Return how many threads each BLAS uses that NumPy and others brought."""
    assert np.ones((2, 2)).dot(np.ones(2)).sum() == 4.0  # loads NumPy's
    return {
        one["num_threads"] for one in ThreadpoolController().info() if one["user_api"] == "blas"
    }


@pytest.fixture(autouse=True)
def _several() -> None:
    if threads() == {1}:
        pytest.skip("linear algebra has one thread here, whoever asks")


def limited() -> set[int]:
    with one_blas_thread():
        return threads()


def elsewhere(work: Callable[[], set[int]]) -> set[int]:
    """Return what work finds in a thread of its own."""
    found: list[set[int]] = []
    thread = Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_the_limit_holds_in_whichever_thread_asks_for_it_and_is_lifted_again() -> None:
    before = threads()
    for _ in range(2):
        assert elsewhere(limited) == {1}
        assert threads() == before
        assert limited() == {1}
        assert threads() == before


def test_the_last_to_leave_lifts_the_limit() -> None:
    before, entered, leave = threads(), Event(), Event()

    def stay() -> None:
        with one_blas_thread():
            entered.set()
            leave.wait()

    with one_blas_thread():
        other = Thread(target=stay)
        other.start()
        entered.wait()
    assert threads() == {1}
    leave.set()
    other.join()
    assert threads() == before
