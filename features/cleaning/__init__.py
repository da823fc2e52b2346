"""Cleaning: a shop's rows become canonical rows, or are counted and refused.

    staging.stage_all(workspace, config, ...)       a `Staged` per source: good rows and bad
    canonical.create_canonical(workspace, ...)      the canonical tables before a day

`staged` is that type, and queries on its rows. `mapping` writes a statement per source, from the
`values` of its cells and the `rules` of what makes a row bad; `mismatch` words the errors of a
mapping that does not fit. `examination` counts, and `refusal` stops where too much is bad. `emails`
reads the hashes of addresses alone.
"""
