"""Saved lists: who was chosen, who of them is held out, and the results of contacting them."""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from serving.explanations.sentences import Words
from serving.store.audit import note
from serving.store.control import Control
from serving.store.edits import batched
from serving.store.erasures import erased_of
from serving.store.run import now
from serving.store.tables import members, results, saved_lists

LIST_ID = re.compile(r"list-[0-9a-f]{12}")
"""How lists are named."""

_SAME = (results.c.list_id == members.c.list_id) & (results.c.customer_id == members.c.customer_id)
"""A result and whose it is."""


@dataclass(frozen=True)
class Member:
    """One person on a list: whether to contact them, and what the list shows of them."""

    customer_id: str
    contact: str
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class SavedList:
    """A list that was drawn.

    Parameters
    ----------
    list_id : str
        Its name.
    asked : mapping
        What was asked for: kind, filters, limits.
    run_id : str
        The run it was drawn from.
    as_of : date
        The cutoff day of that run.
    ends_on : date
        The day its horizon ends, in the time of runs: until then its hold-out is on no list.
    summary : mapping
        How many, what it is worth, what a reader must know; ``phrases``: what reasons say.
    saved_at : int
        Microseconds since 1970, UTC.
    """

    list_id: str
    asked: Mapping[str, Any]
    run_id: str
    as_of: date
    ends_on: date
    summary: Mapping[str, Any]
    saved_at: int

    @property
    def words(self) -> Words:
        """What turns the members' reasons into sentences."""
        return Words(self.summary.get("phrases", {}), self.summary["currency"])


@dataclass(frozen=True)
class Result:
    """What became of one member: whether they did what the campaign was for."""

    customer_id: str
    responded: bool
    spend: float | None = None
    cost: float | None = None


class Campaigns:
    """The saved lists of a control database."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def save(
        self,
        drawn: SavedList,
        people: Sequence[Member],
        who: str,
        key: str | None = None,
        rest_days: int = 0,
    ) -> SavedList | None:
        """Keep a list; None if one of its people was taken since it was drawn.

        Taken is who was held out or erased, and who was to be contacted less than `rest_days`
        before or after. Whoever repeats a `key` gets the list that was saved under it.
        """
        try:
            with self._control.alone() as connection:
                ids = [member.customer_id for member in people]
                taken = held_out_on(connection, drawn.as_of)
                if rest_days:
                    taken |= reached_within(connection, drawn.as_of, rest_days).keys()
                if taken.intersection(ids) or erased_of(connection, self._control.home, ids):
                    return None
                _insert(connection, drawn, people, who, key)
        except IntegrityError:
            found = self.by_key(key) if key else None
            if found is None:
                raise
            return found
        return drawn

    def by_key(self, key: str) -> SavedList | None:
        """Return the list that was saved under a key, or None."""
        return self._one(saved_lists.c.key == key)

    def find(self, list_id: str) -> SavedList | None:
        """Return a list by its name, or None."""
        return self._one(saved_lists.c.list_id == list_id)

    def _one(self, condition: ColumnElement[bool]) -> SavedList | None:
        with self._control.engine.connect() as connection:
            row = connection.execute(select(saved_lists).where(condition)).first()
        return None if row is None else _saved(row)

    def all(self, before: int | None = None, limit: int | None = None) -> tuple[SavedList, ...]:
        """Return the lists, newest first; only so many, and saved `before` an instant, if given."""
        ordered = select(saved_lists).order_by(saved_lists.c.saved_at.desc()).limit(limit)
        if before is not None:
            ordered = ordered.where(saved_lists.c.saved_at < before)
        with self._control.engine.connect() as connection:
            return tuple(map(_saved, connection.execute(ordered)))

    def count(self, run_id: str) -> int:
        """Return how many lists were saved of a run."""
        of_it = select(func.count()).where(saved_lists.c.run_id == run_id)
        with self._control.engine.connect() as connection:
            return connection.scalar(of_it) or 0

    def members(
        self, list_id: str, contact: str | None = "yes", after: int = -1, limit: int | None = None
    ) -> Iterator[tuple[int, Member]]:
        """Yield a list's people with their positions, best first; all arms for `contact` None."""
        wanted = select(members).where(members.c.list_id == list_id, members.c.position > after)
        if contact:
            wanted = wanted.where(members.c.contact == contact)
        with self._control.engine.connect() as connection:
            rows = connection.execute(wanted.order_by(members.c.position).limit(limit)).all()
        for row in rows:
            yield row.position, Member(row.customer_id, row.contact, json.loads(row.shown))

    def people(self, list_id: str, contact: str | None = None) -> list[str]:
        """Return the ids of a list's people, best first; of all arms, or of one."""
        return [member.customer_id for _, member in self.members(list_id, contact)]

    def held_out(self, day: date, drawn_by: date | None = None) -> frozenset[str]:
        """Return who is in a hold-out that is open on a day.

        Lists as of later days count, too, unless `drawn_by` is the last that does: what is served
        as of an earlier day is served while those campaigns run.
        """
        with self._control.engine.connect() as connection:
            return held_out_on(connection, day, drawn_by)

    def reached(self, day: date, within: int) -> Mapping[str, date]:
        """Return who was to be contacted by lists less than so many days from a day, and when."""
        with self._control.engine.connect() as connection:
            return reached_within(connection, day, within)

    def named_between(self, kind: str, start: date, end: date) -> int:
        """Return how many people lists of a kind named to contact, as of days in [start, end)."""
        ids = [
            saved.list_id
            for saved in self.all()
            if saved.asked["kind"] == kind and start <= saved.as_of < end
        ]
        people = select(func.count(members.c.customer_id.distinct()))
        wanted = people.where(members.c.contact == "yes", members.c.list_id.in_(ids))
        with self._control.engine.connect() as connection:
            return connection.scalar(wanted) or 0

    def add_results(self, list_id: str, given: Sequence[Result], who: str) -> tuple[str, ...]:
        """Keep results of a list's members and return the ids that are not on it."""
        with self._control.alone() as connection:
            of_list = select(members.c.customer_id).where(members.c.list_id == list_id)
            listed = set(connection.scalars(of_list))
            rows = {
                result.customer_id: {**vars(result), "list_id": list_id, "told_at": now()}
                for result in given
                if result.customer_id in listed
            }
            for part in batched(rows):
                old = results.c.list_id == list_id, results.c.customer_id.in_(part)
                connection.execute(delete(results).where(*old))
            if rows:
                connection.execute(insert(results), [*rows.values()])
            note(connection, who, "results", list_id, len(rows))
        return tuple(result.customer_id for result in given if result.customer_id not in listed)

    def responses(self, list_ids: Sequence[str]) -> Mapping[str, Counter[tuple[str, bool]]]:
        """Return by list how many people of each arm responded, and how many did not."""
        by = results.c.list_id, members.c.contact, results.c.responded
        wanted = select(*by, func.count()).join_from(results, members, _SAME).group_by(*by)
        found: dict[str, Counter[tuple[str, bool]]] = {name: Counter() for name in list_ids}
        with self._control.engine.connect() as connection:
            for part in batched(list_ids):
                counted = connection.execute(wanted.where(results.c.list_id.in_(part)))
                for name, arm, responded, people in counted:
                    found[name][arm, responded] = people
        return found

    def results(self, list_id: str) -> list[tuple[str, Result]]:
        """Return what is known of a list's members, each with the arm they were in."""
        wanted = select(members.c.contact, results).join_from(results, members, _SAME)
        with self._control.engine.connect() as connection:
            rows = connection.execute(wanted.where(results.c.list_id == list_id)).all()
        return [
            (row.contact, Result(row.customer_id, row.responded, row.spend, row.cost))
            for row in rows
        ]


