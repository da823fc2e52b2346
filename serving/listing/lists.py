"""Lists: whom to contact, drawn from a published run, with reasons and a hold-out.

A list selects by expected profit, then holds out a part of the selection. Suppressed customers and
those in an open hold-out are never candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from serving.listing import holdout
from serving.listing.economics import Campaign, Gamma, Worth, keeping, winning_back
from serving.records.record import AT_LEAST, floats
from training.bundle.arrays import Flags, Floats, Integers

Positions = Integers

ROUNDING = 1e-9
"""The share of a budget by which a sum of costs may seem to exceed it; far below a cent."""

KEPT = (
    "Assumes that the offer keeps {mean}% of leavers (90% interval {low} to {high}%), whoever they "
    "are, until a randomised campaign says more."
)
BROUGHT = (
    "Assumes that the offer brings {mean}% of those who return (90% interval {low} to {high}%), "
    "whoever they are, until a randomised campaign says more."
)
NOBODY = (
    "Nobody is listed: no customer of the run is eligible, may be contacted and fits what was "
    "asked for."
)
NONE_LIKELY = (
    "Nobody is listed: nobody who could be has at least the average chance of customers before."
)
TOO_LITTLE = "Nobody is listed: the budget does not cover the first contact."
NO_PROFIT = (
    "Nobody is listed: nobody who could be is expected to bring more than contacting them costs."
)
NO_STARS = (
    "Ask these people to refer or to share. Ask all customers for reviews alike: platforms forbid "
    "asking only the happy ones."
)


SHOWN = {
    "at-risk": (
        "churn_probability",
        "risk_tier",
        "value_at_risk",
        "extended_value_at_risk",
        "rung",
    ),
    "win-back": ("return_probability", "rung"),
    "advocates": (
        "advocate_probability",
        "refer_probability",
        "share_probability",
        "rung",
        "quadrant",
    ),
}
"""What each list shows of a record, its own probability first."""


@dataclass(frozen=True)
class Terms:
    """How a list is limited and its hold-out drawn.

    Parameters
    ----------
    key : bytes
        The home's secret.
    draw : str
        Names this draw: its run, and how many lists were saved of that before. Each has a chance of
        its own: by a shared one, customers whom an earlier list of the run contacted would seldom
        be held out, and all others too often.
    top : int or None
        How many people to contact.
    budget : float or None
        What the contacts may cost together, in the shop's currency.
    hold_out : holdout.Rule
        How many are held out.
    """

    key: bytes
    draw: str
    top: int | None = None
    budget: float | None = None
    hold_out: holdout.Rule = field(default_factory=holdout.Rule)


@dataclass(frozen=True)
class Drawn:
    """A list that was drawn.

    Parameters
    ----------
    members : Arrow table
        In descending order of worth; `contact` is ``yes`` or ``held_out``.
    profit : tuple of float or None
        Expected profit of the contacts, and its 90% interval; None where a list has no money.
    cost : float
        Expected cost of the contacts; where no money is weighed, what they cost if all of them
        take the offer.
    notes : tuple of str
        What a reader must know, in sentences.
    """

    members: pa.Table
    profit: tuple[float, float, float] | None
    cost: float
    notes: tuple[str, ...]

    @property
    def contacted(self) -> int:
        """Return how many people are to be contacted."""
        return int(pc.sum(pc.equal(self.members["contact"], "yes")).as_py() or 0)


def at_risk(run: pa.Table, campaign: Campaign, terms: Terms) -> Drawn:
    """Draw whom to keep, from a run's records: the columns of ``ladder score``."""
    people = _candidates(run, "churn_probability")
    at_stake = np.nan_to_num(floats(people, "value_at_risk"))
    worth = keeping(floats(people, "churn_probability"), at_stake, campaign)
    return _draw_by_worth(people, worth, at_stake, terms, "at-risk")


def win_back(run: pa.Table, spend: float, campaign: Campaign, terms: Terms) -> Drawn:
    """Draw whom to win back among the lapsed, who spend `spend` in a horizon if they return."""
    people = _candidates(run, "return_probability")
    returning = floats(people, "return_probability")
    worth = winning_back(returning, spend, campaign)
    return _draw_by_worth(people, worth, returning * spend, terms, "win-back")


def likeliest(run: pa.Table, kind: str, rate: float, terms: Terms) -> Drawn:
    """Draw by probability alone: whoever is at or above the training rate, likeliest first.

    The terms' budget is not looked at: without money there is no worth to spend it by.
    """
    probability, *others = SHOWN[kind]
    asked = _candidates(run, probability)
    people = asked.filter(pc.greater_equal(asked[probability], rate * AT_LEAST))
    chance = floats(people, probability)
    order = _top(np.argsort(-chance, kind="stable"), terms)
    held = _draw_hold_out(people, order, chance, terms, kind)
    notes = _why_nobody(len(asked), len(people), len(order), NONE_LIKELY)
    return Drawn(_members(people, order, held, (probability, *others)), None, 0.0, notes)


