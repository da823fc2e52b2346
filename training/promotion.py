"""The rules by which a newer bundle takes over from the one that serves.

A training proposes a `Candidate`; `decide` holds it against the champion and says why in one
sentence. What follows from it is done in `training.succession`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite, isnan

from training.bundle import tolerance
from training.bundle.tolerance import Errors
from training.statistics.bootstrap import Estimate

REFRESH_TOLERANCE = 0.01
"""A refresh is refused where the champion's own log-loss is better by more than this share."""

ASTRAY = (
    "look at its groups in the card, and train again on newer data, or promote it by hand if they "
    "may be so far off"
)
"""What to do about a refresh whose calibration does not hold."""

UNJUDGED = "there is too little on E to judge it by"


@dataclass(frozen=True)
class Candidate:
    """A bundle as promotion sees it.

    Parameters
    ----------
    bundle : str
        Its id.
    until : str
        The end of its data, an ISO date.
    question : str
        Digest of what is predicted (horizons, activity, event, positive reviews): only equal
        questions compare.
    recipe : str
        Digest of how (features, learner settings, snapshots), see `training.comparison.recipe`.
    outcomes : tuple of str
        What it predicts.
    newest : str
        E, an ISO date: the cutoff it was judged at, for the outcome that is compared.
    log_loss : float
        On E, of the evaluation fit, for that outcome; NaN where it could not be judged.
    calibration : mapping of str to float
        Calibration errors on E, of every outcome and of each group of customers
        (`training.bundle.tolerance`).
    alarms : tuple of str
        Guards that went off, in sentences.
    columns : frozenset of str
        What its rows fill of all that its recipe could use: columns, and attributes by name.
    """

    bundle: str
    until: str
    question: str
    recipe: str
    outcomes: tuple[str, ...]
    newest: str
    log_loss: float
    calibration: Errors = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()

    def is_made_like(self, other: Candidate) -> bool:
        """Return whether it has the other's recipe, and rows for all that the other used."""
        return self.recipe == other.recipe and self.columns >= other.columns


@dataclass(frozen=True)
class Decision:
    """What happened to the champion, and why.

    Parameters
    ----------
    promoted : bool
        Whether the bundle became, or is, the champion.
    bundle : str
        The bundle it is about.
    before : str or None
        The champion until then.
    why : str
        One sentence.
    figures : mapping of str to float
        What the decision rests on.
    """

    promoted: bool
    bundle: str
    before: str | None
    why: str
    figures: Mapping[str, float] = field(default_factory=dict)


def decide(
    candidate: Candidate,
    champion: Candidate | None,
    champion_on_newest: Callable[[], float],
    gain_over_champion: Callable[[], Estimate],
    gone: str | None = None,
) -> Decision:
    """Decide whether a newly trained bundle takes over.

    Parameters
    ----------
    candidate, champion : Candidate
        The new bundle, and the one that serves (None before the first promotion).
    champion_on_newest : callable
        Computes the log-loss on E of the champion's own scores. Asked only where the champion saw
        no label of E.
    gain_over_champion : callable
        Computes how much lower the candidate's log-loss on E is than that of the champion's
        recipe fitted on the same slices (paired). Asked only where the recipes differ.
    gone : str, optional
        The bundle that is named champion while its files are gone, so that there is none.

    Returns
    -------
    Decision
        Not carried out yet; see `training.succession.carry_out`.
    """
    before = champion.bundle if champion else gone

    def verdict(promoted: bool, why: str, **figures: float) -> Decision:
        return Decision(promoted, candidate.bundle, before, why, figures)

    if candidate.alarms:
        return verdict(False, f"an alarm blocks promotion: {candidate.alarms[0]}")
    if champion is None:
        why = f"the champion {gone} is gone" if gone else "it is the first bundle of this home"
        return verdict(True, why + _though(candidate))
    if champion.bundle == candidate.bundle:
        return verdict(True, "it equals the champion to the byte")
    if champion.question != candidate.question:
        return verdict(
            False,
            "the champion answers another question (its horizons, its activity or what counts as "
            "a positive review differ)",
        )
    if lost := sorted(set(champion.outcomes) - set(candidate.outcomes)):
        return verdict(False, f"the champion also predicts {', '.join(lost)}")
    if candidate.until < champion.until:
        return verdict(False, f"its data ends {candidate.until}, the champion's {champion.until}")
    if candidate.is_made_like(champion):
        return _refresh(verdict, candidate, champion, champion_on_newest, "same recipe")
    gain = gain_over_champion()
    if any(asdict(gain).values()):
        return _by_gain(verdict, gain, _though(candidate))
    # Recipes that differ in nothing but the cutoffs fit the same slices alike: neither is ever
    # better, and the champion would never be refreshed again.
    same = "its recipe scores the same"
    return _refresh(verdict, candidate, champion, champion_on_newest, same)


