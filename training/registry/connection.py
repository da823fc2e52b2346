"""How MLflow is reached: the store in the home or a team's server, without its narration.

MLflow is imported inside functions only: it takes seconds, and serving does without it.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.resources import drafts, durable

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}
"""What MLflow reads from the environment to stay silent; a user's own settings come first."""

PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20"}
"""How often again, and for how many seconds, a server is asked whether it is there: MLflow's own
patience is minutes where nothing listens, and a quarter of an hour where nothing answers."""

STORE, ARTIFACTS = "mlflow.db", "artifacts"
"""The embedded store's file and folder in the home."""

DRAFT = f".{STORE}."
"""How drafts of the store are called."""


def connect(home: Path, uri: str | None = None) -> Any:
    """Return a client of the server at `uri`, or of the home's own store, made if it is missing.

    Raises
    ------
    MlflowException
        If the server does not answer.
    """
    import mlflow

    if uri is not None:
        client = mlflow.MlflowClient(uri, uri)
        with _impatiently():
            client.search_experiments(max_results=1)
        return client
    store = home.absolute() / STORE
    if not store.exists():
        _make(store)
    return mlflow.MlflowClient(address(store), address(store))


@contextmanager
def quietly() -> Iterator[Any]:
    """Import MLflow and keep its narration off a person's terminal.

    Errors still raise, and whoever catches them says so in a sentence: MLflow logs each with a
    traceback besides. Telemetry is off: a training says nothing to anybody.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with warnings.catch_warnings():
        # What MLflow's libraries deprecate in one another is nothing a shop could mend.
        warnings.simplefilter("ignore")
        import mlflow

        loggers = [logging.getLogger(name) for name in ("mlflow", "alembic")]
        levels = [logger.level for logger in loggers]
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield mlflow
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def address(store: Path) -> str:
    """Return the address of an SQLite file, whose path may hold what has a meaning in addresses.

    >>> address(Path("/srv/shop/mlflow.db")), address(Path("/srv/100% ours?/mlflow.db"))
    ('sqlite:////srv/shop/mlflow.db', 'sqlite+pysqlite:////srv/100%25 ours%3F/mlflow.db')
    """
    quoted = str(store).replace("%", "%25").replace("?", "%3F")
    # Where it sees plain SQLite, MLflow makes the folder that an address names as it is written.
    return f"sqlite{'' if quoted == str(store) else '+pysqlite'}:///{quoted}"


def _make(store: Path) -> None:
    """Make the embedded store, unless another training is first.

    Dozens of migrations make it. Interrupted half-way, or run by two at once, they would leave one
    that never opens again; so it is made beside, and takes its name once it is whole.
    """
    import mlflow

    drafts.clear(store.parent, DRAFT)
    with drafts.draft(store.parent, DRAFT) as folder:
        made = folder / STORE
        with _hurried(made):
            mlflow.MlflowClient(address(made)).search_experiments(max_results=1)
        try:
            os.link(made, store)
        except FileExistsError:
            pass  # with what another training has recorded in it meanwhile
        except OSError:  # a file system without links
            os.replace(made, store)


@contextmanager
def _hurried(store: Path) -> Iterator[None]:
    """Have an SQLite file written without waiting for the disk, but in the end.

    After each of the migrations SQLite would wait for it several times: on a busy disk, for longer
    than all else that a first training does.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def hurry(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            ((_, _, file),) = connection.execute("PRAGMA database_list")
            if Path(file).resolve() == store.resolve():
                connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", hurry)
    try:
        yield
    finally:
        event.remove(Engine, "connect", hurry)
    durable.sync(store)


@contextmanager
def _impatiently() -> Iterator[None]:
    """Ask a server as `PATIENCE` says; a user's own settings come first."""
    ours = {name: value for name, value in PATIENCE.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)
