"""``ladder audit``: who did what, when, to how many people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

import click

from serving.commands.options import config_option, example, open_control
from serving.store.run import to_datetime
from serving.terminal.show import table


@example("ladder audit", "ladder audit --last 20")
@click.command("audit")
@config_option
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N entries.")
def command(config_path: Path, last: int | None) -> None:
    """Show who trained, scored, saved lists, erased people or changed what serves, but never whom.

    Who worked at the command line is told by the account of their system. Reads of scores and
    lists follow, counted per token and minute.
    """
    from serving.store.audit import entries

    with open_control(config_path) as control:
        acts = (*_decisions(control.home), *entries(control.engine))
        found, reads = sorted(acts, key=itemgetter("at")), control.reads()
        names = {token.token_id: token.name for token in control.tokens()}
    if not found and not reads:
        click.echo("Nothing yet.")
    if found:
        table(("when (UTC)", "who", "did", "what", "people"), _acts(found[-(last or 0) :], names))
    if reads:
        table(("minute (UTC)", "who", "read", "people"), _reads(reads[-(last or 0) :], names))


def _decisions(home: Path) -> Iterator[dict[str, Any]]:
    """Yield trainings, promotions and rollbacks, which the shelf records, as the audit's acts."""
    from serving.store.audit import by_command
    from training.bundle.shelf import Shelf

    for decision in Shelf(home).decisions():
        at = datetime.fromisoformat(str(decision["at"]))
        promoted = decision["action"] == "train" and decision["promoted"]
        yield {
            "at": int(at.timestamp() * 1e6),
            "who": by_command(str(decision.get("by", ""))),
            "action": f"{decision['action']}{' (promoted)' if promoted else ''}",
            "subject": decision["bundle"],
            "customers": 0,
        }


def _acts(entries: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[list[str]]:
    """Yield a row per act; what concerns nobody counts nobody."""
    for entry in entries:
        people = f"{entry['customers']:,}" if entry["customers"] else ""
        who, what = _named(entry["who"], names), _named(entry["subject"] or "", names)
        yield [f"{to_datetime(entry['at']):%Y-%m-%d %H:%M:%S}", who, entry["action"], what, people]


def _reads(reads: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Iterator[list[str]]:
    for read in reads:
        minute = to_datetime(read["minute"] * 60_000_000)
        who = _named(read["token_id"], names)
        yield [f"{minute:%Y-%m-%d %H:%M}", who, read["action"], f"{read['customers']:,}"]


def _named(found: str, names: Mapping[str, str]) -> str:
    """Return a token's id with the name that a person gave it; anything else as it is."""
    return f"{found} ({names[found]})" if found in names else found
