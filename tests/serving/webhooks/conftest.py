"""What the tests of webhooks share: a system that receives them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving.webhooks.receiver import Receiver


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("LADDER_WEBHOOK_HOSTS", "127.0.0.1, hooks.internal")
    made = Receiver()
    yield made
    made.close()
