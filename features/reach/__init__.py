"""Reach: how far a history's rows go, what holes they have, and what fits in.

`spans` are instants, `days` counts the rows of each local day, `pauses` are long times without any,
and `room` says whether two horizons fit: one to learn from, one to judge on.
"""
