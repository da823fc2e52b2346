"""The marketer's desk: one page, served from this machine, nothing from anywhere else."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/desk.css": ("desk.css", "text/css; charset=utf-8"),
    "/desk.js": ("desk.js", "text/javascript; charset=utf-8"),
}


@router.get("/")
async def page() -> Response:
    """Return the page."""
    return _file("/")


@router.get("/desk.css")
async def style() -> Response:
    """Return the page's style."""
    return _file("/desk.css")


@router.get("/desk.js")
async def script() -> Response:
    """Return the page's script."""
    return _file("/desk.js")


def _file(address: str) -> Response:
    name, media_type = FILES[address]
    content = files("serving").joinpath("desk", name).read_bytes()
    return Response(content, 200, {"cache-control": "no-cache"}, media_type)
