"""Folders that a cluster writes: on this machine, or at an address that its file systems know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.errors import UsageError
from features.settings.addresses import masked, scheme
from features.spark.session import unless_gone


def refuse_existing(spark: Any, address: str) -> None:
    """Stop where there is something already: a cluster's folder is never written over.

    Raises
    ------
    UsageError
    """
    files, place = _file_system(spark, address)
    if files.exists(place):
        raise UsageError(
            "A cluster writes to a folder that does not exist yet.",
            f"{masked(address)} exists.",
            "Delete it, or choose another.",
        )


@contextmanager
def written_anew(spark: Any, address: str) -> Iterator[str]:
    """Yield where to write a new folder, of which nothing is left if that fails.

    Spark's committer moves the files of a task into the folder when all tasks are done, and then
    leaves an empty file `_SUCCESS`.

    Raises
    ------
    UsageError
        If something is there.
    """
    refuse_existing(spark, address)
    files, place = _file_system(spark, address)
    try:
        yield _uri(address)
    except BaseException:
        with unless_gone():
            files.delete(place, True)
        raise


def _file_system(spark: Any, address: str) -> tuple[Any, Any]:
    """Return Hadoop's file system for an address, and the address in its words."""
    place = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(_uri(address))
    return place.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()), place


def _uri(address: str) -> str:
    return Path(address).resolve().as_uri() if scheme(address) is None else address
