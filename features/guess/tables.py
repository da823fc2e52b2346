"""Which tables a file holds, and how its columns map to theirs, from names and values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from features.guess.amounts import complete_amount, less_refunds, one_row_per_order
from features.guess.attributes import attribute_columns
from features.guess.columns import refuse_spaces, refuse_values_as_names
from features.guess.completion import (
    complete_contacts,
    complete_events,
    complete_orders,
    condition_on_first_lines,
    condition_on_values,
    find_customer,
    give_back_to_payer,
    guests_remark,
)
from features.guess.derived import derived
from features.guess.events import kind_of_file, match_kinds, purchases
from features.guess.matching import FLAGS, INSTANTS, NUMBERS, in_hundredths, match_columns
from features.guess.names import NAMES
from features.guess.profile import FileProfile
from features.guess.proposal import YEARS, Guess
from features.guess.undone import conditions_on_orders, remarks_on_statuses
from features.guess.wide import in_rows, read_by
from features.reading.notation import flag_sql
from features.reading.sources import opened
from features.reading.texts import encoding_of
from features.resources.workspace import Workspace, identifier
from features.settings.sections import Source
from features.tables import KINDS, TABLES, VALID_FROM

_CURRENCIES_SHOWN = 5
_UTC = re.compile(r"(?:\b|_)(?:UTC|GMT)(?:\b|_)", re.IGNORECASE)


def guesses(path: Path) -> list[Guess]:
    """Propose a mapping for each table that a CSV, Parquet or JSON file has rows of.

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
            refuse_spaces(path, relation)
            rows, query = in_rows(workspace, relation)
            if query is None:
                refuse_values_as_names(path, relation)
            found = _Guesser(FileProfile(workspace, rows), path.stem).guesses()
        found = [replace(guess, encoding=source.encoding) for guess in found]
        return found if query is None else [read_by(query, guess) for guess in found]


