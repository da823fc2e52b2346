"""Everything that is held about one person, in words that need no program to read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import numpy as np
from sqlalchemy import select

from features.catalogue import Column
from serving.records import histories
from serving.store import Control, PublishedRun, RunReader
from serving.store.bundles import fetch_bundle
from serving.store.campaigns import Campaigns
from serving.store.erasures import Erasures, naming_customers, person
from serving.store.objections import Objections
from serving.store.tables import members
from training.bundle import Bundle
from training.bundle.histories import to_json


def personal_data(control: Control, customer_id: str, tag: str) -> dict[str, Any]:
    """Return what the home and its database hold about a customer, as JSON data.

    Reasons are in the language of `tag`.

    Returns
    -------
    dict
        ``erased``: whether they were, and if so, ``models`` that may have learnt from them before;
        if not, ``objecting``: whether they object to profiling, as of the last run;
        ``runs``: per published run the record, the features it rests on and the rows kept; then
        each control table that names the customer, row by row.
    """
    return {
        "customer_id": customer_id,
        **_erasure(control, customer_id),
        "runs": [
            held for run in control.runs() if (held := _of_run(control, run, customer_id, tag))
        ],
        **_of_tables(control, customer_id, tag),
    }


def _erasure(control: Control, customer_id: str) -> dict[str, Any]:
    """Return whether a customer was erased, and by which models they may be remembered, or objects.

    Of whoever was not, no models are noted: an empty list would say that none learnt from them.
    """
    erasures = Erasures(control)
    mark = person(erasures.secret(), customer_id)
    if mark not in erasures.persons():
        return {"erased": False, "objecting": Objections(control).read()([customer_id]) == [True]}
    taught = erasures.taught(mark).items()
    models = [{"model_version": version, "retired_at": retired} for version, retired in taught]
    return {"erased": True, "models": models}


def _of_run(
    control: Control, run: PublishedRun, customer_id: str, tag: str
) -> dict[str, Any] | None:
    with closing(RunReader(control.home, run)) as reader:
        record = reader.record(customer_id, tag)
        if record is None:
            return None
        vector = reader.vectors([customer_id]).get(customer_id)
        packed = reader.histories([customer_id]) if run.info.histories else {}
        attributes = reader.attributes(customer_id)
    return {
        "run_id": run.run_id,
        "record": json.loads(record),
        "features": _features(control, run, vector) if vector else None,
        "history": _rows(packed) if packed else None,
        "attributes": attributes,
    }


def _features(control: Control, run: PublishedRun, vector: bytes) -> list[dict[str, Any]]:
    """Return what was computed of a customer: name, value, meaning."""
    columns = Bundle.read(fetch_bundle(control, run.info.model_version)).columns
    values = np.frombuffer(vector, dtype="<f4")
    return [_feature(column, value) for column, value in zip(columns, values, strict=True)]


def _feature(column: Column, value: np.float32) -> dict[str, Any]:
    known = None if np.isnan(value) else float(value)
    return {"name": column.name, "value": known, "meaning": column.description}


def _rows(packed: Mapping[str, bytes]) -> dict[str, Any]:
    tables = histories.unpack(packed)
    (rows,) = to_json(tables)
    return {name: rows[name] for name in ("orders", "engagement", "profile")}


def _of_tables(control: Control, customer_id: str, tag: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every control table that names a customer, so that none is forgotten."""
    found: dict[str, list[dict[str, Any]]] = {}
    with control.engine.connect() as connection:
        for table in naming_customers():
            rows = connection.execute(select(table).where(table.c.customer_id == customer_id))
            found[table.name] = [dict(row) for row in rows.mappings()]
    words = {saved.list_id: saved.words for saved in Campaigns(control).all()}
    for row in found[members.name]:
        shown = json.loads(row["shown"])
        reasons = words[row["list_id"]].render(shown["reasons"], tag)
        row["shown"] = {**shown, "reasons": reasons}
    return found
