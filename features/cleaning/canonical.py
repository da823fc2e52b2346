"""Staged rows become the canonical tables: before a day, without people who object, sorted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pyarrow as pa

from features.attributes.naming import KIND
from features.cleaning.staged import Staged, union
from features.clock import local_date, midnight
from features.config import Erased
from features.errors import LadderError
from features.money import LARGEST_AMOUNT
from features.reach.days import Days, newest_full, rows_by_day
from features.resources.workspace import Workspace, literal
from features.tables import ATTRIBUTED, CUSTOMERS, DATED, TABLES, Table

_OBJECTING = "objecting_ids"

_FEWEST = 2  # nothing can be learnt, nor compared, from one customer

_CHECK = "Check the mapping of customer_id and the dates, `where`, and how many people object."


def midnight_after_newest_day(workspace: Workspace, staged: list[Staged], timezone: str) -> int:
    """Return the instant at which the newest full day of any dated table has ended."""
    return midnight_after(days_by_table(workspace, staged, timezone).values(), staged, timezone)


def days_by_table(workspace: Workspace, staged: list[Staged], timezone: str) -> dict[str, Days]:
    """Return the good rows of each dated table by local day."""
    return {
        name: rows_by_day(workspace, rows, timezone)
        for name in DATED
        if (rows := union(staged, name, f"{TABLES[name].time} AS moment")) is not None
    }


def midnight_after(tables: Iterable[Days], staged: list[Staged], timezone: str) -> int:
    """Return the instant at which the newest full day of any of some tables has ended."""
    newest = max((day for days in tables if (day := newest_full(days))), default=None)
    if newest is None:
        raise _too_few("no good rows", staged)
    return midnight(newest + timedelta(days=1), timezone)


def create_canonical(
    workspace: Workspace,
    staged: list[Staged],
    end: int,
    timezone: str,
    erased: Erased | None,
    *,
    ordered: bool,
) -> int:
    """Create the canonical tables and ``people``, drop what was staged, and count who objects.

    Parameters
    ----------
    workspace : Workspace
        Where the staged sources are. A table is created only where a row is left for it, with a
        column ``rank``, which ascends with the ids' bytes; ``people`` has every customer's id,
        rank, and number without gaps.
    staged : list of Staged
        The sources.
    end : int
        Rows at or after this instant are not seen.
    timezone : str
        The shop's, to name days in errors.
    erased : callable, optional
        Tells of ids whether they were erased: they are left out like those who object.
    ordered : bool
        Whether dated tables are sorted by rank and time, so that some customers are found without
        looking at the others.

    Raises
    ------
    LadderError
        If fewer than two customers are left.
    """
    ids = objecting(workspace, staged)
    gone = [ids, erased_among(workspace, staged, erased)] if erased else [ids]
    create_canonical_part(workspace, staged, end, pa.concat_tables(gone), ordered=ordered)
    names = workspace.names()
    refuse_too_few(
        staged,
        end,
        timezone,
        rows=any(name in names for name in DATED),
        customers=workspace.number("SELECT count(*) FROM people"),
    )
    return len(ids)


def create_canonical_part(
    workspace: Workspace,
    staged: list[Staged],
    end: int,
    objecting: pa.Table,
    *,
    ordered: bool = True,
) -> None:
    """Create the canonical tables and ``people`` of some of the customers, however few.

    Parameters
    ----------
    workspace, staged, end, ordered
        As in :func:`create_canonical`.
    objecting : Arrow table with ``customer_id``
        Everybody who objects to profiling, of whatever part: who was referred by one of them was
        referred by nobody.
    """
    workspace.register(_OBJECTING, objecting)
    workspace.run(f"CREATE TABLE objecting AS SELECT customer_id FROM {_OBJECTING}")
    workspace.unregister(_OBJECTING)
    _rank(workspace, staged)
    for name in DATED:
        _create_dated(workspace, staged, TABLES[name], end, ordered=ordered)
    _create_customers(workspace, staged, end)
    _create_dated(workspace, staged, TABLES["contacts"], end, ordered=True)
    _number_people(workspace)
    _create_attributes(workspace, staged, end)
    workspace.run("DROP SCHEMA staged CASCADE")


def refuse_too_few(
    staged: list[Staged], end: int, timezone: str, *, rows: bool, customers: int
) -> None:
    """Stop where there is nobody to compare: no dated rows, or fewer than two customers.

    Raises
    ------
    LadderError
    """
    if not rows:
        came = f"no good rows before {local_date(end, timezone)}"
        later = "Name a later day: `ladder check` shows from when on there are rows."
        raise _too_few(came, staged, f"{later} {_CHECK}")
    if customers < _FEWEST:
        raise _too_few("only one customer", staged)


def objecting(workspace: Workspace, staged: list[Staged]) -> pa.Table:
    """Return who objects to profiling: one refusal among several rows counts."""
    rows = union(staged, "customers", "customer_id, profiling_allowed")
    if rows is None:
        return pa.table({"customer_id": pa.array([], pa.string())})
    return workspace.table(f"SELECT DISTINCT customer_id FROM ({rows}) WHERE NOT profiling_allowed")


def erased_among(workspace: Workspace, staged: list[Staged], erased: Erased) -> pa.Table:
    """Return who was erased and is in the sources nevertheless."""
    found = workspace.table(f"SELECT DISTINCT customer_id FROM ({_all_ids(staged)})")
    return found.filter(pa.array(erased(found["customer_id"].to_pylist()), pa.bool_()))


def _all_ids(staged: list[Staged]) -> str:
    """Return the SELECT of the customer ids of all good rows, repeated as they are."""
    parts = (union(staged, name, "customer_id") for name in TABLES)
    return " UNION ALL ".join(part for part in parts if part is not None)


def _create_dated(
    workspace: Workspace, staged: list[Staged], table: Table, end: int, *, ordered: bool
) -> None:
    columns = ", ".join(column.name for column in table.stored)
    rows = union(staged, table.name, columns)
    if rows is not None:
        seen = f"epoch_us({table.time}) < {end}"
        _create(workspace, table.name, rows, seen, f"rank, {table.time}" if ordered else None)


def _create_customers(workspace: Workspace, staged: list[Staged], end: int) -> None:
    """Merge the rows of each customer; who signed up later, and did nothing before, is unknown."""
    columns = ", ".join(column.name for column in CUSTOMERS.stored)
    rows = union(staged, "customers", columns)
    if rows is None:
        return
    names = [name for name in DATED if name in workspace.names()]
    active = " UNION ".join(f"SELECT customer_id FROM {name}" for name in names)
    late = f"coalesce(epoch_us(min(signed_up_at)) >= {end}, false)"
    undated = ""
    if _has_attributes(staged):
        rows = union(staged, "customers", f"{columns}, valid_from, attributes")
        unlike = "list_distinct(flatten(list(attributes) FILTER (valid_from IS NULL)))"
        undated = f"list_sort({unlike}) AS attributes, "
    merged = (
        "SELECT customer_id, min(signed_up_at) AS signed_up_at, min(acquired_by) AS acquired_by, "
        "min(nullif(referred_by, customer_id)) AS referred_by, "
        "bool_and(profiling_allowed) AS profiling_allowed, "
        "bool_and(marketing_allowed) AS marketing_allowed, min(email_sha256) AS email_sha256, "
        f"{undated}{late} AS late FROM ({rows}) GROUP BY customer_id"
    )
    kept = (
        "SELECT * EXCLUDE (late) REPLACE ("
        "CASE WHEN NOT late THEN signed_up_at END AS signed_up_at, "
        "CASE WHEN referred_by NOT IN (FROM objecting) THEN referred_by END AS referred_by) "
        f"FROM ({merged}) WHERE NOT late OR customer_id IN ({active or 'SELECT NULL LIMIT 0'})"
    )
    _create(workspace, "customers", kept, "true", "rank")


def _create_attributes(workspace: Workspace, staged: list[Staged], end: int) -> None:
    """Create ``attributes``: what was known of people since when, a row where it changed.

    A value that is said again changes nothing; of two said of the same instant, the first in the
    order of their bytes counts. Nobody becomes a customer by one.
    """
    if not _has_attributes(staged):
        return
    pairs = union(staged, "customers", "customer_id, valid_from, unnest(attributes) AS pair")
    name, detail = "split_part(pair, '=', 1)", "substr(pair, instr(pair, '=') + 1)"
    values = (
        f"SELECT customer_id, valid_from, {name} AS name, min({detail}) AS detail FROM ({pairs}) "
        f"WHERE epoch_us(valid_from) < {end} GROUP BY customer_id, valid_from, {name}"
    )
    changes = (
        f"SELECT * FROM ({values}) QUALIFY detail IS DISTINCT FROM "
        "lag(detail) OVER (PARTITION BY customer_id, name ORDER BY valid_from)"
    )
    number = "try_cast(detail AS DOUBLE)"
    events = (
        f"SELECT customer_id, valid_from AS occurred_at, {literal(KIND)} || name AS kind, "
        "CASE lower(detail) WHEN 'true' THEN 1.0 WHEN 'false' THEN 0.0 "
        f"ELSE CASE WHEN abs({number}) <= {LARGEST_AMOUNT} THEN {number} END END AS value, "
        f"detail FROM ({changes})"
    )
    workspace.run(
        f"CREATE TABLE attributes AS SELECT events.*, rank FROM ({events}) events "
        "JOIN people USING (customer_id) ORDER BY rank, occurred_at"
    )
    if not workspace.number("SELECT count(*) FROM attributes"):
        workspace.run("DROP TABLE attributes")


def _has_attributes(staged: list[Staged]) -> bool:
    return any(source.table == ATTRIBUTED for source in staged)


def _rank(workspace: Workspace, staged: list[Staged]) -> None:
    """Create ``ranks``: who does not object, in the order of the ids' bytes.

    Rows are sorted and found by rank: numbers compare several times faster than ids, and ids that
    begin alike, as `CUST-000017`, could not be told apart by the minima and maxima of a table.
    """
    workspace.run(
        "CREATE TABLE ranks AS SELECT customer_id, row_number() OVER (ORDER BY customer_id) AS "
        f"rank FROM (SELECT DISTINCT customer_id FROM ({_all_ids(staged)})) "
        "WHERE customer_id NOT IN (FROM objecting)"
    )


def _create(workspace: Workspace, name: str, rows: str, condition: str, order: str | None) -> None:
    workspace.run(
        f"CREATE TABLE {name} AS SELECT * FROM ({rows}) JOIN ranks USING (customer_id) "
        f"WHERE {condition}" + (f" ORDER BY {order}" if order else "")
    )
    if not workspace.number(f"SELECT count(*) FROM {name}"):
        workspace.run(f"DROP TABLE {name}")


def _number_people(workspace: Workspace) -> None:
    names = [name for name in (*DATED, "customers") if name in workspace.names()]
    ranks = " UNION ".join(f"SELECT rank FROM {name}" for name in names)
    workspace.run(
        "CREATE TABLE people AS SELECT customer_id, rank, row_number() OVER (ORDER BY rank) - 1 "
        f"AS number FROM ranks WHERE rank IN ({ranks or 'SELECT NULL LIMIT 0'}) ORDER BY rank"
    )
    workspace.run("DROP TABLE ranks")


def _too_few(came: str, staged: list[Staged], do: str = _CHECK) -> LadderError:
    labels = " and ".join(source.relation.label for source in staged if source.table.name in DATED)
    return LadderError(
        f"A history must have rows of at least {_FEWEST} customers.",
        f"{labels}: {came}.",
        do,
    )
