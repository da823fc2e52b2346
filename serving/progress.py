"""A progress bar on a terminal, silence anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Report(Protocol):
    """Where long work says how far it is."""

    def __call__(self, stage: str, done: float | None = None) -> None:
        """Name the stage and, where known, the share of it that is done (0 to 1)."""


@contextmanager
def bar() -> Iterator[Report]:
    """Yield a :class:`Report` that draws on stderr while the block runs.

    Lines of finished stages are not kept: what a command has to say stands in its output. Nothing
    is written where stderr is not a terminal, so logs and pipes stay clean.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("starting", total=None)

        def report(stage: str, done: float | None = None) -> None:
            if stage != progress.tasks[0].description:
                progress.reset(task, description=stage)  # the time left is that of the stage
            progress.update(
                task,
                description=stage,
                total=None if done is None else 1.0,
                completed=done or 0.0,
            )

        yield report
