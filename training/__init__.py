"""Vectors to models.

`train.train(config)` is the main path: `snapshots` are what is learnt from, `learning` fits and
calibrates, `judging` judges once beside the baselines, and `money` tells what customers are worth.
Each of these packages knows those before it and none after; `statistics` serves all of them,
`bundle` holds the plain files that serving reads, and `registry` records trainings in MLflow.
"""
