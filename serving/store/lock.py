"""One publisher at a time: a lock that the operating system frees if its holder dies."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
    holder = home / "publisher.json"
    with closing(sqlite3.connect(home / "publisher.lock", timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            raise _busy(holder) from error
        started = datetime.now(UTC).isoformat(timespec="seconds")
        holder.write_text(
            json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started_at": started}),
            encoding="utf-8",
        )
        try:
            yield
        finally:
            holder.unlink(missing_ok=True)


def _busy(holder: Path) -> LadderError:
    """Return the refusal, naming the process that publishes."""
    try:
        said = json.loads(holder.read_text(encoding="utf-8"))
        who = f"process {said['pid']} on {said['host']}, since {said['started_at']}"
    except (OSError, ValueError, KeyError):
        who = "another process"
    return LadderError(
        "Only one run can be published at a time.",
        f"Publishing now: {who}.",
        "Wait until it is done, or end it, and run the command again.",
    )
