"""The same work on many blocks at once, in processes of their own.

Rows go to a process, and what it makes of them comes back, as Arrow files that are mapped into
memory and not copied. Processes are spawned, not forked: DuckDB and Arrow hold threads.
"""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from pathlib import Path

import pyarrow as pa

from features.errors import LadderError
from features.resources.closing import Closing

Tables = Mapping[str, pa.Table | None]
Work = Callable[[Tables], tuple[pa.Table, int]]

_RESULT = "result"


class Pool(Closing):
    """Processes that do one kind of work; a context manager that ends them.

    Parameters
    ----------
    work : callable
        From the tables of a block to what is made of them and how many customers they are; must
        bear pickling.
    processes : int
        How many.
    folder : Path
        In which rows and results are put down, a few blocks at once; nothing of them is left.
    """

    def __init__(self, work: Work, processes: int, folder: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pool-", dir=folder))
        self._processes = processes
        self._pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (work,))

    def each(self, blocks: Iterable[Tables]) -> Iterator[tuple[pa.Table, int]]:
        """Yield what is made of each block, in their order, a few being under way at a time.

        Raises
        ------
        LadderError
            If a process was ended from outside.
        """
        under_way: deque[tuple[Path, Future[int]]] = deque()
        try:
            for number, tables in enumerate(blocks):
                under_way.append(self._begin(number, tables))
                if len(under_way) > self._processes:
                    yield _finished(*under_way.popleft())
            while under_way:
                yield _finished(*under_way.popleft())
        except BrokenProcessPool as error:
            raise LadderError(
                "Every process that computes features must run until its work is done.",
                "One was killed; the system does this when memory runs out.",
                "Lower --memory, or give the machine more memory.",
            ) from error

    def close(self) -> None:
        """Let the processes finish the blocks they are at, and end them."""
        self._pool.shutdown(cancel_futures=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self, number: int, tables: Tables) -> tuple[Path, Future[int]]:
        place = self._folder / f"block-{number}"
        place.mkdir()
        for name, table in tables.items():
            if table is not None:
                _write(table, place / name)
        with _deaf_to_interrupts():
            return place, self._pool.submit(_work_on, place, tuple(tables))


_work: Work | None = None
"""What this process does, where it is one of a pool."""


def _begin(work: Work) -> None:
    global _work
    _work = work
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait until the parent is gone, however it went, and go too."""
    parent = parent_process()
    assert parent is not None, "a pool's process has a parent"
    connection.wait([parent.sentinel])
    os._exit(1)


def _work_on(place: Path, names: tuple[str, ...]) -> int:
    assert _work is not None, "a process begins with its work"
    try:
        made, customers = _work({name: _read(place / name) for name in names})
    except Exception as error:
        if _travels(error):
            raise
        raise RuntimeError(f"{type(error).__name__}: {error}") from error
    _write(made, place / _RESULT)
    return customers


def _travels(error: Exception) -> bool:
    """Return whether the parent can read an error; else it would take the process for ended."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True


def _finished(place: Path, future: Future[int]) -> tuple[pa.Table, int]:
    customers = future.result()
    made = _read(place / _RESULT)
    assert made is not None, "whoever ends leaves a result"
    shutil.rmtree(place)  # what is mapped stays readable
    return made, customers


def _write(table: pa.Table, path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _read(path: Path) -> pa.Table | None:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all() if path.exists() else None


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Start processes deaf to Ctrl-C within this block: the parent handles it, and ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
