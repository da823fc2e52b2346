"""From a shop's rows to vectors: read, check, and compute features as of any cutoff.

The main path, each step a module of its own::

    config  = features.config.load("ladder.toml")          what the shop's files mean
    history = features.history.open_history(config)        rows mapped, bad ones counted
    columns = features.standard.standard_columns(...)      what to compute: features and facts
    for block in history.blocks():                         whole customers
        features.engine.compute(block, cutoffs, columns)   a row per customer and cutoff

`features.contract` and `features.catalogue` are what the author of a feature needs;
`features.sample` makes a shop up.
"""
