"""Files that say which customer ids became another, as shops export accounts that were merged."""

from __future__ import annotations

from features.guess.matching import letters
from features.guess.names import NAMES
from features.guess.proposal import Guess
from features.resources.workspace import identifier

_OLD = ("old", "previous", "former", "duplicate", "merged")
_NEW = ("new", "current", "master", "primary", "surviving", "remaining")
_INTO = ("mergedinto", "mergedto", "mergedwith", "replacedby", "duplicateof")
"""How a column begins that holds the new id beside everybody's own, where there is one."""


def old_and_new(guess: Guess) -> tuple[str, str] | None:
    """Return the columns of the old and of the new id, None where a file tells of more, or less."""
    old, new = (_named(guess, before) for before in (_OLD, _NEW))
    if old and new:
        return old, new
    return _into(guess) if guess.table != "customers" and len(guess.file_columns) < 4 else None


def own_and_new(guess: Guess) -> tuple[str, str] | None:
    """Return the columns of everybody's own and new id in a file of customers that has both."""
    return _into(guess) if guess.table == "customers" and not guess.is_derived else None


def how_to_join(address: str, old: str, new: str) -> str:
    """Return what to write so that a customer has one id.

    Examples
    --------
    >>> print(how_to_join("ids.csv", "old_id", "new id"))
    says which ids became another, and is left out. To read one customer for both, give a source
    files = { bought = "orders.csv", ids = "ids.csv" } and this query, with its own columns:
    select bought.* replace (coalesce(ids."new id"::text, bought.customer_id::text) as customer_id)
    from bought left join ids on bought.customer_id::text = ids.old_id::text
    """
    return f"says which ids became another, and is left out. {_one_for_both(address, old, new)}"


def how_to_read(address: str, own: str, new: str) -> str:
    """Return what to write so that a customer has one id, of a file of customers that says it."""
    became = f"coalesce({identifier(new)}::text, {identifier(own)}::text)"
    return (
        f"says in {new} which ids became another. {_one_for_both(address, own, new)}\n"
        f"and map customers by customer_id = '{became}', too."
    )


def _one_for_both(address: str, old: str, new: str) -> str:
    return (
        "To read one customer for both, give a source\n"
        f'files = {{ bought = "orders.csv", ids = "{address}" }} and this query, with its '
        f"own columns:\nselect bought.* replace (coalesce(ids.{identifier(new)}::text, "
        "bought.customer_id::text) as customer_id)\n"
        f"from bought left join ids on bought.customer_id::text = ids.{identifier(old)}::text"
    )


def _into(guess: Guess) -> tuple[str, str] | None:
    own = guess.columns.get("customer_id", "")
    new = next((name for name in guess.file_columns if letters(name).startswith(_INTO)), "")
    return (own, new) if own in guess.file_columns and new not in ("", own) else None


def _named(guess: Guess, before: tuple[str, ...]) -> str | None:
    hints = NAMES["customers"]["customer_id"].split()
    called = {first + hint for first in before for hint in hints}
    return next((name for name in guess.file_columns if letters(name) in called), None)
