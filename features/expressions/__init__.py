"""Expressions: what a feature's author writes, ``orders.amount.sum()``, as a tree that is data.

`expression` is the nodes and how they are put together, which `features.contract` offers table by
table; `popularity` is those that ask how popular products are. `trees` walks them and makes JSON of
them, `needs` says what a shop must have for one.
"""
