"""Which cutoffs each outcome learns from and is judged on, whatever the history's length.

E, the newest cutoff with complete labels, judges. The evaluation fit uses cutoffs at or before
``E - (gap + horizon)``, the serving fit cutoffs at or before E, each `snapshots` of them a
fortnight apart where the history is long enough. Cutoffs are the shop's local midnights. Either fit
also learns from `auxiliary_cutoffs`, newer and earlier ones; no label ends later for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from features.checking.outlook import SPARE_DAYS
from features.clock import DAY, day_begun, day_to_begin, local_date, midnight
from features.errors import LadderError
from features.reach.room import Room, first_day
from features.units import count_of
from training.snapshots.auxiliary_cutoffs import (
    MOST_ROWS,
    AuxiliaryCutoffs,
    CensoredCutoff,
    auxiliary_cutoffs,
)
from training.snapshots.outcome import Outcome
from training.snapshots.outcomes import Skipped
from training.snapshots.shut import Shut, newest, note_on, note_without_others, shut, tells
from training.snapshots.spacing import FORTNIGHT, WARM_UP, WEEK, choose, earliest, stepping

if TYPE_CHECKING:
    from features.history import History

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
        Cutoffs of the two fits, oldest first; none where a day is only judged.
    notes : tuple of str
        How the plan was adapted to a short history, in sentences.
    evaluation_auxiliary, serving_auxiliary : AuxiliaryCutoffs
        Newer and earlier cutoffs that either fit also learns from.
    ahead : date, optional
        The day that the serving fit is for, where newer cutoffs teach it; nothing is learnt of
        that day but who is there (`training.snapshots.ranked`).
    """

    outcome: Outcome
    newest: date
    evaluation: tuple[date, ...] = ()
    serving: tuple[date, ...] = ()
    notes: tuple[str, ...] = ()
    evaluation_auxiliary: AuxiliaryCutoffs = field(default_factory=AuxiliaryCutoffs)
    serving_auxiliary: AuxiliaryCutoffs = field(default_factory=AuxiliaryCutoffs)
    ahead: date | None = None

    @property
    def cutoffs(self) -> tuple[date, ...]:
        """Return every cutoff whose label is looked at, oldest first."""
        auxiliary = (*self.evaluation_auxiliary.days, *self.serving_auxiliary.days)
        return tuple(sorted({*self.evaluation, self.newest, *self.serving, *auxiliary}))

    @property
    def ranked_on(self) -> tuple[date, ...]:
        """Return the day whose ranks serve, and E in case hardly anybody is there on it."""
        return (self.newest,) if self.ahead is None else (self.ahead, self.newest)

    @property
    def censored(self) -> tuple[CensoredCutoff, ...]:
        """Return the newer cutoffs that either fit learns from, too."""
        return (*self.evaluation_auxiliary.censored, *self.serving_auxiliary.censored)

    def windows(self, outcome: Outcome) -> tuple[Outcome, ...]:
        """Return an outcome, and the same within the days that censored cutoffs know."""
        days = sorted({cutoff.known_days for cutoff in self.censored})
        return (outcome, *(outcome.within(known) for known in days))


def plan(outcomes: tuple[Outcome, ...], history: History) -> tuple[list[Plan], list[Skipped]]:
    """Return a plan for each outcome, and those the history is too short for with the reason.

    Raises
    ------
    LadderError
        If the history is too short for every outcome; names the dates that would do.
    """
    made = [_plan(outcome, history) for outcome in outcomes]
    plans = [result for result in made if isinstance(result, Plan)]
    short = [result for result in made if isinstance(result, Skipped)]
    if short and not plans:
        raise LadderError(
            "The history must be longer than two horizons: one to learn from, one to evaluate on.",
            "; ".join(f"{skipped.names[0]}: {skipped.why}" for skipped in short) + ".",
            "Wait until then, map older rows, or set shorter horizons in ladder.toml.",
        )
    return plans, short


def fits(outcome: Outcome, history: History) -> bool:
    """Return whether the history is long enough to learn an outcome and to judge it."""
    return isinstance(_plan(outcome, history), Plan)


