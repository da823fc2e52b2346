"""Which cutoffs each outcome learns from and is judged on, whatever the history's length.

E, the newest cutoff with complete labels, judges. The evaluation fit uses cutoffs at or before
``E - (gap + horizon)``, the serving fit cutoffs at or before E, each `snapshots` of them a
fortnight apart where the history is long enough. Cutoffs are the shop's local midnights. `others`,
newer and earlier ones, teach beside them; no label ends later for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from features.checking.outlook import SPARE_DAYS
from features.clock import DAY, day_begun, day_to_begin, local_date, midnight
from features.errors import LadderError
from features.room import Room
from features.units import count_of
from training.snapshots.others import MOST_ROWS, Others, others
from training.snapshots.outcome import Outcome
from training.snapshots.outcomes import Skipped

if TYPE_CHECKING:
    from features.history import History

FORTNIGHT, WEEK = 14, 7
"""Days between cutoffs, and the fewest days between them in a short history."""

WARM_UP = 30
"""Days of history that a cutoff should have before it, where the history is long enough."""

MOST_ORIGINS = 8
"""Days that a backtest judges on, unless told otherwise."""


@dataclass(frozen=True)
class Plan:
    """The cutoffs of one outcome.

    Parameters
    ----------
    outcome : Outcome
        What is learnt.
    newest : date
        E: the newest cutoff with complete labels.
    evaluation, serving : tuple of date
        Cutoffs of the two fits, oldest first.
    notes : tuple of str
        How the plan was adapted to a short history, in sentences.
    evaluation_others, serving_others : Others
        Newer and earlier cutoffs that teach beside those of either fit.
    ahead : date, optional
        The day that the serving fit is for, where newer cutoffs teach it; nothing is learnt of
        that day but who is there (`training.snapshots.ranked`).
    """

    outcome: Outcome
    newest: date
    evaluation: tuple[date, ...]
    serving: tuple[date, ...]
    notes: tuple[str, ...] = ()
    evaluation_others: Others = field(default_factory=Others)
    serving_others: Others = field(default_factory=Others)
    ahead: date | None = None

    @property
    def cutoffs(self) -> tuple[date, ...]:
        """Return every cutoff whose label is looked at, oldest first."""
        others = (*self.evaluation_others.days, *self.serving_others.days)
        return tuple(sorted({*self.evaluation, self.newest, *self.serving, *others}))

    @property
    def served(self) -> tuple[date, ...]:
        """Return the day that the serving fit is for, and E in case hardly anybody is there."""
        return (self.newest,) if self.ahead is None else (self.ahead, self.newest)

    def windows(self, outcome: Outcome) -> tuple[Outcome, ...]:
        """Return an outcome, and the same within the days that censored cutoffs know."""
        newer = (*self.evaluation_others.censored, *self.serving_others.censored)
        days = sorted({one.known_days for one in newer})
        return (outcome, *(outcome.within(known) for known in days))


def plan(outcomes: tuple[Outcome, ...], history: History) -> tuple[list[Plan], list[Skipped]]:
    """Return a plan for each outcome, and those the history is too short for with the reason.

    Raises
    ------
    LadderError
        If the history is too short for every outcome; names the dates that would do.
    """
    made = [_plan(outcome, history) for outcome in outcomes]
    plans = [one for one in made if isinstance(one, Plan)]
    short = [one for one in made if isinstance(one, Skipped)]
    if short and not plans:
        raise LadderError(
            "The history must be longer than two horizons: one to learn from, one to judge on.",
            "; ".join(f"{one.names[0]}: {one.why}" for one in short) + ".",
            "Wait until then, map older rows, or set shorter horizons in ladder.toml.",
        )
    return plans, short


def fits(outcome: Outcome, history: History) -> bool:
    """Return whether the history is long enough to learn an outcome and to judge it."""
    return isinstance(_plan(outcome, history), Plan)


def untold(outcome: Outcome, plan: Plan, history: History) -> str:
    """Return why an outcome's label is not known at another's cutoffs; nothing where it is.

    The table that carries it may tell of other days than that of the plan's own outcome.

    Parameters
    ----------
    outcome : Outcome
        With the horizon of the plan's.
    plan : Plan
    history : History
    """
    zone = history.config.shop.timezone
    first = min((*plan.evaluation, *plan.serving, plan.newest))
    end = _end(outcome, history)
    if outcome.since > midnight(first, zone) + SPARE_DAYS * DAY:
        begins = local_date(outcome.since, zone)
        return f"the {outcome.table} begin on {begins}, after the first cutoff, {first}"
    if end + SPARE_DAYS * DAY < midnight(plan.newest, zone) + outcome.embargo_days * DAY:
        ends, days = local_date(end - 1, zone), count_of(outcome.horizon_days, "day")
        return f"the {outcome.table} end on {ends}, before the horizon of {days} from {plan.newest}"
    return ""


def roll(plan: Plan, history: History, origins: int | None = None) -> tuple[Plan, ...]:
    """Return plans like one, each as if its day were the newest, spread over the history.

    Parameters
    ----------
    plan : Plan
        The newest of them.
    history : History
    origins : int, optional
        How many at most; by default one every half horizon, up to `MOST_ORIGINS`.

    Returns
    -------
    tuple of Plan
        Oldest first, at least a week apart; fewer where the history is short. They are to be
        judged, not to serve.
    """
    zone, want = history.config.shop.timezone, history.config.training.snapshots
    start, known = _reach(plan.outcome, history)
    embargo = plan.outcome.embargo_days
    # A day more than the embargo: clocks may change in between.
    oldest = _warm(start, known) + timedelta(days=embargo + 1)
    room = max(0, (plan.newest - oldest).days)
    count = origins or min(MOST_ORIGINS, 1 + room // max(WEEK, embargo // 2))
    step = max(WEEK, room // max(1, count - 1))
    rolled = []
    for back in reversed(range(min(count, room // step + 1))):
        newest = plan.newest - timedelta(days=step * back)
        limit = day_begun(midnight(newest, zone) - embargo * DAY, zone)
        chosen, note = choose(limit, start, known, want)
        made = Plan(plan.outcome, newest, chosen, (), (note,) if note else ())
        rolled.append(_beside(made, history))
    return tuple(rolled)


def further(plan: Plan, history: History, want: int) -> Plan:
    """Return a plan like one that looks further back, or itself where nothing older is to be had.

    Parameters
    ----------
    plan : Plan
    history : History
    want : int
        How many cutoffs to choose, a fortnight apart, if there is room.
    """
    if history.customers * want > MOST_ROWS:
        return plan
    start, known = _reach(plan.outcome, history)
    evaluation, serving = (
        _fortnightly(days[-1], _oldest(days[-1], start, known), want) if days else ()
        for days in (plan.evaluation, plan.serving)
    )
    if len(evaluation) <= len(plan.evaluation):
        return plan
    note = (
        f"{len(evaluation)} cutoffs back to {evaluation[0]}, as the newest {len(plan.evaluation)} "
        "hold too few customers to learn from"
    )
    return _beside(
        replace(plan, evaluation=evaluation, serving=serving, notes=(*plan.notes, note)), history
    )


def _fortnightly(limit: date, oldest: date, want: int) -> tuple[date, ...]:
    count = min(want, (limit - oldest).days // FORTNIGHT + 1)
    return tuple(limit - timedelta(days=FORTNIGHT * back) for back in reversed(range(count)))


def _reach(outcome: Outcome, history: History) -> tuple[date, date]:
    """Return the first day of the history and the oldest cutoff allowed."""
    zone = history.config.shop.timezone
    start = local_date(min(first for first, _ in history.span.values()), zone)
    return start, Room.of(history.span, outcome.since, _end(outcome, history), zone).known


def _end(outcome: Outcome, history: History) -> int:
    """Return the instant where the labels of an outcome end."""
    zone = history.config.shop.timezone
    return min(history.until, midnight(day_to_begin(history.span[outcome.table][1], zone), zone))


def _warm(start: date, known: date) -> date:
    """Return the oldest cutoff allowed that has the history before it that it should have."""
    return max(known, start + timedelta(days=WARM_UP))


def _plan(outcome: Outcome, history: History) -> Plan | Skipped:
    zone = history.config.shop.timezone
    start, known = _reach(outcome, history)
    room = Room.of(history.span, outcome.since, _end(outcome, history), zone)
    if not room.holds(outcome.embargo_days):
        return Skipped((outcome.name,), _too_short(outcome, room))
    newest, want = room.newest(outcome.embargo_days), history.config.training.snapshots
    evaluation, note = choose(room.limit(outcome.embargo_days), start, known, want)
    serving, _ = choose(newest, start, known, want)
    made = Plan(outcome, newest, evaluation, serving, (note,) if note else ())
    made = _beside(made, history)
    return (
        replace(made, ahead=day_begun(history.until, zone))
        if made.serving_others.censored
        else made
    )


def _beside(plan: Plan, history: History) -> Plan:
    """Return a plan with the cutoffs that teach beside those of its fits."""
    outcome, oldest = plan.outcome, _warm(*_reach(plan.outcome, history))
    seen = midnight(plan.newest, history.config.shop.timezone)
    return replace(
        plan,
        evaluation_others=others(outcome, history, seen, plan.evaluation, oldest),
        serving_others=others(outcome, history, _end(outcome, history), plan.serving, oldest)
        if plan.serving
        else Others(),
    )


def choose(limit: date, start: date, known: date, want: int) -> tuple[tuple[date, ...], str]:
    """Return cutoffs at or before `limit`, oldest first, and how they fall short of the usual.

    Parameters
    ----------
    limit : date
        The newest cutoff allowed; it is always chosen.
    start : date
        The first day of the history.
    known : date
        The oldest cutoff allowed: before it, the outcome was not recorded.
    want : int
        How many cutoffs to choose, a fortnight apart, if there is room.

    Examples
    --------
    >>> cutoffs, note = choose(date(2024, 3, 1), date(2024, 1, 10), date(2024, 1, 11), 6)
    >>> [str(cutoff) for cutoff in cutoffs]
    ['2024-02-09', '2024-02-16', '2024-02-23', '2024-03-01']
    >>> note
    '4 cutoffs 7 days apart up to 2024-03-01, for want of older history'
    """
    room = (limit - _oldest(limit, start, known)).days
    step = min(FORTNIGHT, max(WEEK, room // max(1, want - 1)))
    count = min(want, room // step + 1)
    cutoffs = tuple(limit - timedelta(days=step * back) for back in reversed(range(count)))
    if count == want and (count == 1 or step == FORTNIGHT):
        return cutoffs, ""
    apart = f"{count} cutoffs {step} days apart" if count > 1 else "one cutoff"
    return cutoffs, f"{apart} up to {limit}, for want of older history"


def _oldest(limit: date, start: date, known: date) -> date:
    """Return the oldest cutoff with enough history before it, by what there is until `limit`."""
    return max(known, start + timedelta(days=min(WARM_UP, (limit - start).days // 2)))


def _too_short(outcome: Outcome, room: Room) -> str:
    why = (
        f"labels of {count_of(outcome.horizon_days, 'day')} to learn from and to judge on need "
        f"rows until {room.opens(outcome.embargo_days)}, the history ends on "
        f"{local_date(room.end, room.timezone)}"
    )
    days = room.longest() - outcome.gap_days
    return f"{why}; a horizon of at most {days} days would work now" if days > 0 else why
