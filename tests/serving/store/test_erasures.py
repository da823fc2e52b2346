"""Who was erased, as a server hears of it, and by which secret."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from features.config import Config
from features.errors import LadderError
from serving.erasure import forget, without_erased
from serving.personal_data import personal_data
from serving.store import Control, RunInfo, publish
from serving.store.erasures import Erasures
from serving.store.objections import Objections
from serving.web.service import Service
from serving.web.settings import Settings


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


@pytest.mark.usefixtures("database")
def test_another_secret_is_refused_once_somebody_was_erased(
    home: Path, scored: Callable[..., pa.Table], run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another, nobody would be known again: who was erased came back into the next run.

    No file tells which it was: a machine that has the secret from its environment keeps none. And
    where there is a file of another, the environment wins.
    """
    config = Config.from_dict({"orders": {}})
    monkeypatch.setenv("LADDER_SECRET", "a" * 64)
    publish(home, run_info, scored(3))
    with Control(home) as control:
        forget(control, "c000001", "somebody")
        assert without_erased(config, home).erased is not None
        monkeypatch.setenv("LADDER_SECRET", "b" * 64)
        for refused in (
            lambda: without_erased(config, home),
            lambda: forget(control, "c000002", "somebody"),
            lambda: personal_data(control, "c000001", "en"),
            lambda: Service(Settings.read(home)),
            lambda: publish(home, run_info, scored(3)),
        ):
            with pytest.raises(LadderError, match="erased people would come back"):
                refused()
        assert len(Erasures(control).persons()) == 1
    (home / "secret").write_text("a" * 64 + "\n")
    monkeypatch.delenv("LADDER_SECRET")
    assert without_erased(config, home).erased is not None


def test_a_model_is_noted_once_for_everybody_it_may_have_learnt_from(home: Path) -> None:
    """A training is noted again if it was cut short, and knows whose rows it never read."""
    with Control(home) as control:
        erasures = Erasures(control)
        erasures.record("a", "C-1", ["old"], "somebody")
        erasures.teach("new", ())
        erasures.teach("other", ())
        erasures.record("b", "C-2", (), "somebody")
        erasures.teach("new", {"b"})
        assert [*erasures.taught("b")] == []
        erasures.teach("new", ())
        assert [*erasures.taught("a")] == ["new", "old", "other"]
        assert [*erasures.taught("b")] == ["new"]


@pytest.mark.usefixtures("database")
def test_who_objects_is_known_however_often_that_changed(home: Path) -> None:
    everybody = [f"C-{number}" for number in range(60)]
    with Control(home) as control:
        objections = Objections(control)
        for first in (30, 10, 20, 0):
            objections.replace(everybody[first : first + 25])
            expected = [first <= number < first + 25 for number in range(60)]
            assert objections.read()(everybody) == expected
