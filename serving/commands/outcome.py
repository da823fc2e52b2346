"""``ladder outcome``: what became of a list, and what the campaign changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.errors import LadderError, UsageError
from features.money import written
from features.units import count_of
from serving.commands.options import config_option, example, open_control
from serving.terminal.show import say

if TYPE_CHECKING:
    from serving.listing.effects import Effect
    from serving.store.campaigns import Campaigns, Result, SavedList

RESPONDED = {
    "at-risk": "stayed",
    "win-back": "came back",
    "advocates": "referred, shared or left a positive review",
}
"""What a list's people are to do, in words."""


@example(
    "ladder outcome",
    "ladder outcome list-9f2c4e1b7a3d results.csv",
    "ladder outcome list-9f2c4e1b7a3d --from-history",
)
@click.command("outcome")
@config_option
@click.argument("list_id", required=False)
@click.argument("results", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--from-history",
    is_flag=True,
    help="Take the results from the shop's own rows, once the list's horizon has passed.",
)
def command(
    config_path: Path, list_id: str | None, results: Path | None, from_history: bool
) -> None:
    """Read the RESULTS of a saved list and estimate the effect of the campaign.

    RESULTS is a CSV file with the columns customer_id and responded (yes or no), and optionally
    spend and cost (empty for nothing, if they did not respond). Include the hold-out: the effect
    is the difference to it. Without the column responded, the file names everybody who did, on
    the list or not, and a customer's lines add up; nobody else on it did. Otherwise the last
    line of a customer counts. Without RESULTS, shows the effect so far; without LIST_ID, shows
    the saved lists.

    With --from-history no file is needed: whoever stayed (at-risk), came back (win-back), or
    referred, shared or praised (advocates) within the list's horizon responded, and spend is what
    they spent in it.
    """
    from serving.listing.effects import effect
    from serving.listing.responses import COLUMNS, read
    from serving.store.audit import COMMAND_LINE
    from serving.store.campaigns import Campaigns

    if from_history and (results or list_id is None):
        raise UsageError(
            "--from-history must be given with a LIST_ID and without a file of RESULTS.",
            f"Got {results or 'no LIST_ID'}.",
            "Leave one of them out, or run `ladder outcome` to see the saved lists.",
        )
    with open_control(config_path) as control:
        campaigns = Campaigns(control)
        if list_id is None:
            show_lists(campaigns)
            return
        saved = _required(campaigns, list_id)
        if results:
            found = read(_held(results), str(results), campaigns.people(list_id))
            if found.unread:
                columns = ", ".join(COLUMNS)
                say(f"Not read: {', '.join(found.unread)}. The columns of results are {columns}.")
            given = [*found.results, *found.others]
            strangers = campaigns.add_results(list_id, given, COMMAND_LINE)
            _say_taken([result.customer_id for result in given], strangers)
            if found.others:
                say(f"{len(found.others):,} of them are of people whom the file does not name.")
        if from_history:
            _take_from_history(config_path, campaigns, saved)
        so_far = campaigns.results(list_id)
        show(effect(so_far), saved.summary["held_out"])
        show_spend(so_far, saved.summary["currency"])


def _take_from_history(config_path: Path, campaigns: Campaigns, saved: SavedList) -> None:
    """Keep what became of a list's people by the shop's own rows; costs that were told stay."""
    from features.config import load
    from features.history import open_history
    from serving.erasure import without_erased
    from serving.home import find_home
    from serving.listing.drawing import OUTCOME
    from serving.store.audit import COMMAND_LINE
    from serving.store.campaigns import Result
    from serving.terminal.progress import bar
    from training.snapshots.happened import happened

    kind = saved.asked["kind"]
    config = without_erased(load(config_path), find_home(config_path))
    with bar() as progress:
        progress("reading the history", None)
        with open_history(config) as history:
            became = happened(history, OUTCOME[kind], saved.as_of, saved.ends_on, progress)
    costs = {one.customer_id: one.cost for _, one in campaigns.results(saved.list_id)}
    people = campaigns.people(saved.list_id)
    given = [
        # Who is at risk is to be kept: they respond where churn does not come true.
        Result(who, became[who][0] != (kind == "at-risk"), became[who][1], costs.get(who))
        for who in people
        if who in became
    ]
    campaigns.add_results(saved.list_id, given, COMMAND_LINE)
    took = count_of(len(given), "result")
    say(f"Took {took} from the history: responded means {RESPONDED[kind]} by {saved.ends_on}.")
    if lacking := len(people) - len(given):
        say(f"The history does not have {count_of(lacking, 'customer')} of the list.")


