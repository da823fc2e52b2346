"""Tables and amounts as a command prints them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Literal

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

UNFOLDED = 500
"""Width of a table in a pipe or a log, where lines need not fit a window."""


BETWEEN = 3
"""Width of what stands between two columns on a terminal."""

READABLE = 30
"""Sentences are not folded into a narrower column."""

_COMMAND = re.compile("`[^`]*`")
_KEPT = "\N{NO-BREAK SPACE}"


def say(sentence: str) -> None:
    """Print a sentence: a line in a pipe, folded between words on a terminal.

    A command between backticks stays in one piece, to be copied.
    """
    console = Console()
    if not console.is_terminal:
        click.echo(sentence)
        return
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", _KEPT), sentence)
    lines = textwrap.wrap(whole, console.width, break_long_words=False, break_on_hyphens=False)
    click.echo("\n".join(lines).replace(_KEPT, " "))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads, numbers to the right; folded to fit only on a terminal.

    No word is broken: what a window is too narrow for is printed row after row.
    """
    rows = [*rows]
    console = Console()
    terminal = console.is_terminal
    drawn = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False)
    least = 0
    for position, head in enumerate(heads):
        cells = [row[position] for row in rows if row[position]]
        right = bool(cells) and all(map(_is_number, cells))
        words = (cell_len(word) for cell in (head, *cells) for word in cell.split())
        sentence = min(READABLE, max(map(cell_len, cells), default=0))
        width = max(sentence, *words, 0)
        least += width + BETWEEN
        justify: Literal["right", "left"] = "right" if right else "left"
        drawn.add_column(head, justify=justify, overflow="fold", min_width=width)
    for row in rows:
        drawn.add_row(*map(Text, row))  # as they are: a customer's id may hold [markup]
    if terminal and least > console.width:
        _one_by_one(console, heads, rows)
        return
    if terminal:
        console.print(drawn)
        return
    unfolded = Console(width=UNFOLDED)
    with unfolded.capture() as captured:
        unfolded.print(drawn)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _is_number(cell: str) -> bool:
    """Return whether a cell is a number or one with its interval; sentences may begin with one."""
    return cell.lstrip("+-")[:1].isdigit() and not any(map(str.isalpha, cell))


def _one_by_one(console: Console, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print every cell beside its head, folded beneath itself."""
    width = max(map(cell_len, heads))
    for row in rows:
        beside = Table.grid(padding=(0, 2), pad_edge=False)
        beside.add_column(min_width=width)
        beside.add_column(overflow="fold")
        for head, cell in zip(heads, row, strict=True):
            beside.add_row(Text(head), Text(cell))
        console.print()
        console.print(beside)


def money(amount: float, currency: str | None) -> str:
    """Return an amount in whole units, as a summary says it.

    >>> money(12345.6, "EUR")
    '12,346 EUR'
    """
    return f"{amount:,.0f} {currency or ''}".rstrip()
