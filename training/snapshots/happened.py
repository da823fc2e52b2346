"""What became of customers since a day: whether an outcome came true, and what they spent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from features.clock import DAY, local_date, midnight
from features.engine import compute
from features.errors import LadderError
from features.stages import Progress, silent, tables
from training.snapshots.cutoffs import Plan, untold
from training.snapshots.outcomes import outcomes

if TYPE_CHECKING:
    from features.history import History
    from training.snapshots.outcome import Outcome


def happened(
    history: History, name: str, as_of: date, ends_on: date, say: Progress = silent
) -> dict[str, tuple[bool, float | None]]:
    """Return of everybody with a row before a day whether an outcome came true, and their spend.

    Parameters
    ----------
    history : History
    name : str
        An outcome of yes or no.
    as_of, ends_on : date
        The cutoff, and the day on which the outcome's horizon ends.
    say : callable, optional
        Told the share done.

    Returns
    -------
    dict of str to (bool, float or None)
        By customer. Spend is net of returns in the outcome's window, at least 0, in the shop's
        currency; None where the orders do not reach so far.

    Raises
    ------
    LadderError
        If the history does not carry the outcome or not to the end of the horizon, or if the
        configured horizon ends on another day.
    """
    config = history.config
    outcomes(config, history, (name,))  # refuses what the history does not carry
    found = {one.name: one for one in outcomes(config, history, (name, "spend"))[0]}
    asked, money = found[name], found.get("spend")
    _refuse_other_window(asked, as_of, ends_on)
    _refuse_unknown(asked, as_of, ends_on, history)
    if money:
        money = replace(money, horizon_days=asked.horizon_days)
        money = None if untold(money, Plan(money, as_of), history) else money
    columns = [asked.column, *([money.column] if money else [])]
    cutoff = midnight(as_of, config.shop.timezone)
    work = partial(compute, cutoffs=[cutoff], columns=columns)
    became: dict[str, tuple[bool, float | None]] = {}
    for table in tables(history, work, "reading what became of them", say):
        spent = money.labels(table).tolist() if money else [None] * len(table)
        true = (asked.labels(table) > 0).tolist()
        became |= zip(table["customer_id"].to_pylist(), zip(true, spent, strict=True), strict=True)
    return became


def _refuse_other_window(asked: Outcome, as_of: date, ends_on: date) -> None:
    ours = as_of + timedelta(days=asked.embargo_days)
    if ours != ends_on:
        raise LadderError(
            f"The horizon of {asked.name} must be the one that the list was drawn for.",
            f"The list's ends on {ends_on}; by the configuration, it would end on {ours}.",
            "Set gap_days and horizon_days as they were, or give the results as a file.",
        )


def _refuse_unknown(asked: Outcome, as_of: date, ends_on: date, history: History) -> None:
    zone = history.config.shop.timezone
    why = untold(asked, Plan(asked, as_of), history)
    if not why and history.until < midnight(as_of, zone) + asked.embargo_days * DAY:
        why = f"the history ends on {local_date(history.until - 1, zone)}"
    if why:
        raise LadderError(
            "Results are known once the horizon has passed, and the history must reach its end.",
            f"The horizon ends on {ends_on}; {why}.",
            "Try again with newer rows.",
        )