class _Guesser:
    """Guesses what a file holds, of which `name` is the name without its ending."""

    def __init__(self, file: FileProfile, name: str) -> None:
        self.file, self.name = file, name
        self.found = {table: match_columns(table, self.file) for table in NAMES}
        self.attributes = self._attributes()

    def guesses(self) -> list[Guess]:
        """Return what the file seems to hold; purchases among other events are orders."""
        event, bought = self._log()
        if event is None:
            guess = self._guess(self._table())
            # Several rows of a customer would each say the same again.
            return [guess, *([] if self.attributes else derived(self.file, guess))]
        if not bought or not {"amount", "price"} & self.found["orders"].keys():
            return [self._guess("engagement")]
        others = condition_on_values(self.file, event, bought, negated=True)
        return [
            self._guess("engagement", [others], bought),
            self._guess("orders", [condition_on_values(self.file, event, bought, negated=False)]),
        ]

    def _attributes(self) -> dict[str, str]:
        """Return what customers have, where they have several rows that say since when."""
        people = self.found["customers"]
        customer, since = people.get("customer_id"), people.get(VALID_FROM.name)
        happened = kind_of_file(self.name) not in (None, "subscribed")
        if not customer or not since or happened or self.file.is_unique(customer):
            return {}
        return attribute_columns(self.file, people.values(), since)

    def _log(self) -> tuple[str | None, list[str]]:
        """Return the column of events of an event log, and which events are purchases.

        Orders may have a column of that name, too: of a log they have more than its purchases.
        """
        event, orders = self.found["engagement"].get("kind"), self.found["orders"]
        events = self.file.commonest(event)
        if (alone := self._alone_with_a_sum(event)) is not None:
            return event, [] if match_kinds([alone], rated=True) or alone in KINDS else [alone]
        is_paid = "amount" in orders or {"quantity", "price"} <= orders.keys()
        bought = purchases(events)
        if is_paid and not (bought and match_kinds(events, rated=True)):
            return None, []
        return event, bought

    def _alone_with_a_sum(self, event: str | None) -> str | None:
        """Return the one of several events whose rows alone hold an amount."""
        amount = self.found["orders"].get("amount")
        if event is None or amount is None or len(self.file.commonest(event)) == 1:
            return None
        paid = self.file.commonest(event, f"{identifier(amount)} is not null")
        return paid[0] if len(paid) == 1 else None

    def _guess(
        self, table: str, conditions: Collection[str] = (), sold: Collection[str] = ()
    ) -> Guess:
        """Return the guess of one table.

        Only rows that meet the conditions belong to it. Events that are `sold` are orders instead.
        """
        columns, remarks = dict(self.found[table]), dict[str, str]()
        find_customer(self.file, columns, remarks)
        wanted, kinds = [*conditions, *self._has_a_customer(columns, remarks)], tuple[str, ...]()
        with_refunds, is_repeated = wanted, False
        if table == "orders":
            is_repeated = self._complete_orders(columns, remarks)
            first = condition_on_first_lines(self.file, columns)
            with_refunds = [*wanted, *conditions_on_orders(self.file, refunded=True), *first]
            wanted += [*conditions_on_orders(self.file, refunded=False), *first]
        if table == "contacts":
            complete_contacts(self.file, columns, remarks)
        if table == "engagement":
            if sold and columns.get("value") == self.found["orders"].get("amount"):
                columns.pop("value", None)  # which only purchases have
            kinds = complete_events(self.file, columns, remarks, self.name, sold)
        columns.pop("price", None)
        is_utc = any(_UTC.search(columns.get(name, "")) for name in INSTANTS)
        net = less_refunds(self.file, columns, repeated=is_repeated)
        self._read_numbers(columns, remarks)
        gross = columns.get("amount")
        if net is not None:
            columns["amount"], remarks["amount"] = net[0], f"less {net[1]}"
        self._read_dates(columns, remarks)
        self._read_flags(columns, remarks)
        currency = self._currency(columns.get("currency"), remarks)
        mapped = {
            column.name: columns[column.name]
            for column in TABLES[table].columns
            if column.name in columns
        }
        if table == "customers" and self.attributes:
            mapped |= {VALID_FROM.name: columns[VALID_FROM.name], **self.attributes}
            remarks[VALID_FROM.name] = "since when a row holds; did the shop know it by then?"
        instant = columns.get("ordered_at") or columns.get("occurred_at")
        days = self.file.days(instant) if instant else None
        guess = Guess(
            table,
            mapped,
            " and ".join(wanted) or None,
            remarks,
            tuple(self.file.types),
            currency,
            kinds,
            days=days,
            days_apart=self._days_apart(columns) if (days or 0) > YEARS else None,
            is_utc=is_utc,
            where_with_refunds=" and ".join(with_refunds) or None,
            gross=gross,
            bought=self.file.fingerprints(columns.get("customer_id"), columns.get("order_id")),
            statuses=remarks_on_statuses(self.file) if table == "orders" else (),
            is_row_per_order=table == "orders" and self.file.is_unique(columns.get("order_id")),
        )
        return one_row_per_order(self.file, guess) if is_repeated else guess

    def _complete_orders(self, columns: dict[str, str], remarks: dict[str, str]) -> bool:
        """Complete the columns of orders; return whether totals are repeated beside each line."""
        is_repeated = complete_amount(self.file, columns, remarks)
        complete_orders(self.file, columns, remarks, self.name)
        give_back_to_payer(self.file, columns, remarks)
        return is_repeated

    def _days_apart(self, columns: dict[str, str]) -> float | None:
        instant = columns.get("ordered_at") or columns.get("occurred_at")
        customer = columns.get("customer_id")
        return self.file.days_apart(instant, customer) if instant and customer else None

    def _has_a_customer(self, columns: dict[str, str], remarks: dict[str, str]) -> Iterator[str]:
        """Yield the conditions on rows of a customer who can be told from others."""
        customer = columns.get("customer_id")
        if customer is None:
            return
        if self.file.has_gaps(customer):
            yield f"{identifier(customer)} is not null"
        if customer in self.file.types and self.file.stands_out(customer, "0", times=2):
            zero = "0" if self.file.is_number(customer) else "'0'"
            yield f"{identifier(customer)} <> {zero}"  # all guests
            remarks["customer_id"] = guests_remark(self.file)
        texts = self.file.texts(customer)
        if 2 * sum("@" in text for text in texts) > len(texts):
            remarks["customer_id"] = "an e-mail is not a good id: people change it"

    def _table(self) -> str:
        """Return the table whose tell-tale columns the file has, which is no event log."""
        orders, contacts = self.found["orders"], self.found["contacts"]
        customers = self.found["customers"]
        if {"campaign", "arm"} <= contacts.keys():
            return "contacts"
        goods = {"quantity", "price"}, {"product_id", "price"}, {"order_id", "ordered_at"}
        if "amount" in orders or any(told <= orders.keys() for told in goods):
            is_rated = {"occurred_at", "value"} <= self.found["engagement"].keys()
            # A review names the order that it is of, and nobody.
            is_said = is_rated and orders.keys() == {"order_id", "ordered_at"}
            return "engagement" if is_said else "orders"
        if self.attributes:
            return "customers"
        telling = customers.keys() - {"customer_id", "acquired_by", VALID_FROM.name}
        if telling and self.file.is_unique(customers.get("customer_id")):
            return "customers"
        if {"profiling_allowed", "marketing_allowed"} & telling:
            return "customers"  # some of them twice: no event says what somebody agreed to
        if "occurred_at" in self.found["engagement"]:
            return "engagement"
        is_of_people = self.file.is_unique(customers.get("customer_id"))
        return "customers" if is_of_people and len(self.file.types) > 1 else "orders"

    def _read_numbers(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say how numbers are written that are not plain."""
        for name in NUMBERS:
            column = columns.get(name)
            if column not in self.file.types:
                continue
            sql = self.file.number(column)
            if name != "quantity" and in_hundredths(column) and self.file.is_whole(column):
                columns[name] = f"{sql} / 100"
                remarks[name] = "read as hundredths"
            elif name == "amount" and self.file.may_be_hundredths(column):
                remarks[name] = "are these hundredths? then divide: / 100"
            elif self.file.may_be_thousands(column):
                remarks[name] = "is the point the decimal mark, or are these thousands?"
            elif sql != identifier(column):
                columns[name] = sql
                mark = "comma" if self.file.mark(column) == "," else "point"
                remarks[name] = f"is the {mark} the decimal mark?"

    def _read_dates(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say how dates are written that are not ISO 8601."""
        for name in INSTANTS:
            column = columns.get(name)
            if column is not None and not self.file.is_date(column):
                columns[name], remarks[name] = self.file.written(column) or (column, "when")

    def _read_flags(self, columns: dict[str, str], remarks: dict[str, str]) -> None:
        """Say which words mean yes where they are not read as they are."""
        for name in FLAGS:
            column = columns.get(name)
            if column is None or column not in self.file.types:
                continue
            text = identifier(column)
            if self.file.types[column] != "VARCHAR":
                text = f"cast({text} as varchar)"
            read = flag_sql(text, self.file.texts(column), gaps=self.file.has_gaps(column))
            if read:
                columns[name], remarks[name] = read, "are these the words for yes?"

    def _currency(self, column: str | None, remarks: dict[str, str]) -> str | None:
        """Return the shop's currency, by far the commonest in a column; None where none is."""
        texts = self.file.commonest(column)
        held = [text.upper() for text in texts]
        if column is None or not held or not all(re.fullmatch("[A-Z]{3}", code) for code in held):
            return None
        if len(held) > 1:
            listed = ", ".join(held[:_CURRENCIES_SHOWN])
            remarks["currency"] = f"holds {listed}: convert, or leave all but one out with where"
        return held[0] if self.file.stands_out(column, texts[0]) else None
