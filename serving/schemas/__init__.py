"""What the API takes and answers, as its OpenAPI document describes it.

::

    record    one customer as of a day, known or not
    scores    records asked for by id, or scored now
    sent      histories to be scored now, as callers send them
    lists     filters, order and pages of a preview
    saved     lists that were drawn and kept, and what became of them
    people    an erasure
    about     runs, models, health
    problem   an error
"""
