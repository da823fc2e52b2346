"""Markdown as the card is written in: tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table, after the empty one that it needs.

    >>> [*table(["figure", "model"], [["AUROC", "0.741"]])]
    ['', '| figure | model |', '| --- | --- |', '| AUROC | 0.741 |']
    """
    yield ""
    for cells in (heads, ["---"] * len(heads), *rows):
        yield f"| {' | '.join(cells)} |"
