"""The text of a ``ladder.toml``: guessed sections where files were shown, comments everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from features.attributes import naming
from features.guess.events import activity
from features.guess.proposal import Guess
from features.tables import KINDS, TABLES, VALID_FROM

_RARELY = 183
"""Days from which customers come so rarely that a quarter says nothing of who leaves."""

_LONGEST_SUBSCRIPTION = 3_650
"""Days for which one who subscribed is taken to be there, unless they cancel."""

_HEAD = """\
# What Loyalty Ladder knows of this shop. `ladder check` says how well it reads.
# Paths start from the folder of this file. Write ${NAME} for what the environment knows.

# max_bad_share = 0.01             # stop if more rows are bad
# duplicates = "drop"              # remove exact duplicates of a line
# home = "models"                  # where models and runs are kept
"""

_EXAMPLE = """\
# [orders]                         # a row is an order or an order line
# source = "orders.csv"            # a path, a folder, a glob, or a database URL with a `query`
# where = "status <> 'cancelled'"
# [orders.columns]                 # a column of the source, or an SQL expression
# customer_id = "customer"
# order_id = "number"
# ordered_at = "paid_at"
# amount = "net + tax"

# [engagement]                     # what customers do besides buying
# source = "events.csv"
# [engagement.columns]
# customer_id = "user"
# occurred_at = "time"
# kind = "event"
"""

_TAIL = """\
[churn]                            # when a customer counts as lost
active_days = {active:<20} # eligible: active in the last so many days
horizon_days = {churn:<19} # lost: no activity in the next so many days
# gap_days = 0                     # days between now and the horizon
{event}
{activity}
[advocacy]                         # referring, sharing, reviewing
horizon_days = {advocacy}
# positive_review_from = 4         # stars

[training]
history_days = 365                 # longest feature window
snapshots = 6                      # cutoffs to learn from

# [standing]                       # where a customer stands; taken up by the next training
# advocate_days = 365              # an advocate spoke for the shop in the last so many days
# client_periods = 4               # a client ordered in this many of the last 12 thirty-day periods
# research_days = 90               # research: looked around in the last so many days, never ordered
# medium_odds = 1.0                # tiers: churn odds of at least this many times the base odds
# high_odds = 2.0
# high_value = 0.5                 # quadrants: high value from this quantile of expected spend
# high_advocacy = 0.1              # high advocacy from this probability, not the usual rate

# [features]
# extra = "my_features.py"         # features of your own: docs/own-features.md

