"""Measure sections of docs/benchmarks.md and write them there."""

from __future__ import annotations

from pathlib import Path

import click

from benchmarks.page import put
from benchmarks.progress import say
from benchmarks.sections import SECTIONS, Options

_ROOT = Path(__file__).parents[1]
_PLAIN = Options(_ROOT / ".bench")
_USUAL = [name for name, section in SECTIONS.items() if section.usual]


@click.command()
@click.argument("sections", nargs=-1, type=click.Choice(["all", *SECTIONS]))
@click.option("--customers", default=_PLAIN.customers, show_default=True, help="52 rows each.")
@click.option("--rounds", default=_PLAIN.rounds, show_default=True, help="The median is shown.")
@click.option("--memory", default=_PLAIN.memory, show_default=True, help="Budget out of core.")
@click.option("--folder", type=click.Path(path_type=Path), default=_PLAIN.folder, help="For data.")
@click.option("--page", type=click.Path(path_type=Path), default=_ROOT / "docs" / "benchmarks.md")
def main(
    sections: tuple[str, ...], customers: int, rounds: int, memory: str, folder: Path, page: Path
) -> None:
    """Measure SECTIONS, without any the usual ones, and write each to the page once it is done."""
    folder.mkdir(parents=True, exist_ok=True)
    options = Options(folder, customers, rounds, memory)
    for name in SECTIONS if "all" in sections else sections or _USUAL:
        say(name)
        put(page, SECTIONS[name], SECTIONS[name].measure(options))
        say(f"{name}: written to {page}")


if __name__ == "__main__":
    main()
