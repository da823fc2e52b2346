"""Drafts: folders that are gone when their work is done, or found when its process was killed.

Whoever works in a draft holds a lock on it, which the kernel frees however the process dies. A
number of the process would not do: another machine may share the folder, and in a container every
training may have the same one. Where a file system has no locks, nothing is ever called left.
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
"""Seconds within which whoever made a draft surely holds it."""


@contextmanager
def draft(folder: Path, prefix: str = ".") -> Iterator[Path]:
    """Make a draft in a folder and hold it; in the end it is gone with what is still in it.

    Parameters
    ----------
    folder : Path
        It exists.
    prefix : str
        How the draft's name begins.
    """
    # Who looks whether it was left may hold it, and soon lets go of it.
    with TemporaryDirectory(prefix=prefix, dir=folder) as made, _locked(Path(made), wait=True):
        yield Path(made)


def left(folder: Path, prefix: str = ".") -> Iterator[Path]:
    """Yield the drafts in a folder that nobody works in any more, each held until the next.

    An empty one that was just made may be about to be held, and is let be.
    """
    try:
        found = sorted(name for name in os.listdir(folder) if name.startswith(prefix))
    except OSError:
        return  # where everybody may write, looking around may be forbidden
    for path in map(folder.joinpath, found):
        if path.is_dir() and not path.is_symlink():
            with suppress(OSError), _locked(path) as free:  # gone meanwhile, or another user's
                if free and (any(path.iterdir()) or time.time() - path.stat().st_mtime > SOON):
                    yield path


def clear(folder: Path, prefix: str = ".") -> None:
    """Remove the drafts in a folder that nobody works in any more."""
    for path in left(folder, prefix):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(folder: Path, *, wait: bool = False) -> Iterator[bool]:
    """Yield whether the lock of a folder is ours: not where another has it, or there are none."""
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
