from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController

from training.statistics.threads import abreast, one_blas_thread


def threads() -> set[int]:
    """Return how many threads each BLAS uses that NumPy and others brought."""
    assert np.ones((2, 2)).dot(np.ones(2)).sum() == 4.0  # loads NumPy's
    return {
        one["num_threads"] for one in ThreadpoolController().info() if one["user_api"] == "blas"
    }


@pytest.fixture
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


@pytest.mark.usefixtures("_several")
def test_the_limit_holds_in_whichever_thread_asks_for_it_and_is_lifted_again() -> None:
    before = threads()
    for _ in range(2):
        assert elsewhere(limited) == {1}
        assert threads() == before
        assert limited() == {1}
        assert threads() == before


@pytest.mark.usefixtures("_several")
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


def test_work_goes_on_beside_other_work() -> None:
    one, other = Event(), Event()

    def answer() -> bool:
        one.set()
        return other.wait(60.0)

    def ask() -> bool:
        other.set()
        return one.wait(60.0)

    with abreast(2) as pool:
        assert [future.result() for future in (pool.submit(answer), pool.submit(ask))] == [True] * 2


def test_what_has_not_begun_is_dropped_where_its_block_is_left_early() -> None:
    begun, dropped = Event(), Event()
    done: list[str] = []

    def first() -> None:
        begun.set()
        dropped.wait(60.0)
        done.append("first")

    def interrupted() -> None:
        with abreast(1) as pool:
            pool.submit(first)
            second = pool.submit(done.append, "second")
            second.add_done_callback(lambda _: dropped.set())
            begun.wait(60.0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == ["first"]
