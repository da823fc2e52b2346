"""What a backtest found: per outcome an origin for each day of judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from training.backtest import staleness, verdicts
from training.backtest.drift import Drift
from training.backtest.staleness import Older, Price
from training.judging.judgement import Judgement
from training.money.judgement import SpendJudgement
from training.snapshots.outcomes import Skipped


@dataclass(frozen=True)
class Origin:
    """One outcome, judged as if a day of the past were the newest.

    Parameters
    ----------
    judgement : Judgement
        Figures with intervals beside every baseline's; none where there was too little to learn.
    drift : Drift or None
        From the newest slice learnt from to the one judged on.
    older : tuple of Older
        What the fits of earlier origins would have cost here.
    version : str
        The bundle that was judged; empty where one was fitted for this day.
    """

    judgement: Judgement
    drift: Drift | None
    older: tuple[Older, ...]
    version: str = ""


@dataclass(frozen=True)
class SpendOrigin:
    """Spend, judged on one of churn's days of judgement.

    Parameters
    ----------
    newest : date
    judgement : SpendJudgement
        Of those who stayed, and what was expected of everybody.
    version : str
        The bundle that was judged; empty where one was fitted for this day.
    """

    newest: date
    judgement: SpendJudgement
    version: str = ""


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    Parameters
    ----------
    origins : mapping of str to tuple of Origin
        Per outcome with a yes or a no, oldest first.
    spend : tuple of SpendOrigin
        Oldest first; none where spend is not predicted.
    skipped : tuple of Skipped
        Outcomes that could not be learnt, with the reason.
    shop : str
    currency : str, optional
        Of the shop's money.
    as_served : bool
        Whether the versions that served were judged, and nothing was fitted.
    """

    origins: Mapping[str, tuple[Origin, ...]]
    spend: tuple[SpendOrigin, ...]
    skipped: tuple[Skipped, ...]
    shop: str
    currency: str | None = None
    as_served: bool = False

    def prices(self, outcome: str) -> list[Price]:
        """Return what retraining less often would have cost, by age of the fit."""
        return staleness.price(older for origin in self.origins[outcome] for older in origin.older)

    def verdicts(self, outcome: str) -> list[str]:
        """Return in a sentence each how good the model was, and whether retraining paid."""
        judged = [origin.judgement for origin in self.origins[outcome] if origin.judgement.scores]
        ranking = [verdicts.ranking(outcome, judged)] if judged else []
        if self.as_served:
            return ranking
        return [*ranking, verdicts.retraining(outcome, self.prices(outcome))]

    @property
    def stayers_verdict(self) -> str:
        """Return in one sentence how good the amounts of those who stay were; needs spend."""
        judged = [origin.judgement for origin in self.spend]
        return verdicts.spend(judged, as_served=self.as_served)

    @property
    def expected_verdict(self) -> str:
        """Return in one sentence how good the amounts of everybody were; empty without any."""
        judged = [one for origin in self.spend if (one := origin.judgement.expected)]
        return verdicts.expected(judged) if judged else ""
