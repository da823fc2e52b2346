"""Drafts: temporary folders that go when their work is done, and are found after a crash.

Whoever works in a draft holds a file lock on it, which the kernel releases however the process
ends. A process id would not do: another machine may share the folder, and in a container every
training may have the same one. On a file system without locks, no draft counts as abandoned.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

SOON = 3600.0
"""Seconds within which whoever made a draft has surely locked it."""


@contextmanager
def draft(folder: Path, prefix: str = ".") -> Iterator[Path]:
    """Make a draft in a folder and hold its lock; at the end, delete it with all that is in it."""
    # Another process that looks for abandoned drafts may hold the lock for a moment.
    with TemporaryDirectory(prefix=prefix, dir=folder) as made, locked(Path(made), wait=True):
        yield Path(made)


def abandoned(folder: Path, prefix: str = ".") -> Iterator[Path]:
    """Yield the drafts in a folder that nobody works in any more, each locked until the next.

    One that is empty and new is left alone: its maker may not have locked it yet.
    """
    try:
        found = sorted(name for name in os.listdir(folder) if name.startswith(prefix))
    except OSError:
        return  # where everybody may write, looking around may be forbidden
    for path in map(folder.joinpath, found):
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError), locked(path) as free:  # gone meanwhile, or another user's
                if free and (any(path.iterdir()) or time.time() - path.stat().st_mtime > SOON):
                    yield path


def clear(folder: Path, prefix: str = ".") -> None:
    """Remove the drafts in a folder that nobody works in any more."""
    for path in abandoned(folder, prefix):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[bool]:
    """Yield whether a folder's lock is ours: not if another has it, or there are no locks."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
