"""One publisher at a time: a lock that the operating system frees if its holder dies."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from features.errors import LadderError


@contextmanager
def publishing(home: Path) -> Iterator[None]:
    """Hold the publishers' lock of a home.

    The lock is SQLite's own on an empty database: the same on every operating system, and freed
    by the kernel when a process is killed.

    Raises
    ------
    LadderError
        If another process holds it; the message names that one.
    """
    holder = home / "publisher.txt"
    with closing(sqlite3.connect(home / "publisher.lock", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise _busy(holder) from error
        since = datetime.now(UTC).isoformat(timespec="seconds")
        who = f"process {os.getpid()} on {socket.gethostname()}, since {since}"
        holder.write_text(who, encoding="utf-8")
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)


def _busy(holder: Path) -> LadderError:
    """Return the refusal, naming the process that publishes."""
    who = "another process"
    with suppress(OSError, UnicodeDecodeError):  # it has not written yet, or is done by now
        who = holder.read_text(encoding="utf-8") or who
    return LadderError(
        "Only one run can be published at a time.",
        f"Publishing now: {who}.",
        "Wait until it is done or stop it, then run the command again.",
    )
