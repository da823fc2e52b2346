"""How a model is made, in words, as card and report put it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from features.units import count_of


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
        "log-odds (of spend: of logarithms of money)."
    )
    yield (
        f"It learns from {count_of(features, 'feature')} of what customers did before a day. "
        "Attributes that are protected or personal by their names are refused."
    )
    yield (
        f"Trees are fitted {learner['folds']} times, each time without another group of customers, "
        "and averaged. On the customers left out each time, probabilities are calibrated: a slope, "
        "and a level each for first-time buyers, repeat customers and clients."
    )
    yield (
        f"Seed {seed}: the same rows and seed give the same model on the same kind of machine. "
        "The settings stand under `learner` in `metrics.json` of the model's folder."
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
    """
    if "tree_weight" not in chosen:
        return ""
    habit, trees = chosen.get("habit_share", 0.0), chosen["tree_weight"]
    shares = {
        f"trees ({count_of(int(chosen['rounds']), 'round')})": (1 - habit) * trees,
        "regression": (1 - habit) * (1 - trees),
        "habit": habit,
    }
    said = (f"{100 * share:.0f}% {part}" for part, share in shares.items() if round(share, 2))
    return f"The blend: {', '.join(said)}."
