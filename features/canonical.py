"""Staged rows become the canonical tables: before a day, without people who object, sorted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from features.clock import local_date, midnight
from features.config import Config
from features.errors import LadderError
from features.staging import DATED, Staged, newest_full_day, union
from features.tables import CUSTOMERS, KINDS, TABLES, Table
from features.validation import nearest
from features.workspace import Workspace

_FEWEST = 2  # nothing can be learnt, nor compared, from one customer


def midnight_after_newest_day(workspace: Workspace, staged: list[Staged], timezone: str) -> int:
    """Return the instant at which the newest full day of any dated table has ended."""
    days = []
    for name in DATED:
        rows = union(staged, name, f"{TABLES[name].time} AS moment")
        days.append(None if rows is None else newest_full_day(workspace, rows, timezone))
    newest = max((day for day in days if isinstance(day, date)), default=None)
    if newest is None:
        raise _too_few("no good rows", staged)
    return midnight(newest + timedelta(days=1), timezone)


def keep(workspace: Workspace, staged: list[Staged], end: int, timezone: str) -> int:
    """Create the canonical tables and ``people``, drop what was staged, and count who objects.

    Parameters
    ----------
    workspace : Workspace
        Where the staged sources are. A table is created only where a row is left for it; ``people``
        has every customer's id and its number in the order of the ids' bytes.
    staged : list of Staged
        The sources.
    end : int
        Rows at or after this instant are not seen.
    timezone : str
        The shop's, to name days in errors.

    Raises
    ------
    LadderError
        If fewer than two customers are left.
    """
    objecting = _collect_objecting(workspace, staged)
    for name in DATED:
        _keep_dated(workspace, staged, TABLES[name], end)
    if not any(name in workspace.names() for name in DATED):
        raise _too_few(f"no good rows before {local_date(end, timezone)}", staged)
    _keep_customers(workspace, staged, end)
    _keep_dated(workspace, staged, TABLES["contacts"], end)
    _number_people(workspace, staged)
    workspace.run("DROP SCHEMA staged CASCADE")
    return objecting


def _collect_objecting(workspace: Workspace, staged: list[Staged]) -> int:
    """Collect who objects to profiling: one refusal among several rows counts."""
    workspace.run("CREATE TABLE objecting (customer_id VARCHAR)")
    rows = union(staged, "customers", "customer_id, profiling_allowed")
    if rows is not None:
        refused = f"SELECT DISTINCT customer_id FROM ({rows}) WHERE NOT profiling_allowed"
        workspace.run(f"INSERT INTO objecting {refused}")
    return workspace.number("SELECT count(*) FROM objecting")


def _keep_dated(workspace: Workspace, staged: list[Staged], table: Table, end: int) -> None:
    columns = ", ".join(column.name for column in table.stored)
    rows = union(staged, table.name, columns)
    if rows is not None:
        seen = f"epoch_us({table.time}) < {end}"
        _create(workspace, table.name, rows, seen, f"customer_id, {table.time}")


def _keep_customers(workspace: Workspace, staged: list[Staged], end: int) -> None:
    """Merge the rows of each customer; who signed up later, and did nothing before, is unknown."""
    columns = ", ".join(column.name for column in CUSTOMERS.stored)
    rows = union(staged, "customers", columns)
    if rows is None:
        return
    seen = [name for name in DATED if name in workspace.names()]
    active = " UNION ".join(f"SELECT customer_id FROM {name}" for name in seen)
    late = f"coalesce(epoch_us(min(signed_up_at)) >= {end}, false)"
    merged = (
        "SELECT customer_id, min(signed_up_at) AS signed_up_at, min(acquired_by) AS acquired_by, "
        "min(nullif(referred_by, customer_id)) AS referred_by, "
        "bool_and(profiling_allowed) AS profiling_allowed, "
        "bool_and(marketing_allowed) AS marketing_allowed, min(email_sha256) AS email_sha256, "
        f"{late} AS late FROM ({rows}) GROUP BY customer_id"
    )
    kept = (
        "SELECT * EXCLUDE (late) REPLACE ("
        "CASE WHEN NOT late THEN signed_up_at END AS signed_up_at, "
        "CASE WHEN referred_by NOT IN (FROM objecting) THEN referred_by END AS referred_by) "
        f"FROM ({merged}) WHERE NOT late OR customer_id IN ({active})"
    )
    _create(workspace, "customers", kept, "true", "customer_id")


def _create(workspace: Workspace, name: str, rows: str, condition: str, order: str) -> None:
    workspace.run(
        f"CREATE TABLE {name} AS SELECT * FROM ({rows}) "
        f"WHERE {condition} AND customer_id NOT IN (FROM objecting) ORDER BY {order}"
    )
    if not workspace.number(f"SELECT count(*) FROM {name}"):
        workspace.run(f"DROP TABLE {name}")


def _number_people(workspace: Workspace, staged: list[Staged]) -> None:
    names = [name for name in (*DATED, "customers") if name in workspace.names()]
    ids = " UNION ALL ".join(f"SELECT customer_id FROM {name}" for name in names)
    workspace.run(
        "CREATE TABLE people AS SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 "
        f"AS number FROM (SELECT DISTINCT customer_id FROM ({ids})) ORDER BY customer_id"
    )
    if workspace.number("SELECT count(*) FROM people") < _FEWEST:
        raise _too_few("only one customer", staged)


def _too_few(came: str, staged: list[Staged]) -> LadderError:
    labels = " and ".join(one.relation.label for one in staged if one.table.name in DATED)
    return LadderError(
        f"A history must hold rows of at least {_FEWEST} customers.",
        f"{labels}: {came}.",
        "Check the mapping of customer_id and the dates, `where`, and how many people object.",
    )


def notes_on(workspace: Workspace, config: Config, staged: list[Staged]) -> Iterator[str]:
    """Yield what a shop should know of its rows, a sentence each; nothing here stops the work.

    Raises
    ------
    LadderError
        If orders are in several currencies, or not in the shop's.
    """
    _check_currency(workspace, config, staged)
    if config.shop.margin is None and any(one.table.name == "orders" for one in staged):
        yield "[shop] margin is not set: spend counts as profit."
    for table in TABLES:
        rows = union(staged, table, "customer_id")
        if rows is None:
            continue
        mails = workspace.number(
            f"SELECT count(DISTINCT customer_id) FROM ({rows}) WHERE contains(customer_id, '@')"
        )
        if mails:
            yield f"{mails:,} customer ids in {table} hold an @: an e-mail is not a good id."
    yield from _unknown_kinds(workspace, staged)
    yield from _odd_customers(workspace, staged)


def _check_currency(workspace: Workspace, config: Config, staged: list[Staged]) -> None:
    rows = union(staged, "orders", "currency")
    if rows is None:
        return
    found = workspace.rows(f"SELECT DISTINCT currency FROM ({rows}) ORDER BY currency LIMIT 5")
    currencies = [row["currency"] for row in found if row["currency"] is not None]
    own = config.shop.currency
    if len(currencies) > 1 or (own and currencies not in ([], [own])):
        raise LadderError(
            f"Orders must be in one currency{f', {own}' if own else ''}.",
            f"Their currency column holds {', '.join(currencies)}.",
            "Convert the amounts, or leave the others out with `where`.",
        )


def _unknown_kinds(workspace: Workspace, staged: list[Staged]) -> Iterator[str]:
    rows = union(staged, "engagement", "kind")
    if rows is None:
        return
    found = workspace.rows(f"SELECT kind, count(*) AS n FROM ({rows}) GROUP BY kind ORDER BY kind")
    for row in found:
        near = "" if row["kind"] in KINDS else nearest(row["kind"], KINDS, cutoff=0.8)
        if near:
            yield f"kind {row['kind']} ({row['n']:,} rows) is not known by name; is it {near}?"


def _odd_customers(workspace: Workspace, staged: list[Staged]) -> Iterator[str]:
    rows = union(staged, "customers", "customer_id, referred_by")
    if rows is None:
        return
    repeated = workspace.number(f"SELECT count(*) - count(DISTINCT customer_id) FROM ({rows})")
    if repeated:
        yield (
            f"customers has {repeated:,} more rows than people: the strictest consent and the "
            "earliest sign-up count."
        )
    own = workspace.number(f"SELECT count(*) FROM ({rows}) WHERE referred_by = customer_id")
    if own:
        yield f"{own:,} customers are said to have referred themselves: taken as not referred."
