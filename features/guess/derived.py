"""What a file of customers says besides: who brought whom, who subscribed and who cancelled."""

from __future__ import annotations

from collections.abc import Iterator

from features.guess.matching import letters
from features.guess.names import CANCELLED_AT
from features.guess.profile import FileProfile
from features.guess.proposal import Guess
from features.resources.workspace import identifier


def derived(file: FileProfile, people: Guess) -> Iterator[Guess]:
    """Yield what a file of customers says of engagement; nothing for another table."""
    if people.table == "customers":
        yield from _referrals(file, people)
        yield from _subscriptions(file, people)


def _referrals(file: FileProfile, people: Guess) -> Iterator[Guess]:
    """Yield the referrals: who brought whom, dated to when the friend signed up."""
    customer, referrer, when = map(
        people.columns.get, ("customer_id", "referred_by", "signed_up_at")
    )
    if not (customer and referrer and when):
        return
    friend, bringer = identifier(customer), identifier(referrer)
    if file.commonest(referrer, f"{bringer}::VARCHAR <> {friend}::VARCHAR"):
        columns = {"customer_id": referrer, "occurred_at": when}
        condition = f"{bringer} is not null and {bringer} <> {friend}"
        yield _guess(people, columns, "referred", "a friend of theirs signed up", condition)


def _subscriptions(file: FileProfile, people: Guess) -> Iterator[Guess]:
    """Yield when customers subscribed and cancelled, where a column says when they did."""
    customer, since = map(people.columns.get, ("customer_id", "signed_up_at"))
    ends = [name for name in file.types if letters(name) in CANCELLED_AT.split()]
    dates = {name: _date(file, name) for name in ends if file.texts(name)}
    ended = next((name for name, sql in dates.items() if sql), None)
    if not (customer and since and ended):
        return
    columns = {"customer_id": customer, "occurred_at": since}
    yield _guess(people, columns, "subscribed", "whoever signed up has subscribed")
    columns = {"customer_id": customer, "occurred_at": dates[ended] or ended}
    condition = f"{identifier(ended)} is not null"
    yield _guess(people, columns, "cancelled", "which ends the subscription", condition)


def _date(file: FileProfile, column: str) -> str | None:
    """Return what reads a column of dates, None for another column."""
    if file.is_date(column):
        return column
    written = file.written(column)
    return written[0] if written else None


def _guess(
    people: Guess, columns: dict[str, str], kind: str, remark: str, where: str | None = None
) -> Guess:
    return Guess(
        "engagement",
        {**columns, "kind": f"'{kind}'"},
        where,
        {"kind": remark},
        people.file_columns,
        kinds=(kind,),
        is_derived=True,
    )
