"""What a reader of a home is served now, and what its store holds."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from serving.store import Control, PublishedRun, RunReader

CUSTOMERS = 200
"""Of the runs that these tests publish."""


def served(home: Path) -> tuple[PublishedRun, set[str], int]:
    """Return the run that serves, the versions its records name, and how many there are.

    A run that is retired between the two questions is asked for again, as a server does.
    """
    while True:
        with Control(home) as control:
            run = next(run for run in control.runs() if run.serving)
        try:
            with closing(RunReader(home, run)) as reader:
                found = reader.records([f"c{number:06d}" for number in range(CUSTOMERS)])
        except (OperationalError, ProgrammingError):
            with Control(home) as control:
                assert run.run_id not in {named.run_id for named in control.runs()}
            continue
        versions = {str(record).split('"model_version":"')[1][:7] for record in found.values()}
        return run, versions, len(found)


def stored(home: Path) -> int:
    """Return how many runs the store holds, named or not."""
    with Control(home) as control:
        if control.engine.dialect.name != "postgresql":
            return len([*(home / "runs").iterdir()])
        query = "select nspname from pg_namespace where nspname like 'ladder_run%'"
        with control.engine.connect() as connection:
            return len(connection.scalars(text(query)).all())
