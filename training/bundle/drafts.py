"""Drafts: folders that are gone when their work is done, or found when its process was killed.

Whoever works in a draft holds a lock on it, which the kernel frees however the process dies. A
number of the process would not do: another machine may share the folder, and in a container every
training may have the same one. Where a file system has no locks, nothing is ever called left.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory


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
    with ExitStack() as stack:
        with _held(folder):  # so that none is seen before it is held
            made = Path(stack.enter_context(TemporaryDirectory(prefix=prefix, dir=folder)))
            stack.enter_context(_held(made))
        yield made


def left(folder: Path, prefix: str = ".") -> list[Path]:
    """Return the drafts in a folder that nobody works in any more."""
    with _held(folder):
        found = [path for path in folder.iterdir() if path.name.startswith(prefix)]
        return sorted(path for path in found if path.is_dir() and _free(path))


def clear(folder: Path, prefix: str = ".") -> None:
    """Remove the drafts in a folder that nobody works in any more."""
    for path in left(folder, prefix):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, after waiting for it, where the file system has locks."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _free(folder: Path) -> bool:
    """Tell whether nobody holds a folder: False where that cannot be told."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return False  # gone meanwhile, or another user's
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
