"""Arithmetic: what windows of a block's sorted rows add up to.

    aggregates.aggregate(node, selection, window)    a number per customer and cutoff

`fields` are columns as integers, `ordering` their canonical order, `events` a table's rows in it,
`activity` the rows that count as activity. `selection` and `borders` find where windows begin and
end; `sums`, `extremes`, `variety` and `popularity` compute. What is computed, `features.engine`
decides.
"""
