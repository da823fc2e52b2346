"""Vectors to models.

`train.train(config)` is the main path: `snapshots` are what is learnt from, `learning` fits and
calibrates, `judging` judges once beside the baselines, `money` tells what customers are worth, and
`bundle` holds the plain files that serving reads. Of these packages, each knows those before it
and none after; `statistics` serves all of them.
"""
