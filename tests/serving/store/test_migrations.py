"""The control database grows by revisions, whoever starts first, and never shrinks."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from features.errors import LadderError
from serving.store import Control, migrations
from serving.store.tables import CONTROL
from tests.serving.crowd import at_once


@pytest.mark.usefixtures("database")
def test_revisions_lead_to_the_tables_as_they_are_declared(home: Path) -> None:
    with Control(home) as control, control.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, CONTROL) == []
        assert migrations.revision(connection) == migrations.HEAD


def test_the_newest_revision_is_named() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_current_head() == migrations.HEAD


@pytest.mark.usefixtures("database")
def test_many_programs_may_start_at_once(home: Path) -> None:
    at_once(lambda: Control(home).close(), 6)


def test_a_program_waits_for_another_that_makes_the_first_tables(home: Path) -> None:
    other = sqlite3.connect(home / "control.sqlite", isolation_level=None, check_same_thread=False)
    with closing(other):
        other.execute("begin immediate")
        done = threading.Timer(0.2, other.execute, ["rollback"])
        done.start()
        Control(home).close()
        done.join()


@pytest.mark.usefixtures("database")
def test_a_database_of_a_newer_program_is_refused_and_left_alone(home: Path) -> None:
    with Control(home) as control, control.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    for _ in range(2):
        with pytest.raises(LadderError, match=r"(?s)version 9999.*newer version"):
            Control(home)


BEFORE = """
create table schema (version integer primary key);
create table runs (run_id varchar primary key, published_at bigint not null,
    customers integer not null, info text not null);
create table pointer (id integer primary key, moved_at bigint not null,
    run_id varchar not null references runs (run_id));
create table tokens (token_id varchar primary key, name varchar not null, digest blob not null,
    scopes varchar not null, created_at bigint not null, expires_at bigint, revoked_at bigint);
create table reads (token_id varchar, minute bigint, action varchar, customers integer not null,
    primary key (token_id, minute, action));
insert into runs values ('r1', 1, 5, '{}');
insert into pointer values (1, 1, 'r1');
insert into tokens values ('t1', 'mailing', x'00', 'score', 1, null, null);
"""


def test_a_home_from_before_there_were_revisions_keeps_its_runs_and_tokens(home: Path) -> None:
    with closing(sqlite3.connect(home / "control.sqlite")) as connection:
        connection.executescript(BEFORE)
    with Control(home) as control:
        assert control.serving() == "r1"
        assert [token.name for token in control.tokens()] == ["mailing"]
        assert "schema" not in inspect(control.engine).get_table_names()
