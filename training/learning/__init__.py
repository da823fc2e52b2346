"""Learning: from examples to calibrated scores.

    fits.fit(examples, auxiliary, outcome, settings)    a `Fit`: rules, blend, calibration

Both fits of an outcome are made so, by the same `settings`. `learner` blends `boosting` with a
`ridge` (over `descent`) and with a simple rule that `habits` picks, as a `recipe` says; `memory`
keeps fits that would be made twice. `baselines` are the rules that a model must beat, `bgnbd` one
of them. `calibration` makes probabilities or amounts of scores, and `drift` moves their level as
far as that was foreseen.
"""
