"""Who serves after whom: a decision carried out, a champion chosen by hand, and the way back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from features.errors import LadderError
from features.resources.account import account
from training.bundle.golden import proven
from training.bundle.shelf import Shelf
from training.promotion import Decision


def carry_out(shelf: Shelf, decision: Decision, action: str = "train") -> None:
    """Record a decision of a training, a promotion or a rollback; crown the bundle it promotes.

    The caller holds the shelf's lock (`Shelf.changing`).
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    shelf.note({"at": at, "by": account(), "action": action, **asdict(decision)})
    if decision.promoted and decision.bundle != decision.before:
        shelf.crown(decision.bundle)


def promote(home: Path, version: str) -> Decision:
    """Make a bundle the champion, named by its id or the beginning of it.

    Raises
    ------
    LadderError
        If `version` does not name one bundle, or that one is not sound.
    """
    shelf = Shelf(home)
    with shelf.changing():
        bundle = shelf.find(version)
        proven(shelf.path(bundle))
        decision = Decision(True, bundle, shelf.champion(), "promoted by hand")
        carry_out(shelf, decision, "promote")
    return decision


def rollback(home: Path) -> Decision:
    """Return to the champion before this one; a second call goes one further back.

    Raises
    ------
    LadderError
        If there is none, or its bundle is gone or not sound.
    """
    shelf = Shelf(home)
    with shelf.changing():
        decision = _way_back(shelf)
        proven(shelf.path(decision.bundle))
        carry_out(shelf, decision, "rollback")
    return decision


def _way_back(shelf: Shelf) -> Decision:
    now = shelf.champion()
    before = champion_before(shelf, now)
    if before is None or not shelf.path(before).is_dir():
        raise LadderError(
            "A rollback needs an earlier champion.",
            f"{now or 'Nothing'} serves, and "
            + (f"{before}, which served before it, is gone." if before else "nothing did before."),
            "Run `ladder models` and choose with `ladder promote VERSION`.",
        )
    return Decision(True, before, now, f"rolled back from {now}")


def champion_before(shelf: Shelf, now: str | None) -> str | None:
    """Return who served before `now` was crowned.

    The champions form a path; a rollback walks it back, so that its own entries must not count as
    a way forward. What an entry led to is what the next one found: a crash may have kept it from
    being carried out.
    """
    path: list[str] = []
    entries = shelf.decisions()
    found = (*(entry.get("before") for entry in entries[1:]), now)
    for entry, then in zip(entries, found, strict=False):
        bundle = str(entry["bundle"])
        if not entry["promoted"] or then not in (bundle, None):
            continue
        if entry["action"] == "rollback" and bundle in path:
            while path[-1] != bundle:
                path.pop()
        elif path[-1:] != [bundle]:
            path.append(bundle)
    earlier = path[:-1] if path[-1:] == [now] else path
    return earlier[-1] if earlier else None
