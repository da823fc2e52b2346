"""Lists: whom to contact, drawn from a published run, with reasons and a hold-out.

A list selects by expected profit, then holds out a tenth of the selection. Suppressed customers and
those in an open hold-out are never candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from serving import holdout
from serving.economics import Campaign, Worth, keeping, winning_back
from serving.records import Flags, Floats, floats

Positions = NDArray[np.int64]

KINDS = ("at-risk", "win-back", "advocates")

ASSUMPTION = (
    "Assumes one chance of 30 % (90 % interval 15 to 48 %) that the offer keeps someone, the same "
    "for everybody, until results of a randomised campaign are recorded."
)

NO_STARS = (
    "Ask these people to refer or to share. Ask for reviews everybody alike: platforms forbid "
    "asking only those who will praise."
)


@dataclass(frozen=True)
class Limit:
    """How long a list may be: so many contacted people, so much money, or neither.

    Parameters
    ----------
    top : int or None
        How many people to contact.
    budget : float or None
        How much the contacts may cost together, in the shop's currency.
    """

    top: int | None = None
    budget: float | None = None


@dataclass(frozen=True)
class Drawn:
    """A list that was drawn.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    members : Arrow table
        In descending order of worth; `contact` is ``yes`` or ``held_out``.
    profit : tuple of float or None
        Expected profit of contacting, and its 90 % interval; None where a list has no money.
    cost : float
        Expected cost of the contacts.
    notes : tuple of str
        What a reader must know, in sentences.
    """

    kind: str
    members: pa.Table
    profit: tuple[float, float, float] | None
    cost: float
    notes: tuple[str, ...]

    @property
    def contacted(self) -> int:
        """Return how many people are to be contacted."""
        return int(pc.sum(pc.equal(self.members["contact"], "yes")).as_py() or 0)


def candidates(run: pa.Table, probability: str) -> pa.Table:
    """Return the records that a list may name: asked, not suppressed, in no open hold-out."""
    free = pc.invert(pc.or_(run["suppressed"], run["held_out"]))
    return run.filter(pc.and_(free, pc.is_valid(run[probability])))


def at_risk(run: pa.Table, campaign: Campaign, limit: Limit, key: bytes, run_id: str) -> Drawn:
    """Draw whom to keep.

    Parameters
    ----------
    run : Arrow table
        The records of a run, columns of ``ladder score``.
    campaign : Campaign
    limit : Limit
    key : bytes
        The home's secret.
    run_id : str
        The run, so that two runs draw different hold-outs.
    """
    people = candidates(run, "churn_probability")
    at_stake = np.nan_to_num(floats(people, "value_at_risk"))
    worth = keeping(floats(people, "churn_probability"), at_stake, campaign)
    columns = (
        "churn_probability",
        "risk_tier",
        "value_at_risk",
        "extended_value_at_risk",
        "rung",
        "reasons",
    )
    return _drawn("at-risk", people, worth, at_stake, limit, (key, run_id), columns)


def win_back(
    run: pa.Table, spend: float, campaign: Campaign, limit: Limit, key: bytes, run_id: str
) -> Drawn:
    """Draw whom to win back among the lapsed.

    Parameters
    ----------
    run : Arrow table
    spend : float
        What a returning customer spends in a churn horizon.
    campaign, limit, key, run_id
        As in `at_risk`.
    """
    people = candidates(run, "return_probability")
    returning = floats(people, "return_probability")
    worth = winning_back(returning, np.full(len(returning), spend), campaign)
    columns = ("return_probability", "rung", "reasons")
    return _drawn("win-back", people, worth, returning * spend, limit, (key, run_id), columns)


def advocates(run: pa.Table, rate: float, limit: Limit, key: bytes, run_id: str) -> Drawn:
    """Draw who may speak for the shop: at or above the training rate, likeliest first.

    Parameters
    ----------
    run : Arrow table
    rate : float
        The training rate of advocacy, below which nobody is listed.
    limit, key, run_id
        As in `at_risk`; a budget does not apply.
    """
    people = candidates(run, "advocate_probability")
    chance = floats(people, "advocate_probability")
    likely = pa.array(chance >= rate)
    people, chance = people.filter(likely), chance[chance >= rate]
    order = np.argsort(-chance, kind="stable")
    if limit.top is not None:
        order = order[: holdout.selection_for(limit.top)]
    held = holdout.draw(_ids(people, order), chance[order], key, f"advocates {run_id}")
    columns = ("advocate_probability", "refer_probability", "share_probability", "rung", "quadrant")
    members = _members(people, order, held, (*columns, "reasons"))
    return Drawn("advocates", members, None, 0.0, (NO_STARS,))


def _drawn(
    kind: str,
    people: pa.Table,
    worth: Worth,
    value: Floats,
    limit: Limit,
    seed: tuple[bytes, str],
    columns: tuple[str, ...],
) -> Drawn:
    """Select by worth, hold out by value, and describe the outcome."""
    key, run_id = seed

    def hold(order: Positions) -> Flags:
        return holdout.draw(_ids(people, order), value[order], key, f"{kind} {run_id}")

    order, held = _within(limit, _by_worth(worth), worth.cost, hold)
    members = _members(people, order, held, columns)
    profit = pa.array(worth.profit[order])
    members = members.append_column("expected_profit", profit)
    members = members.append_column("expected_cost", pa.array(worth.cost[order]))
    contacted = order[~held]
    return Drawn(
        kind, members, worth.total(contacted), float(worth.cost[contacted].sum()), (ASSUMPTION,)
    )


def _by_worth(worth: Worth) -> Positions:
    """Return the positions with positive profit in descending order of profit per expected cost."""
    profit = worth.profit
    order = np.argsort(-worth.yield_, kind="stable")
    return order[profit[order] > 0]


def _within(
    limit: Limit, order: Positions, cost: Floats, hold: Callable[[Positions], Flags]
) -> tuple[Positions, Flags]:
    """Return the selection that the limit allows, and who of it is held out."""
    if limit.top is not None:
        order = order[: holdout.selection_for(limit.top)]
    if limit.budget is not None:
        order = order[: _affordable(cost[order], limit.budget)]
    held = hold(order)
    while limit.budget is not None and cost[order[~held]].sum() > limit.budget:
        # The hold-out happened to be the cheap ones: give up the least worthy until it fits.
        order = order[:-1]
        held = hold(order)
    return order, held


def _affordable(cost: Floats, budget: float) -> int:
    """Return how many can be selected when those held out cost nothing."""
    counts = range(1, len(cost) + 1)
    held = np.array([holdout.size(count) for count in counts])
    contacted = np.cumsum(cost) * (1 - held / np.array(counts))
    fits = np.flatnonzero(contacted <= budget)
    return int(fits[-1]) + 1 if fits.size else 0


def _ids(people: pa.Table, order: Positions) -> list[str]:
    return list(people["customer_id"].take(pa.array(order)).to_pylist())


def _members(people: pa.Table, order: Positions, held: Flags, columns: tuple[str, ...]) -> pa.Table:
    """Return the chosen records: id, whether to contact, and what the list shows of them."""
    chosen = people.select(["customer_id", *columns]).take(pa.array(order))
    contact = pa.array(np.where(held, "held_out", "yes").tolist(), pa.string())
    return chosen.add_column(1, "contact", contact)
