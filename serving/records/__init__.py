"""Records: what a run says of each customer, and what it keeps beside that.

`record` is the columns of ``ladder score`` and their JSON; `histories` are the customers' own rows,
packed. `attributes` are what else the shop knows of them, on which `conditions` pick customers for
lists.
"""