def untold(outcome: Outcome, plan: Plan, history: History) -> str:
    """Return why an outcome's label is not known at another's cutoffs; nothing where it is.

    Both have the same horizon, but the tables that carry their labels may cover other days.
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
    """Return copies of a plan as of earlier days, each of them taken for the newest.

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
        Oldest first, at least a week apart; fewer where the history is short, and none of days that
        tell nothing (`training.snapshots.shut`). They are to be judged, not to serve.
    """
    zone, want = history.config.shop.timezone, history.config.training.snapshots
    start, known = _reach(plan.outcome, history)
    embargo, closed = plan.outcome.embargo_days, _spoilt(plan, history)
    # A day more than the embargo: clocks may change in between.
    oldest = _warm(start, known) + timedelta(days=embargo + 1)
    room = max(0, (plan.newest - oldest).days)
    count = origins or min(MOST_ORIGINS, 1 + room // max(WEEK, embargo // 2))
    step = max(WEEK, room // max(1, count - 1))
    rolled = []
    for back in reversed(range(min(count, room // step + 1))):
        day = plan.newest - timedelta(days=step * back)
        if not tells(day, closed):
            continue
        limit = newest(day_begun(midnight(day, zone) - embargo * DAY, zone), closed)
        if limit < known:
            continue
        evaluation, note = choose(limit, start, known, want, closed)
        made = Plan(plan.outcome, day, evaluation, notes=(note,) if note else ())
        rolled.append(_with_auxiliary(made, history, closed, history.customers))
    return tuple(rolled)


def further(plan: Plan, history: History, want: int) -> Plan:
    """Return a plan with `want` cutoffs a fortnight apart, or itself if there are no older ones."""
    if history.customers * want > MOST_ROWS:
        return plan
    start, known = _reach(plan.outcome, history)
    closed = _spoilt(plan, history)
    evaluation, serving = (
        stepping(days[-1], earliest(days[-1], start, known), FORTNIGHT, want, closed)
        if days
        else ()
        for days in (plan.evaluation, plan.serving)
    )
    if len(evaluation) <= len(plan.evaluation):
        return plan
    note = (
        f"{len(evaluation)} cutoffs back to {evaluation[0]}, as the newest {len(plan.evaluation)} "
        "hold too few customers to learn from"
    )
    wider = replace(plan, evaluation=evaluation, serving=serving, notes=(*plan.notes, note))
    return _with_auxiliary(wider, history, closed, history.customers)


def with_auxiliary(plan: Plan, history: History, people: int) -> Plan:
    """Return a plan with auxiliary cutoffs, if cutoffs of so many people leave room for them."""
    return _with_auxiliary(plan, history, _spoilt(plan, history), people)


def _spoilt(plan: Plan, history: History) -> tuple[Shut, ...]:
    """Return the cutoffs to leave out; none where the plan itself consists of such."""
    closed = shut(plan.outcome, history)
    own = (*plan.evaluation, plan.newest, *plan.serving)
    return closed if all(tells(day, closed) for day in own) else ()


def _reach(outcome: Outcome, history: History) -> tuple[date, date]:
    """Return the first day of the history and the oldest cutoff allowed."""
    start = first_day(history.span, history.config.shop.timezone)
    return start, _room(outcome, history).known


def _room(outcome: Outcome, history: History) -> Room:
    zone = history.config.shop.timezone
    return Room.of(history.span, outcome.since, _end(outcome, history), zone)


def _end(outcome: Outcome, history: History) -> int:
    """Return the instant where the labels of an outcome end."""
    zone = history.config.shop.timezone
    return min(history.until, midnight(day_to_begin(history.span[outcome.table][1], zone), zone))


def _warm(start: date, known: date) -> date:
    """Return the oldest cutoff allowed that has `WARM_UP` days of history before it."""
    return max(known, start + timedelta(days=WARM_UP))


def _plan(outcome: Outcome, history: History) -> Plan | Skipped:
    """Return a plan without cutoffs that tell nothing, where there are others."""
    usual = _planned(outcome, history, ())
    if not (closed := shut(outcome, history)) or isinstance(usual, Skipped):
        return usual
    made = _planned(outcome, history, closed)
    if isinstance(made, Skipped):
        since = closed[-1].last + timedelta(days=1)
        room = Room(since, _end(outcome, history), history.config.shop.timezone)
        return replace(usual, notes=(*usual.notes, note_without_others(outcome, room)))
    if made.cutoffs == usual.cutoffs:
        return usual
    oldest = min(made.cutoffs[0], usual.cutoffs[0])
    left_out = (note_on(each, outcome.table) for each in closed if each.last >= oldest)
    return replace(made, notes=(*made.notes, *left_out))


def _planned(outcome: Outcome, history: History, closed: Sequence[Shut]) -> Plan | Skipped:
    zone, embargo = history.config.shop.timezone, outcome.embargo_days
    start, known = _reach(outcome, history)
    room = _room(outcome, history)
    judged = newest(room.newest(embargo), closed)
    limit = newest(day_begun(midnight(judged, zone) - embargo * DAY, zone), closed)
    if limit < known:
        return Skipped((outcome.name,), _too_short(outcome, room))
    want = history.config.training.snapshots
    evaluation, note = choose(limit, start, known, want, closed)
    serving, _ = choose(judged, start, known, want, closed)
    made = Plan(outcome, judged, evaluation, serving, (note,) if note else ())
    return _with_auxiliary(made, history, closed, history.customers)


def _with_auxiliary(plan: Plan, history: History, closed: Sequence[Shut], people: int) -> Plan:
    """Return a plan with the auxiliary cutoffs of its fits."""
    outcome, oldest = plan.outcome, _warm(*_reach(plan.outcome, history))
    zone, end = history.config.shop.timezone, _end(outcome, history)

    def found(own: Sequence[date], seen: int) -> AuxiliaryCutoffs:
        return (
            auxiliary_cutoffs(outcome, history, seen, own, oldest, closed, people)
            if own
            else AuxiliaryCutoffs()
        )

    serving = found(plan.serving, end)
    return replace(
        plan,
        evaluation_auxiliary=found(plan.evaluation, midnight(plan.newest, zone)),
        serving_auxiliary=serving,
        ahead=day_begun(history.until, zone) if serving.censored else None,
    )


def _too_short(outcome: Outcome, room: Room) -> str:
    why = (
        f"labels of {count_of(outcome.horizon_days, 'day')} to learn from and to judge on need "
        f"rows until {room.opens(outcome.embargo_days)}, the history ends on "
        f"{local_date(room.end, room.timezone)}"
    )
    days = room.longest() - outcome.gap_days
    return f"{why}; a horizon of at most {days} days would work now" if days > 0 else why