def new_list_id() -> str:
    """Return a name for a list."""
    return f"list-{secrets.token_hex(6)}"


def held_out_on(connection: Connection, day: date, drawn_by: date | None = None) -> frozenset[str]:
    """Return who is in a hold-out that is open on a day, as a transaction sees it."""
    open_ones = select(members.c.customer_id).join_from(members, saved_lists)
    held = open_ones.where(members.c.contact == "held_out", saved_lists.c.ends_on > day)
    if drawn_by is not None:
        held = held.where(saved_lists.c.as_of <= drawn_by)
    return frozenset(connection.scalars(held))


def reached_within(connection: Connection, day: date, days: int) -> dict[str, date]:
    """Return who was to be contacted by lists around a day, as a transaction sees it.

    Of those who were named more than once, the day that is nearest.
    """
    named = select(members.c.customer_id, saved_lists.c.as_of).join_from(members, saved_lists)
    wanted = named.where(
        members.c.contact == "yes",
        saved_lists.c.as_of > day - timedelta(days),
        saved_lists.c.as_of < day + timedelta(days),
    )
    nearest: dict[str, date] = {}
    for row in connection.execute(wanted.distinct()):
        known = nearest.get(row.customer_id, row.as_of)
        nearest[row.customer_id] = min(known, row.as_of, key=lambda named_on: abs(named_on - day))
    return nearest


def _insert(
    connection: Connection, drawn: SavedList, people: Sequence[Member], who: str, key: str | None
) -> None:
    written = {"asked": json.dumps(drawn.asked), "summary": json.dumps(drawn.summary)}
    row = {**vars(drawn), **written, "key": key, "saved_by": who}
    connection.execute(insert(saved_lists).values(row))
    rows = [
        {
            "list_id": drawn.list_id,
            "position": position,
            "customer_id": member.customer_id,
            "contact": member.contact,
            "shown": json.dumps(member.shown, ensure_ascii=False, default=str),
        }
        for position, member in enumerate(people)
    ]
    if rows:
        connection.execute(insert(members), rows)
    note(connection, who, f"list:{drawn.asked['kind']}", drawn.list_id, len(rows))


def _saved(row: Row[Any]) -> SavedList:
    values = {name: row._mapping[name] for name in SavedList.__dataclass_fields__}
    read = {"asked": json.loads(row.asked), "summary": json.loads(row.summary)}
    return SavedList(**{**values, **read})
