"""Addresses that a listed customer shares with somebody who must be left alone.

A tool knows people by their address: whoever writes to one of two customers who share one has
written to both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import closing

from serving.store import Control, RunReader
from serving.store.campaigns import Campaigns
from serving.store.edits import batched
from serving.store.erasures import erased_of


def shared_with_excluded(
    control: Control,
    known_as: Mapping[str, str],
    pairs: Sequence[tuple[str, str]],
    held: Collection[str],
    refusing: Collection[str],
) -> frozenset[str]:
    """Return the addresses of listed customers that also belong to somebody to be left alone.

    That is whoever is held out, by this list or any open one, refuses marketing, objects to
    profiling, or was erased. A listed customer whom a later list holds out does not count: this
    list named them first.

    Parameters
    ----------
    control : Control
    known_as : mapping of str to str
        The listed customers' addresses, hashed.
    pairs : sequence of (customer id, address)
        Of all customers of the shop.
    held : collection of str
        Whom this list holds out.
    refusing : collection of str
        Who refuses or objects, as the shop's own table says; what the home knows is added.
    """
    wanted = set(known_as.values())
    sharing = {customer for customer, key in pairs if key in wanted}
    also_held, also_refusing = _known(control, sorted(sharing))
    others = also_held.union(held).difference(known_as)
    alone = sharing & others.union(refusing, also_refusing)
    return frozenset(key for customer, key in pairs if customer in alone)


def _known(control: Control, customers: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return whom saved lists hold out, and who of some customers refuses or was erased."""
    with control.engine.connect() as connection:
        erased = erased_of(connection, control.home, customers)
    run = control.serving_run()
    if run is None:
        return frozenset(), erased
    with closing(RunReader(control.home, run)) as reader:
        refusing = erased.union(*map(reader.suppressed, batched(customers)))
    return Campaigns(control).held_out(run.info.as_of), refusing
