"""Drawing a list from the run that serves: its records, the shop's terms, reasons on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from features.config import Config
from features.errors import LadderError, UsageError
from features.money import minor_digits, written
from features.stages import Progress, silent
from serving.explanations.sentences import Words
from serving.home import read_secret
from serving.languages.language import ENGLISH
from serving.listing import caveats, lists
from serving.listing.economics import Campaign, Gamma
from serving.listing.exclusions import exclusions_of
from serving.listing.holdout import Rule
from serving.listing.lists import Drawn, Terms
from serving.listing.unmatched import unmatched
from serving.records.conditions import Condition
from serving.records.record import with_column
from serving.runs import publishing
from serving.runs.explaining import explain, in_words, with_reasons, words_of
from serving.store import Control, PublishedRun, RunReader
from serving.store.bundles import fetch_bundle
from serving.store.campaigns import Campaigns
from serving.store.pages import Query
from training.bundle import Bundle

Kind = Literal["at-risk", "win-back", "advocates"]

OUTCOME = {"at-risk": "churn", "win-back": "return", "advocates": "advocate"}
"""The outcome that a list is about, and its reasons."""

MOST_PEOPLE = 10**10
"""More than any shop has."""

NO_MONEY = (
    "This model does not predict spend, so no profit is weighed: the likeliest come first, down to "
    "the usual rate."
)
USUAL_SPEND = "A customer won back is taken to spend {amount}, what a customer who stays spends."


class NotDrawnError(LadderError):
    """A list cannot be drawn, for a reason that may be told to whoever asked from elsewhere."""


@dataclass(frozen=True)
class Request:
    """What is asked for; None leaves a cost to the shop's settings.

    Parameters
    ----------
    kind : {"at-risk", "win-back", "advocates"}
    top : int or None
        How many people to contact.
    budget, contact_cost, offer : float or None
        In the shop's currency.
    one_of : mapping of str to sequence of str
        Only customers whose tier, rung or quadrant is among these.
    at_least : mapping of str to float
        Only customers with at least so much of a probability or value.
    where : tuple of Condition
        Only customers whose attributes are like that.
    """

    kind: Kind
    top: int | None = None
    budget: float | None = None
    contact_cost: float | None = None
    offer: float | None = None
    one_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A list that was drawn, the run it was drawn from, and the wording of that run's reasons.

    `gap_days` lie before the run's horizon; nobody is contacted twice within `rest_days`.
    """

    drawn: Drawn
    run: PublishedRun
    words: Words
    gap_days: int = 0
    rest_days: int = 0

    def for_people(
        self, tag: str = ENGLISH, *, observed: bool = False, first: int | None = None
    ) -> pa.Table:
        """Return the members as people read them.

        Amounts are in minor units, probabilities have four decimals, reasons are sentences.

        Parameters
        ----------
        tag : str
            The reader's language.
        observed : bool
            Whether reasons leave out that they raise the list's outcome.
        first : int, optional
            How many of them, best first; all by default.
        """
        return in_words(self.rounded().slice(0, first), self.words, tag, observed=observed)

    def rounded(self) -> pa.Table:
        """Return the same members with their reasons as they are kept."""
        members = self.drawn.members
        digits = minor_digits(self.run.info.currency)
        for name in members.column_names:
            if pa.types.is_floating(members[name].type):
                places = 4 if name.endswith("probability") else digits
                members = with_column(members, name, pc.round(members[name], places))
        return members


def draw(
    home: Path, request: Request, config: Config | None = None, progress: Progress = silent
) -> Listed:
    """Draw a list from the run that serves, on the terms of `config`, or else of the training.

    Raises
    ------
    NotDrawnError
        If the outcome was skipped.
    LadderError
        If no run is published, or its model is missing or damaged.
    UsageError
        If a budget is given and nothing costs anything.
    """
    with Control(home) as control:
        run = _serving_run(control)
        bundle = Bundle.read(fetch_bundle(control, run.info.model_version))
        _require_outcome(bundle, request.kind)
        config = config or bundle.config
        rest_days = config.lists.rest_days
        exclusions = exclusions_of(Campaigns(control), run, request.kind, rest_days)
    campaign = _campaign(config, request)
    _refuse_free_budget(request, campaign)
    rule = Rule(config.lists.hold_out_share, config.lists.hold_out_from)
    name = f"{run.run_id} {exclusions.lists}"
    terms = Terms(read_secret(home), name, request.top, request.budget, rule)
    progress("drawing", None)
    with closing(RunReader(home, run)) as reader:
        people = partial(_listable, reader, request, exclusions.customer_ids)
        drawn = _draw_members(people, bundle, request.kind, campaign, terms)
        drawn = replace(drawn, members=_with_reasons(drawn.members, reader, bundle, request.kind))
        drawn = _in_minor_units(drawn, minor_digits(run.info.currency))
        lacking = () if len(drawn.members) else tuple(unmatched(request.where, reader))
    notes = (
        *drawn.notes,
        *lacking,
        *caveats.doubtful(bundle, OUTCOME[request.kind]),
        *caveats.unmeasured(drawn, rule),
        *exclusions.notes(drawn),
        *caveats.unpriced(drawn, bundle, config, campaign),
    )
    return Listed(
        replace(drawn, notes=notes),
        run,
        words_of(bundle),
        bundle.config.churn.gap_days,
        rest_days,
    )


