"""Listing: whom to contact within a budget, from the run that serves.

    drawing.draw(home, request, config)    a `Listed`: members, hold-out, notes
    saving.save(control, request, who)     kept under a name, its hold-out left alone

`lists` selects, `economics` weighs profit and its interval, `holdout` says who is not contacted:
pure functions of a run's records. `caveats` say what to know of a list before anything is spent on
it, and `effects` what a campaign changed, from its results.
"""
