"""Statistics: what is measured of weighted rows, whatever they are of.

`metrics` defines each figure once, over the sums of a `tally`; `bootstrap` draws customers anew for
intervals; `deviance` is what fits are compared by. `regression` is Newton's method, `weighted` has
medians, quantiles and ranks, `folds` deals customers, and `threads` keeps linear algebra the same
on any number of cores.
"""
