"""The reader's language: asked of a request, said of an answer, described to callers."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from serving.languages.accepted import accepted

ACCEPT_LANGUAGE: dict[str, Any] = {
    "parameters": [
        {
            "name": "Accept-Language",
            "in": "header",
            "required": False,
            "schema": {"type": "string"},
            "example": "de-DE, de;q=0.9, en;q=0.5",
            "description": "the language of `reasons` and `notes`; English where we have none "
            "of those named",
        }
    ]
}
"""How OpenAPI says that an endpoint answers in the reader's language."""


def language_of(request: Request) -> str:
    """Return the tag of the language that a request asks for."""
    return accepted(",".join(request.headers.getlist("accept-language")))


def language_headers(tag: str) -> dict[str, str]:
    """Return the headers of an answer in a language: a cache must not give it to other readers."""
    return {"content-language": tag, "vary": "Accept-Language"}
