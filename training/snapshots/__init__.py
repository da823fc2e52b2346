"""Snapshots: what a training learns from, a row per customer and cutoff.

    outcomes.outcomes(config, history)    what is asked: labels, of whom, which table tells
    cutoffs.plan(outcomes, history)       E, and the cutoffs of both fits of each outcome
    planning.planned(history, wanted)     both
    dataset.prepare(history, wanted)      both, and all rows: a `Dataset`

`slicing` computes every cutoff in one pass over the blocks (`work`, with a `canary` in each), and
`slices` hand rows out as `examples`. `sampling` says whose rows, `auxiliary_cutoffs` which cutoffs
a fit learns from beside its own and `auxiliary` how, `asks` who was asked for advocacy; `years`
counts what `season` learns the time of year from. `guards` refuse what must not be learnt from, and
what is too good to be true.
"""
