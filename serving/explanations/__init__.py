"""Explanations: what moved a prediction, kept as data, and said in the reader's words.

    reasons.contributed(...)     a `Reason` per feature that moved it, beside similar customers
    selection.select(...)        at most three of them, none twice: `stored.StoredReason`
    sentences.Words              puts these in words, without the model

`claims` says which effects are worth a sentence and of which column, `topics` which reasons are of
one subject, `implied` which follow from others; `quantities` are numbers with their units.
"""