def _held(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LadderError(
            f"{path} must be a file that can be read.",
            f"{error.strerror or type(error).__name__}.",
            "Name another, or have it made readable.",
        ) from error


def _say_taken(named: Sequence[str], strangers: Collection[str]) -> None:
    """Say of how many people results were taken, and what became of further lines of theirs."""
    people = set(named)
    took = count_of(len(people.difference(strangers)), "result")
    say(f"Took {took}; not on the list: {len(people.intersection(strangers)):,}.")
    if again := len(named) - len(people):
        lines = count_of(again, "line names", "lines name")
        say(f"{lines} a customer again: the last line of each counts.")


def _required(campaigns: Campaigns, list_id: str) -> SavedList:
    saved = campaigns.find(list_id)
    if saved is None:
        raise LadderError(
            "LIST_ID must be the id of a saved list.",
            f"No saved list is called {list_id!r}.",
            "Run `ladder outcome` to see the saved lists.",
        )
    return saved


def show_lists(campaigns: Campaigns) -> None:
    """Print the saved lists, newest first."""
    from serving.listing.effects import effect_of

    lists = campaigns.all()
    if not lists:
        click.echo("No lists yet. `ladder list at-risk --out FILE` saves one.")
    responses = campaigns.responses([saved.list_id for saved in lists])
    for saved in lists:
        counts = saved.summary
        say(
            f"{saved.list_id}  {saved.asked['kind']}  as of {saved.as_of}  "
            f"{counts['contacted']:,} to contact, {counts['held_out']:,} held out until "
            f"{saved.ends_on}"
            f"{_so_far(effect_of(responses[saved.list_id]))}"
        )


def _so_far(found: Effect) -> str:
    """Return what a list's results say so far; nothing before there are some of both arms."""
    if found.difference is None or found.low is None or found.high is None:
        return ""
    points = (100 * found.difference, 100 * found.low, 100 * found.high)
    return "; responded {:+.1f} points more (95% interval {:+.1f} to {:+.1f})".format(*points)


def show(found: Effect, held_out: int) -> None:
    """Print what a campaign changed, of a list that held so many out."""
    if not held_out:
        say("Nobody on this list is held out, so that no effect can be told.")
        return
    if found.difference is None or found.low is None or found.high is None:
        say("No effect can be told before there are results of both arms.")
        return
    say(
        f"Responded: {100 * (found.contacted_share or 0):.1f}% of {found.contacted:,} contacted, "
        f"{100 * (found.held_out_share or 0):.1f}% of {found.held_out:,} held out."
    )
    say(
        f"Difference {100 * found.difference:+.1f} points "
        f"(95% interval {100 * found.low:+.1f} to {100 * found.high:+.1f})."
    )
    explained = "may explain" if found.low <= 0 <= found.high else "hardly explains"
    say(f"Chance alone {explained} it.")


def show_spend(results: Sequence[tuple[str, Result]], currency: str | None) -> None:
    """Print what a campaign changed in spend, where results tell it."""
    from serving.listing.effects import spend_effect

    lacking = sum(result.responded and result.spend is None for _, result in results)
    if lacking and any(result.spend is not None for _, result in results):
        people = count_of(lacking, "person who responded has", "people who responded have")
        say(f"Spend is not compared: {people} none in the results.")
    if (found := spend_effect(results)) is None:
        return
    treated, control, difference, low, high = (
        written(amount, currency)
        for amount in (found.contacted, found.held_out, found.difference, found.low, found.high)
    )
    say(f"Spent: {treated} by each contacted, {control} by each held out, on average.")
    cost = "" if found.cost is None else f" Contacting cost {written(found.cost, currency)} each."
    say(f"Difference {difference} each (95% interval {low} to {high}).{cost}")
