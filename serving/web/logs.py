"""Logs of a server: a JSON object a line, for whatever collects them, and nobody's data in any.

An error is told by its type and where it arose, never by its message: messages quote what was read.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

DEEPEST = 5
"""How many places of an error are named, the innermost last."""


class Entry(dict[str, Any]):
    """What a line says, by name: ``log.warning(Entry(route="/v1/runs", status=401))``."""

    def __str__(self) -> str:
        """Return it as JSON, also where no :class:`Lines` formats it."""
        return json.dumps(self)


class Lines(logging.Formatter):
    """A line per record: ``time``, ``level``, ``logger``, and what is said.

    Examples
    --------
    >>> record = logging.LogRecord("ladder", 40, "", 0, Entry(status=500), (), None)
    >>> record.created = 0.0
    >>> Lines().format(record)
    '{"time": "1970-01-01T00:00:00.000Z", "level": "error", "logger": "ladder", "status": 500}'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line."""
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        message = record.msg
        line |= message if isinstance(message, Entry) else {"message": record.getMessage().strip()}
        if record.exc_info and record.exc_info[1]:
            line |= failure(record.exc_info[1])
        return json.dumps(line)


def failure(error: BaseException) -> Entry:
    """Return an error's type and where it arose."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    places = [f"{frame.name}:{frame.lineno}" for frame in frames]
    return Entry(error=type(error).__name__, at=places)


def begin() -> None:
    """Write warnings and errors of everything in this process as lines to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
