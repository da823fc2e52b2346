"""The control database: which run serves, who may ask, how much was asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from features.errors import LadderError
from serving.store.databases import control_engine
from serving.store.run import PublishedRun, RunInfo, instant, now
from serving.store.tables import CONTROL, pointer, reads, runs, schema, tokens
from serving.tokens import Token

VERSION = 1
"""Version of the tables. A database of a newer version is refused."""


def run_path(home: Path, run_id: str) -> Path:
    """Return the file of a published run."""
    return home / "runs" / f"{run_id}.sqlite"


class Control:
    """The control database of a home; made on first use, closed by ``with`` or :meth:`close`.

    Parameters
    ----------
    home : Path
        An open home.

    Raises
    ------
    LadderError
        If the database was made by a newer program.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._engine = control_engine(home / "control.sqlite")
        with self._engine.begin() as connection:
            # Two programs may start at once: the first makes the tables, the second waits here.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            CONTROL.create_all(connection)
            _check_version(connection, home)

    def __enter__(self) -> Control:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the database."""
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def serving(self) -> str | None:
        """Return the id of the run that serves, or None before the first."""
        with self._engine.connect() as connection:
            return connection.scalar(select(pointer.c.run_id))

    def runs(self) -> tuple[PublishedRun, ...]:
        """Return the published runs, newest first."""
        with self._engine.connect() as connection:
            serving = connection.scalar(select(pointer.c.run_id))
            newest = runs.c.published_at.desc(), runs.c.run_id.desc()
            rows = connection.execute(select(runs).order_by(*newest)).all()
        return tuple(_published(row, serving) for row in rows)

    def add_run(self, run_id: str, info: RunInfo, customers: int) -> None:
        """Name a run whose file is in place, and make it serve, in one transaction."""
        at = now()
        with self._engine.begin() as connection:
            connection.execute(
                insert(runs).values(
                    run_id=run_id, published_at=at, customers=customers, info=info.to_json()
                )
            )
            _point(connection, run_id, at)

    def use(self, wanted: str) -> PublishedRun:
        """Make a published run serve, named by its id or the beginning of it.

        Raises
        ------
        LadderError
            If it names no run, or more than one.
        """
        found = [run for run in self.runs() if wanted and run.run_id.startswith(wanted)]
        if len(found) != 1:
            raise LadderError(
                "A run must be named by its id, or by a beginning that only it has.",
                f"{wanted!r} names {len(found)} published runs.",
                "Run `ladder runs` to see them.",
            )
        with self._engine.begin() as connection:
            _point(connection, found[0].run_id, now())
        return found[0]

    def retire(self, keep: int) -> None:
        """Forget all but the newest `keep` runs; the run that serves always stays."""
        with self._engine.begin() as connection:
            newest = select(runs.c.run_id).order_by(
                runs.c.published_at.desc(), runs.c.run_id.desc()
            )
            kept = set(connection.scalars(newest.limit(keep)))
            kept |= set(connection.scalars(select(pointer.c.run_id)))
            connection.execute(delete(runs).where(runs.c.run_id.not_in(kept)))

    def tokens(self) -> tuple[Token, ...]:
        """Return every token, revoked and expired ones too, oldest first."""
        with self._engine.connect() as connection:
            ordered = select(tokens).order_by(tokens.c.created_at, tokens.c.token_id)
            return tuple(_token(row) for row in connection.execute(ordered))

    def add_token(self, token: Token) -> None:
        """Keep a new token."""
        row = {**vars(token), "scopes": ",".join(sorted(token.scopes))}
        with self._engine.begin() as connection:
            connection.execute(insert(tokens).values(row))

    def add_first_token(self, token: Token) -> bool:
        """Keep a token if there never was one; return whether it was kept."""
        row = {**vars(token), "scopes": ",".join(sorted(token.scopes))}
        with self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            if connection.scalar(select(tokens.c.token_id).limit(1)) is not None:
                return False
            connection.execute(insert(tokens).values(row))
        return True

    def revoke(self, wanted: str) -> Token:
        """Revoke a token by its id or name.

        Raises
        ------
        LadderError
            If it names no live token, or more than one.
        """
        live = [token for token in self.tokens() if token.revoked_at is None]
        found = [token for token in live if wanted in (token.token_id, token.name)]
        if len(found) != 1:
            raise LadderError(
                "A token must be named by its id, or by a name that only it has.",
                f"{wanted!r} names {len(found)} of {len(live)} live tokens.",
                "Run `ladder token list` to see them.",
            )
        with self._engine.begin() as connection:
            chosen = tokens.c.token_id == found[0].token_id
            connection.execute(update(tokens).where(chosen).values(revoked_at=now()))
        return found[0]

    def count_reads(self, counts: Mapping[tuple[str, int, str], int]) -> None:
        """Add to the audit: customers asked about, by (token, minute, action)."""
        if not counts:
            return
        rows = [
            {"token_id": token, "minute": minute, "action": action, "customers": number}
            for (token, minute, action), number in counts.items()
        ]
        added = upsert(reads)
        added = added.on_conflict_do_update(
            index_elements=["token_id", "minute", "action"],
            set_={"customers": reads.c.customers + added.excluded.customers},
        )
        with self._engine.begin() as connection:
            connection.execute(added, rows)

    def reads(self) -> tuple[dict[str, Any], ...]:
        """Return the audit's counts, oldest first."""
        with self._engine.connect() as connection:
            ordered = select(reads).order_by(reads.c.minute, reads.c.token_id, reads.c.action)
            return tuple(dict(row) for row in connection.execute(ordered).mappings())


def _check_version(connection: Connection, home: Path) -> None:
    """Write the version into a new database; refuse one from the future."""
    found = connection.scalar(select(schema.c.version))
    if found is None:
        connection.execute(insert(schema).values(version=VERSION))
    elif found > VERSION:
        raise LadderError(
            f"The score store must be of version {VERSION} or older.",
            f"The one in {home} is of version {found}.",
            "Use the newer version of ladder that made it.",
        )


def _point(connection: Connection, run_id: str, at: int) -> None:
    """Move the pointer within the caller's transaction."""
    connection.execute(delete(pointer))
    connection.execute(insert(pointer).values(id=1, run_id=run_id, moved_at=at))


def _published(row: Row[Any], serving: str | None) -> PublishedRun:
    info = RunInfo.from_json(row.info)
    at = instant(row.published_at)
    return PublishedRun(row.run_id, at, row.customers, info, row.run_id == serving)


def _token(row: Row[Any]) -> Token:
    return Token(**{**row._mapping, "scopes": frozenset(row.scopes.split(","))})
