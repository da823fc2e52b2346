"""The bundle as an MLflow model: ``mlflow.pyfunc.load_model`` and ``mlflow models serve``.

The input is a row per customer: ``customer_id`` and the raw history as nested values (see
`training.bundle.histories`); the parameter ``as_of`` is the cutoff, now by default. The output is
a row per customer with a probability per outcome, missing where the outcome is not asked of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.block import Block
from features.clock import instant, midnight
from features.engine import compute
from features.errors import LadderError
from features.tables import CUSTOMERS, ENGAGEMENT, ORDERS
from features.units import count_of
from training.bundle import golden, histories
from training.bundle.advocacy import ACTS, any_of
from training.bundle.arrays import Floats
from training.bundle.bundle import Bundle

if TYPE_CHECKING:
    import pandas as pd

NESTED = {"orders": list, "engagement": list, "profile": dict}
"""The nested columns, and what each holds."""

_TIMES = {
    column.name
    for table in (ORDERS, ENGAGEMENT, CUSTOMERS)
    for column in table.stored
    if column.type == "instant"
}


class Model:
    """A bundle behind MLflow's ``predict``."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(
        self, model_input: pd.DataFrame, params: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Score customers from their raw histories.

        Parameters
        ----------
        model_input : DataFrame of shape (n_customers, 1 to 4)
            ``customer_id``, and where known ``orders``, ``engagement``, ``profile``.
        params : mapping, optional
            ``as_of``: RFC 3339 with an offset, or a day, which starts at the shop's midnight.

        Returns
        -------
        DataFrame of shape (n_customers, 1 + n_outcomes)
            In the order of the input; None where an outcome is not asked of a customer, as of
            nobody whose profile says ``"profiling_allowed": false``.

        Raises
        ------
        LadderError
            If a history or the cutoff cannot be read, or an id is missing or comes twice.
        """
        import pandas as pd

        ids = _ids(model_input["customer_id"])
        block = histories.block(_histories(ids, model_input), self.bundle.config)
        cutoff = _as_of(params, self.bundle.config.shop.timezone)
        table = compute(block, [cutoff], self.bundle.columns)
        said = pd.DataFrame(
            {f"{name}_probability": chance for name, chance in self._chances(table).items()},
            index=table.column("customer_id").to_pylist(),
        )
        said = said.drop(index=_objecting(block), errors="ignore").reindex(ids)
        # None, not NaN: MLflow's server would write a word that JSON does not know.
        known = said.astype(object).where(said.notna(), None)
        return known.rename_axis("customer_id").reset_index()

    def _chances(self, table: pa.Table) -> dict[str, Floats]:
        """Return the probability of every outcome, NaN where it is not asked of a customer."""
        chances = {
            name: np.where(model.eligible(table), model.probability(table), np.nan)
            for name, model in self.bundle.outcomes.items()
        }
        if "advocate" in chances:
            acts = [chances[act] for act in ACTS if act in chances]
            chances["advocate"] = any_of(chances["advocate"], acts)
        return chances


def _load_pyfunc(data_path: str) -> Model:
    """Load the model; MLflow looks for this name."""
    return Model(golden.proven(Path(data_path)))


def signature(bundle: Path) -> tuple[Any, Any]:
    """Return MLflow's signature of a bundle and an input example of a made-up customer.

    Nested columns are of any type: a typed signature would refuse ``"amount": 3`` for being
    whole, and a customer without engagement for lacking the list.
    """
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType

    read = Bundle.read(bundle)
    anything: Any = AnyType
    nested = [ColSpec(anything(), name, required=False) for name in NESTED]
    outputs = [ColSpec("double", f"{name}_probability", required=False) for name in read.outcomes]
    made = ModelSignature(
        inputs=Schema([ColSpec("string", "customer_id"), *nested]),
        outputs=Schema([ColSpec("string", "customer_id"), *outputs]),
        params=ParamSchema([ParamSpec("as_of", "string", "")]),
    )
    example = pd.DataFrame([read.golden["customers"][0]])
    return made, (example, {"as_of": read.golden["as_of"]})


def _ids(column: pd.Series[Any]) -> list[str]:
    """Return who each row is of."""
    ids = ["" if _is_missing(value) else str(value) for value in column]
    if "" in ids:
        raise LadderError(
            "Every row must name its customer.",
            f"Row {ids.index('') + 1} has no customer_id.",
            "Add it, or leave the row out.",
        )
    if again := len(ids) - len(set(ids)):
        raise LadderError(
            "Every customer must appear once.",
            f"{count_of(again, 'id comes', 'ids come')} again.",
            "Put all rows of a customer into one history.",
        )
    return ids


def _histories(ids: list[str], model_input: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of the input as `training.bundle.histories` reads them."""
    columns = [name for name in NESTED if name in model_input.columns]
    return [
        {"customer_id": customer, **_nested(customer, dict(zip(columns, values, strict=True)))}
        for customer, *values in zip(ids, *(model_input[name] for name in columns), strict=True)
    ]


