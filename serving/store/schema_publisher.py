"""Publishing on a PostgreSQL server: a run's schema is made and named in one transaction.

A publisher that dies leaves nothing: the server rolls its transaction back.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from features.errors import LadderError
from serving.store.amendments import Amendments
from serving.store.bulk import copy_rows, write_run
from serving.store.bundles import keep_bundle
from serving.store.control import Control
from serving.store.run import RunInfo
from serving.store.server import (
    CONTROL_SCHEMA,
    LOCK_NAMESPACE,
    PUBLISHING,
    RUN_SCHEMA,
    Server,
    schema_of,
)

DROP_MILLISECONDS = 2000
"""How long a retired run waits for its readers before it is left to the next publisher."""


def publish(
    server: Server,
    control: Control,
    run_id: str,
    info: RunInfo,
    table: pa.Table | Iterable[pa.RecordBatch],
    keep: int,
) -> None:
    """Write a run's schema and move the pointer in one transaction, then drop old runs."""
    with control.engine.begin() as connection:
        _only_publisher(connection)
        schema = schema_of(run_id)
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
        customers = write_run(connection, table, copy_rows)
        connection.exec_driver_sql(f"SET LOCAL search_path TO {CONTROL_SCHEMA}")
        keep_bundle(connection, server.home, info.model_version)
        amendments = Amendments(server.home, info.as_of)
        customers -= _amended(connection, schema, amendments)
        server.lock_writers(connection)
        customers -= _amended(connection, schema, amendments)
        control.enter(connection, run_id, info, customers)
    control.retire(keep)
    _sweep(control)


def _sweep(control: Control) -> None:
    """Drop the schemas of runs that the store does not name, one by one."""
    found = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :ours)")
    named = {schema_of(run.run_id) for run in control.runs()}
    with control.engine.connect() as connection:
        schemas = set(connection.scalars(found, {"ours": RUN_SCHEMA}))
    for schema in sorted(schemas - named):
        try:
            with control.engine.begin() as connection:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {DROP_MILLISECONDS}")
                connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        except OperationalError:
            # Somebody still reads a long list from it; the next publisher drops it.
            continue


def _amended(connection: Connection, schema: str, amendments: Amendments) -> int:
    """Bring a run that is not named yet up to date; return how many people it holds no more."""
    if not amendments.look(connection):
        return 0
    connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")
    removed = amendments.apply(connection)
    connection.exec_driver_sql(f"SET LOCAL search_path TO {CONTROL_SCHEMA}")
    return removed


def _only_publisher(connection: Connection) -> None:
    """Take the publishers' lock until the transaction ends, or name the one who has it."""
    taken = text("SELECT pg_try_advisory_xact_lock(:ours, :lock)")
    if connection.scalar(taken, {"ours": LOCK_NAMESPACE, "lock": PUBLISHING}):
        return
    holder = text(
        "SELECT application_name || ', since ' || to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS TZ')"
        " FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"
        " AND classid = :ours AND objid = :lock"
        " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    who = connection.scalar(holder, {"ours": LOCK_NAMESPACE, "lock": PUBLISHING})
    raise LadderError(
        "Only one run can be published at a time.",
        f"Publishing now: {who or 'another process'}.",
        "Wait until it is done or stop it, then run the command again.",
    )
