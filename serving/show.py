"""Tables and amounts as a command prints them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

UNFOLDED = 500
"""Width of a table in a pipe or a log, where lines need not fit a window."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads, numbers to the right; folded to fit only on a terminal."""
    rows = [*rows]
    terminal = Console().is_terminal
    drawn = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False)
    for position, head in enumerate(heads):
        cells = [row[position] for row in rows if row[position]]
        right = bool(cells) and all(cell.lstrip("+-")[:1].isdigit() for cell in cells)
        drawn.add_column(head, justify="right" if right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))  # as they are: a customer's id may hold [markup]
    if terminal:
        Console().print(drawn)
        return
    unfolded = Console(width=UNFOLDED)
    with unfolded.capture() as captured:
        unfolded.print(drawn)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def money(amount: float, currency: str | None) -> str:
    """Return an amount in whole units, as a summary says it.

    >>> money(12345.6, "EUR")
    '12,346 EUR'
    """
    return f"{amount:,.0f} {currency or ''}".rstrip()
