"""What a person should look at in a run that was just scored: a sentence each, and no error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from features.units import count_of
from serving.store import PublishedRun
from training.bundle import Bundle, tolerance

STALE_DAYS = 7
"""From more days between the newest row and the day that is scored on, it is remarked on."""

OLD_DAYS = 183
"""From more days between a model's newest row and the day that is scored on, its age is."""

FEWER = 0.8
"""Below this share of the customers of the run before, their number is."""


def old_rows(newest: date, at: date | None, today: date) -> Iterator[str]:
    """Yield a sentence where the newest row is well before the day asked for, or else today."""
    days = ((at or today) - newest).days
    if days <= STALE_DAYS:
        return
    passed = count_of(days, "day")
    if at is None:
        yield f"the newest row is of {newest}, {passed} ago: the scores are as of then."
    else:
        yield (
            f"the newest row is of {newest}, {passed} before {at}: "
            "anyone active since then looks inactive."
        )


def model_of_another_time(bundle: Bundle, as_of: date) -> Iterator[str]:
    """Yield a sentence where the model learnt from rows that end long before, or after."""
    until = date.fromisoformat(bundle.settings.get("data", {}).get("until", str(as_of)))
    if (days := (as_of - until).days) > OLD_DAYS:
        yield (
            f"the model knows rows until {until}, {count_of(days, 'day')} before {as_of}: "
            "`ladder train` fits a newer one and promotes it if it is good enough."
        )
    elif days < 0:
        yield (
            f"the model learnt from rows until {until}, which is after {as_of}: what happened in "
            "between is no test of these scores; `ladder backtest` evaluates past days."
        )


def uncalibrated(bundle: Bundle, outcome: str | None = None) -> Iterator[str]:
    """Yield a sentence where probabilities were off when they were judged; all, or of an outcome.

    A home's first model serves although they were, and one that a person promotes.
    """
    outcomes = bundle.metrics.get("outcomes", {})
    asked = {name: judged for name, judged in outcomes.items() if outcome in (None, name)}
    if over := tolerance.exceeding(tolerance.errors(asked)):
        yield (
            f"{tolerance.sentence(over)}, as the model was judged: probabilities, and money that "
            "depends on them, may be off by as much."
        )


def fewer_customers(
    before: PublishedRun,
    at: date | None,
    as_of: date,
    size: tuple[int, int],
    size_before: tuple[int, int],
) -> Iterator[str]:
    """Yield a sentence where a run falls behind the one that served, as after a cut export.

    A size is how many customers a run has, and how many of them are active: an export of orders may
    be cut short beside a whole one of customers. Whoever asks for an earlier day, `at`, expects
    fewer of them.
    """
    then = before.info.as_of
    fewer = (
        any(new < FEWER * old for new, old in zip(size, size_before, strict=True)) and as_of >= then
    )
    if fewer or (at is None and as_of < then):
        yield (
            f"{before.run_id}, which served until now, is of {_counted(*size_before)} as of {then}"
            f", and this run of {_counted(*size)} as of {as_of}: if the export is incomplete, "
            f"`ladder runs use {before.run_id}` restores the previous run."
        )


def _counted(customers: int, active: int) -> str:
    return f"{count_of(customers, 'customer')}, {active:,} of them active,"
