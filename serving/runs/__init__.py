"""Runs: what is computed of a history for a run, and how it is published.

    publishing.publish(home, run, bundle, as_of)    the run that serves from then on

`assignment` is what ``ladder score`` was asked, and `scoring` scores it. `work` is what is computed
of a block, `scorer` what one customer's row decides, `standing` what only all customers
together tell of it, `explaining` whose reasons are found. On a cluster all of it is `spread`, and
`totals` are numbers that add up. `remarks` say what a person should look at in a run.
"""
