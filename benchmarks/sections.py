"""What `make bench` measures: sections of docs/benchmarks.md, each a module of its own.

``benchmarks.NAME`` has a function ``section(options) -> str``, which measures, checks that those it
compares agree, and returns Markdown without a title (sub-titles begin with ``###``). A section is
measured alone or with others; the page keeps what earlier runs wrote of the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast


@dataclass(frozen=True)
class Options:
    """What every section is told.

    Parameters
    ----------
    folder : Path
        Where made-up data is kept between runs.
    customers : int
        Of the shop that is measured, about 52 rows each; a section says where it takes another.
    rounds : int
        Everything compared is done in turn so many times, and the median is shown.
    memory : str
        The budget of what runs out of core.
    """

    folder: Path
    customers: int = 100_000
    rounds: int = 3
    memory: str = "4GB"


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    name : str
        Its module in this package.
    title : str
    usual : bool
        Whether `make bench` measures it unasked.
    """

    name: str
    title: str
    usual: bool = True

    def measure(self, options: Options) -> str:
        """Return the section's Markdown; it is imported only now, with all that it needs."""
        module = import_module(f"benchmarks.{self.name}")
        return cast(Callable[[Options], str], module.section)(options)


SECTIONS: Mapping[str, Section] = {
    section.name: section
    for section in (
        Section("features", "Features"),
        Section("large", "Larger than memory", usual=False),
        Section("spark", "On a Spark cluster", usual=False),
        Section("driver", "Scoring on a Spark cluster", usual=False),
        Section("training", "Training"),
        Section("serving", "Serving"),
    )
}
"""In the order of the page."""