def _refresh(
    verdict: Callable[..., Decision],
    candidate: Candidate,
    champion: Candidate,
    champion_on_newest: Callable[[], float],
    same: str,
) -> Decision:
    """Decide on what is as the champion is, `same` in words, but for its data."""
    if candidate.until == champion.until:
        return verdict(False, f"{same}, and its data ends {champion.until}, as the champion's does")
    if over := tolerance.exceeding(candidate.calibration, champion.calibration):
        why = f"{tolerance.sentence(over)}; {ASTRAY}"
        return verdict(False, why, calibration_error=max(over.values()))
    if champion.until <= candidate.newest:
        return _by_tolerance(verdict, candidate, champion, champion_on_newest())
    return verdict(True, f"a refresh on data until {candidate.until} (champion: {champion.until})")


def _though(candidate: Candidate) -> str:
    """Return what must be said of a bundle that serves although its calibration does not hold.

    Nothing serves before the first one; and a recipe that beats the champion's on the same
    customers does so by its log-loss, which counts what calibration costs.
    """
    over = tolerance.exceeding(candidate.calibration)
    return f", though {tolerance.sentence(over)}" if over else ""


def _by_gain(verdict: Callable[..., Decision], gain: Estimate, though: str) -> Decision:
    if isnan(gain.value):
        return verdict(False, f"it does not significantly beat the champion: {UNJUDGED}")
    losses = f"its log-loss is {_beside(gain)}"
    if gain.low > 0:
        return verdict(True, f"it beats the champion: {losses}{though}", **asdict(gain))
    return verdict(False, f"it does not significantly beat the champion: {losses}", **asdict(gain))


def _beside(gain: Estimate) -> str:
    """Say how a log-loss compares: which way is better must not be guessed from a sign."""
    theirs = "that of the champion's recipe"
    if not round(max(map(abs, asdict(gain).values())), 4):
        return f"{theirs} to four decimals"
    side = "lower" if gain.value >= 0 else "higher"
    return f"{abs(gain.value):.4f} {side} than {theirs} (better by {gain:+.4f})"


def _by_tolerance(
    verdict: Callable[..., Decision], candidate: Candidate, champion: Candidate, own: float
) -> Decision:
    """Decide by what the champion's own scores lose on E, beside the candidate's."""
    if isnan(candidate.log_loss):
        if isfinite(champion.log_loss) and isfinite(own):
            return verdict(False, f"{UNJUDGED}, as the champion was")
        return verdict(True, f"a refresh on newer data, {UNJUDGED}")
    figures = {"log_loss": candidate.log_loss, "champion_log_loss": own}
    if own < candidate.log_loss * (1 - REFRESH_TOLERANCE):
        losses = f"{own:.4f} against {candidate.log_loss:.4f}"
        return verdict(False, f"the champion's own scores are better on E: {losses}", **figures)
    return verdict(True, "a refresh on newer data that is no worse than the champion", **figures)