# [lists]
# contact_cost = 0.5
# offer_cost = 5
# hold_out_share = 0.1
# rest_days = 28                   # days in which nobody is on two saved lists
"""


def template(sections: Sequence[tuple[str, Guess]] = ()) -> str:
    """Return a commented configuration.

    Its sections are the address of each file shown, with what was guessed of it; none for an
    example.
    """
    guesses = [guess for _, guess in sections]
    tables = [guess.table for guess in guesses]
    parts = [_HEAD, _shop(guesses)]
    for address, guess in sections:
        parts.append(_section(address, guess, several=tables.count(guess.table) > 1))
    if not sections:
        parts.append(_EXAMPLE)
    alive = {"event": _event(guesses), "activity": _activity(guesses)}
    lengths = _lengths(guesses)
    if _only_begins(guesses):
        lengths["active"] = _LONGEST_SUBSCRIPTION
    return "\n".join([*parts, _TAIL.format(**alive, **lengths)])


def _shop(guesses: Sequence[Guess]) -> str:
    currency = next((guess.currency for guess in guesses if guess.currency), None)
    written = f'currency = "{currency}"' if currency else '# currency = "EUR"'
    return (
        "[shop]\n"
        'name = "Our shop"\n'
        f"{written:<34} # ISO 4217\n"
        'timezone = "UTC"                   # where the shop is, such as "Europe/London"\n'
        "# margin = 0.4                     # share of spend that is profit\n"
    )


def _section(address: str, guess: Guess, *, several: bool) -> str:
    return "\n".join(
        [*_lines(address, guess, f"[[{guess.table}]]" if several else f"[{guess.table}]"), ""]
    )


def _lines(address: str, guess: Guess, head: str) -> Iterator[str]:
    yield head
    if guess.query:
        yield f"query = {_paragraph(guess.query)}"
        named = (f"{name} = {_quoted(file or address)}" for name, file in guess.files.items())
        yield f"files = {{ {', '.join(named)} }}"
    else:
        yield f"source = {_quoted(address)}"
    if guess.where:
        yield f"where = {_quoted(guess.where)}"
    yield from (f"# {_in_a_comment(said)}" for said in guess.statuses)
    if guess.encoding != "utf-8":
        yield f"encoding = {_quoted(guess.encoding)}"
    if guess.is_utc:
        yield 'timestamps = "UTC"'
    has = "The query gives" if guess.query else "The file has"
    yield f"# {has}: {_in_a_comment(', '.join(guess.file_columns))}"
    if guess.table == "engagement":
        yield f"# Kinds with a meaning: {', '.join(KINDS)}"
    yield f"[{guess.table}.columns]"
    for column in TABLES[guess.table].columns:
        if column.name in guess.columns:
            remark = _in_a_comment(guess.remarks.get(column.name, column.meaning))
            yield f"{column.name} = {_quoted(guess.columns[column.name])}  # {remark}"
        elif column.required:
            yield f'# {column.name} = "..."  # needed: {column.meaning}'
        else:
            yield f'# {column.name} = "..."  # {column.meaning}'
    if guess.table == "customers":
        yield from _attributes(guess)


def _attributes(guess: Guess) -> Iterator[str]:
    """Yield what customers have, or how to say it."""
    if VALID_FROM.name not in guess.columns:
        yield '# plan = "..."  # any other column: an attribute that filters lists'
        yield '# valid_from = "..."  # date from which a row holds: attributes become features'
        return
    since = guess.columns[VALID_FROM.name]
    yield f"{VALID_FROM.name} = {_quoted(since)}  # {guess.remarks[VALID_FROM.name]}"
    for name, column in naming.mapped(guess.columns).items():
        yield f"{name} = {_quoted(column)}  # an attribute: docs/attributes.md"


def _lengths(guesses: Sequence[Guess]) -> dict[str, int]:
    """Return days that the files are long enough for: to learn from a horizon and judge another.

    Where customers come about once a year, as to a gala or a shop for Christmas trees, a quarter
    would ask on most days who comes while nobody does.
    """
    held = max((guess.days or 0 for guess in guesses), default=0)
    orders = [guess for guess in guesses if guess.table == "orders"]
    apart = min((one.days_apart or 0 for one in orders or guesses if one.days), default=0)
    if apart > _RARELY:
        return {"active": 730, "churn": 365, "advocacy": 365}
    if not held or held > 3 * 180:
        return {"active": 365, "churn": 90, "advocacy": 180}
    if held >= 365:
        return {"active": 365, "churn": 90, "advocacy": 90}
    if held > 3 * 28:
        return {"active": 90, "churn": 28, "advocacy": 28}
    return {"active": 28, "churn": 7, "advocacy": 7}


def _only_begins(guesses: Sequence[Guess]) -> bool:
    """Return whether nothing is heard of subscribers but that they subscribed and cancelled."""
    return _alive(guesses) == "subscribed" and _ends(guesses)


def _ends(guesses: Sequence[Guess]) -> bool:
    """Return whether some subscriptions begin and some end."""
    return {"subscribed", "cancelled"} <= {kind for guess in guesses for kind in guess.kinds}


def _event(guesses: Sequence[Guess]) -> str:
    """Return the event that ends a subscription, where some begin and some end."""
    sign = "" if _ends(guesses) else "# "
    written = f'{sign}event = "cancelled"'
    return f"{written:<34} # subscriptions: lost when this happens"


def _activity(guesses: Sequence[Guess]) -> str:
    alive = _alive(guesses)
    if alive is None:
        return '# activity = "app_opened"          # services without orders: what counts\n'
    return f"activity = {_quoted(alive)}  # what counts as activity where there are no orders\n"


def _alive(guesses: Sequence[Guess]) -> str | None:
    """Return the kind that keeps customers alive, None where orders do."""
    if any(guess.table == "orders" for guess in guesses):
        return None
    return activity(tuple(kind for guess in guesses for kind in guess.kinds))


def _in_a_comment(text: str) -> str:
    """Return a text without control characters, which no comment in TOML may hold."""
    return re.sub(r"[^ -~\u00a0-\U0010ffff]", " ", text)


def _paragraph(text: str) -> str:
    """Return a TOML string that keeps its lines, of text that may hold any character."""
    lines = (_quoted(line)[1:-1].replace('\\"', '"') for line in text.split("\n"))
    written = "\n".join(lines).replace('"""', '""\\"')
    return f'"""\n{written}\n"""'


def _quoted(text: str) -> str:
    """Return a TOML string; TOML's basic strings escape like JSON's, and DEL besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