def _nested(customer: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a customer's nested values, without those that are missing."""
    plain: dict[str, Any] = _plain(values)
    for name, value in plain.items():
        rows = value if isinstance(value, list) else [value]
        if not isinstance(value, NESTED[name]) or not all(isinstance(row, dict) for row in rows):
            raise LadderError(
                "Orders and engagement must be lists of objects; a profile must be one object.",
                f"For customer {customer!r}, {name} is {type(values[name]).__name__}.",
                'Write rows as {"ordered_at": "2024-05-01T10:00:00+02:00", "amount": 20}.',
            )
        for row in rows:
            _refuse_bare_times(customer, row)
    return plain


def _refuse_bare_times(customer: str, row: Mapping[str, Any]) -> None:
    """Refuse times as whole numbers, as which nanoseconds inside Parquet's lists are read."""
    for name in _TIMES & row.keys():
        if isinstance(row[name], int):
            raise LadderError(
                "Every time must be text with an offset, or a timestamp with a timezone.",
                f"For customer {customer!r}, {name} is {row[name]}, a bare number: so nanoseconds "
                "in nested columns of Parquet are read, and their timezone is lost.",
                "Write the file with microseconds, or times as 2024-05-01T10:00:00+02:00.",
            )


def _plain(value: Any) -> Any:
    """Return nested values as JSON has them, without cells that are missing.

    A column of lists comes out of Parquet as arrays, whose rows may hold decimals; rows out of a
    DataFrame hold its NaN, its numbers and its timestamps.
    """
    import pandas as pd

    if isinstance(value, Mapping):
        cells = {name: _plain(cell) for name, cell in value.items()}
        return {name: cell for name, cell in cells.items() if cell is not None}
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(row) for row in value]
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)  # its item() is a bare number where it counts nanoseconds
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, datetime):  # NaT is one, and no day
        return value.isoformat() if value == value else None
    return None if _is_missing(value) else value


def _is_missing(value: Any) -> bool:
    """Return whether a scalar is None, NaN or pandas' own nothing."""
    import pandas as pd

    return bool(pd.isna(value))


def _objecting(block: Block) -> list[str]:
    """Return who must not be profiled."""
    refused = pc.equal(block.customers["profiling_allowed"], False)
    objecting: list[str] = block.customers.filter(refused)["customer_id"].to_pylist()
    return objecting


def _as_of(params: Mapping[str, Any] | None, timezone: str) -> int:
    """Return the cutoff's instant: now, a time, or the start of a day in the shop's timezone."""
    text = (params or {}).get("as_of") or ""
    if not text:
        return instant(datetime.now(UTC))
    with suppress(ValueError, OverflowError):
        if len(text) == len("2024-05-01"):
            return midnight(date.fromisoformat(text), timezone)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return instant(moment)
    raise LadderError(
        "The parameter as_of must be a day, or a time with an offset.",
        f"Got {text!r}.",
        "Write for example 2024-05-01, or 2024-05-01T00:00:00+02:00.",
    )
