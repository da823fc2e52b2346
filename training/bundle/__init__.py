"""A bundle: what training hands to serving, as plain files.

`Bundle.read` checks every byte against the manifest before anything is parsed; each of
`Bundle.outcomes` predicts and explains straight from an Arrow table; `write` makes the folder,
the same bytes for the same content. Nothing here needs more than NumPy, Arrow and LightGBM.
"""
