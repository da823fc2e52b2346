"""What outcomes ask and how models are made, in the words of card and report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from features.settings.sections import Churn
from features.units import count_of
from training.bundle.advocacy import ACTS

QUESTIONS: Mapping[str, str] = {
    "refer": "will refer a friend within",
    "share": "will share the brand within",
    "review": "will leave a positive review within",
    "spend": "the money that customers who stay spend within",
}


def question(outcome: str, days: int, churn: Churn, known: Collection[str] = ACTS) -> str:
    """Return what is asked of a customer.

    Parameters
    ----------
    outcome : str
        One of `training.snapshots.outcomes.NAMES`.
    days : int
        The horizon.
    churn : Churn
        What keeps customers alive, and what ends it.
    known : collection of str
        Outcomes that were learnt.

    Examples
    --------
    >>> question("refer", 90, Churn()), question("churn", 90, Churn())
    ('will refer a friend within 90 days', 'will not order for 90 days')
    >>> question("churn", 30, Churn(event="cancelled"))
    'will have the event cancelled within 30 days'
    >>> question("return", 28, Churn(activity="app_opened"))
    'lapsed, will have app_opened again within 28 days'
    >>> question("advocate", 90, Churn())
    'will do any of the three within 90 days'
    >>> question("advocate", 90, Churn(), ["refer"])
    'will refer (the others of the three are not known) within 90 days'
    >>> question("advocate", 90, Churn(), ["advocate"])
    'will refer, share or leave a positive review, as far as these are known, within 90 days'
    """
    kind = churn.activity
    if outcome == "churn" and churn.event:
        predicate = f"will have the event {churn.event} within"
    elif outcome == "churn":
        predicate = f"will not have {kind} for" if kind else "will not order for"
    elif outcome == "return":
        predicate = f"lapsed, will {f'have {kind}' if kind else 'order'} again within"
    elif outcome == "advocate":
        predicate = f"will {_any_of([act for act in ACTS if act in known])} within"
    else:
        predicate = QUESTIONS[outcome]
    return f"{predicate} {count_of(days, 'day')}"


def _any_of(acts: Sequence[str]) -> str:
    if len(acts) == len(ACTS):
        return "do any of the three"
    if not acts:  # `advocate` alone was trained, and nothing else says which three
        return "refer, share or leave a positive review, as far as these are known,"
    return f"{' or '.join(acts)} (the others of the three are not known)"


def asked(churn: Churn) -> str:
    """Return of whom outcomes are asked.

    >>> asked(Churn(activity="app_opened", active_days=28))
    'customers with app_opened in the 28 days before'
    >>> asked(Churn(event="cancelled"))
    'customers who ordered in the 365 days before (churn: of those still subscribed)'
    """
    did = f"with {churn.activity}" if churn.activity else "who ordered"
    still = " (churn: of those still subscribed)" if churn.event else ""
    return f"customers {did} in the {count_of(churn.active_days, 'day')} before{still}"


def method(features: int, learner: Mapping[str, object], seed: int) -> Iterator[str]:
    """Yield sentences on what every outcome's model is.

    Parameters
    ----------
    features : int
        How many it learns from.
    learner : mapping
        Settings, as ``metrics.json`` has them.
    seed : int
    """
    yield (
        "A model is a blend of boosted trees (LightGBM), a ridge regression on logarithms of the "
        "same features and, where it earns a share, a rule of habit. All add up on the scale of "
        "log-odds (for spend: of logarithms of money). The model of any act of advocacy may join "
        "that of each act."
    )
    yield (
        f"It uses {count_of(features, 'feature')} of what customers did before a day. "
        "Attributes whose names are protected or personal are refused."
    )
    yield (
        f"Trees are fitted {learner['folds']} times, each without a different group of customers, "
        "and averaged. Probabilities are calibrated on the customers left out: one slope, and a "
        "level each for first-time buyers, repeat customers and clients."
    )
    yield (
        f"Seed {seed}: the same rows and seed give the same model on the same kind of machine. "
        "The settings are under `learner` in `metrics.json` of the model's folder."
    )


def blend(chosen: Mapping[str, float]) -> str:
    """Return in a sentence what a fit's blend is made of; empty where nothing was chosen.

    Parameters
    ----------
    chosen : mapping of str to float
        As `training.judging.judgement.Judgement` has it.

    Examples
    --------
    >>> blend({"tree_weight": 0.75, "habit_share": 0.2, "rounds": 73.0})
    'The blend: 60% trees (73 rounds), 20% regression, 20% habit.'
    >>> blend({"tree_weight": 0.0, "habit_share": 0.0, "rounds": 0.0})
    'The blend: 100% regression.'
    >>> blend({"tree_weight": 0.5, "rounds": 40.0, "companion_share": 0.4})
    'The blend: 30% trees (40 rounds), 30% regression, 40% the model of any act.'
    """
    if "tree_weight" not in chosen:
        return ""
    habit, trees = chosen.get("habit_share", 0.0), chosen["tree_weight"]
    companion = chosen.get("companion_share", 0.0)
    own = 1 - companion
    shares = {
        f"trees ({count_of(int(chosen['rounds']), 'round')})": own * (1 - habit) * trees,
        "regression": own * (1 - habit) * (1 - trees),
        "habit": own * habit,
        "the model of any act": companion,
    }
    phrases = (f"{100 * share:.0f}% {part}" for part, share in shares.items() if round(share, 2))
    return f"The blend: {', '.join(phrases)}."
