"""Reasons as a run keeps them: code, values and direction, to be put in words by who reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

PRIOR = "prior"
"""The code of a prediction that is nobody's own."""


class Told(NamedTuple):
    """One thing that moved one prediction of one customer, as far as it is told.

    Parameters
    ----------
    code : str
        What was measured: a feature's name without its window, or a fact's.
    outcome : str
        What was predicted.
    direction : int
        1 where it raises the prediction, -1 where it lowers it, 0 where nobody can tell.
    unit : str
        What the numbers count (`features.units.UNITS`); empty where there are none.
    value : float or None
        The customer's own number.
    usual : float or None
        The median among similar customers.
    window : int or None
        Days looked back, None for all time.
    lacking : bool
        Whether most similar customers have no number there.

    Examples
    --------
    >>> Told("orders", "churn", -1, "orders", 0.0, window=90).text
    '{"code":"orders","outcome":"churn","direction":-1,"unit":"orders","value":0.0,"window":90}'
    >>> Told.read('{"code":"prior","outcome":"churn"}').direction
    0
    """

    code: str
    outcome: str
    direction: int = 0
    unit: str = ""
    value: float | None = None
    usual: float | None = None
    window: int | None = None
    lacking: bool = False

    @property
    def text(self) -> str:
        """The reason as a JSON object, without what is left open."""
        usual = self._field_defaults
        kept = {key: value for key, value in self._asdict().items() if value != usual.get(key)}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Told:
        """Return what `text` wrote."""
        return cls.of(json.loads(text))

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Told:
        """Return a reason from JSON data; keys that it does not know are left out."""
        try:
            return cls(**said)
        except TypeError:  # a newer program said more; asking first would cost every reader
            return cls(**{key: value for key, value in said.items() if key in cls._fields})


def joined(texts: Iterable[str]) -> bytes:
    """Return reasons, each as its `text`, as one JSON list: what a run keeps of a customer."""
    return f"[{','.join(texts)}]".encode()
