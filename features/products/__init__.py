"""Products: which of them sell best, said to every tree that asks, before the engine runs.

    charts.charted(columns, history.sold, cutoffs)    the columns with a chart where they need one

`selling` counts what a shop sells, in numbers that add up over its customers.
"""
