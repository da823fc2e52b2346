"""Who was erased: a keyed hash each, and the model versions that may have learnt from them."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from features.errors import LadderError
from serving.home import read_secret
from serving.store.audit import note
from serving.store.control import Control
from serving.store.run import now, to_datetime
from serving.store.tables import CONTROL, erased, handed, secret_marks, taught


@dataclass(frozen=True)
class Erased:
    """Tells who was erased; a value, so that it can be sent to other processes.

    Parameters
    ----------
    secret : bytes
        As `secret_of` returns it.
    persons : frozenset of str
        Keyed hashes.
    """

    secret: bytes
    persons: frozenset[str]

    def __call__(self, customer_ids: Sequence[str]) -> list[bool]:
        """Return of each id whether it was erased."""
        return [person(self.secret, each) in self.persons for each in customer_ids]


class Erasures:
    """The erasures of a control database."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def persons(self, known: frozenset[str] = frozenset()) -> frozenset[str]:
        """Return the keyed hashes of everybody who was erased.

        Whoever asks every second gives those `known` from the last time: they are read again only
        where there are more by now, as nobody's erasure is ever taken back.
        """
        with self._control.engine.connect() as connection:
            if known and connection.scalar(select(func.count()).select_from(erased)) == len(known):
                return known
            return persons_of(connection)

    def secret(self) -> bytes:
        """Return the secret by which people are erased; see `secret_of`."""
        with self._control.engine.connect() as connection:
            return secret_of(connection, self._control.home)

    def only_by(self, secret: bytes) -> bool:
        """Return whether nobody was erased, or objects, by another secret."""
        with self._control.engine.connect() as connection:
            return _only_by(connection, secret)

    def record(self, person: str, customer_id: str, bundles: Collection[str], who: str) -> None:
        """Keep that somebody is erased and delete every row about them; again if repeated.

        Whatever table names a customer in a column ``customer_id`` is searched, so that one added
        later cannot be forgotten.
        """
        with self._control.alone() as connection:
            _keep_mark(connection, secret_of(connection, self._control.home))
            same = erased.c.person == person
            if connection.scalar(select(erased.c.person).where(same)) is None:
                row = {"person": person, "erased_at": now(), "erased_by": who}
                connection.execute(insert(erased).values(row))
                versions = [{"person": person, "bundle_id": bundle} for bundle in bundles]
                if versions:
                    connection.execute(insert(taught), versions)
            for table in naming_customers():
                connection.execute(delete(table).where(table.c.customer_id == customer_id))
            note(connection, who, "erase", None, 1)

    def drop(self, customer_ids: Sequence[str]) -> None:
        """Delete what is kept of customers who object; what tools were handed tells them to forget.

        The next hand-over clears there who is on the list no more, and then here.
        """
        with self._control.alone() as connection:
            for table in naming_customers():
                if table is not handed:
                    connection.execute(delete(table).where(table.c.customer_id.in_(customer_ids)))

    def taught(self, person: str) -> dict[str, datetime | None]:
        """Return the model versions that may have learnt from somebody, and when each retired."""
        wanted = select(taught.c.bundle_id, taught.c.retired_at).where(taught.c.person == person)
        with self._control.engine.connect() as connection:
            rows = connection.execute(wanted.order_by(taught.c.bundle_id)).all()
        return {bundle: None if at is None else to_datetime(at) for bundle, at in rows}

    def teach(self, bundle: str, unread: Collection[str]) -> None:
        """Note that a model may have learnt from everybody erased, except those in `unread`."""
        with self._control.alone() as connection:
            noted = select(taught.c.person).where(taught.c.bundle_id == bundle)
            new = persons_of(connection) - frozenset(unread) - set(connection.scalars(noted))
            if new:
                rows = [{"person": person, "bundle_id": bundle} for person in sorted(new)]
                connection.execute(insert(taught), rows)

    def retire(self, serving: Collection[str]) -> None:
        """Note the moment for those model versions that serve no more."""
        gone = taught.c.retired_at.is_(None) & taught.c.bundle_id.not_in(serving)
        with self._control.engine.begin() as connection:
            connection.execute(update(taught).where(gone).values(retired_at=now()))


def naming_customers() -> Iterator[Table]:
    """Yield every control table that names customers."""
    return (table for table in CONTROL.sorted_tables if "customer_id" in table.c)


def persons_of(connection: Connection) -> frozenset[str]:
    """Return the keyed hashes of everybody who was erased, as a transaction sees them."""
    return frozenset(connection.scalars(select(erased.c.person)))


def erased_of(connection: Connection, home: Path, customer_ids: Sequence[str]) -> frozenset[str]:
    """Return who of some customers was erased, as a transaction sees it."""
    persons = persons_of(connection)
    if not persons:
        return frozenset()
    gone = Erased(secret_of(connection, home), persons)(customer_ids)
    return frozenset(each for each, erased in zip(customer_ids, gone, strict=True) if erased)


def secret_of(connection: Connection, home: Path) -> bytes:
    """Return the home's secret, as long as nobody was erased, or objects, by another.

    Raises
    ------
    LadderError
        If somebody was, or there is none (`serving.home.read_secret`).
    """
    secret = read_secret(home)
    if not _only_by(connection, secret):
        raise LadderError(
            "The secret must be the one by which it is kept who was erased and who objects.",
            "LADDER_SECRET, or without it the file `secret` in the home, is another: with it, "
            "erased people would come back, and who objects would be scored live.",
            "Set LADDER_SECRET to that secret, or restore the file from the back-up; on every "
            "machine that uses this store. If it is lost and nobody was erased: `ladder score`.",
        )
    return secret


def mark_objections(connection: Connection, secret: bytes, home: Path, *, some: bool) -> None:
    """Mark the home's secret as the one by which it is kept who objects, where `some` do.

    Objections are all kept anew, so that it may be another than before as long as nobody was
    erased.

    Raises
    ------
    LadderError
        As `secret_of` does, where somebody was erased.
    """
    if persons_of(connection):
        secret_of(connection, home)
    else:
        connection.execute(delete(secret_marks))
        if some:
            _keep_mark(connection, secret)


def _keep_mark(connection: Connection, secret: bytes) -> None:
    if connection.scalar(select(secret_marks.c.mark)) is None:
        connection.execute(insert(secret_marks).values(mark=mark_of(secret)))


def _only_by(connection: Connection, secret: bytes) -> bool:
    return connection.scalar(select(secret_marks.c.mark)) in (None, mark_of(secret))


def mark_of(secret: bytes) -> str:
    """Return by what a secret is known again: HMAC-SHA256, hexadecimal."""
    return hmac.digest(secret, b"mark", "sha256").hex()


def person(secret: bytes, customer_id: str) -> str:
    """Return the keyed hash of an id: HMAC-SHA256, hexadecimal."""
    return hmac.digest(secret, b"erased\0" + customer_id.encode(), "sha256").hex()
