"""Judging: how good the evaluation fit is on E, beside every baseline.

    evaluation.judge(plan, slices, settings)    a `Judgement`: figures, basis, verdict

`judgement` is what was found, as data, and `verdicts` says it in a sentence; `groups` and `asking`
look at some of the customers, `curves` keeps what is drawn.
"""
