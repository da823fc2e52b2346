"""Who is erased or held out while a run is made is so from its first answer on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Connection

from features.errors import LadderError
from serving.erasure import forget
from serving.store import Control, RunInfo, RunReader, amendments, publish
from serving.store.amendments import Amendments
from serving.store.campaigns import Campaigns, Member, SavedList, new_list_id
from serving.store.erasures import Erasures
from serving.store.handed import Handed
from serving.store.pages import Query
from serving.store.run import now

pytestmark = pytest.mark.usefixtures("database")

Scored = Callable[..., pa.Table]
GONE, ALONE = "c000001", "c000002"


def saved(home: Path, info: RunInfo, *customer_ids: str) -> SavedList | None:
    """Save a list that holds these customers out, and return it if it was kept."""
    ends_on = info.as_of + timedelta(days=90)
    drawn = SavedList(
        new_list_id(), {"kind": "at-risk"}, "a run", info.as_of, ends_on, {"notes": []}, now()
    )
    people = [Member(customer_id, "held_out", {}) for customer_id in customer_ids]
    with Control(home) as control:
        return Campaigns(control).save(drawn, people, "somebody")


def erased(home: Path) -> None:
    with Control(home) as control:
        forget(control, GONE, "somebody")


def holds(home: Path, *people: str) -> dict[str, str | None]:
    """Return whether the run that serves says that people may be contacted; it lists none."""
    with Control(home) as control:
        run = next(run for run in control.runs() if run.serving)
    with closing(RunReader(home, run)) as reader:
        assert reader.size() == run.customers
        (listed, _) = reader.page(Query("at-risk", "value_at_risk"), 1000)
        found = {each: reader.record(each) for each in people}
    assert not {json.loads(one)["customer_id"] for one in listed} & {*people}
    return {each: json.loads(said)["contact"] if said else None for each, said in found.items()}


def test_what_is_said_while_the_rows_are_written_holds_from_the_start(
    home: Path,
    scored: Scored,
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    places_naming: Callable[[Path, str], set[str]],
) -> None:
    monkeypatch.setattr(amendments, "CHUNK", 1)
    publish(home, run_info, scored(5))

    def written() -> Iterator[pa.RecordBatch]:
        yield from scored(30).to_batches()
        erased(home)
        assert saved(home, run_info, ALONE)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Control, "retire", killed)  # what comes after a run serves
    with pytest.raises(KeyboardInterrupt):
        publish(home, run_info, written())
    assert holds(home, GONE, ALONE) == {GONE: None, ALONE: "held_out"}
    assert places_naming(home, GONE) == set()


@pytest.mark.parametrize(("who", "contact"), [(GONE, None), (ALONE, "held_out")])
def test_what_is_said_at_the_last_moment_holds_from_the_start(
    home: Path,
    scored: Scored,
    run_info: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    contact: str | None,
) -> None:
    look, looks = Amendments.look, []

    def after_the_first(self: Amendments, control: Connection) -> bool:
        looks.append(found := look(self, control))
        if len(looks) == 1 and who == GONE:
            erased(home)
        elif len(looks) == 1:
            assert saved(home, run_info, ALONE)
        return found

    monkeypatch.setattr(Amendments, "look", after_the_first)
    publish(home, run_info, scored(30))
    assert looks == [False, True]
    assert holds(home, who) == {who: contact}


def test_a_hold_out_that_ends_before_the_day_of_a_run_is_let_go(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    assert saved(home, run_info, ALONE)
    publish(home, replace(run_info, as_of=run_info.as_of + timedelta(days=90)), scored(30))
    with Control(home) as control, closing(RunReader(home, control.runs()[0])) as reader:
        assert json.loads(reader.record(ALONE) or b"")["contact"] == "yes"


def test_a_run_named_while_somebody_is_erased_is_looked_over(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Erasures.record

    def just_before(self: Erasures, *said: Any) -> None:
        publish(home, run_info, scored(30))
        record(self, *said)

    monkeypatch.setattr(Erasures, "record", just_before)
    erased(home)
    with Control(home) as control, closing(RunReader(home, control.runs()[0])) as reader:
        assert reader.record(GONE) is None


def test_nobody_erased_since_is_kept_on_a_list_or_in_a_tool_s_memory(
    home: Path, run_info: RunInfo, places_naming: Callable[[Path, str], set[str]]
) -> None:
    erased(home)  # after the list was drawn
    assert saved(home, run_info, GONE, ALONE) is None
    told = {who: (who, {"listed": True}) for who in (GONE, ALONE)}
    with Control(home) as control:
        Handed(control, "braze", "", "at-risk").write({}, told)
        assert Handed(control, "braze", "", "at-risk").read().keys() == {ALONE}
    assert places_naming(home, GONE) == set()


def test_a_run_that_cannot_be_named_leaves_nothing(
    home: Path, scored: Scored, run_info: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(home, run_info, scored(5))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Control, "enter", full)
    with pytest.raises(LadderError, match="No space left"):
        publish(home, run_info, scored(5))
    with Control(home) as control:
        assert [run.run_id for run in control.runs()] == [first]
    if (home / "runs").is_dir():
        assert [file.stem for file in (home / "runs").iterdir()] == [first]
