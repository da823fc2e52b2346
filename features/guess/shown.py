"""What a file that a person shows seems to hold: proposals, from names and values."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from features.errors import LadderError
from features.guess import changes
from features.guess.completion import (
    among,
    came_about,
    complete_contacts,
    complete_events,
    complete_orders,
    find_customer,
    guests,
    told_once,
)
from features.guess.consent import agreed
from features.guess.encodings import encoding_of
from features.guess.glimpse import Glimpse
from features.guess.happenings import filed_under, meanings, purchases
from features.guess.likeness import FLAGS, INSTANTS, NUMBERS, in_hundredths, matched
from features.guess.names import NAMES
from features.guess.proposal import Guess
from features.reading.sources import Relation, opened
from features.sections import Source
from features.tables import KINDS, TABLES, VALID_FROM
from features.workspace import Workspace, identifier

_CURRENCIES_SHOWN = 5
_UTC = re.compile(r"(?:\b|_)(?:UTC|GMT)(?:\b|_)", re.IGNORECASE)
_VALUE = re.compile(r"[-+]?\d[\d.,]*|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.*")
"""What no column is called: a number, a date."""


def guesses(path: Path) -> list[Guess]:
    """Propose a table and a mapping for a CSV, Parquet or JSON file; more where it tells more.

    An event log tells purchases, too, and customers who brought them.

    Raises
    ------
    UsageError
        If there is no such file, or it is of another kind.
    LadderError
        If it is damaged or empty, its columns are divided by spaces, or a CSV's first line names
        no columns.
    """
    with Workspace() as workspace:
        source = Source(source=str(path.absolute()), encoding=encoding_of(path))
        with opened(workspace, source, "shown", path.parent) as relation:
            _refuse_spaces(path, relation)
            _refuse_values_as_names(path, relation)
            found = _Shown(workspace, relation, path.stem).guesses()
        return [replace(one, encoding=source.encoding) for one in found]


def _refuse_spaces(path: Path, relation: Relation) -> None:
    """Refuse a file whose columns are divided by spaces: it reads as one column."""
    if len(relation.columns) == 1 and len((names := next(iter(relation.columns))).split()) > 2:
        raise LadderError(
            "A text file's columns must be divided by commas, semicolons, tabs or bars.",
            f"{path.name} begins with one column: {names.strip()}.",
            "Save it as CSV; a spreadsheet reads columns of fixed width, too.",
        )


def _refuse_values_as_names(path: Path, relation: Relation) -> None:
    """Refuse a file whose first line is a row: half of its columns would be called like values."""
    values = [name for name in relation.columns if _VALUE.fullmatch(name)]
    if 2 * len(values) >= len(relation.columns):
        raise LadderError(
            "A CSV file's first line must name its columns.",
            f"{path.name} begins with {', '.join(relation.columns)}.",
            "Add a line of names: customer_id, order_id, ordered_at, amount, for example.",
        )


class _Shown:
    """A file that a person shows, and what can be seen in it."""

    def __init__(self, workspace: Workspace, relation: Relation, called: str) -> None:
        self.seen, self.called = Glimpse(workspace, relation), called
        self.found = {table: matched(table, self.seen) for table in NAMES}
        self.held = self._held()

    def guesses(self) -> list[Guess]:
        """Return what the file seems to hold; purchases among other events are orders."""
        event, bought = self._log()
        if event is None:
            guess = self._guess(self._table())
            # Of several rows per customer, each would tell of the same friend.
            return [guess, *([] if self.held else self._referrals(guess))]
        if not bought or not {"amount", "price"} & self.found["orders"].keys():
            return [self._guess("engagement")]
        others = among(self.seen, event, bought, they=False)
        return [
            self._guess("engagement", [others], bought),
            self._guess("orders", [among(self.seen, event, bought, they=True)]),
        ]

    def _held(self) -> dict[str, str]:
        """Return what customers have, where they have several rows that say since when."""
        people = self.found["customers"]
        customer, since = people.get("customer_id"), people.get(VALID_FROM.name)
        happened = filed_under(self.called) not in (None, "subscribed")
        if not customer or not since or happened or self.seen.is_unique(customer):
            return {}
        return changes.held(self.seen, people.values(), since)

    def _referrals(self, people: Guess) -> list[Guess]:
        """Return the referrals that customers tell: who brought them, when they signed up."""
        customer, referrer, when = map(
            people.columns.get, ("customer_id", "referred_by", "signed_up_at")
        )
        if people.table != "customers" or not (customer and referrer and when):
            return []
        friend, bringer = identifier(customer), identifier(referrer)
        if not self.seen.commonest(referrer, f"{bringer}::VARCHAR <> {friend}::VARCHAR"):
            return []  # a column for it, and nobody in it
        columns = {"customer_id": referrer, "occurred_at": when, "kind": "'referred'"}
        return [
            Guess(
                "engagement",
                columns,
                f"{bringer} is not null and {bringer} <> {friend}",
                {"kind": "a friend of theirs signed up"},
                people.has,
                kinds=("referred",),
                told_besides=True,
            )
        ]

    def _log(self) -> tuple[str | None, list[str]]:
        """Return the column of events of an event log, and which events are purchases.

        Orders may have a column of that name, too: of a log they have more than its purchases.
        """
        event, orders = self.found["engagement"].get("kind"), self.found["orders"]
        events = self.seen.commonest(event)
        if (alone := self._alone_with_a_sum(event)) is not None:
            return event, [] if meanings([alone], rated=True) or alone in KINDS else [alone]
        is_paid = "amount" in orders or {"quantity", "price"} <= orders.keys()
        bought = purchases(events)
        if is_paid and not (bought and meanings(events, rated=True)):
            return None, []
        return event, bought

    def _alone_with_a_sum(self, event: str | None) -> str | None:
        """Return the one of several events whose rows alone hold an amount."""
        amount = self.found["orders"].get("amount")
        if event is None or amount is None or len(self.seen.commonest(event)) == 1:
            return None
        paid = self.seen.commonest(event, f"{identifier(amount)} is not null")
        return paid[0] if len(paid) == 1 else None

    def _guess(
        self, table: str, conditions: Collection[str] = (), sold: Collection[str] = ()
    ) -> Guess:
        columns, remarks = dict(self.found[table]), dict[str, str]()
        find_customer(self.seen, columns, remarks)
        customer, kinds = columns.get("customer_id"), tuple[str, ...]()
        wanted = [*conditions]
        if customer and self.seen.has_gaps(customer):
            wanted.append(f"{identifier(customer)} is not null")
        if customer and customer in self.seen.types and self.seen.stands_out(customer, "0"):
            wanted.append(f"{identifier(customer)} <> {self._zero(customer)}")  # all guests
            remarks["customer_id"] = guests(self.seen)
        if table == "orders":
            wanted += came_about(self.seen)
            complete_orders(self.seen, columns, remarks)
            wanted += told_once(self.seen, columns)
        if table == "contacts":
            complete_contacts(self.seen, columns, remarks)
        if table == "engagement":
            if sold and columns.get("value") == self.found["orders"].get("amount"):
                columns.pop("value", None)  # which only purchases have
            kinds = complete_events(self.seen, columns, remarks, self.called, sold)
        columns.pop("price", None)
        is_utc = any(_UTC.search(columns.get(name, "")) for name in INSTANTS)
        self._read_numbers(columns, remarks)
        self._read_dates(columns, remarks)
        self._read_flags(columns, remarks)
        currencies, own = self._currencies(columns.get("currency"))
        if len(currencies) > 1:
            held = ", ".join(currencies[:_CURRENCIES_SHOWN])
            remarks["currency"] = f"holds {held}: convert, or leave all but one out with where"
        if "@" in "".join(self.seen.texts(customer or "")[:100]):
            remarks["customer_id"] = "an e-mail is not a good id: people change it"
        order = [column.name for column in TABLES[table].columns]
        mapped = {name: columns[name] for name in order if name in columns}
        if table == "customers" and self.held:
            mapped |= {VALID_FROM.name: columns[VALID_FROM.name], **self.held}
            remarks[VALID_FROM.name] = "since when a row holds; did the shop know it by then?"
        return Guess(
            table,
            mapped,
            " and ".join(wanted) or None,
            remarks,
            tuple(self.seen.types),
            own,
            kinds,
            days=self._days(columns),
            is_utc=is_utc,
        )

    def _zero(self, column: str) -> str:
        """Return 0 as a column has it."""
        return "0" if self.seen.is_number(column) else "'0'"

    def _days(self, columns: dict[str, str]) -> int | None:
        instant = columns.get("ordered_at") or columns.get("occurred_at")
        return self.seen.days(instant) if instant else None

    def _table(self) -> str:
        """Return the table whose tell-tale columns the file has, which is no event log."""
        orders, contacts = self.found["orders"], self.found["contacts"]
        customers = self.found["customers"]
        if {"campaign", "arm"} <= contacts.keys():
            return "contacts"
        goods = {"quantity", "price"}, {"product_id", "price"}, {"order_id", "ordered_at"}
        if "amount" in orders or any(told <= orders.keys() for told in goods):
            return "orders"
        if self.held:
            return "customers"
        telling = customers.keys() - {"customer_id", "acquired_by", VALID_FROM.name}
        if telling and self.seen.is_unique(customers.get("customer_id")):
            return "customers"
        if {"profiling_allowed", "marketing_allowed"} & telling:
            return "customers"  # some of them twice: no event says what somebody agreed to
        if "occurred_at" in self.found["engagement"]:
            return "engagement"
        is_of_people = self.seen.is_unique(customers.get("customer_id"))
        return "customers" if is_of_people and len(self.seen.types) > 1 else "orders"

    def _read_numbers(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say how numbers are written that are not plain."""
        for name in NUMBERS:
            column = columns.get(name)
            if column not in self.seen.types:
                continue
            sql = self.seen.number(column)
            if name != "quantity" and in_hundredths(column) and self.seen.is_whole(column):
                columns[name] = f"{sql} / 100"
                remarks[name] = "read as hundredths"
            elif self.seen.may_be_thousands(column):
                remarks[name] = "is the point the decimal mark, or are these thousands?"
            elif sql != identifier(column):
                columns[name] = sql
                mark = "comma" if self.seen.mark(column) == "," else "point"
                remarks[name] = f"is the {mark} the decimal mark?"

    def _read_dates(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say how dates are written that are not ISO 8601."""
        for name in INSTANTS:
            column = columns.get(name)
            if column is not None and not self.seen.is_date(column):
                columns[name], remarks[name] = self.seen.written(column) or (column, "when")

    def _read_flags(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say which words mean yes where they are not read as they are."""
        for name in FLAGS:
            column = columns.get(name)
            if column is None or column not in self.seen.types:
                continue
            text = identifier(column)
            if self.seen.types[column] != "VARCHAR":
                text = f"cast({text} as varchar)"
            read = agreed(text, self.seen.texts(column), gaps=self.seen.has_gaps(column))
            if read:
                columns[name], remarks[name] = read, "are these the words for yes?"

    def _currencies(self, column: str | None) -> tuple[list[str], str | None]:
        """Return the currencies in a column, the commonest first, and which is the shop's."""
        texts = self.seen.commonest(column)
        held = [text.upper() for text in texts]
        if column is None or not all(re.fullmatch("[A-Z]{3}", name) for name in held):
            return [], None
        known = bool(held) and self.seen.stands_out(column, texts[0])
        return held, held[0] if known else None
