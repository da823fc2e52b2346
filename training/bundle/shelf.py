"""The shelf: where a home keeps its bundles, and which one of them serves.

::

    HOME/bundles/<id>/     one folder per bundle; its files never change
    HOME/champion          one line: the id of the bundle that serves
    HOME/decisions.jsonl   every change of champion and every refusal, newest last

The line in ``champion`` is the only truth about what serves. ``decisions.jsonl`` explains it and
lets a rollback find the bundle before; it is never read to learn what serves now.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from features.errors import LadderError
from features.resources import drafts
from features.resources.durable import sync, sync_all
from training.bundle import manifest

BUNDLES, CHAMPION, DECISIONS = "bundles", "champion", "decisions.jsonl"


@dataclass(frozen=True)
class Shelf:
    """The bundles of one home.

    Parameters
    ----------
    home : Path
        The home folder (``LADDER_HOME``); it exists.
    """

    home: Path

    @property
    def folder(self) -> Path:
        """Return the folder that holds a folder per bundle."""
        return self.home / BUNDLES

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all bundles, in alphabetical order."""
        if not self.folder.is_dir():
            return ()
        # A name that begins with a dot is a draft still being written.
        return tuple(
            sorted(p.name for p in self.folder.iterdir() if p.is_dir() and p.name[0] != ".")
        )

    def find(self, wanted: str) -> str:
        """Return the one id that is or begins with `wanted`.

        Raises
        ------
        LadderError
            If no bundle, or more than one, begins so.
        """
        ids = self.ids()
        hits = [wanted] if wanted in ids else [i for i in ids if wanted and i.startswith(wanted)]
        if len(hits) == 1:
            return hits[0]
        raise LadderError(
            f"VERSION must identify exactly one bundle in {self.folder}.",
            f"{len(hits) or 'None'} of the {len(ids)} there begin with {wanted!r}"
            + (f": {', '.join(hits or ids)}." if ids else "."),
            "Run `ladder models` to see the versions, or `ladder train` to create the first.",
        )

    def path(self, bundle: str) -> Path:
        """Return the folder of a bundle, whether or not it exists."""
        return self.folder / bundle

    def add(self, bundle: str, write: Callable[[Path], object]) -> Path:
        """Write a bundle under its id, unless it is there already, and return its folder.

        An id is a digest of the content, so that a bundle already there is the same bundle, unless
        it was damaged since: then it is written anew.

        Parameters
        ----------
        bundle : str
        write : callable
            Writes the folder it is given.
        """
        target = self.path(bundle)
        if target.is_dir() and _damaged(target):
            self.discard(bundle)
        if not target.is_dir():
            self.folder.mkdir(parents=True, exist_ok=True)
            drafts.clear(self.folder)
            try:
                with drafts.draft(self.folder) as draft:
                    write(draft / bundle)
                    # What is there under its name is never written again.
                    sync_all(draft / bundle)
                    os.replace(draft / bundle, target)
            except (LadderError, OSError):
                if not target.is_dir():  # else another training has written the same meanwhile
                    raise
            sync(self.folder)
        return target

    def discard(self, bundle: str) -> None:
        """Remove a bundle: whoever looks finds it whole, or not at all."""
        with drafts.draft(self.folder) as draft:
            os.replace(self.path(bundle), draft / bundle)
            sync(self.folder)

    def champion(self) -> str | None:
        """Return the id of the bundle that serves, or None before the first promotion."""
        try:
            return (self.home / CHAMPION).read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def champion_path(self) -> Path:
        """Return the folder of the bundle that serves.

        Raises
        ------
        LadderError
            If nothing has been promoted, or what was promoted is gone.
        """
        bundle = self.champion()
        if bundle is not None and self.path(bundle).is_dir():
            return self.path(bundle)
        came = "none was promoted yet" if bundle is None else f"{bundle} is named but not there"
        raise LadderError(
            f"The home {self.home} must hold a champion: the bundle that serves.",
            f"In it, {came}.",
            "Run `ladder train`, or `ladder models` and then `ladder promote VERSION`.",
        )

    def changing(self) -> AbstractContextManager[bool]:
        """Hold the lock under which champions are crowned and bundles removed, waiting for it.

        Whoever holds it looks again at what was decided before: who serves, and what is there.
        """
        return drafts.locked(self.home, wait=True)

    def crown(self, bundle: str) -> None:
        """Make a bundle the champion: readers see the old line or the new one, never both."""
        drafts.clear(self.home, f".{CHAMPION}.")
        with drafts.draft(self.home, f".{CHAMPION}.") as draft:
            line = draft / CHAMPION
            line.write_text(bundle + "\n", encoding="utf-8")
            sync(line)
            os.replace(line, self.home / CHAMPION)
            sync(self.home)

    def note(self, decision: Mapping[str, object]) -> None:
        """Append one decision to the record, beginning a line even after one that was cut short."""
        with (self.home / DECISIONS).open("a+b") as record:
            end = record.seek(0, os.SEEK_END)
            record.seek(max(0, end - 1))
            whole = record.read(1) in (b"", b"\n")
            line = json.dumps(decision, sort_keys=True).encode() + b"\n"
            record.write(line if whole else b"\n" + line)
            record.flush()
            os.fsync(record.fileno())

    def decisions(self) -> tuple[dict[str, object], ...]:
        """Return the decisions so far, oldest first, without a line that was cut short."""
        try:
            lines = (self.home / DECISIONS).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        return tuple(decision for line in lines if (decision := _decision(line)))


def _damaged(folder: Path) -> bool:
    """Return whether a bundle's files are other than its manifest says."""
    try:
        manifest.read(folder)
    except LadderError:
        return True
    return False


def _decision(line: str) -> dict[str, object] | None:
    """Return what a line of the record says, None where a full disk or a kill cut it short."""
    try:
        decision: dict[str, object] = json.loads(line)
    except ValueError:
        return None
    return decision
