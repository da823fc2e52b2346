"""Settings: what may stand in ``ladder.toml``; `features.config` reads and checks a file of it.

`sections` are its keys with their defaults, types and ranges; `addresses` the addresses of sources,
in which no password may stand. `validation` words what is wrong with any of it, and names the
nearest known key.
"""
