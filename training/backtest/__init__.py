"""Backtest: what training would have said at many days of the history, had it run then.

    backtest(config)        an `Origin` per outcome and day, and what older fits would have cost
    write(folder, found)    tables (CSV) and a picture of them

`run` rolls the day of judgement over the history, and `origins` holds what it found. `drift`
compares slices, `staleness` tries older fits on newer days; `verdicts`, `tables` and `picture`
show what was found.
"""

from training.backtest.origins import Backtest
from training.backtest.run import backtest
from training.backtest.tables import write

__all__ = ["Backtest", "backtest", "write"]
