"""Money on one day: what a fit or a version that served expected, beside what was spent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from training.backtest.origins import SpendOrigin
from training.bundle.bundle import Bundle
from training.bundle.outcome import SpendModel
from training.judging.curves import Scores
from training.judging.evaluation import MODEL
from training.learning.settings import Settings
from training.money import expected, spending
from training.money.judgement import of_served
from training.money.stayers import comparable, spenders
from training.snapshots import cutoffs
from training.snapshots.cutoffs import Plan
from training.snapshots.dataset import Dataset, plan_of, unspent
from training.snapshots.enough import FEWEST_CUSTOMERS
from training.snapshots.outcomes import Skipped

if TYPE_CHECKING:
    from features.history import History
    from training.snapshots.planning import Planned

FEW_SPENT = "on no day did enough customers stay and spend"
"""Why spend was not judged, though it could be learnt."""

SILENT = "this version predicts none in the shop's currency"


def unjudged(
    asked: Planned,
    history: History,
    judged: Sequence[SpendOrigin],
    versions: Sequence[Bundle] = (),
) -> Iterator[Skipped]:
    """Yield why spend was not judged, though it was asked for: of some versions, or on any day.

    `versions` are those whose churn was judged; none where nothing served.
    """
    if asked.money is None:
        return
    silent = [bundle for bundle in versions if _model(bundle, history) is None]
    for bundle in silent:
        yield Skipped((f"{asked.money.name} of {bundle.id}",), SILENT)
    if not judged and not silent:
        why = unspent(asked.money, plan_of("churn", asked.plans), history) or FEW_SPENT
        yield Skipped((asked.money.name,), why)


def of_fit(data: Dataset, scores: Scores | None, settings: Settings) -> Iterator[SpendOrigin]:
    """Fit and judge on churn's day, where the orders tell of it and enough customers stayed.

    `scores` are those of churn on this day, None where it could not be judged.
    """
    churn = _told(data)
    if churn is None:
        return
    judged = spending.judge(data, settings, scores)
    if judged and judged.model:
        yield SpendOrigin(churn.newest, judged)


def of_version(
    data: Dataset, scores: Scores | None, bundle: Bundle, settings: Settings
) -> Iterator[SpendOrigin]:
    """Judge what a version said on churn's day, as `of_fit` judges a fit.

    `scores` are of what it said of churn.
    """
    churn, model = _told(data), _model(bundle, data.history)
    if churn is None or model is None:
        return
    spent, stays = comparable(data, (churn.newest,))
    if spenders(spent) < FEWEST_CUSTOMERS:
        return
    rows = data.slices.rows(churn.outcome, (churn.newest,))
    said = {MODEL: model.amount(rows)}
    best = model.rule.name if model.rule else ""  # none where the means of the strata served
    if best:
        said[best] = replace(model, basis="rule").amount(rows)
    of_stayers = {name: amount[stays] for name, amount in said.items()}
    judged = of_served(spent, of_stayers, best, model.basis, settings)
    if scores:
        both = {MODEL: said[MODEL], expected.RULES: said.get(best, said[MODEL])}
        of_all = expected.judge(data, scores, both, bundle.money, settings)
        judged = replace(judged, expected=of_all)
    yield SpendOrigin(churn.newest, judged, bundle.id)


def _model(bundle: Bundle, history: History) -> SpendModel | None:
    """Return what predicts amounts in the shop's currency, None where nothing does."""
    same = bundle.config.shop.currency == history.config.shop.currency
    return bundle.spend if same else None


def _told(data: Dataset) -> Plan | None:
    """Return churn's plan, None where the orders do not tell what was spent in its horizon."""
    churn = data.plan("churn")
    if churn is None or data.spend is None or cutoffs.untold(data.spend, churn, data.history):
        return None
    return churn
