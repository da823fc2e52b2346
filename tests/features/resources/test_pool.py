"""Several processes: the same bits as one, errors that arrive, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features import history as histories
from features.block import Block
from features.config import Config
from features.engine import compute
from features.errors import LadderError
from features.history import History, open_history
from features.resources.pool import Pool, Tables
from features.standard import standard_columns

CUSTOMERS = 90


def rows(customers: int = CUSTOMERS) -> pa.Table:
    """Return three orders of everybody, in the order of time."""
    made = [
        {
            "customer_id": f"c{(7 * n) % customers}",
            "order_id": f"o{n}",
            "ordered_at": f"2024-01-{1 + n * 28 // (3 * customers):02} 10:00:00",
            "amount": 10.0 + n % 13,
        }
        for n in range(3 * customers)
    ]
    return pa.Table.from_pylist(made)


class Features:
    """The work of the tests: every standard column at the end of the history."""

    def __init__(self, history: History) -> None:
        self.cutoff = history.until
        self.columns = standard_columns(history.config, history.span, history.kinds, history.fields)

    def __call__(self, block: Block) -> pa.Table:
        return compute(block, [self.cutoff], self.columns)


def die(_: Tables) -> tuple[pa.Table, int]:
    os._exit(9)


def refuse(_: Block) -> pa.Table:
    raise LadderError("Blocks must be welcome.", "This one is not.", "Bring another.")


class TwoPartError(Exception):
    """An error as libraries have them: made of two things, and known by one text."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} at {where}")


def stumble(_: Block) -> pa.Table:
    raise TwoPartError("no number", "row 7")


@pytest.fixture
def many_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few rows be worth processes, and a block hold a few customers."""
    monkeypatch.setattr(histories, "WORTH_PROCESSES", 1)
    monkeypatch.setattr(histories, "MOST_CUSTOMERS", 25)


@pytest.mark.usefixtures("many_small_blocks")
def test_processes_make_the_same_bits_in_the_same_order() -> None:
    with open_history(Config.from_dict({}), frames={"orders": rows()}) as history:
        work = Features(history)
        alone = [*history.each(work)]
        history.processes = 2
        together = [*history.each(work)]
    assert [customers for _, customers in together] == [25, 25, 25, 15]
    for (one, _), (other, _) in zip(alone, together, strict=True):
        assert one.schema == other.schema
        for name in one.column_names:
            left, right = (t[name].combine_chunks() for t in (one, other))
            if pa.types.is_floating(left.type):  # NaN is not equal to itself
                assert left.to_numpy().tobytes() == right.to_numpy().tobytes()
            else:
                assert left == right


@pytest.mark.usefixtures("many_small_blocks")
def test_an_error_that_cannot_be_sent_is_told_in_its_words() -> None:
    with (
        open_history(Config.from_dict({}), frames={"orders": rows()}, processes=2) as history,
        pytest.raises(RuntimeError, match="TwoPartError: no number at row 7"),
    ):
        list(history.each(stumble))


@pytest.mark.usefixtures("many_small_blocks")
def test_work_that_was_left_off_or_failed_may_be_begun_anew() -> None:
    with open_history(Config.from_dict({}), frames={"orders": rows()}, processes=2) as history:
        folder = history._workspace.folder
        before = set(folder.iterdir())
        work = Features(history)
        begun = history.each(work)
        first, _ = next(begun)
        assert isinstance(begun, Generator)
        begun.close()
        with pytest.raises(LadderError, match="Bring another"):  # the error of the work
            list(history.each(refuse))
        assert set(folder.iterdir()) == before
        again = [table for table, _ in history.each(work)]
        assert sum(map(len, again)) == CUSTOMERS
        assert again[0]["customer_id"] == first["customer_id"]
    assert not folder.exists()


def test_a_process_that_is_ended_is_said_to_be(tmp_path: Path) -> None:
    with Pool(die, 1, tmp_path) as pool, pytest.raises(LadderError, match="--memory"):
        list(pool.each([{"orders": rows()}]))


def alive(group: int) -> bool:
    """Return whether any process of a group is."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


SCRIPT = """
import signal, sys, time
from pathlib import Path
from features import history as histories
from features.config import Config

class Slow:
    def __call__(self, block):
        Path(sys.argv[1], "working").touch()
        time.sleep(0.3)
        return block.customers

if __name__ == "__main__":
    # A shell that runs the tests in the background has told them to ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    histories.WORTH_PROCESSES = 1
    histories.MOST_CUSTOMERS = 2
    config = Config.from_dict({"orders": {"source": sys.argv[1] + "/orders.parquet"}})
    with histories.open_history(config, processes=2) as history:
        for _ in history.each(Slow()):
            pass
"""


def test_ctrl_c_ends_every_process_and_deletes_what_was_put_down(tmp_path: Path) -> None:
    pq.write_table(rows(), tmp_path / "orders.parquet")
    (tmp_path / "slow.py").write_text(SCRIPT)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    place = {**os.environ, "TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path)}
    running = subprocess.Popen(
        [sys.executable, tmp_path / "slow.py", tmp_path],
        env=place,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "working").exists() and running.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to parent and children
    _, said = running.communicate(timeout=60)
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert said.count("Traceback") == 1, "the children keep silent"
    assert not list(scratch.iterdir())
    while alive(running.pid):  # Python's own tracker of resources goes last
        assert time.monotonic() < deadline
        time.sleep(0.05)
