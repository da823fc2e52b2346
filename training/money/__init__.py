"""Money: what customers spend, and what else a bundle knows of their worth.

    spending.judge(data, settings)       spend's evaluation fit on E, beside its rules
    worth.fit(data, judged, settings)    what serves: spend, friends, the next order

`model` fits spend of the `stayers`; `amounts` says how good amounts are, `judgement` which of model
and rule serves, `card` what the model card tells of it. `friends` and `next_order` are fitted
apart. The formulas that serving applies are in `training.bundle.money`.
"""
