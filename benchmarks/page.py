"""docs/benchmarks.md: sections that are replaced one by one, and tables."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.sections import SECTIONS, Section

_HEAD = """# Benchmarks

Written by `make bench`; do not edit. Whatever is compared was measured in turn in the same run, and
gave the same answers. Look at the **ratios**: seconds depend on the machine and on what else it was
doing. CPU-seconds are summed over all processes.
"""
_PACKAGES = (
    "numpy",
    "pyarrow",
    "duckdb",
    "polars",
    "pandas",
    "pyspark",
    "lightgbm",
    "mlflow",
    "fastapi",
)


def put(page: Path, section: Section, text: str) -> None:
    """Write a section's text into the page, and leave the others as they are."""
    found = read(page) | {section.name: f"{about()}\n\n{text.strip()}\n"}
    parts = [
        f"<!-- {name} -->\n## {SECTIONS[name].title}\n\n{found[name].strip()}\n"
        for name in SECTIONS
        if name in found
    ]
    page.write_text("\n".join([_HEAD, *parts]), encoding="utf-8")


def read(page: Path) -> dict[str, str]:
    """Return the sections that a page holds, without their titles."""
    if not page.exists():
        return {}
    parts = re.split(r"^<!-- (\w+) -->\n## .*\n", page.read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def about() -> str:
    """Return when and on what a section was measured, in general words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"*{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores ({platform.machine()}), "
        f"{memory:.0f} GB of memory, {platform.system()}, Python {platform.python_version()}; "
        f"{', '.join(_versions())}.*"
    )


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Return a table whose columns but the first hold numbers."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *body)) + "\n"


def _versions() -> Iterable[str]:
    for name in _PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
