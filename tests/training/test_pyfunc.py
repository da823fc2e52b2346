"""The bundle as an MLflow model, without MLflow: what `predict` says of raw histories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.bundle.bundle import Bundle
from training.pyfunc import Model


@pytest.fixture(scope="module")
def outspoken(make_bundle: Callable[..., Bundle]) -> Bundle:
    """Return a bundle whose model of `advocate` says next to nothing of what the acts say."""
    made = make_bundle(wanted=("churn", "refer", "review", "advocate"))
    silent = replace(made.outcomes["refer"], name="advocate")
    return replace(made, outcomes={**made.outcomes, "advocate": silent})


def said_of(bundle: Bundle, **profile: bool) -> pd.DataFrame:
    rows = pd.DataFrame(
        [
            {**customer, "profile": {**(customer.get("profile") or {}), **profile}}
            for customer in bundle.golden["customers"]
        ]
    )
    said = Model(bundle).predict(rows, {"as_of": bundle.golden["as_of"]})
    return said.set_index("customer_id").astype(float)


def test_advocacy_is_held_to_what_the_acts_allow(outspoken: Bundle) -> None:
    said = said_of(outspoken).dropna(subset=["advocate_probability"])
    acts = said[["refer_probability", "review_probability"]]
    assert len(said)
    assert (acts["review_probability"] > acts["refer_probability"]).any(), "there is some to hold"
    assert np.all(said["advocate_probability"] >= acts.max(axis=1))
    assert np.all(said["advocate_probability"] <= acts.sum(axis=1).clip(upper=1))


def test_whoever_objects_to_profiling_is_not_predicted(outspoken: Bundle) -> None:
    assert said_of(outspoken).notna().any(axis=None)
    assert said_of(outspoken, profiling_allowed=False).isna().all(axis=None)
