from __future__ import annotations

import pytest

from training.money.card import section
from training.money.judgement import SpendJudgement
from training.statistics.bootstrap import Estimate


@pytest.mark.parametrize(
    ("currency", "cells"),
    [("EUR", "| 1 | 1,240.00 | 1,310.50 |"), ("JPY", "| 1 | 1,240 | 1,310 |")],
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, cells: str) -> None:
    figure = {name: Estimate(0.1, 0.0, 0.2) for name in ("deviance", "correlation", "total_error")}
    judged = SpendJudgement("model", "", 900, figure, deciles=((1240.0, 1310.5),))
    lines = [*section(judged, currency)]
    assert cells in lines
    assert f"| decile of 900 who stayed | predicted, {currency} | spent, {currency} |" in lines
