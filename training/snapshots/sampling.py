"""A sample of customers to learn from: every advocate, and a share of all others.

Advocates are few and teach most, so that all of them are kept. Each of the others stands for
several: with weights of one over the share, sums over the sample estimate sums over the shop
(Horvitz and Thompson, 1952). Who is drawn depends on the id alone, whatever the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import Block
from features.config import Config
from training.bundle.arrays import Floats
from training.snapshots.outcomes import ACTS


@dataclass(frozen=True)
class Sample:
    """How customers are drawn.

    Parameters
    ----------
    share : float
        Of those who are no advocates; above 0, at most 1.
    positive_review_from : float
        A review of so many stars makes an advocate.
    seed : int
    """

    share: float
    positive_review_from: float
    seed: int

    @classmethod
    def of(cls, share: float | None, config: Config, seed: int) -> Sample | None:
        """Return the sample of a shop, None where everybody is learnt from."""
        if share is None or share >= 1.0:
            return None
        return cls(share, config.advocacy.positive_review_from, seed)

    def __str__(self) -> str:
        """Return how it was drawn, for a card."""
        return f"learnt from every advocate and {self.share:.3g} of the other customers, weighted"

    def draw(self, block: Block) -> Block:
        """Return the block's customers that are drawn, with everything they did."""
        advocates = self._advocates(block)
        ids = block.ids.to_pylist()
        drawn = pa.array([is_drawn(customer, self.share, self.seed) for customer in ids])
        keep = pc.or_(drawn.cast(pa.bool_()), pc.is_in(block.ids, advocates))
        return block.among(block.ids.filter(keep))

    def weights(self, table: pa.Table, block: Block) -> Floats:
        """Return how many customers each row of a table of drawn ones stands for, shape (n,)."""
        sure = pc.is_in(table["customer_id"], self._advocates(block)).to_numpy()
        return np.where(sure, 1.0, 1.0 / self.share)

    def _advocates(self, block: Block) -> pa.Array:
        """Return who ever referred, shared or reviewed well."""
        acts = block.rows("engagement", ordered=False)
        if acts is None:
            return pa.array([], pa.string())
        well = pc.greater_equal(acts["value"], self.positive_review_from)
        counts = pc.or_kleene(pc.not_equal(acts["kind"], ACTS["review"]), well)
        among = pc.is_in(acts["kind"], pa.array(list(ACTS.values())))
        found = acts.filter(pc.and_kleene(among, counts))["customer_id"].cast(pa.string())
        return found.unique()


def is_drawn(customer: str, share: float, seed: int) -> bool:
    """Return whether a customer is among a share of all: who is depends on the id alone."""
    digest = blake2b(customer.encode(), digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest) < share * 2.0**64
