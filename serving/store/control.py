"""The control database: which run serves, who may ask, how much was asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from features.errors import LadderError
from features.resources.closing import Closing
from serving.store.audit import COMMAND_LINE, note
from serving.store.messages import announce
from serving.store.migrations import upgrade
from serving.store.place import find_place
from serving.store.refusal import answering
from serving.store.run import PublishedRun, RunInfo, now, to_datetime
from serving.store.tables import bundles, pointer, reads, runs, tokens
from serving.tokens import Token

_NEWEST_FIRST = (runs.c.published_at.desc(), runs.c.run_id.desc())
"""The order in which runs are told."""


class Control(Closing):
    """The control database of a home; made on first use, closed by ``with`` or :meth:`close`.

    It is a SQLite file in the home, or on the PostgreSQL server that ``LADDER_DATABASE_URL`` names.
    One of an older version is brought up to date first.

    Parameters
    ----------
    home : Path
        An open home.

    Attributes
    ----------
    engine : sqlalchemy.Engine
        Opens connections to it.
    place : Place
        Where it is, and the runs with it.

    Raises
    ------
    LadderError
        If the database was made by a newer program, is damaged, or does not answer.
    UsageError
        If ``LADDER_DATABASE_URL`` is not the address of a PostgreSQL database.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.place = find_place(home)
        self.engine = self.place.control_engine()
        try:
            with answering(self.place.name):
                upgrade(self.place, self.engine)
        except BaseException:
            self.engine.dispose()
            raise

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Yield a transaction that waits for others who write alone: what it reads stays true."""
        with self.engine.begin() as connection:
            self.place.lock_writers(connection)
            yield connection

    def serving(self) -> str | None:
        """Return the id of the run that serves, or None before the first."""
        with self.engine.connect() as connection:
            return connection.scalar(select(pointer.c.run_id))

    def runs(self) -> tuple[PublishedRun, ...]:
        """Return the published runs, newest first."""
        # One statement, so that the pointer is never read beside runs of another moment.
        marked = select(runs, pointer.c.run_id.is_not(None).label("serving"))
        joined = marked.outerjoin_from(runs, pointer, runs.c.run_id == pointer.c.run_id)
        with self.engine.connect() as connection:
            rows = connection.execute(joined.order_by(*_NEWEST_FIRST)).all()
        return tuple(map(_published, rows))

    def serving_run(self) -> PublishedRun | None:
        """Return the run that serves, or None before the first."""
        return next((run for run in self.runs() if run.serving), None)

    def enter(self, connection: Connection, run_id: str, info: RunInfo, customers: int) -> None:
        """Name a run that is whole, and make it serve, in the publisher's transaction."""
        at = now()
        row = {"run_id": run_id, "published_at": at, "customers": customers}
        before = connection.scalar(select(pointer.c.run_id))
        connection.execute(insert(runs).values(**row, info=info.to_json()))
        _point(connection, run_id, at)
        note(connection, COMMAND_LINE, "score", run_id, customers)
        published = PublishedRun(run_id, to_datetime(at), customers, info, serving=True)
        announce(connection, before, published, at)

    def use(self, wanted: str) -> PublishedRun:
        """Make a published run serve, named by its id or the beginning of it.

        Raises
        ------
        LadderError
            If it names no run, or more than one.
        """
        with self.alone() as connection:  # nobody retires it meanwhile
            chosen = replace(self._named(wanted), serving=True)
            before, at = connection.scalar(select(pointer.c.run_id)), now()
            _point(connection, chosen.run_id, at)
            note(connection, COMMAND_LINE, "runs use", chosen.run_id)
            if before != chosen.run_id:
                announce(connection, before, chosen, at)
        return chosen

    def _named(self, wanted: str) -> PublishedRun:
        """Return the run that a text names."""
        found = [run for run in self.runs() if wanted and run.run_id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        raise LadderError(
            "A run must be given by its id, or by a unique beginning of it.",
            f"{len(found) or 'No'} published runs begin with {wanted!r}.",
            "Run `ladder runs` to see them.",
        )

    def retire(self, keep: int) -> None:
        """Forget all but the newest `keep` runs; the run that serves always stays."""
        with self.alone() as connection:  # nobody makes one of them serve meanwhile
            newest = select(runs.c.run_id).order_by(*_NEWEST_FIRST)
            kept = set(connection.scalars(newest.limit(keep)))
            kept |= set(connection.scalars(select(pointer.c.run_id)))
            connection.execute(delete(runs).where(runs.c.run_id.not_in(kept)))
            named = {
                RunInfo.from_json(info).model_version
                for info in connection.scalars(select(runs.c.info))
            }
            connection.execute(delete(bundles).where(bundles.c.bundle_id.not_in(named)))

    def tokens(self) -> tuple[Token, ...]:
        """Return every token, revoked and expired ones too, oldest first."""
        with self.engine.connect() as connection:
            ordered = select(tokens).order_by(tokens.c.created_at, tokens.c.token_id)
            return tuple(_token(row) for row in connection.execute(ordered))

    def add_token(self, token: Token) -> None:
        """Keep a new token."""
        with self.engine.begin() as connection:
            _insert_token(connection, token)

    def add_first_token(self, token: Token) -> bool:
        """Keep a token if there never was one; return whether it was kept."""
        with self.alone() as connection:
            if connection.scalar(select(tokens.c.token_id).limit(1)) is not None:
                return False
            _insert_token(connection, token)
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
                "A token must be given by its id, or by a name that is unique.",
                f"{len(found) or 'No'} live tokens have the id or name {wanted!r}.",
                "Run `ladder token list` to see them.",
            )
        with self.engine.begin() as connection:
            chosen = tokens.c.token_id == found[0].token_id
            connection.execute(update(tokens).where(chosen).values(revoked_at=now()))
            note(connection, COMMAND_LINE, "token revoke", found[0].token_id)
        return found[0]

    def count_reads(self, counts: Mapping[tuple[str, int, str], int]) -> None:
        """Add to the audit: customers asked about, by (token, minute, action)."""
        if not counts:
            return
        rows = [
            {"token_id": token, "minute": minute, "action": action, "customers": number}
            for (token, minute, action), number in counts.items()
        ]
        with self.engine.begin() as connection:
            added = _insert_for(connection, reads)
            total = reads.c.customers + added.excluded.customers
            counted = added.on_conflict_do_update(
                index_elements=["token_id", "minute", "action"], set_={"customers": total}
            )
            connection.execute(counted, rows)

    def reads(self) -> tuple[dict[str, Any], ...]:
        """Return the audit's counts, oldest first."""
        with self.engine.connect() as connection:
            ordered = select(reads).order_by(reads.c.minute, reads.c.token_id, reads.c.action)
            return tuple(dict(row) for row in connection.execute(ordered).mappings())


def _point(connection: Connection, run_id: str, at: int) -> None:
    """Move the pointer within the caller's transaction."""
    moved = {"run_id": run_id, "moved_at": at}
    first = _insert_for(connection, pointer).values(id=1, **moved)
    connection.execute(first.on_conflict_do_update(index_elements=["id"], set_=moved))


def _insert_for(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that can be told what to do where the key is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _published(row: Row[Any]) -> PublishedRun:
    info = RunInfo.from_json(row.info)
    return PublishedRun(row.run_id, to_datetime(row.published_at), row.customers, info, row.serving)


def _insert_token(connection: Connection, token: Token) -> None:
    row = {**vars(token), "scopes": ",".join(sorted(token.scopes))}
    connection.execute(insert(tokens).values(row))
    note(connection, COMMAND_LINE, "token create", token.token_id)


def _token(row: Row[Any]) -> Token:
    return Token(**{**row._mapping, "scopes": frozenset(row.scopes.split(","))})
