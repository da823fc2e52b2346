"""Files that say which customer ids became another, as shops export accounts that were merged."""

from __future__ import annotations

from features.guess.matching import letters
from features.guess.names import NAMES
from features.guess.proposal import Guess
from features.resources.workspace import identifier

_OLD = ("old", "previous", "former", "duplicate", "merged")
_NEW = ("new", "current", "master", "primary", "surviving", "remaining")


def old_and_new(guess: Guess) -> tuple[str, str] | None:
    """Return the columns of the old and of the new id, None where a file has no such two."""
    old, new = (_named(guess, before) for before in (_OLD, _NEW))
    return (old, new) if old and new else None


def how_to_join(address: str, old: str, new: str) -> str:
    """Return what to write so that a customer has one id.

    Examples
    --------
    >>> print(how_to_join("ids.csv", "old_id", "new id"))
    says which ids became another, and is left out. To read one customer for both, give a source
    files = { bought = "orders.csv", ids = "ids.csv" } and this query, with its own columns:
    select bought.* replace (coalesce(ids."new id"::text, customer_id::text) as customer_id)
    from bought left join ids on customer_id::text = ids.old_id::text
    """
    return (
        "says which ids became another, and is left out. To read one customer for both, give a "
        f'source\nfiles = {{ bought = "orders.csv", ids = "{address}" }} and this query, with its '
        f"own columns:\nselect bought.* replace (coalesce(ids.{identifier(new)}::text, "
        "customer_id::text) as customer_id)\n"
        f"from bought left join ids on customer_id::text = ids.{identifier(old)}::text"
    )


def _named(guess: Guess, before: tuple[str, ...]) -> str | None:
    hints = NAMES["customers"]["customer_id"].split()
    called = {first + hint for first in before for hint in hints}
    return next((name for name in guess.file_columns if letters(name) in called), None)
