"""Backtest: what training would have said at many days of the history, had it run then.

    backtest(config)        an `Origin` per outcome and day, and what older fits would have cost
    as_served(config, home) the same of the versions that served, without fitting anything
    write(folder, found)    tables (CSV) and a picture of them

`run` rolls the day of judgement over the history; `hindsight` judges the versions that served,
which `champions` finds. `origins` holds what either found. `drift` compares slices, `staleness`
tries older fits on newer days; `verdicts`, `tables` and `picture` show what was found.
"""

from training.backtest.hindsight import as_served
from training.backtest.origins import Backtest
from training.backtest.run import backtest
from training.backtest.tables import write

__all__ = ["Backtest", "as_served", "backtest", "write"]
