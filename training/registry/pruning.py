"""Versions that nothing needs any more, removed with their copies in MLflow's embedded store.

A shop that trains every night adds some megabytes each time. What a training found (its figures,
pictures, report and card) stays in MLflow; what goes is the model, which is there twice: as a
bundle, and as an MLflow model.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from training.bundle.shelf import Shelf
from training.registry.connection import ARTIFACTS, STORE, connect, quietly
from training.registry.tracking import BUNDLE_TAG, MODEL, PREFIX
from training.succession import champion_before


def dispensable(shelf: Shelf, keep: int, needed: Collection[str]) -> tuple[str, ...]:
    """Return the versions that nothing needs, those trained first first.

    Needed are the champion and the one that a rollback returns to, the newest `keep`, what the
    caller names, and every version of which nothing was decided yet: its training is at work.

    Parameters
    ----------
    shelf : Shelf
    keep : int
        How many of the newest versions stay, whatever became of them.
    needed : collection of str
        Versions that published runs name.
    """
    decided = [str(decision["bundle"]) for decision in shelf.decisions()]
    last = {bundle: position for position, bundle in enumerate(decided)}
    trained = sorted((b for b in shelf.ids() if b in last), key=last.__getitem__)
    champion = shelf.champion()
    kept = {champion, champion_before(shelf, champion), *needed, *trained[-keep:]}
    return tuple(bundle for bundle in trained if bundle not in kept)


def prune(shelf: Shelf, bundles: Collection[str]) -> tuple[str, ...]:
    """Remove versions: from the embedded store's registry first, then from the shelf.

    Where it is cut short, the next call finds the rest. A team's MLflow server keeps its versions.

    Parameters
    ----------
    shelf : Shelf
    bundles : collection of str
        Their ids. One that was promoted since they were chosen stays.

    Returns
    -------
    tuple of str
        Those that are gone.

    Raises
    ------
    MlflowException
        If the embedded store refuses; the version it refused is then still on the shelf.
    """
    recorded = (shelf.home / STORE).is_file()
    with quietly():
        client = connect(shelf.home) if recorded and bundles else None
        return tuple(bundle for bundle in bundles if _removed(client, shelf, bundle))


def _removed(client: Any, shelf: Shelf, bundle: str) -> bool:
    """Remove a version, unless it serves by now or is what a rollback returns to."""
    with shelf.changing():
        champion = shelf.champion()
        if bundle in (champion, champion_before(shelf, champion)):
            return False
        if client is not None:
            _unregister(client, shelf.home, bundle)
        shelf.discard(bundle)
    return True


def _unregister(client: Any, home: Path, bundle: str) -> None:
    """Delete a bundle's version from the registry, and the files that only it needs."""
    for version in client.search_model_versions(f"tags.{BUNDLE_TAG} = '{bundle}'"):
        if version.name.startswith(PREFIX):
            # The files go first: without its version, nothing would say whose they are.
            shutil.rmtree(home / ARTIFACTS / version.run_id / ARTIFACTS / MODEL, ignore_errors=True)
            client.delete_model_version(version.name, version.version)
