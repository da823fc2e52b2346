"""Forgetting a person: everywhere we keep anything, for good, and not to be read in again.

What stays is a keyed hash of the id. Who has neither the key nor the id learns nothing from it;
who imports the person again is refused by it. The shop's own files are the shop's to clean.

Who objects to profiling is deleted wherever they were kept, too, but may come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from features.config import Config
from serving.home import MARK, read_secret
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


def respecting(config: Config, home: Path) -> Config:
    """Return a configuration under which nobody erased in this home is read again."""
    if not (home / MARK).is_file():
        return config
    with Control(home) as control:
        persons = Erasures(control).persons()
    return config.without(Erased(read_secret(home), persons) if persons else None)


def note_taught(config: Config, home: Path, bundle: str) -> None:
    """Note who was erased while a model was trained: they are in what it learnt from.

    Parameters
    ----------
    config : Config
        As `respecting` returned it before the training.
    home : Path
    bundle : str
        The model's id.
    """
    unread = config.erased.persons if isinstance(config.erased, Erased) else ()
    with Control(home) as control:
        Erasures(control).teach(bundle, unread)


def forget(home: Path, control: Control, customer_id: str, who: str) -> Forgotten:
    """Erase a person from lists, results and every published run; repeated, it changes nothing.

    The hash is kept first, and only then are the runs looked for: one that is published meanwhile
    is either among them, or its publisher finds the hash (`serving.store.amendments`).

    Parameters
    ----------
    home : Path
    control : Control
        Of that home.
    customer_id : str
    who : str
        For the audit: a token's id, or the command line.
    """
    erasures, secret = Erasures(control), read_secret(home)
    mark = person(secret, customer_id)
    serving = _serving(home, control)
    # Any version made so far may have seen them: the runs say who was scored, not who taught.
    bundles = sorted(serving | set(Shelf(home).ids()))
    tools = _tools(control, customer_id)
    erasures.record(mark, customer_id, bundles, who)
    held = _erased_from_runs(control, [customer_id])
    control.place.purge_deleted(control.engine)
    return Forgotten(tuple(held), tuple(erasures.taught(mark)), serving, tools)


def leave_out(control: Control, customer_ids: Sequence[str]) -> None:
    """Delete from runs, lists and results whoever must not be in any: who objects by now.

    Somebody erased who is among them, because the one who erased them was cut short, goes too.

    Parameters
    ----------
    control : Control
    customer_ids : sequence of str
        Who is in the shop's sources and was left out of the run that serves.
    """
    erasures = Erasures(control)
    for part in batched(customer_ids):
        erasures.drop(part)
    _erased_from_runs(control, customer_ids)
    control.place.purge_deleted(control.engine)


def _erased_from_runs(control: Control, customer_ids: Sequence[str]) -> dict[str, int]:
    """Erase customers from every published run; return how many from those that held some."""
    found = {run.run_id: erase(control, run.run_id, customer_ids) for run in control.runs()}
    for run_id in found:
        recount(control, run_id)  # every one: an erasure before may have been cut short here
    return {run_id: removed for run_id, removed in found.items() if removed}


def note_retired(home: Path, control: Control) -> None:
    """Note of the models that may have learnt from somebody erased which of them serve no more."""
    Erasures(control).retire(_serving(home, control))


def _tools(control: Control, customer_id: str) -> tuple[str, ...]:
    """Return the tools that were handed somebody."""
    wanted = select(handed.c.tool).where(handed.c.customer_id == customer_id).distinct()
    with control.engine.connect() as connection:
        return tuple(connection.scalars(wanted.order_by(handed.c.tool)))


def _serving(home: Path, control: Control) -> frozenset[str]:
    """Return the model versions that published runs name, and the champion."""
    named = {run.info.model_version for run in control.runs()}
    return frozenset(named | {Shelf(home).champion() or ""} - {""})
