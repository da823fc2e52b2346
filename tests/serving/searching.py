"""Where a text stands: in the files of a home, in packed ones, and in every table."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql


def places(home: Path, wanted: str) -> set[str]:
    """Return the files and tables that hold a text.

    Every file below the home is searched, members of zip files and cells of SQLite files too, and
    every table of the database where the environment names one.
    """
    found = {name for name, content in _contents(home) if wanted in content}
    return found | {name for name, row in _rows(home) if wanted in row}


def _contents(home: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every file, packed ones too."""
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        name = str(path.relative_to(home))
        yield name, path.read_bytes().decode("latin-1")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    yield f"{name}:{member}", archive.read(member).decode("latin-1")


def _rows(home: Path) -> Iterator[tuple[str, str]]:
    """Yield the table and the text of every row, of SQLite files and of the database."""
    for path in sorted(home.rglob("*.sqlite")) + sorted(home.rglob("*.db")):
        with closing(sqlite3.connect(path)) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table'")
            for (table,) in tables.fetchall():
                for row in connection.execute(f'select * from "{table}"'):
                    yield f"{path.relative_to(home)}:{table}", str(row)
    if url := os.environ.get("LADDER_DATABASE_URL"):
        every = (
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema not like 'pg_%'"
        )
        with psycopg.connect(url) as connection:
            for schema, table in connection.execute(every).fetchall():
                name = sql.Identifier(schema, table)
                for row in connection.execute(sql.SQL("select * from {}").format(name)):
                    yield f"{schema}.{table}", str(row)
