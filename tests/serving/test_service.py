"""What a server holds, and how it follows the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.sample import SampleShop
from serving import service
from serving.settings import Settings
from tests.serving.shop import published
from training.bundle import Bundle
from training.bundle.shelf import Shelf


def test_a_model_that_comes_back_scores_again(
    home: Path,
    bundle: Bundle,
    made_up: SampleShop,
    history_of: Callable[..., Any],
    run_info: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, seconds in (("RETRY_SECONDS", 0.1), ("POLL_SECONDS", 0.05)):
        monkeypatch.setattr(service, name, seconds)
    folder = Shelf(home).path(bundle.id)
    published(home, bundle, history_of(made_up), run_info.as_of)
    away = folder.rename(home / "away")
    held = service.Service(Settings.read(home, {}))

    async def becomes(wanted: str) -> None:
        async with asyncio.timeout(20):
            while held.live_scoring != wanted:
                await asyncio.sleep(0.01)

    async def follow() -> None:
        assert held.live_scoring == "loading"
        assert held.amiss is not None
        async with held.watching():
            await becomes("off")
            away.rename(folder)
            await becomes("ready")
            async with asyncio.timeout(20):
                while held.amiss:
                    await asyncio.sleep(0.01)

    asyncio.run(follow())
