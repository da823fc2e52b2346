"""Tables and amounts as a command prints them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Literal

import click
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

UNFOLDED = 500
"""Width of a table in a pipe or a log, where lines need not fit a window."""

EDGES, BETWEEN = 2, 3
"""Widths of what stands around the columns of a table and between two, on a terminal."""

READABLE = 30
"""Sentences are not folded into a narrower column."""

_COMMAND = re.compile("`[^`]*`")
_KEPT = "\N{NO-BREAK SPACE}"
_HARMLESS = dict.fromkeys((*range(10), *range(11, 32), *range(127, 160)), "?")
"""Control characters, which a terminal would do as they say: a shop's words may hold them."""


def say(sentence: str) -> None:
    """Print a sentence: a line in a pipe, folded between words on a terminal.

    A command between backticks stays in one piece, to be copied.
    """
    click.echo(folded(sentence, Console()))


def folded(text: str, console: Console) -> str:
    """Return the lines of a text as `say` prints them on a console."""
    text = text.translate(_HARMLESS)
    if not console.is_terminal:
        return text
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", _KEPT), text)
    fold = partial(
        textwrap.wrap, width=console.width, break_long_words=False, break_on_hyphens=False
    )
    lines = (folds for line in whole.split("\n") for folds in fold(line) or [""])
    return "\n".join(lines).replace(_KEPT, " ")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their heads, numbers to the right; folded to fit only on a terminal.

    No word is broken: what a window is too narrow for is printed row after row.
    """
    rows = [[cell.translate(_HARMLESS) for cell in row] for row in rows]
    console = Console()
    if not console.is_terminal:
        _unfolded(_drawn(heads, rows, None))
    elif EDGES + sum(_widths(heads, rows)) > console.width:
        _one_by_one(console, heads, rows)
    else:
        console.print(_drawn(heads, rows, box.SIMPLE_HEAD))


def figures(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows that are compared: columns that a window has no room for stand below.

    The first column, which names the rows, stands before them again; rows that have nothing in
    the columns below are left out there.
    """
    rows = [*rows]
    console = Console()
    name, *widths = _widths(heads, rows)
    room = console.width - EDGES - name if console.is_terminal else sum(widths)
    for columns in _parts(widths, room):
        shown = (0, *columns)
        filled = [row for row in rows if any(row[at] for at in columns)]
        if filled:
            table([heads[at] for at in shown], [[row[at] for at in shown] for row in filled])


def _parts(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    """Yield which columns, counted from 1, stand beside each other: at least one.

    >>> [*_parts([5, 5, 9, 5], 10)]
    [[1, 2], [3], [4]]
    """
    part: list[int] = []
    taken = 0
    for at, width in enumerate(widths, 1):
        if part and taken + width > room:
            yield part
            part, taken = [], 0
        part.append(at)
        taken += width
    yield part


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Return what each column takes at least, with what stands between two."""
    return [
        _least(head, [row[at] for row in rows if row[at]]) + BETWEEN
        for at, head in enumerate(heads)
    ]


def _least(head: str, cells: Sequence[str]) -> int:
    """Return the narrowest that a column may be, so that no word is broken."""
    words = (cell_len(word) for cell in (head, *cells) for word in cell.split())
    sentence = min(READABLE, max(map(cell_len, cells), default=0))
    return max(sentence, *words, 0)


def _drawn(heads: Sequence[str], rows: Sequence[Sequence[str]], border: box.Box | None) -> Table:
    drawn = Table(box=border, pad_edge=False)
    for at, head in enumerate(heads):
        cells = [row[at] for row in rows if row[at]]
        right = bool(cells) and all(map(_is_number, cells))
        justify: Literal["right", "left"] = "right" if right else "left"
        drawn.add_column(head, justify=justify, overflow="fold", min_width=_least(head, cells))
    for row in rows:
        drawn.add_row(*map(Text, row))  # as they are: a customer's id may hold [markup]
    return drawn


def _unfolded(drawn: Table) -> None:
    """Print a table for a pipe or a log, a line per row."""
    console = Console(width=UNFOLDED)
    with console.capture() as captured:
        console.print(drawn)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


def _is_number(cell: str) -> bool:
    """Return whether a cell is a number or one with its interval; sentences may begin with one."""
    return cell.lstrip("+-<>")[:1].isdigit() and not any(map(str.isalpha, cell))


def _one_by_one(console: Console, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print every cell that is not empty beside its head, folded beneath itself."""
    width = max(map(cell_len, heads))
    for row in rows:
        beside = Table.grid(padding=(0, 2), pad_edge=False)
        beside.add_column(min_width=width)
        beside.add_column(overflow="fold")
        for head, cell in zip(heads, row, strict=True):
            if cell:
                beside.add_row(Text(head), Text(cell))
        console.print()
        console.print(beside)
    console.print()


def chance(probability: float) -> str:
    """Return a probability to the hundredth, never as a certainty that it is not.

    >>> chance(0.256), chance(0.9996), chance(0.0004), chance(0)
    ('0.26', '>0.99', '<0.01', '0.00')
    """
    if 0.995 <= probability < 1:
        return ">0.99"
    return "<0.01" if 0 < probability < 0.005 else f"{probability:.2f}"


def money(amount: float, currency: str | None) -> str:
    """Return an amount in whole units, as a summary says it.

    >>> money(12345.6, "EUR")
    '12,346 EUR'
    """
    return f"{amount:,.0f} {currency or ''}".rstrip()
