"""A progress bar on a terminal, silence anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich import progress
from rich.console import Console

from features.stages import Progress


@contextmanager
def bar() -> Iterator[Progress]:
    """Yield a callback for long work that draws on stderr while the block runs.

    Lines of finished stages are not kept: what a command has to say stands in its output. Nothing
    is written where stderr is not a terminal, so logs and pipes stay clean.
    """
    columns = (
        progress.SpinnerColumn(),
        progress.TextColumn("{task.description}"),
        progress.BarColumn(bar_width=24),
        progress.TimeElapsedColumn(),
        progress.TextColumn("left"),
        progress.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with progress.Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as drawn:
        task = drawn.add_task("starting", total=None)

        def say(stage: str, done: float | None) -> None:
            if stage != drawn.tasks[0].description:
                drawn.reset(task, description=stage)  # the time left is that of the stage
            drawn.update(
                task,
                description=stage,
                total=None if done is None else 1.0,
                completed=done or 0.0,
            )

        yield say
