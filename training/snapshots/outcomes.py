"""Which outcomes a history carries, and why it does not carry the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from features.contract import Activity, Engagement, Orders
from features.errors import LadderError, UsageError
from training.bundle.strata import Asked
from training.snapshots.outcome import Outcome

if TYPE_CHECKING:
    from features.config import Config
    from features.history import History


NAMES = ("churn", "return", "refer", "share", "review", "advocate", "spend")
"""Every outcome, in the order of reports."""

ACTS = {"refer": "referred", "share": "shared", "review": "reviewed"}
"""Advocacy outcomes and the engagement kind that carries each."""


@dataclass(frozen=True)
class Skipped:
    """Outcomes that cannot be learnt from this history, and why in one line."""

    names: tuple[str, ...]
    why: str


def outcomes(
    config: Config,
    history: History,
    wanted: tuple[str, ...] = (),
    long_enough: Callable[[Outcome], bool] = lambda _: True,
) -> tuple[tuple[Outcome, ...], tuple[Skipped, ...]]:
    """Return the outcomes that the history carries, and the others with the reason.

    Parameters
    ----------
    config : Config
        Horizons, the churn event, the activity.
    history : History
        What was recorded: tables and kinds.
    wanted : tuple of str
        Only these outcomes, with churn where spend is among them; all of them by default.
    long_enough : callable
        Whether the history is long enough for an outcome: `advocate` is any of the acts for which
        it is, so that an act recorded since yesterday does not keep it from being learnt.

    Raises
    ------
    UsageError
        If `wanted` holds a name that is no outcome.
    LadderError
        If the history holds none of the activity that keeps a customer alive, or carries none of
        the wanted outcomes.
    """
    _refuse_unknown(wanted)
    if "advocate" in wanted and set(ACTS) & set(wanted):
        wanted = (*wanted, *ACTS)  # it is held to what its acts allow: to all of them, or to none
    if "spend" in wanted:
        wanted = (*wanted, "churn")  # it is learnt of those who stay
    _require_activity(config, history)
    known = [
        *_staying(config, history),
        *_advocacy(config, history, long_enough),
        *_money(config, history),
    ]
    chosen = [item for item in known if not wanted or set(_names(item)) & set(wanted)]
    found = tuple(item for item in chosen if isinstance(item, Outcome))
    missing = tuple(item for item in chosen if isinstance(item, Skipped))
    if all(outcome.is_money for outcome in found):
        _refuse_none(missing)
    return found, missing


def _names(item: Outcome | Skipped) -> tuple[str, ...]:
    return (item.name,) if isinstance(item, Outcome) else item.names


def _staying(config: Config, history: History) -> list[Outcome | Skipped]:
    """Return churn and return."""
    churn = config.churn
    table, since = _activity(config, history)
    window = churn.gap_days, churn.horizon_days
    back = Outcome("return", Activity().count(), "some", table, since, *window, who="lapsed")
    if churn.event is None:
        return [Outcome("churn", Activity().count(), "none", table, since, *window), back]
    event = history.kinds.get(churn.event)
    if event is None:
        why = f"the engagement table holds no {churn.event!r} (the event of [churn])"
        return [Skipped(("churn",), why), back]
    ends = Engagement().kind(churn.event).count()
    who = _who_is_asked(config)
    leaving = Outcome("churn", ends, "some", "engagement", event.first, *window, who=who)
    return [leaving, back]


def _who_is_asked(config: Config) -> Asked:
    """Return who is eligible: the active, of whom a shop of subscriptions asks the subscribed."""
    return "active" if config.churn.event is None else "subscribed"


def _advocacy(
    config: Config, history: History, long_enough: Callable[[Outcome], bool]
) -> list[Outcome | Skipped]:
    """Return refer, share, review, and advocate as any of those recorded."""
    recorded = {name: kind for name, kind in ACTS.items() if kind in history.kinds}
    if not recorded:
        why = f"the history holds no advocacy actions ({', '.join(ACTS.values())})"
        return [Skipped((*ACTS, "advocate"), why)]
    acts = {name: _act(name, config, history) for name in recorded}
    missing = [
        Skipped((name,), f"the engagement table holds no {kind!r}")
        for name, kind in ACTS.items()
        if name not in recorded
    ]
    usable = tuple(act for act in acts.values() if long_enough(act))
    return [*acts.values(), _any_of(usable or tuple(acts.values())), *missing]


def _act(name: str, config: Config, history: History) -> Outcome:
    kind = ACTS[name]
    rows = Engagement().kind(kind)
    if name == "review":
        rows = rows.where(Engagement().value >= config.advocacy.positive_review_from)
    window = config.churn.gap_days, config.advocacy.horizon_days
    since, who = history.kinds[kind].first, _who_is_asked(config)
    return Outcome(name, rows.count(), "some", "engagement", since, *window, who=who)


def _any_of(acts: tuple[Outcome, ...]) -> Outcome:
    measure, first = acts[0].measure, acts[0]
    for act in acts[1:]:
        measure = measure + act.measure
    # From the last kind's first row on: before it, "any of them" would have meant less.
    since = max(act.since for act in acts)
    window = first.gap_days, first.horizon_days
    return Outcome("advocate", measure, "some", "engagement", since, *window, who=first.who)


def _money(config: Config, history: History) -> list[Outcome | Skipped]:
    if "orders" not in history.span:
        return [Skipped(("spend",), "there is no orders table")]
    churn = config.churn
    spent = Orders().amount.sum()
    since = history.span["orders"][0]
    return [Outcome("spend", spent, "money", "orders", since, churn.gap_days, churn.horizon_days)]


def _activity(config: Config, history: History) -> tuple[str, int]:
    """Return the table that carries activity and the instant of the first."""
    if config.churn.activity is None:
        return "orders", history.span["orders"][0]
    return "engagement", history.kinds[config.churn.activity].first


def names_of(wanted: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names that a caller wants; a text is one name, not its letters.

    >>> names_of("churn"), names_of(["churn", "refer"])
    (('churn',), ('churn', 'refer'))
    """
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def _refuse_unknown(wanted: tuple[str, ...]) -> None:
    unknown = [name for name in wanted if name not in NAMES]
    if unknown:
        raise UsageError(
            f"An outcome must be one of {', '.join(NAMES)}.",
            f"Got {', '.join(map(repr, unknown))}.",
            "Correct --outcome, or leave it out to train all of them.",
        )


def _refuse_none(missing: tuple[Skipped, ...]) -> NoReturn:
    reasons = (f"{', '.join(skipped.names)}: {skipped.why}" for skipped in missing)
    raise LadderError(
        "The history must contain at least one of the requested outcomes.",
        f"{'; '.join(reasons)}.",
        "Map the rows that show it (see `ladder check`), or leave --outcome out.",
    )


def _require_activity(config: Config, history: History) -> None:
    activity = config.churn.activity
    if activity is None and "orders" not in history.span:
        kinds = sorted(history.kinds, key=lambda kind: -history.kinds[kind].rows)
        raise LadderError(
            "Churn needs an activity: what an active customer does.",
            "The history has no orders, and [churn] names no activity.",
            f'Set activity under [churn], for example activity = "{(kinds or ["app_opened"])[0]}".',
        )
    if activity is not None and activity not in history.kinds:
        raise LadderError(
            f"The activity {activity!r} of [churn] must occur in the engagement table.",
            f"The kinds there are {', '.join(sorted(history.kinds)) or 'none'}.",
            "Correct activity under [churn], or the mapping of kind.",
        )
