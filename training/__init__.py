"""Vectors to models.

`train.train(config)` is the main path: `outcomes` says what is predicted, `slices` from which
cutoffs, `learner` fits, `calibration` makes probabilities of it, `evaluation` judges once beside
`baselines`, and `bundle` holds the plain files that serving reads.
"""
