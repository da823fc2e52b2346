"""Checking: what ``ladder check`` says of a history that was read.

    reporting.report_on(config, measure, ...)    a `features.quality.Report`

`measure` says what tables hold, in numbers that add up over parts of the customers, as `findings`
do, of which `notes` say what a shop should know; `outlook` says what can be predicted, and from
when on. `goodbyes` looks for what practically nobody was ever active after; `finality` says when
that is no chance, here and in what a training learns from.
"""
