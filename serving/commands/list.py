"""``ladder list``: whom to contact, from the published run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import UsageError
from features.money import digits
from features.units import count_of
from serving.commands.options import (
    config_argument,
    config_option,
    example,
    language_option,
    out_option,
    spreadsheet_option,
)
from serving.terminal.show import chance, money, say, table

if TYPE_CHECKING:
    from features.config import Config
    from serving.handover.delivery import Recipient
    from serving.listing.drawing import Kind, Listed, Request
    from serving.store.campaigns import SavedList

Amount = click.FloatRange(min=0)

TOOLS = ("klaviyo", "braze", "mailchimp", "hubspot", "customer-match")
"""The keys of `serving.handover.tools.TOOLS`, without importing them for ``--help``."""

SHOWN = 10
"""Rows of a list that are printed."""

UNPRINTED = ("extended_value_at_risk", "expected_cost", "quadrant")
"""Columns that a file has and a screen has no room for."""

AMOUNTS = ("value_at_risk", "expected_profit")
"""Columns that are money."""


@example(
    "ladder list at-risk --top 100 --out at-risk.csv",
    "ladder list at-risk --budget 500 --contact-cost 0.80 --offer 5",
    "ladder list win-back --top 50",
    "ladder list advocates --top 50 --out advocates.csv",
    "ladder list at-risk --top 100 --where 'plan = gold' --where 'seats >= 5'",
    "ladder list at-risk --top 500 --for braze --out at-risk-braze",
)
@click.command("list")
@click.argument("kind", type=click.Choice(["at-risk", "win-back", "advocates"]))
@config_option
@click.option("--top", type=click.IntRange(min=1), metavar="N", help="Contact this many people.")
@click.option("--budget", type=Amount, metavar="M", help="Contact people until M is spent.")
@click.option("--contact-cost", type=Amount, metavar="C", help="Cost of contacting one person.")
@click.option(
    "--offer", type=Amount, metavar="D", help="Cost of the offer to the shop, if accepted."
)
@click.option(
    "--where",
    multiple=True,
    metavar="CONDITION",
    help="Only customers whose attribute matches, such as 'plan = gold'; may be repeated.",
)
@language_option
@spreadsheet_option
@out_option("Write the whole list: .csv, .parquet or .ndjson; with --for, a new folder.")
@click.option("--for", "tool", type=click.Choice(TOOLS), help="Write files for this tool.")
@click.option("--full", is_flag=True, help="Repeat what the tool was already given.")
@click.option("--audience", default="", metavar="ID", help="Mailchimp audience.")
@click.option(
    "--emails",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="customer_id and email, for Mailchimp, and Customer Match without email_sha256 in "
    "[customers]. Only hashes are kept.",
)
def command(
    kind: Kind,
    config_path: Path,
    top: int | None,
    budget: float | None,
    contact_cost: float | None,
    offer: float | None,
    where: tuple[str, ...],
    tag: str,
    for_people: bool,
    out: Path | None,
    tool: str | None,
    full: bool,
    audience: str,
    emails: Path | None,
) -> None:
    """Draw a list of whom to contact, with reasons and a hold-out.

    At-risk and win-back lists name only customers with a positive expected profit. A tenth of any
    list is held out at random (`contact` is `held_out`): do not contact them, so that you can
    measure the campaign's effect. Customers who must not be contacted are never listed.

    --out saves the list: its hold-out is on no other list until the horizon ends, and `ladder
    outcome` reads its results. If [lists] sets rest_days, nobody on a saved list is listed again
    within that many days.

    With --for, --out names a new folder for requests in the tool's format, split to its limits,
    with what changed since the last export. Customers who left the list get their fields
    cleared. Nothing is sent; `requests.json` in the folder says which file goes where.
    """
    from features.config import load
    from serving import files
    from serving.dialects import dialect_of
    from serving.home import home_of
    from serving.listing.drawing import Request
    from serving.records.conditions import parse

    _refuse_two_limits(top, budget)
    dialect = dialect_of(out, tag, for_people=for_people)
    conditions = tuple(parse(text) for text in where)
    config = load(config_path) if config_path.exists() else None
    recipient = _recipient(tool, audience, emails, out, config, tag)
    if out and not recipient:
        files.writer(out)  # a wrong suffix is refused before the work, not after it
    home = home_of(config_path)
    request = Request(kind, top, budget, contact_cost, offer, where=conditions)
    saved, listed = _listed(home, request, config, keep=out is not None)
    if out and not recipient:
        files.write(listed.for_people(tag), out, dialect)
    show(kind, listed, tag)
    if out and recipient:
        hand(home, kind, listed, recipient, out, full)
    if out:
        say(f"Written to {out}.")
    if saved:
        _say_saved(saved, config_path)
    elif len(listed.drawn.members):
        say("Not saved: the next draw may hold out others. --out FILE keeps a list.")


def _refuse_two_limits(top: int | None, budget: float | None) -> None:
    if top is not None and budget is not None:
        raise UsageError(
            "A list is limited by people or by money.",
            "Both --top and --budget were given.",
            "Leave one of them out.",
        )


def _say_saved(saved: SavedList, config_path: Path) -> None:
    """Say what the list is called, by which its results are taken."""
    held_out = saved.summary["held_out"]
    until = f"; those held out are on no other list until {saved.ends_on}" if held_out else ""
    say(f"Saved as {saved.list_id}{until}.")
    results = f"ladder outcome{config_argument(config_path)} {saved.list_id} results.csv"
    click.echo(f"Next, when it is known who responded: {results}")
    click.echo(
        f"or, from {saved.ends_on} on, from your own rows: --from-history instead of the file"
    )


def _listed(
    home: Path, request: Request, config: Config | None, *, keep: bool
) -> tuple[SavedList | None, Listed]:
    """Draw a list; one that is kept has a hold-out that is on no other."""
    from serving.listing.drawing import draw
    from serving.listing.saving import save_once
    from serving.store import Control
    from serving.terminal.progress import bar

    with bar() as progress:
        if not keep:
            return None, draw(home, request, config, progress)
        with Control(home) as control:
            return save_once(control, request, config, progress)


def _recipient(
    tool: str | None,
    audience: str,
    emails: Path | None,
    out: Path | None,
    config: Config | None,
    tag: str,
) -> Recipient | None:
    """Return the tool to write for, if there is one; refuse what could not be written."""
    from features.cleaning.emails import email_hashes, refusing
    from serving.handover.delivery import Recipient, require
    from serving.handover.tools import TOOLS

    if tool is None:
        return None
    if out is None:
        raise UsageError(
            "An export for a tool is written to a folder.",
            "--for was given without --out.",
            f"Add for example: --out {tool}.",
        )
    key = TOOLS[tool].key
    hashes = email_hashes(config) if config and emails is None and key == "email_sha256" else {}
    recipient = Recipient(tool, audience, emails, hashes, tag=tag)
    require(recipient, out)
    if config and key != "customer_id":
        return replace(recipient, refusing=refusing(config))
    return recipient


def hand(
    home: Path, kind: str, listed: Listed, recipient: Recipient, folder: Path, full: bool
) -> None:
    """Write a list for a tool and say what the tool is told."""
    from serving.handover.delivery import hand_over

    done = hand_over(home, kind, listed, recipient, folder, full)
    say(
        f"For {recipient.tool}: {done.listed:,} on the list, {done.changed:,} of them new or "
        f"changed; the fields of {count_of(done.left, 'customer')} who left it are cleared."
    )
    if done.keyless:
        keyless = count_of(done.keyless, "customer")
        say(f"Left out: {keyless} without a known e-mail address.")
    if done.sharing:
        sharing = count_of(done.sharing, "customer")
        say(
            f"Left out: {sharing} whose e-mail address also belongs to somebody who is held "
            "out or must not be contacted."
        )


def show(kind: str, listed: Listed, tag: str = "en") -> None:
    """Print the first rows of a list, what it is worth and what it rests on."""
    drawn, info = listed.drawn, listed.run.info
    # A list says what raises its outcome, so that the direction needs no repeating.
    rows = listed.for_people(tag, observed=True, first=SHOWN).to_pylist()
    if rows:
        heads = [n for n in rows[0] if n not in UNPRINTED and any(row[n] for row in rows)]
        names = [_head(head, info.currency) for head in heads]
        table(names, [[_cell(head, row[head], info.currency) for head in heads] for row in rows])
    held = len(drawn.members) - drawn.contacted
    say(
        f"{kind}: {drawn.contacted:,} to contact, {held:,} held out, as of {info.as_of}"
        + (f"; the first {len(rows)} are shown." if len(rows) < len(drawn.members) else ".")
    )
    if drawn.profit:
        mean, low, high = (money(amount, info.currency) for amount in drawn.profit)
        cost = money(drawn.cost, info.currency)
        say(f"Expected profit {mean} ({low} to {high}) at an expected cost of {cost}.")
    for note in drawn.notes:
        say(note)


def _head(column: str, currency: str | None) -> str:
    unit = f", {currency}" if currency and column in AMOUNTS else ""
    return f"{column.replace('_', ' ')}{unit}"


def _cell(column: str, value: object, currency: str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, float):
        return digits(value, currency) if column in AMOUNTS else chance(value)
    return str(value)
