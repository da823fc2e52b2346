"""The two demonstration shops: a folder that is shop and home in one, and what is known of them.

::

    models/demo-sample/ladder.toml, orders.parquet, ...     the shop
    models/demo-sample/home.json, bundles/, runs/, ...      its home
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from features.errors import LadderError, UsageError
from serving.records.record import OUTCOMES
from training.bundle import Bundle
from training.bundle.figures import with_interval

if TYPE_CHECKING:
    from features.sample import SampleShop

Shop = Literal["sample", "complete-journey"]

DAYS, SEED = 730, 7
"""Length of the made-up shop's history, and what draws it."""


def signature(shop: Shop) -> str:
    """Return the line by which a demonstration's folder is known again."""
    return f"# Made by `ladder demo --shop {shop}`; made anew whenever that runs.\n"


def prepare(folder: Path, shop: Shop) -> Path:
    """Make a folder for a demonstration and return where its ``ladder.toml`` goes.

    Raises
    ------
    LadderError
        If the folder holds something else: a demonstration writes over what it finds.
    """
    config = folder / "ladder.toml"
    ours = config.is_file() and config.read_text(encoding="utf-8").startswith(signature(shop))
    if folder.exists() and any(folder.iterdir()) and not ours:
        raise LadderError(
            "The demonstration needs its own folder.",
            f"{folder} contains something else.",
            "Choose a new folder with --home, or remove that one.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    return config


def sign(config: Path, shop: Shop) -> None:
    """Mark a written ``ladder.toml`` as a demonstration's, its folder being the home."""
    text = config.read_text(encoding="utf-8")
    config.write_text(f'{signature(shop)}home = "."\n\n{text}', encoding="utf-8")


def require_own_home(folder: Path, home: Path) -> None:
    """Refuse to train a demonstration's models into another home.

    Raises
    ------
    UsageError
        If LADDER_HOME names another folder than the demonstration's.
    """
    if home != folder.absolute():
        raise UsageError(
            "The home of the demonstration is its own folder.",
            f"LADDER_HOME is {home}, and the folder is {folder}.",
            "Leave out --home, or unset LADDER_HOME.",
        )


FIGURES = {"auroc": "AUROC", "average_precision": "average precision", "brier": "Brier"}


def summary(bundle: Bundle, made_up: SampleShop | None) -> list[list[str]]:
    """Return a row per outcome and figure: the model, the best simple rule, the ceiling.

    The ceiling is the AUROC of the probability given everything a customer did before the cutoff,
    which only a made-up shop knows: no score can rank better, but by luck.
    """
    judgements = bundle.metrics["outcomes"]
    rows = []
    for name in (outcome for outcome in OUTCOMES if outcome in judgements):
        judged = judgements[name]
        if not judged["model"]:
            continue
        rule = judged["baselines"][judged["best"]]
        for figure, words in FIGURES.items():
            cells = [with_interval(found[figure], ".3f", "") for found in (judged["model"], rule)]
            if made_up and figure == "auroc":
                newest = date.fromisoformat(judged["newest"])
                cells.append(f"{_bayes_auroc(made_up, bundle, name, newest):.3f}")
            elif made_up:
                cells.append("")
            rows.append([name if figure == "auroc" else "", words, *cells])
    return rows


def _bayes_auroc(shop: SampleShop, bundle: Bundle, outcome: str, day: date) -> float:
    from training.statistics.metrics import figures

    churn, advocacy = bundle.settings["churn"], bundle.settings["advocacy"]
    truth = shop.truth(
        day,
        churn_horizon_days=churn["horizon_days"],
        advocacy_horizon_days=advocacy["horizon_days"],
        gap_days=churn["gap_days"],
    )
    asked = _asked(shop, bundle, outcome, day)
    rows = truth.filter(np.asarray(truth["outcome"]) == outcome)
    rows = rows.filter([id in asked for id in rows["customer_id"].to_pylist()])
    return figures(np.asarray(rows["label"], float), np.asarray(rows["bayes_probability"]))["auroc"]


def _asked(shop: SampleShop, bundle: Bundle, outcome: str, day: date) -> set[str]:
    """Return whom the outcome is asked of at a cutoff."""
    from features.block import Block
    from features.clock import midnight
    from features.engine import compute

    zone = bundle.settings["shop"]["timezone"]
    block = Block(
        orders=shop.orders, engagement=shop.engagement, customers=shop.customers, timezone=zone
    )
    facts = [column for column in bundle.columns if not column.is_feature]
    table = compute(block, [midnight(day, zone)], facts)
    eligible = bundle.outcomes[outcome].eligible(table)
    return set(table.filter(eligible)["customer_id"].to_pylist())
