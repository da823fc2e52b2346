"""Reasons as a run stores them: code, values and direction, put in words when they are read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

PRIOR = "prior"
"""The code of a prediction that is the same for all customers of a stratum."""


class StoredReason(NamedTuple):
    """One thing that moved one prediction of one customer, with all that its sentence needs.

    Parameters
    ----------
    code : str
        What was measured: a feature's name without its window, or a fact's.
    outcome : str
        What was predicted.
    direction : int
        1 where it raises the prediction, -1 where it lowers it, 0 where that is unknown.
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
    >>> StoredReason("orders", "churn", -1, "orders", 0.0, window=90).json
    '{"code":"orders","outcome":"churn","direction":-1,"unit":"orders","value":0.0,"window":90}'
    >>> StoredReason.from_json('{"code":"prior","outcome":"churn"}').direction
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
    def json(self) -> str:
        """The reason as a JSON object, fields at their default left out."""
        default = self._field_defaults
        given = {key: value for key, value in self._asdict().items() if value != default.get(key)}
        return json.dumps(given, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> StoredReason:
        """Return the reason that `json` wrote."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StoredReason:
        """Return a reason from JSON data; keys that it does not know are left out."""
        try:
            return cls(**data)
        except TypeError:  # from a newer version; checking first would slow every read
            return cls(**{key: value for key, value in data.items() if key in cls._fields})


def json_list(reasons: Iterable[str]) -> bytes:
    """Return reasons, each as its `json`, as one JSON list: what a run stores of a customer."""
    return f"[{','.join(reasons)}]".encode()


def are_about(reasons: bytes, outcome: str) -> bool:
    """Return whether a customer's reasons, as `json_list` wrote them, are about an outcome.

    They are all about one: whoever reads a million of them need not parse them.

    Examples
    --------
    >>> are_about(json_list([StoredReason("orders", "churn").json]), "advocate")
    False
    """
    return f'"outcome":"{outcome}"'.encode() in reasons
