"""Lines of the server's log, as a collector reads them."""

from __future__ import annotations

import json
import logging
import sys

from serving.web.logs import Entry, Lines


def line(message: object, *, failing: bool = False) -> dict[str, object]:
    try:
        raise ValueError("about somebody")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord(
        "uvicorn.error", logging.ERROR, __file__, 1, message, (), error if failing else None
    )
    text = Lines().format(record)
    assert "\n" not in text
    found: dict[str, object] = json.loads(text)
    return found


def test_a_line_says_when_how_grave_who_and_what() -> None:
    found = line(Entry(route="/v1/runs", status=401))
    assert found.pop("time")
    assert found == {
        "level": "error",
        "logger": "uvicorn.error",
        "route": "/v1/runs",
        "status": 401,
    }


def test_an_error_of_others_is_told_without_its_message() -> None:
    found = line("Exception in ASGI application\n", failing=True)
    assert (found["message"], found["error"]) == ("Exception in ASGI application", "ValueError")
    assert str(found["at"]).startswith("['line:")
    assert "somebody" not in str(found)
