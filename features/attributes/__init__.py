"""Attributes: what a shop knows of its customers beside the columns that the product knows.

A plan, a number of seats, a member's card: any further column that ``[customers] columns`` names.
One with a `valid_from` has a history and feeds features; one without is only a filter of lists,
since nobody can tell what was known at a cutoff of the past.

A value travels as a row of engagement of a kind of its own, ``attribute:plan``, dated by its
`valid_from`: wherever rows go, it goes. `naming` says which columns are attributes and which must
not be; `parting` takes their rows out of a block's engagement again, so that to have a plan is
never something that a customer did; `levels` says what they hold, and makes features of it.
"""
