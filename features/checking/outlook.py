"""What a history can predict, and why not: rules that need only spans and kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from features.clock import DAY, day_to_begin, local_date
from features.config import Config
from features.quality import Outlook
from features.reach.room import Room
from features.reach.spans import KindSpan, Span
from features.units import count_of

SPARE_DAYS = 7
"""By how much orders may end before engagement: a small shop has quiet weeks."""

SCANT_DAYS = 30
"""With fewer days of activity before every cutoff that teaches, hardly anybody is seen there."""

_ACTS = {
    "refer": ("referred", "a friend referred"),
    "share": ("shared", "the brand shared"),
    "review": ("reviewed", "a positive review"),
}
"""The kind of each act of advocacy, and what it is in words."""


def outlooks(
    config: Config, span: Mapping[str, Span], kinds: Mapping[str, KindSpan]
) -> tuple[Outlook, ...]:
    """Return for each outcome whether it can be predicted.

    A model is judged on a horizon it has not seen, after learning from one before it: an outcome
    needs twice its gap and horizon of history.
    """
    reach = _Reach(config, span, kinds)
    return (*reach.churn(), *reach.advocacy())


@dataclass(frozen=True)
class _Reach:
    """How far a history reaches. A reason why not is empty where nothing is in the way."""

    config: Config
    span: Mapping[str, Span]
    kinds: Mapping[str, KindSpan]

    def churn(self) -> Iterator[Outlook]:
        """Yield what is asked of the churn horizon: who leaves, who returns, and what is spent."""
        churn = self.config.churn
        within = f"within {count_of(churn.horizon_days, 'day')}"
        length = churn.gap_days + churn.horizon_days
        idle = self._no_activity()
        activity = f"engagement of kind {churn.activity}" if churn.activity else "order"
        active = "engagement" if churn.activity else "orders"
        short = idle or self._too_short(active, length, churn.activity)
        if churn.event:
            gone = idle or self._never(churn.event)
            gone = gone or self._too_short("engagement", length, churn.event)
            scant = self._scant("engagement", length)
            yield _outlook("churn", f"{churn.event} {within}{scant}", gone)
        else:
            gone = short
            scant = self._scant(active, length)
            yield _outlook("churn", f"no {activity} {within}{scant}", gone)
        why_not = short or self._nobody_lapsed(active)
        yield _outlook("return", f"an {activity} of a lapsed customer {within}", why_not)
        why_not = idle or self._too_short("orders", length)
        why_not = why_not or self._orders_end_early() or gone  # it is of those who stay
        yield _outlook("spend", f"money spent {within}", why_not)

    def advocacy(self) -> Iterator[Outlook]:
        """Yield what is asked of the advocacy horizon: each act that the history has, and any."""
        idle, kinds = self._no_activity(), self.kinds
        horizon = self.config.advocacy.horizon_days
        within = f"within {count_of(horizon, 'day')}"
        known = {outcome: kind for outcome, (kind, _) in _ACTS.items() if kind in kinds}
        if not known:
            why_not = "no advocacy actions in the history (referred, shared, reviewed); skipped."
            yield Outlook("refer, share, review, advocate", False, why_not)
            return
        length = self.config.churn.gap_days + horizon
        short = {out: self._too_short("engagement", length, kind) for out, kind in known.items()}
        scant = self._scant("engagement", length)
        for outcome, (kind, words) in _ACTS.items():
            why_not = idle or self._never(kind) or short[outcome]
            yield _outlook(outcome, f"{words} {within}{scant}", why_not)
        # Any of those that are recorded for long enough, else of all from the last one's first on.
        usable = [outcome for outcome in known if not short[outcome]]
        last = max(known, key=lambda outcome: kinds[known[outcome]].first)
        why_not = idle or ("" if usable else short[last])
        yield _outlook("advocate", f"any of {', '.join(usable or known)} {within}", why_not)

    def _no_activity(self) -> str:
        """Return why nobody counts as active."""
        activity = self.config.churn.activity
        if activity is not None:
            return self._never(activity)
        if "orders" in self.span:
            return ""
        commonest = sorted(self.kinds, key=lambda kind: -self.kinds[kind].rows)[:3]
        return (
            "there are no orders, and [churn] activity is not set; "
            f"the most common kinds are {', '.join(commonest)}."
        )

    def _nobody_lapsed(self, table: str) -> str:
        """Return why nobody can have lapsed a horizon before the end."""
        (first, last), churn = self.span[table], self.config.churn
        days = churn.active_days + churn.gap_days + churn.horizon_days
        if last - first > days * DAY:
            return ""
        return (
            f"nobody has been inactive for {count_of(churn.active_days, 'day')} for long enough; "
            f"this works from {self._day(first) + timedelta(days=days + 1)} on."
        )

    def _orders_end_early(self) -> str:
        """Return why orders do not tell what was spent while engagement tells who stayed."""
        churn = self.config.churn
        if (churn.activity is None and churn.event is None) or "engagement" not in self.span:
            return ""
        orders, engagement = (self.span[table][1] for table in ("orders", "engagement"))
        if orders + SPARE_DAYS * DAY >= engagement:
            return ""
        return (
            f"orders end on {self._day(orders - 1)}, while engagement goes on until "
            f"{self._day(engagement - 1)}; map newer ones."
        )

    def _never(self, kind: str) -> str:
        return "" if kind in self.kinds else f"the history has no engagement of kind {kind}."

    def _too_short(self, table: str, days: int, kind: str | None = None) -> str:
        """Return why a table does not hold two horizons, and from when on it would.

        Of a kind of engagement, only what came after its first is known.
        """
        if table not in self.span:
            return f"the history has no {table}."
        (first, end), zone = self.span[table], self.config.shop.timezone
        since = self.kinds[kind].first if kind and kind in self.kinds else first
        room = Room.of(self.span, since, end, zone)
        if room.holds(days):
            return ""
        begin = self._day(first)
        rows = "orders reach" if table == "orders" else f"{table} reaches"
        rows = f"{rows} from {begin} to {self._day(end - 1)}"
        if day_to_begin(since, zone) > begin + timedelta(days=1):
            rows = f"{rows}, and this is recorded from {self._day(since)} on"
        now = room.longest() - self.config.churn.gap_days
        return (
            f"{rows}; learning and judging over {count_of(days, 'day')} "
            f"works from {room.opens(days)} on"
            + (f", or now with horizon_days of at most {now}." if now > 0 else ".")
        )

    def _scant(self, table: str, days: int) -> str:
        """Say that hardly any activity comes before what teaches, where it is so.

        The activity alone counts: an act may be recorded late and still teach about customers who
        have been seen for years.
        """
        first = self._active_since()
        if table not in self.span or first is None:
            return ""
        begin, end = self._day(first), self.span[table][1]
        room = Room(begin + timedelta(days=SCANT_DAYS), end, self.config.shop.timezone)
        before = (room.limit(days) - begin).days
        if before >= SCANT_DAYS:
            return ""
        most = room.longest() - self.config.churn.gap_days
        return f", but learnt from the first {count_of(before, 'day')} alone, which show little" + (
            f"; horizon_days of at most {most} leaves a month" if most > 0 else ""
        )

    def _active_since(self) -> int | None:
        """Return the instant of the first activity, None where there is none."""
        if activity := self.config.churn.activity:
            return self.kinds[activity].first if activity in self.kinds else None
        return self.span["orders"].first if "orders" in self.span else None

    def _day(self, moment: int) -> date:
        return local_date(moment, self.config.shop.timezone)


def _outlook(outcome: str, words: str, why_not: str) -> Outlook:
    return Outlook(outcome, not why_not, why_not or f"{words}.")
