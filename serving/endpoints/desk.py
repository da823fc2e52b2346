"""The marketer's desk: one page, served from this machine, nothing from anywhere else."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from serving.endpoints.languages import language_headers, language_of
from serving.languages.language import language
from serving.web.gate import PARTS
from serving.web.problems import ProblemError

router = APIRouter(include_in_schema=False)

HEADERS = {
    "cache-control": "no-cache",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@router.get("/")
async def page() -> Response:
    """Return the page."""
    return _file("index.html")


@router.get("/desk/words")
async def texts(request: Request) -> Response:
    """Return the page's texts in the reader's language, by how they are in English."""
    tag = language_of(request)
    words = language(tag).words.get("desk", {})
    return JSONResponse(words, 200, {"cache-control": "no-cache", **language_headers(tag)})


@router.get("/desk/{name}")
async def part(name: str) -> Response:
    """Return a part of the page: style, script or picture."""
    if name not in PARTS:
        raise ProblemError(404, "The desk has no such part.")
    return _file(name)


def _file(name: str) -> Response:
    content = files("serving").joinpath("desk", name).read_bytes()
    media_type = TYPES[name.rpartition(".")[2]]
    return Response(content, 200, HEADERS, media_type)
