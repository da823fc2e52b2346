"""One outcome's model as it serves: from an Arrow table to probabilities, amounts and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import pyarrow as pa

from features.errors import LadderError
from training.bundle.affine import Affine
from training.bundle.arrays import Flags, Floats
from training.bundle.blend import Blend
from training.bundle.odds import FARTHEST, sigmoid
from training.bundle.rows import Rows
from training.bundle.rule import Rule
from training.bundle.strata import ELIGIBILITY_FACTS, Asked, eligible

Table: TypeAlias = "pa.Table | Rows"
"""Features and facts, a row per customer; several models read the same `Rows` once."""

Basis = Literal["model", "rule", "prior"]


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """What outcomes and spend share: a calibrated score on an additive scale.

    Parameters
    ----------
    name : str
        The outcome.
    asked : {"active", "subscribed", "lapsed"}
        Whom it is asked of.
    horizon_days, gap_days : int
    basis : {"model", "rule", "prior"}
        What scores: the blend, the rule, or the strata's rates alone.
    base : float
        Of the training slices: the rate of ones, or the mean amount.
    calibration : Affine
        Of the blend; for ``prior`` of a score of 0.
    blend : Blend, optional
        Also kept beside a rule that won, for comparison.
    rule : Rule, optional
        The best baseline.
    """

    name: str
    asked: Asked
    horizon_days: int
    gap_days: int
    basis: Basis
    base: float
    calibration: Affine
    blend: Blend | None = None
    rule: Rule | None = None

    def __post_init__(self) -> None:
        """Refuse a basis whose part is missing."""
        part = {"model": self.blend, "rule": self.rule, "prior": self.calibration}[self.basis]
        if part is None:
            raise LadderError(
                f"An outcome served by a {self.basis} must include it.",
                f"{self.name} has none.",
                "Run `ladder train`, then `ladder promote` with the version that it makes.",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the feature columns that the blend sees; the columns of `contributions`."""
        return self.blend.names if self.blend else ()

    def score(self, table: Table) -> Floats:
        """Return the calibrated score of each row: log-odds, or the logarithm of money.

        Parameters
        ----------
        table : Arrow table or Rows
            Features and facts, a row per customer.

        Returns
        -------
        float64 array of shape (n_rows,)

        Raises
        ------
        LadderError
            If a column is missing.
        """
        rows = Rows.of(table)
        if self.basis == "rule" and self.rule:
            return self.rule.log_odds(rows.facts(self.rule.facts), rows.strata)
        if self.basis == "model" and self.blend:
            score = self.blend.score(rows.matrix(self.blend.names))
            return self.calibration.apply(score, rows.strata)
        return self.calibration.apply(np.zeros(len(rows)), rows.strata)

    def contributions(self, table: Table) -> Floats:
        """Return what each feature adds to the score.

        Returns
        -------
        float64 array of shape (n_rows, n_names + 1)
            Columns as `names`, then the base; the row sums are `score`. A rule or a prior has no
            contributions, only a base: see `inputs`.
        """
        rows = Rows.of(table)
        if self.basis == "model" and self.blend:
            parts = self.blend.contributions(rows.matrix(self.blend.names))
            return self.calibration.contributions(parts, rows.strata)
        alone = np.zeros((len(rows), len(self.names) + 1))
        alone[:, -1] = self.score(rows)
        return alone

    def inputs(self, table: Table) -> dict[str, Floats]:
        """Return the facts that decided where no model did, by name."""
        wanted = self.rule.facts if self.basis == "rule" and self.rule else ("activity_days",)
        return Rows.of(table).facts(wanted)

    def eligible(self, table: Table) -> Flags:
        """Return whom this is asked of, shape (n_rows,)."""
        wanted = ELIGIBILITY_FACTS if self.asked == "subscribed" else ELIGIBILITY_FACTS[:2]
        return eligible(self.asked, Rows.of(table).facts(wanted))

    def files(self) -> dict[str, Any]:
        """Return ``blend.json`` as data and the trees' texts, by file name."""
        texts = self.blend.texts if self.blend else ()
        return {"blend.json": self.to_json()} | {
            f"model-{number}.txt": text for number, text in enumerate(texts)
        }

    def to_json(self) -> dict[str, Any]:
        """Return everything but the trees as JSON data."""
        plain = ("name", "asked", "horizon_days", "gap_days", "basis", "base")
        return {key: getattr(self, key) for key in plain} | {
            "calibration": self.calibration.to_json(),
            "blend": self.blend.to_json() if self.blend else None,
            "rule": self.rule.to_json() if self.rule else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], texts: tuple[str, ...]) -> Self:
        """Read what `to_json` wrote, beside the trees' texts."""
        return cls(
            **{
                **data,
                "calibration": Affine.from_json(data["calibration"]),
                "blend": Blend.from_json(data["blend"], texts) if data["blend"] else None,
                "rule": Rule.from_json(data["rule"]) if data["rule"] else None,
            }
        )


@dataclass(frozen=True, kw_only=True)
class OutcomeModel(Scorer):
    """Predicts whether something happens in the horizon."""

    def log_odds(self, table: Table) -> Floats:
        """Return calibrated log-odds, shape (n_rows,)."""
        return self.score(table)

    def probability(self, table: Table) -> Floats:
        """Return calibrated probabilities, shape (n_rows,)."""
        return sigmoid(self.score(table))


@dataclass(frozen=True, kw_only=True)
class SpendModel(Scorer):
    """Predicts what a customer who stays spends in the horizon.

    Parameters
    ----------
    most : float
        The largest amount it ever says: what the biggest spenders of the training slices spent.
    """

    most: float

    def amount(self, table: Table) -> Floats:
        """Return the expected amount in the shop's currency, shape (n_rows,)."""
        return np.minimum(np.exp(np.clip(self.score(table), -FARTHEST, FARTHEST)), self.most)

    def to_json(self) -> dict[str, Any]:
        """Return everything but the trees as JSON data."""
        return super().to_json() | {"most": self.most}
