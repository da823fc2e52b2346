"""The same history on a Spark cluster, for shops that outgrow one machine.

Spark moves rows, and nothing else: which rows are good, what they mean and what follows from them
is decided by the code that also runs on a laptop (:mod:`features.cleaning.mapping`,
:mod:`features.cleaning.canonical`, :mod:`features.engine`), on each part of the customers::

    sources ── reading ──> raw rows ── tasks.map_rows ──> canonical rows, bad ones counted
    canonical rows ── repartition(customer_id) ──> whole customers
    whole customers ── tasks.survey, tasks.summarise ──> what adds up to a report
    whole customers ── tasks.perform ──> features, snapshots: what comes to this machine
    whole customers ── tasks.make ──> rows that stay: kept, ranked, written

`features.spark.history.open_history` opens it; `tasks` and `ranks` are what runs on the workers and
need no pyspark. docs/scale.md says what to run on which sizes.
"""
