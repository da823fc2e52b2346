"""Answers that hold records: spliced in as the store keeps them, never parsed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from serving.endpoints.languages import language_headers


def with_records(
    head: Mapping[str, Any], name: str, records: Iterable[bytes], tag: str
) -> Response:
    """Return an answer whose last field is a list of records.

    Parameters
    ----------
    head : mapping
        The other fields.
    name : str
        The field of the records.
    records : iterable of bytes
        Each one JSON.
    tag : str
        The language of their reasons.
    """
    body = json.dumps({**head, name: []}).encode().removesuffix(b"]}")
    whole = b"%b%b]}" % (body, b",".join(records))
    return Response(whole, 200, language_headers(tag), "application/json")
