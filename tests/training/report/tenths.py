"""A bundle that tells of more groups of customers than a small shop has."""

from __future__ import annotations

from dataclasses import replace

from training.bundle.bundle import Bundle


def with_tenths(bundle: Bundle, *groups: str) -> Bundle:
    """Return a bundle whose churn was told by tenths of these groups, too."""
    tenths = [{"customers": 100, "predicted": 0.1, "happened": 0.125} for _ in range(10)]
    churn = bundle.metrics["outcomes"]["churn"]
    told = {**dict.fromkeys(groups, tenths), **churn["reliability"]}
    outcomes = {**bundle.metrics["outcomes"], "churn": {**churn, "reliability": told}}
    return replace(bundle, metrics={**bundle.metrics, "outcomes": outcomes})
