"""Forgetting a person: everywhere we keep anything, for good, and not to be read in again.

What stays is a keyed hash of the id, by which the next import leaves the person out; without the
key it tells nobody anything. The shop's own files are the shop's to clean.

A customer who objects to profiling is deleted in the same places, but may come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from features.config import Config
from serving.home import MARK, open_home
from serving.store import Control
from serving.store.edits import batched, erase, recount
from serving.store.erasures import Erased, Erasures, person
from serving.store.tables import handed
from training.bundle.shelf import Shelf


@dataclass(frozen=True)
class Forgotten:
    """What an erasure found.

    Parameters
    ----------
    runs : tuple of str
        The published runs that held them.
    bundles : tuple of str
        Model versions that may have learnt from them.
    serving : frozenset of str
        Model versions that serve now.
    tools : tuple of str
        Campaign tools that were handed them.
    """

    runs: tuple[str, ...]
    bundles: tuple[str, ...]
    serving: frozenset[str]
    tools: tuple[str, ...]


def without_erased(config: Config, home: Path) -> Config:
    """Return a configuration under which nobody erased in this home is read again.

    Raises
    ------
    LadderError
        If the home is of a newer format, or people were erased by another secret than its own.
    """
    if not (home / MARK).is_file():
        return config
    with Control(open_home(home)) as control:
        erasures = Erasures(control)
        persons = erasures.persons()
        return config.without(Erased(erasures.secret(), persons) if persons else None)


def note_erased_during_training(config: Config, home: Path, bundle: str) -> None:
    """Note who was erased while a model was trained: they are in what it learnt from.

    The configuration is the one that `without_erased` returned before the training.
    """
    unread = config.erased.persons if isinstance(config.erased, Erased) else ()
    with Control(home) as control:
        Erasures(control).teach(bundle, unread)


def forget(control: Control, customer_id: str, who: str) -> Forgotten:
    """Erase a person from lists, results and every published run; repeated, it changes nothing.

    The hash is kept first, and only then are the runs looked for: one that is published meanwhile
    is either among them, or its publisher finds the hash (`serving.store.amendments`).

    For the audit, `who` is a token's id or the command line.
    """
    erasures = Erasures(control)
    mark = person(erasures.secret(), customer_id)
    serving = _serving_models(control)
    # Any version made so far may have seen them: the runs say who was scored, not who taught.
    bundles = sorted(serving | set(Shelf(control.home).ids()))
    tools = _tools_handed(control, customer_id)
    erasures.record(mark, customer_id, bundles, who)
    held = _erase_from_runs(control, [customer_id])
    control.place.purge_deleted(control.engine)
    return Forgotten(held, tuple(erasures.taught(mark)), serving, tools)


def delete_everywhere(control: Control, customer_ids: Sequence[str]) -> None:
    """Delete from runs, lists and results whoever must not be in any: who objects by now.

    They are in the shop's sources and were left out of the run that serves. Somebody whose erasure
    was cut short may be among them, and is erased here, too.
    """
    erasures = Erasures(control)
    for part in batched(customer_ids):
        erasures.drop(part)
    _erase_from_runs(control, customer_ids)
    control.place.purge_deleted(control.engine)


def _erase_from_runs(control: Control, customer_ids: Sequence[str]) -> tuple[str, ...]:
    """Erase customers from every published run; return the runs that held some."""
    found = {run.run_id: erase(control, run.run_id, customer_ids) for run in control.runs()}
    for run_id in found:
        recount(control, run_id)  # every one: an erasure before may have been cut short here
    return tuple(run_id for run_id, removed in found.items() if removed)


def note_retired_models(control: Control) -> None:
    """Note which of the models that may have learnt from somebody erased serve no more."""
    Erasures(control).retire(_serving_models(control))


def _tools_handed(control: Control, customer_id: str) -> tuple[str, ...]:
    """Return the tools that were handed somebody."""
    wanted = select(handed.c.tool).where(handed.c.customer_id == customer_id).distinct()
    with control.engine.connect() as connection:
        return tuple(connection.scalars(wanted.order_by(handed.c.tool)))


def _serving_models(control: Control) -> frozenset[str]:
    """Return the model versions that published runs name, and the champion."""
    named = {run.info.model_version for run in control.runs()}
    return frozenset(named | {Shelf(control.home).champion() or ""} - {""})