def _why_nobody(asked: int, worthy: int, listed: int, unworthy: str) -> tuple[str, ...]:
    """Return why nobody is listed: of so many asked, so many were worth it."""
    if listed:
        return ()
    return (TOO_LITTLE if worthy else unworthy if asked else NOBODY,)


def _candidates(run: pa.Table, probability: str) -> pa.Table:
    """Return the records that a list may name: asked, not suppressed, in no open hold-out."""
    free = pc.invert(pc.or_(run["suppressed"], run["held_out"]))
    return run.filter(pc.and_(free, pc.is_valid(run[probability])))


def _draw_by_worth(
    people: pa.Table,
    worth: Worth,
    value: Floats,
    terms: Terms,
    kind: str,
) -> Drawn:
    """Select by worth, hold out within strata of value, and add up profit and cost."""
    worthy = _by_worth(worth)
    order, held = _select(
        worthy, worth.cost, terms, lambda o: _draw_hold_out(people, o, value, terms, kind)
    )
    members = _members(people, order, held, SHOWN[kind])
    for name, numbers in (("expected_profit", worth.profit), ("expected_cost", worth.cost)):
        members = members.append_column(name, pa.array(numbers[order]))
    contacted = order[~held]
    cost = float(worth.cost[contacted].sum())
    if terms.budget is not None:
        cost = min(cost, terms.budget)  # above it only by what `_within` lets pass
    why = _why_nobody(len(people), len(worthy), len(order), NO_PROFIT)
    return Drawn(members, worth.total(contacted), cost, (_assumption(worth.gamma, kind), *why))


def _assumption(gamma: Gamma, kind: str) -> str:
    mean, low, high = (f"{100 * chance:.0f}" for chance in (gamma.mean, *gamma.interval))
    assumed = KEPT if kind == "at-risk" else BROUGHT
    return assumed.format(mean=mean, low=low, high=high)


def _by_worth(worth: Worth) -> Positions:
    """Return the positions with positive profit in descending order of profit per expected cost."""
    order = np.argsort(-worth.profit_per_cost, kind="stable")
    return order[worth.profit[order] > 0]


def _select(
    order: Positions, cost: Floats, terms: Terms, hold: Callable[[Positions], Flags]
) -> tuple[Positions, Flags]:
    """Return the selection that the terms allow, and who of it is held out."""
    order = _top(order, terms)
    if terms.budget is None:
        return order, hold(order)
    order = order[: _affordable(cost[order], terms.budget, terms.hold_out)]
    held = hold(order)
    while not _within(cost[order[~held]].sum(), terms.budget):
        # The hold-out happened to be the cheap ones: give up the least worthy until it fits.
        order = order[:-1]
        held = hold(order)
    return order, held


def _top(order: Positions, terms: Terms) -> Positions:
    return order if terms.top is None else order[: terms.hold_out.selection_for(terms.top)]


def _affordable(cost: Floats, budget: float, rule: holdout.Rule) -> int:
    """Return how many can be selected when those held out cost nothing."""
    counts = np.arange(1, len(cost) + 1)
    held = np.array([rule.size(int(count)) for count in counts])
    fits = np.flatnonzero(_within(np.cumsum(cost) * (1 - held / counts), budget))
    return int(fits[-1]) + 1 if fits.size else 0


def _within(cost: Floats | np.float64, budget: float) -> Flags | np.bool_:
    """Return whether costs keep to a budget, up to rounding: 3 x 0.1 counts as 0.3."""
    return cost <= budget * (1 + ROUNDING)


def _draw_hold_out(
    people: pa.Table, order: Positions, value: Floats, terms: Terms, kind: str
) -> Flags:
    ids = people["customer_id"].take(pa.array(order)).to_pylist()
    held_out = terms.hold_out.size(len(ids))
    return holdout.draw(ids, value[order], held_out, terms.key, f"{kind} {terms.draw}")


def _members(people: pa.Table, order: Positions, held: Flags, shown: tuple[str, ...]) -> pa.Table:
    """Return the chosen records: id, whether to contact, and what the list shows of them."""
    chosen = people.select(["customer_id", *shown, "reasons"]).take(pa.array(order))
    contact = pa.array(np.where(held, "held_out", "yes").tolist(), pa.string())
    return chosen.add_column(1, "contact", contact)
