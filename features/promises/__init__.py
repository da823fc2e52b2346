"""Promises: what every feature keeps to, and how that is told.

    admission.admitted(feature, file, ...)    a shop's own feature, refused where it cannot be kept
    proof.Trial(tables, cutoffs, ...)         columns tried on rows at hand

They see nothing at or after a cutoff, do not depend on the order of rows or on who else is in a
block, stay as they are in a bundle, and read as a sentence.
"""
