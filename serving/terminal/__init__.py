"""Terminal: what commands print, for people to read.

`show` prints sentences, tables and amounts, `progress` draws a bar; `verdicts` are a bundle's
evaluation, `backtests` what a backtest found.
"""
