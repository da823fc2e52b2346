"""Learning: from examples to calibrated scores.

`learner.fit` blends `boosting` with a `ridge` (over `descent`) and with a simple rule that `habits`
picks, by the settings of a `recipe`; `memory` keeps fits that would be made twice. `baselines` are
the rules that a model must beat, `bgnbd` one of them. `calibration` makes probabilities or amounts
of scores, and `drift` moves their level as far as that was foreseen.
"""