def _serving_run(control: Control) -> PublishedRun:
    run = control.serving_run()
    if run is None:
        raise LadderError(
            "A list is drawn from a published run.",
            f"The home {control.home} has none.",
            "Run `ladder score` first.",
        )
    return run


def _require_outcome(bundle: Bundle, kind: Kind) -> None:
    if OUTCOME[kind] not in bundle.outcomes:
        raise NotDrawnError(
            f"The list {kind} needs the outcome {OUTCOME[kind]!r}.",
            f"The model {bundle.id} has only {', '.join(bundle.outcomes) or 'none'}.",
            "`ladder train` without --outcome learns all that the history can predict; "
            "`ladder check` says what it cannot, and why.",
        )


def _campaign(config: Config, request: Request) -> Campaign:
    costs = config.lists
    return Campaign(
        margin=1.0 if config.shop.margin is None else config.shop.margin,
        offer=costs.offer_cost if request.offer is None else request.offer,
        contact_cost=(costs.contact_cost if request.contact_cost is None else request.contact_cost),
        gamma=Gamma(costs.gamma_alpha, costs.gamma_beta),
    )


def _refuse_free_budget(request: Request, campaign: Campaign) -> None:
    if request.budget is not None and not (campaign.contact_cost or campaign.offer):
        raise UsageError(
            "A budget needs a cost to spend it on.",
            "Neither a contact nor an offer costs anything.",
            "Give a contact cost or an offer (--contact-cost, --offer; contact_cost and offer in a "
            "request), or set them under [lists] in ladder.toml.",
        )


def _listable(reader: RunReader, request: Request, excluded: frozenset[str], sort: str) -> pa.Table:
    """Return the records that a list may name: as asked, and excluded by no other list."""
    query = Query(request.kind, sort, request.one_of, request.at_least, request.where)
    people = publishing.candidates(reader, query)
    named = pc.is_in(people["customer_id"], pa.array(excluded, pa.string()))
    return people.filter(pc.invert(named))


def _draw_members(
    candidates: Callable[[str], pa.Table],
    bundle: Bundle,
    kind: Kind,
    campaign: Campaign,
    terms: Terms,
) -> Drawn:
    """Draw by money where there is any, else by probability."""
    if kind == "advocates" or bundle.spend is None:
        people = candidates(f"{OUTCOME[kind]}_probability")
        rate = bundle.outcomes[OUTCOME[kind]].base
        drawn = lists.likeliest(people, kind, rate, _budget_as_top(terms, campaign))
        cost = round(drawn.contacted * _cost_per_contact(campaign), 6)  # 3 at 0.1 cost 0.3
        note = lists.NO_STARS if kind == "advocates" else NO_MONEY
        return replace(drawn, cost=cost, notes=(note, *drawn.notes))
    if kind == "at-risk":
        people = candidates("value_at_risk")
        return lists.at_risk(people, campaign, terms)
    people = candidates("return_probability")
    drawn = lists.win_back(people, bundle.spend.base, campaign, terms)
    amount = written(bundle.spend.base, bundle.settings["shop"]["currency"])
    return replace(drawn, notes=(*drawn.notes, USUAL_SPEND.format(amount=amount)))


def _in_minor_units(drawn: Drawn, digits: int) -> Drawn:
    """Return a list whose totals are amounts as a person writes them."""
    cost = round(drawn.cost, digits)
    if drawn.profit is None:
        return replace(drawn, cost=cost)
    mean, low, high = (round(each, digits) for each in drawn.profit)
    return replace(drawn, profit=(mean, low, high), cost=cost)


def _budget_as_top(terms: Terms, campaign: Campaign) -> Terms:
    """Return the terms with a budget as the number of people it reaches if all take the offer."""
    if terms.budget is None:
        return terms
    # 3 / 0.1 is a hair below 30; and a cost of next to nothing reaches more people than there are.
    reached = min(terms.budget / _cost_per_contact(campaign) + 1e-9, MOST_PEOPLE)
    return replace(terms, top=int(reached))


def _cost_per_contact(campaign: Campaign) -> float:
    """Return what a contact costs who takes the offer."""
    return campaign.contact_cost + campaign.offer


def _with_reasons(members: pa.Table, reader: RunReader, bundle: Bundle, kind: Kind) -> pa.Table:
    """Return the members with what raises the list's own outcome."""
    ids = members["customer_id"].to_pylist()
    rows = publishing.packed(reader, ids, len(bundle.columns))
    return with_reasons(members, explain(rows, bundle, OUTCOME[kind], raising=True))
