"""Models to answers: scores, reasons, lists, the API and the command line.

The main path: :func:`serving.scoring.score` turns a history and a bundle into records,
:mod:`serving.store` publishes them as a run, :mod:`serving.app` answers from the run that serves
and :mod:`serving.listing.lists` draws from it whom to contact. :mod:`serving.cli` is ``ladder``.
"""
