"""What a history can predict, and why not: rules that need only spans and kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from features.clock import DAY, day_to_begin, local_date
from features.config import Config
from features.quality import Outlook
from features.room import Room
from features.spans import KindSpan, Span
from features.units import count_of

_ACTS = {"refer": "referred", "share": "shared", "review": "reviewed"}
_SAID = {"refer": "a friend referred", "share": "the brand shared", "review": "a positive review"}


SPARE_DAYS = 7
"""By how much orders may end before engagement: a small shop has quiet weeks."""


def outlooks(
    config: Config, span: Mapping[str, Span], kinds: Mapping[str, KindSpan]
) -> tuple[Outlook, ...]:
    """Return for each outcome whether it can be predicted.

    A model is judged on a horizon it has not seen, after learning from one before it: an outcome
    needs twice its gap and horizon of history.
    """
    return (*_churn(config, span, kinds), *_advocacy(config, span, kinds))


def _churn(
    config: Config, span: Mapping[str, Span], kinds: Mapping[str, KindSpan]
) -> Iterator[Outlook]:
    churn = config.churn
    within = f"within {count_of(churn.horizon_days, 'day')}"
    length = churn.gap_days + churn.horizon_days
    idle = _no_activity(config, span, kinds)
    activity = f"engagement of kind {churn.activity}" if churn.activity else "order"
    active = "engagement" if churn.activity else "orders"
    short = idle or _too_short(config, span, active, length, _since(churn.activity, kinds))
    if churn.event:
        began = _since(churn.event, kinds)
        gone = idle or _never(churn.event, kinds)
        gone = gone or _too_short(config, span, "engagement", length, began)
        yield _outlook("churn", f"{churn.event} {within}", gone)
    else:
        gone = short
        yield _outlook("churn", f"no {activity} {within}", gone)
    why = short or _nobody_lapsed(config, span, active)
    yield _outlook("return", f"an {activity} of a lapsed customer {within}", why)
    why = idle or _too_short(config, span, "orders", length)
    why = why or _ends_early(config, span) or gone  # it is of those who stay
    yield _outlook("spend", f"money spent {within}", why)


def _advocacy(
    config: Config, span: Mapping[str, Span], kinds: Mapping[str, KindSpan]
) -> Iterator[Outlook]:
    missing = _no_activity(config, span, kinds)
    length = config.churn.gap_days + config.advocacy.horizon_days
    within = f"within {count_of(config.advocacy.horizon_days, 'day')}"
    known = {outcome: kind for outcome, kind in _ACTS.items() if kind in kinds}
    if not known:
        why = "no advocacy actions in the history (referred, shared, reviewed); skipped."
        yield Outlook("refer, share, review, advocate", False, why)
        return
    short = {
        outcome: _too_short(config, span, "engagement", length, _since(kind, kinds))
        for outcome, kind in known.items()
    }
    for outcome, kind in _ACTS.items():
        why = missing or _never(kind, kinds) or short[outcome]
        yield _outlook(outcome, f"{_SAID[outcome]} {within}", why)
    # Any of those that are recorded for long enough, else of all from the last one's first on.
    usable = [outcome for outcome in known if not short[outcome]]
    last = max(known, key=lambda outcome: kinds[known[outcome]].first)
    why = missing or ("" if usable else short[last])
    yield _outlook("advocate", f"any of {', '.join(usable or known)} {within}", why)


def _since(kind: str | None, kinds: Mapping[str, KindSpan]) -> KindSpan | None:
    """Return from when on a kind is recorded, None where none is meant or none came."""
    return kinds.get(kind) if kind else None


def _outlook(outcome: str, words: str, why_not: str) -> Outlook:
    return Outlook(outcome, not why_not, why_not or f"{words}.")


def _no_activity(config: Config, span: Mapping[str, Span], kinds: Mapping[str, KindSpan]) -> str:
    """Return why nobody counts as active, empty where somebody can."""
    activity = config.churn.activity
    if activity is not None:
        return _never(activity, kinds)
    if "orders" in span:
        return ""
    commonest = sorted(kinds, key=lambda kind: -kinds[kind].rows)[:3]
    return (
        "there are no orders, and [churn] activity does not say what keeps a customer alive; "
        f"the commonest kinds are {', '.join(commonest)}."
    )


def _nobody_lapsed(config: Config, span: Mapping[str, Span], table: str) -> str:
    """Return why nobody can have lapsed a horizon before the end, empty where somebody can."""
    (first, last), churn = span[table], config.churn
    days = churn.active_days + churn.gap_days + churn.horizon_days
    if last - first > days * DAY:
        return ""
    begin = local_date(first, config.shop.timezone)
    return (
        f"nobody has been away for {count_of(churn.active_days, 'day')} for long enough; that "
        f"works from {begin + timedelta(days=days + 1)} on."
    )


def _ends_early(config: Config, span: Mapping[str, Span]) -> str:
    """Return why the orders do not tell what was spent where the engagement tells who stayed."""
    churn = config.churn
    if (churn.activity is None and churn.event is None) or "engagement" not in span:
        return ""
    zone = config.shop.timezone
    orders, engagement = (span[table][1] for table in ("orders", "engagement"))
    if orders + SPARE_DAYS * DAY >= engagement:
        return ""
    return (
        f"orders end on {local_date(orders - 1, zone)}, while engagement goes on until "
        f"{local_date(engagement - 1, zone)}; map newer ones."
    )


def _never(kind: str, kinds: Mapping[str, KindSpan]) -> str:
    return "" if kind in kinds else f"the history has no engagement of kind {kind}."


def _too_short(
    config: Config,
    span: Mapping[str, Span],
    table: str,
    days: int,
    kind: KindSpan | None = None,
) -> str:
    """Return why a table does not hold two horizons of what it tells, and from when on it would.

    Of a kind of engagement, only what came after its first is known.
    """
    if table not in span:
        return f"the history has no {table}."
    (first, end), zone = span[table], config.shop.timezone
    room = Room.of(span, kind.first if kind else first, end, zone)
    if room.holds(days):
        return ""
    begin, last = local_date(first, zone), local_date(end - 1, zone)
    rows = "orders reach" if table == "orders" else f"{table} reaches"
    rows = f"{rows} from {begin} to {last}"
    if kind and day_to_begin(kind.first, zone) > begin + timedelta(days=1):
        rows = f"{rows}, and this is recorded from {local_date(kind.first, zone)} on"
    now = room.longest() - config.churn.gap_days
    return (
        f"{rows}; learning and judging over {count_of(days, 'day')} "
        f"works from {room.opens(days)} on"
        + (f", or now with horizon_days of at most {now}." if now > 0 else ".")
    )
