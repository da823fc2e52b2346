"""A small made-up shop: settings, a bundle written by hand, homes that it lives in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from features.config import Config
from features.sample import make_shop
from features.standard import standard_columns
from serving.home import create_home
from serving.runs import publishing, scoring
from training import samples
from training.bundle import Bundle, OutcomeModel, SpendModel, golden
from training.bundle.affine import Affine
from training.bundle.blend import Blend
from training.bundle.linear import Linear
from training.bundle.money import Friends, Money, NextOrder
from training.bundle.rule import Rule
from training.bundle.shelf import Shelf
from training.bundle.trees import Trees

SHOP_CONFIG = Config.from_dict(
    {
        "shop": {"currency": "EUR", "timezone": "Europe/Berlin"},
        "churn": {"active_days": 120, "horizon_days": 60},
    }
)
LIVED_UNTIL = date(2025, 3, 1)
FLAT = Affine(1.0, (0.0, 0.0, 0.0))
FEATURES = ("days_since_order", "orders_90d", "orders_365d", "spend_90d")


def _linear(*weights: float, intercept: float = 0.0) -> Blend:
    """Return a regression on `FEATURES` as a blend without trees."""
    ones = np.ones(len(FEATURES))
    line = Linear(0 * ones, 2 * ones, ones, np.array(weights), intercept)
    return Blend(FEATURES, Trees(()), line, 0.0)


def _model(name: str, asked: str, **parts: Any) -> OutcomeModel:
    plain: dict[str, Any] = {"horizon_days": 60, "gap_days": 0, "base": 0.3, "calibration": FLAT}
    return OutcomeModel(**{"name": name, "asked": asked, **plain, "basis": "model", **parts})


def small_bundle() -> Bundle:
    """Return a bundle without trees: models, a rule and a prior, and no `share`."""
    rule = Rule("inactivity", ("recency",), (-1.0,), 0.0, {}, FLAT)
    prior = Affine(1.0, (-3.0, -2.5, -2.0))
    made = Bundle(
        settings=SHOP_CONFIG.settings(),
        columns=standard_columns(SHOP_CONFIG, ("orders", "engagement"), ("email_sent", "reviewed")),
        outcomes={
            "churn": _model("churn", "active", blend=_linear(0.9, -0.3, -0.5, -0.1)),
            "return": _model("return", "lapsed", basis="rule", rule=rule, base=0.001),
            "refer": _model("refer", "active", basis="prior", calibration=prior),
            "review": _model("review", "active", blend=_linear(0, 0.2, 0.3, 0, intercept=-2.0)),
            "advocate": _model(
                "advocate", "active", base=0.1, blend=_linear(0, 0.9, 0.3, 0, intercept=-3.0)
            ),
        },
        spend=SpendModel(
            name="spend",
            asked="active",
            horizon_days=60,
            gap_days=0,
            basis="model",
            base=50.0,
            calibration=FLAT,
            blend=_linear(0, 0, 0, 0.4, intercept=4.0),
            most=500.0,
        ),
        money=Money(
            leavers=(1.0, 2.0, 3.0),
            friends=Friends(1.5, 40.0),
            next_order=NextOrder(3.0, (0.5, 1.0), (0.2, 0.6, 1.4), 60),
        ),
        thresholds={
            "risk_tier": {"base_rate": 0.3, "medium_odds": 1.0, "high_odds": 2.0},
            "quadrant": {"advocate_probability": 0.1},
        },
    )
    rows = golden.make(
        samples.made_up(), samples.AS_OF, made.config, made.columns, made.outcomes, made.spend
    )
    return replace(made, golden=rows)


def estranged(bundle: Bundle) -> Bundle:
    """Return a bundle that scores otherwise than where it was trained, by a millionth."""
    chances = bundle.golden["expected"]["probability"]
    moved = {**chances, "churn": [chance + 1e-6 for chance in chances["churn"]]}
    expected = {**bundle.golden["expected"], "probability": moved}
    return replace(bundle, golden={**bundle.golden, "expected": expected})


def published(home: Path, bundle: Bundle, history: Any, day: date = LIVED_UNTIL) -> Path:
    """Put a bundle on a home's shelf, publish what it makes of a history, and return the home."""
    bundle.write(Shelf(home).path(bundle.id))
    publishing.publish(home, scoring.score_run(history, bundle, day), bundle, day)
    return home


def crowned(folder: Path, bundle: Bundle, customers: int, seed: int) -> Path:
    """Write a made-up shop whose home's champion is a small model, and return its folder."""
    config = make_shop(customers=customers, days=540, seed=seed).write(folder)
    churn = "\n[churn]\nactive_days = 120\nhorizon_days = 60\n"
    config.write_text(config.read_text(encoding="utf-8") + churn, encoding="utf-8")
    shelf = Shelf(create_home(folder / "models"))
    bundle.write(shelf.path(bundle.id))
    shelf.crown(bundle.id)
    return folder


def written(folder: Path) -> Path:
    """Write a made-up shop of which churn can be learnt, and return its ladder.toml."""
    make_shop(customers=300, days=420, seed=5, start=date(2024, 1, 1)).write(folder)
    config = folder / "ladder.toml"
    config.write_text(config.read_text() + "\n[churn]\nhorizon_days = 60\n")
    return config
