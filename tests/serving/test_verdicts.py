"""Verdicts as a command prints them."""

from __future__ import annotations

from serving import verdicts
from training.judgement import MAIN_FIGURES


def test_figures_have_the_names_that_cards_and_reports_give_them() -> None:
    assert verdicts.FIGURES == MAIN_FIGURES
