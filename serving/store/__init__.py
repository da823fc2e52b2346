"""The score store: published runs, and the small database that says which one serves.

A run is published in one step and never changes: :func:`publish` writes it beside the ones before
and then moves a pointer. Readers (:class:`RunReader`) see the run before or the run after, never
a mixture. :class:`Control` holds the pointer, the tokens and the counts of reads.

::

    HOME/control.sqlite       pointer, published runs, tokens, counts of reads
    HOME/runs/<id>.sqlite     one published run: records, facets, vectors
    HOME/runs/.<id>.draft     a run being written; swept by the next publisher if one died

With ``LADDER_DATABASE_URL`` the same tables are schemas of a PostgreSQL database: ``ladder`` and
``ladder_run_<id>``. :mod:`serving.store.place` holds what differs, :mod:`serving.store.migrations`
how the control database grows.
"""

from serving.store.control import Control
from serving.store.publisher import publish
from serving.store.reader import RunReader
from serving.store.run import PublishedRun, RunInfo

__all__ = ["Control", "PublishedRun", "RunInfo", "RunReader", "publish"]
