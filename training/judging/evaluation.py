"""The evaluation fit of one outcome, judged once on E beside every baseline.

Whatever is chosen (penalty, rounds, weights, calibration, the best baseline) is chosen on slices
whose labels end at or before E. E is looked at once, for figures and for the basis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np

from features.stages import Progress
from features.units import count_of
from training.bundle.advocacy import ACTS, any_of
from training.bundle.arrays import Floats
from training.bundle.odds import sigmoid
from training.bundle.outcome import Basis
from training.judging import asking, groups, verdicts
from training.judging.curves import Scores
from training.judging.judgement import Figures, Judgement, Predictor
from training.learning import calibration, companions, drift, fits
from training.learning.fits import Fit
from training.learning.settings import Settings
from training.snapshots import goodbyes, guards
from training.snapshots.cutoffs import Plan
from training.snapshots.enough import FEWEST_CUSTOMERS, fewest_customers
from training.snapshots.examples import Examples
from training.snapshots.slices import Slices
from training.statistics.bootstrap import resample
from training.statistics.threads import abreast

MODEL = "model"

Acts = Callable[[], Sequence[Floats]]


def judge_all(
    plans: Sequence[Plan], slices: Slices, settings: Settings, say: Progress
) -> Iterator[Judgement]:
    """Judge every outcome, `advocate` as it serves: held to what the acts allow.

    Some are judged at the same time, to the same bits as one after the other, and yielded in order.

    Parameters
    ----------
    plans : sequence of Plan
        In the order of `training.snapshots.outcomes.NAMES`, the acts before `advocate`.
    slices : Slices
    settings : Settings
    say : callable
        Told the stage and the share done.
    """
    under_way: list[tuple[Plan, Future[Judgement]]] = []
    with abreast(settings.abreast(plans, slices)) as pool:
        for plan in plans:
            acts = partial(_acts, plan, slices, tuple(under_way))
            any_act = companions.plan_of(plan, plans)
            under_way.append((plan, pool.submit(judge, plan, slices, settings, acts, any_act)))
        for done, (plan, judged) in enumerate(under_way):
            say(f"judging {plan.outcome.name}", done / len(plans))
            yield judged.result()


def _acts(
    plan: Plan, slices: Slices, before: Sequence[tuple[Plan, Future[Judgement]]]
) -> list[Floats]:
    """Return what serves each act on the same E, where the outcome is any of them; wait for it.

    An act of which nobody was asked before E leaves nobody to learn `advocate` from, either.
    """
    if plan.outcome.name != "advocate":
        return []
    same = [(act, f) for act, f in before if act.outcome.name in ACTS and act.newest == plan.newest]
    return [_served(act, slices, f.result()) for act, f in same if f.result().rows]


def judge(
    plan: Plan,
    slices: Slices,
    settings: Settings,
    acts: Acts = tuple,
    any_act: Plan | None = None,
) -> Judgement:
    """Fit on the evaluation cutoffs, calibrate, and judge on E.

    Parameters
    ----------
    plan : Plan
        Of an outcome whose label is yes or no.
    slices : Slices
    settings : Settings
    acts : callable
        Returns what the evaluation fits of the acts say on the same rows of E, where the outcome is
        any of them: float64 arrays of shape (n,). Called once the fit is made.
    any_act : Plan, optional
        Of `advocate`, whose model may join that of an act.

    Returns
    -------
    Judgement
        With basis ``prior`` and no figures where there is too little to learn from, or nobody to
        judge on.
    """
    train = slices.answers(plan.outcome, plan.evaluation)
    test = slices.examples(plan.outcome, (plan.newest,))
    blank = _blank(plan, train, test)
    if why := _too_little(train, test, plan.newest) or _too_few_newest(plan, slices):
        serves = "the base rate of each stratum serves"
        return replace(blank, verdict=f"{blank.outcome}: {why}: {serves}.")
    learnt = fits.learn(plan, slices, settings, any_act=any_act)
    judged = _judged(blank, plan, slices, learnt, test, acts, settings)
    was_asked = slices.was_asked(plan.outcome, (plan.newest,))
    if was_asked is None or judged.scores is None:
        return judged
    return replace(judged, asking=asking.figures(test, judged.scores.served, was_asked))


def _blank(plan: Plan, train: Examples, test: Examples) -> Judgement:
    """Return a judgement that holds no figures yet."""
    return Judgement(
        outcome=plan.outcome.name,
        horizon_days=plan.outcome.horizon_days,
        basis="prior",
        verdict="",
        newest=plan.newest,
        cutoffs=plan.evaluation,
        rows=train.stands_for,
        positives=train.positives,
        test_rows=test.stands_for,
        test_positives=test.positives,
        notes=plan.notes,
    )


def _too_little(train: Examples, test: Examples, newest: date) -> str:
    """Say what is missing to learn from or to judge on; nothing if nothing is."""
    if (fewest := fewest_customers(train)) < FEWEST_CUSTOMERS:
        few = f"only {count_of(fewest, 'customer')}" if fewest else "nobody"
        return f"too little to learn from, {few} in the rarer class"
    return "" if len(test) else f"cannot be judged, nobody was there to ask at {newest}"


def _too_few_newest(plan: Plan, slices: Slices) -> str:
    """Say that the serving fit would have hardly anybody to learn from; nothing if it has."""
    # Of so many rows, one cutoff at least has enough, where a customer has one.
    if slices.count(plan.outcome, plan.serving) >= FEWEST_CUSTOMERS * len(plan.serving):
        return ""
    few = len(np.unique(slices.answers(plan.outcome, plan.serving).customer))
    if few >= FEWEST_CUSTOMERS:
        return ""
    return f"too little to learn from, only {count_of(few, 'customer')} at the newest cutoffs"


def _served(plan: Plan, slices: Slices, judged: Judgement) -> Floats:
    """Return the probabilities on E of what serves an outcome, fitted on the evaluation cutoffs."""
    if judged.scores is not None:
        return judged.scores.served
    train, test = (slices.answers(plan.outcome, days) for days in (plan.evaluation, (plan.newest,)))
    rates = calibration.rates(train.labels, train.stratum, train.customer_weights)
    return sigmoid(rates.apply(np.zeros(len(test)), test.stratum))


def _judged(
    blank: Judgement,
    plan: Plan,
    slices: Slices,
    learnt: tuple[Examples, Fit],
    test: Examples,
    acts: Acts,
    settings: Settings,
) -> Judgement:
    """Return the judgement with its figures, the basis they lead to, and what it was made of."""
    outcome, (train, fit) = plan.outcome, learnt
    seasons = slices.seasons(plan)
    shift = seasons.now.shift
    # A rule is held to the same time of year: where it serves, it is raised like the model.
    rules = fit.rules.raised(shift)
    predictor = Predictor(fit.blend, drift.raised(fit.calibration, shift))
    log_odds = predictor.log_odds(test)
    act_probabilities = acts()
    predicted = {MODEL: any_of(sigmoid(log_odds), act_probabilities)}
    # Baselines are judged as the simple rules they are, also where one serves and is held then.
    predicted |= {name: r.probability(test.facts, test.stratum) for name, r in rules.rules.items()}
    drawn = resample(
        test.labels,
        predicted,
        test.customer,
        weight=test.weight,
        resamples=settings.resamples,
        seed=settings.seed,
    )
    figures: dict[str, Figures] = {name: drawn.estimates(name) for name in predicted}
    basis = _basis(figures, rules.best)
    served = any_of(predicted[MODEL if basis == "model" else rules.best], act_probabilities)
    channel = slices.channels(outcome, (plan.newest,))
    moved = _drift(fit.unseen + seasons.now.newest, log_odds, train, test)
    judged = replace(
        blank,
        basis=basis,
        model=figures.pop(MODEL),
        baselines=figures,
        best=rules.best,
        gains={rule: drawn.gains(MODEL, rule) for rule in rules.rules},
        strata=groups.of(test, served, channel),
        reliability=groups.reliability(test, served, channel),
        chosen={**fit.chosen, **seasons.figures, **moved},
        scores=Scores(test.labels, predicted[MODEL], predicted[rules.best], served, test.weight),
        predictor=predictor,
    )
    alarms = (
        *guards.alarms(train, test, {MODEL: judged.model, **judged.baselines}),
        *goodbyes.alarms(train, test, outcome, slices.subjects),
    )
    return replace(
        judged, verdict=verdicts.of(judged), finding=verdicts.finding(judged), alarms=alarms
    )


def _drift(unseen: Floats, log_odds: Floats, train: Examples, test: Examples) -> dict[str, float]:
    """Return the drift foreseen before E, what came on E, and how far the next is followed.

    Both are beyond what the time of year made expect of the newest slice of `train`, and of E.
    """
    foreseen, came = drift.of(unseen, train), drift.of(log_odds, test)
    followed = drift.followed(train, test, foreseen, came)
    return {"drift_foreseen": foreseen, "drift": came, "drift_followed": followed}


def _basis(figures: Mapping[str, Figures], best: str) -> Basis:
    # Where E holds one class only, nothing was shown and the simpler of the two serves.
    model, rule = (figures[name]["log_loss"].value for name in (MODEL, best))
    return "model" if model <= rule else "rule"
