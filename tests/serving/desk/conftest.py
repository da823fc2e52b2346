"""The marketer's desk on a real server, in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Page
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.app import create_app
from serving.home import create_home
from serving.store import Control, RunInfo, publish
from serving.tokens import mint
from serving.web.service import Service
from serving.web.settings import Settings
from tests.serving.desk.browsing import Desk, enter
from tests.serving.servers import served


@pytest.fixture(scope="module")
def store() -> str:
    """Look at the desk on one store: that both answer alike is asked of the endpoints."""
    return "sqlite"


def below(prefix: str, app: ASGIApp) -> ASGIApp:
    """Return an application as a proxy shows it that takes a prefix off; nothing is beside it."""

    async def passed(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        shown = path.removeprefix(prefix) if path.startswith(prefix) else "/missing"
        await app({**scope, "path": shown, "raw_path": shown.encode()}, receive, send)

    return passed


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory,
    scored: Callable[..., pa.Table],
    run_info: RunInfo,
) -> Iterator[Desk]:
    home = create_home(tmp_path_factory.mktemp("desk") / "models")
    publish(home, run_info, scored(200))
    token, text = mint("marketer", ["lists"], None)
    with Control(home) as control:
        control.add_token(token)
    app = create_app(Service(Settings(home, b"0" * 64)))
    # Below a path, as beside a shop's other tools: at the top, `looking` shows it.
    with served(below("/ladder", app)) as url:
        yield Desk(f"{url}/ladder", text)


@pytest.fixture
def page(browser: Browser, desk: Desk) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Policy" in said.text else None)
    answer = page.goto(f"{desk.url}/")
    assert answer is not None
    assert "default-src 'none'" in (answer.header_value("content-security-policy") or "")
    yield page
    context.close()
    assert wrong == []


@pytest.fixture
def looking(browser: Browser, caller: Callable[[str], httpx.Client]) -> Iterator[Page]:
    """Yield the desk of someone who may see single customers."""
    client = caller("all")
    page = browser.new_page()
    page.goto(str(client.base_url))
    enter(page, Desk("", client.headers["authorization"].removeprefix("Bearer ")))
    yield page
    page.close()
