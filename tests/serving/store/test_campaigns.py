"""Lists, erasures and edits of runs in the store itself, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import select

from serving.erasure import forget
from serving.home import read_secret
from serving.store import Control, RunInfo, RunReader, publish
from serving.store.campaigns import Campaigns, Member, Result, SavedList, new_list_id
from serving.store.edits import hold_out
from serving.store.erasures import Erasures, person
from serving.store.pages import Query
from serving.store.run import now
from serving.store.tables import CONTROL
from tests.serving.crowd import at_once

Scored = Callable[..., pa.Table]

pytestmark = pytest.mark.usefixtures("database")


def listed(kind: str = "at-risk") -> SavedList:
    ends_on = date(2026, 8, 30)
    return SavedList(
        new_list_id(), {"kind": kind}, "run", date(2026, 6, 1), ends_on, {"notes": []}, now()
    )


def people(*ids: str, held_out: str = "") -> list[Member]:
    arms = [(each, "held_out" if each == held_out else "yes") for each in ids]
    return [Member(each, arm, {"churn_probability": 0.5}) for each, arm in arms]


def test_of_lists_saved_at_once_none_names_whom_another_holds_out(home: Path) -> None:
    """Everybody wants to hold out `a` and contact the rest: only one list can have them."""
    Control(home).close()

    def save() -> SavedList | None:
        with Control(home) as control:
            drawn = people("a", "b", "c", held_out="a")
            return Campaigns(control).save(listed(), drawn, "somebody")

    assert len([one for one in at_once(save, 5) if one]) == 1


def test_of_lists_saved_at_once_one_contacts_whom_the_others_let_rest(home: Path) -> None:
    Control(home).close()

    def save() -> SavedList | None:
        with Control(home) as control:
            return Campaigns(control).save(listed(), people("a", "b"), "somebody", rest_days=28)

    assert len([one for one in at_once(save, 5) if one]) == 1


def test_of_one_key_asked_at_once_one_list_comes(home: Path) -> None:
    Control(home).close()

    def save() -> SavedList | None:
        with Control(home) as control:
            return Campaigns(control).save(listed(), people("a"), "somebody", key="k")

    assert len({one.list_id for one in at_once(save, 5) if one}) == 1


def test_members_and_results_come_back(home: Path) -> None:
    with Control(home) as control:
        campaigns, made = Campaigns(control), listed()
        campaigns.save(made, people("a", "b", "c", held_out="b"), "somebody")
        assert campaigns.find(made.list_id) == made
        assert [one.customer_id for _, one in campaigns.members(made.list_id)] == ["a", "c"]
        assert [position for position, _ in campaigns.members(made.list_id, None, 0)] == [1, 2]
        told = [Result("a", True, 9.5), Result("b", False), Result("x", True)]
        assert campaigns.add_results(made.list_id, told, "somebody") == ("x",)
        campaigns.add_results(made.list_id, [Result("a", False)], "somebody")
        found = {one.customer_id: (arm, one) for arm, one in campaigns.results(made.list_id)}
        assert found == {"a": ("yes", Result("a", False)), "b": ("held_out", Result("b", False))}


def test_somebody_held_out_leaves_the_pages_of_a_run(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    publish(home, run_info, scored(30))
    query = Query("at-risk", "value_at_risk")
    with Control(home) as control:
        (run,) = control.runs()
        reader = RunReader(home, run)
        before = set(reader.page(query, 100)[0])
        hold_out(control, run.run_id, ["c000001", "nobody"])
        after = set(reader.page(query, 100)[0])
        record = reader.record("c000001") or b""
        reader.close()
    assert len(before) == len(after) + 1
    assert b'"held_out":true' in record
    assert b'"contact":"held_out"' in record


def rows_about(control: Control, customer_id: str) -> int:
    with control.engine.connect() as connection:
        return sum(
            len(connection.execute(select(table).where(table.c.customer_id == customer_id)).all())
            for table in CONTROL.tables.values()
            if "customer_id" in table.c
        )


def test_an_erasure_reaches_every_table_and_run(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    for _ in range(2):
        publish(home, run_info, scored(30))
    with Control(home) as control:
        made = listed()
        Campaigns(control).save(made, people("c000001", "c000002"), "somebody")
        Campaigns(control).add_results(made.list_id, [Result("c000001", True)], "somebody")
        done = forget(control, "c000001", "somebody")
        assert len(done.runs) == 2
        assert rows_about(control, "c000001") == 0
        assert rows_about(control, "c000002") == 1
        assert {run.customers for run in control.runs()} == {29}
        for run in control.runs():
            reader = RunReader(home, run)
            assert reader.record("c000001") is None
            assert reader.record("c000002") is not None
            reader.close()
        assert forget(control, "c000001", "somebody").runs == ()


def test_nobody_erased_lives_on_in_the_log_of_a_file_that_another_program_has_open(
    home: Path, places_naming: Callable[[Path, str], set[str]]
) -> None:
    with Control(home) as control, closing(sqlite3.connect(home / "control.sqlite")) as other:
        Campaigns(control).save(listed(), people("c000001"), "somebody")
        other.execute("select * from sqlite_master").fetchall()  # so that the log stays
        assert places_naming(home, "c000001")
        forget(control, "c000001", "somebody")
        assert places_naming(home, "c000001") == set()


def test_a_model_retires_when_no_run_names_it(
    home: Path, scored: Scored, run_info: RunInfo
) -> None:
    publish(home, run_info, scored(5))
    with Control(home) as control:
        forget(control, "c000001", "somebody")
        mark = person(read_secret(home), "c000001")
        assert [*Erasures(control).taught(mark).values()] == [None]
        Erasures(control).retire([])
        (retired,) = Erasures(control).taught(mark).values()
        assert retired is not None
