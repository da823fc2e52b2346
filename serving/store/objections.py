"""Who objects to profiling, by keyed hashes: so that histories sent of them are not scored."""

from __future__ import annotations

import hmac
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from serving.home import read_secret
from serving.store.control import Control
from serving.store.edits import batched
from serving.store.erasures import mark_objections
from serving.store.tables import objecting


@dataclass(frozen=True)
class Objecting:
    """Tells who objects, in eight bytes each: five million fit into a server's memory.

    Parameters
    ----------
    secret : bytes
    persons : array of int64
        Hashes in ascending order.
    """

    secret: bytes
    persons: array[int]

    def __call__(self, customer_ids: Sequence[str]) -> list[bool]:
        """Return of each id whether it objects."""
        return [self._has(_hash(self.secret, each)) for each in customer_ids]

    def _has(self, person: int) -> bool:
        at = bisect_left(self.persons, person)
        return at < len(self.persons) and self.persons[at] == person


class Objections:
    """The objections of a control database: those in the shop's sources at the newest scoring."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def replace(self, customer_ids: Iterable[str]) -> None:
        """Keep that these customers object, and nobody else.

        Raises
        ------
        LadderError
            If people were erased by another secret than the home's.
        """
        secret = read_secret(self._control.home)
        found = {_hash(secret, each) for each in customer_ids}
        with self._control.alone() as connection:
            mark_objections(connection, secret, self._control.home, some=bool(found))
            kept = set(connection.scalars(select(objecting.c.person)))
            for part in batched(sorted(kept - found)):
                connection.execute(delete(objecting).where(objecting.c.person.in_(part)))
            for part in batched(sorted(found - kept)):
                connection.execute(insert(objecting), [{"person": each} for each in part])

    def read(self) -> Objecting:
        """Return who objects."""
        persons = select(objecting.c.person).order_by(objecting.c.person)
        with self._control.engine.connect() as connection:
            return Objecting(
                read_secret(self._control.home), array("q", connection.scalars(persons))
            )


def _hash(secret: bytes, customer_id: str) -> int:
    """Return the first eight bytes of an id's HMAC-SHA256; another one than an erasure's."""
    digest = hmac.digest(secret, b"objecting\0" + customer_id.encode(), "sha256")
    return int.from_bytes(digest[:8], signed=True)
