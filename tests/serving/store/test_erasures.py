"""Who was erased, as a server hears of it."""

from __future__ import annotations

from pathlib import Path

from serving.store import Control
from serving.store.erasures import Erasures


def test_whoever_was_erased_meanwhile_is_read_and_nobody_is_read_twice(home: Path) -> None:
    with Control(home) as control:
        erasures = Erasures(control)
        assert erasures.persons() == frozenset()
        erasures.record("a", "C-1", (), "somebody")
        first = erasures.persons(frozenset())
        assert first == {"a"}
        assert erasures.persons(first) is first, "a server asks every second"
        erasures.record("a", "C-1", (), "somebody")
        assert erasures.persons(first) is first
        erasures.record("b", "C-2", (), "somebody")
        assert erasures.persons(first) == {"a", "b"}
