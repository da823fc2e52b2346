"""The control database grows by revisions, whoever starts first, and never shrinks."""

from __future__ import annotations

import shutil
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
    with Control(home) as control, control.engine.begin() as connection:  # as the first release did
        for table in ("secret_marks", "objecting"):
            connection.execute(text(f"drop table {table}"))
        connection.execute(text("update alembic_version set version_num = '0004'"))
    with Control(home) as control, control.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, CONTROL) == []
        assert migrations.revision(connection) == migrations.HEAD


def test_the_newest_revision_is_named() -> None:
    script = ScriptDirectory(str(migrations.SCRIPTS))
    assert script.get_current_head() == migrations.HEAD


NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "next", "{head}"


def upgrade() -> None:
    op.add_column("tokens", sa.Column("colour", sa.String))
"""


@pytest.mark.usefixtures("database")
def test_a_database_of_an_older_program_is_brought_up_to_date(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Control(home).close()
    scripts = shutil.copytree(migrations.SCRIPTS, tmp_path / "scripts")
    (scripts / "versions" / "next.py").write_text(NEXT.format(head=migrations.HEAD))
    monkeypatch.setattr(migrations, "SCRIPTS", scripts)
    monkeypatch.setattr(migrations, "HEAD", "next")
    with Control(home) as control, control.engine.connect() as connection:
        assert migrations.revision(connection) == "next"
        assert "colour" in {column["name"] for column in inspect(connection).get_columns("tokens")}


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
@pytest.mark.parametrize(("found", "advice"), [("9999", "newer version"), ("0003", "new home")])
def test_a_database_of_another_program_is_refused_and_left_alone(
    home: Path, found: str, advice: str
) -> None:
    with Control(home) as control, control.engine.begin() as connection:
        connection.execute(text(f"update alembic_version set version_num = '{found}'"))
    for _ in range(2):
        with pytest.raises(LadderError, match=rf"(?s)version {found}.*{advice}"):
            Control(home)
