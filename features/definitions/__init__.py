"""Definitions: the features themselves, about four lines each.

`rhythm` is of activity and its gaps, `purchases` and `purchasing` of what is bought and how,
`attention` of what customers look at, `voice` of what they say and do for the shop. Importing one
of these puts its features into the catalogue; `features.standard` imports them all. `kinds` makes
those of engagement kinds that none of them names.
"""
