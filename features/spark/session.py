"""A session on a Spark cluster, with the product's own code sent to its workers."""

from __future__ import annotations

import os
import re
import socket
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from features.errors import LadderError, UsageError

_SENT = ("features", "training", "serving")

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",  # Arrow times arrive as what they are
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.legacy.javaCharsets": "true",  # windows-1252, which calls itself Latin-1
    "spark.driver.maxResultSize": "0",  # what comes home is sized by docs/scale.md
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}

_MASTER = re.compile(r"local(\[[\d*, ]+\])?|yarn|spark://[^,/]+:\d+(,[^,/]+:\d+)*|k8s://.+")
_REFUSED = re.compile(
    r"^features\.errors\.(?P<kind>\w+): (?P<must>.+)\n(?P<came>.+)\n(?P<do>.+)", re.MULTILINE
)
"""How the product's own error stands in the traceback of a worker."""
_ERROR = re.compile(r"[\w.]*Error(: .+)?")
_PATIENCE = 10.0
"""Seconds that a master has to answer."""


@contextmanager
def session(master: str) -> Iterator[Any]:
    """Yield a Spark session, stopped at the end.

    Parameters
    ----------
    master : str
        ``spark://HOST:PORT``, ``yarn``, ``k8s://…`` or ``local[N]``. Whatever else a cluster needs
        stands in the ``spark-defaults.conf`` of ``SPARK_CONF_DIR``, as for any Spark program.

    Raises
    ------
    UsageError
        If `master` names no cluster, or pyspark is not installed.
    LadderError
        If the cluster cannot be reached.
    """
    _refuse_unknown(master)
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            "--engine spark needs pyspark.",
            f"{error.name} is not installed.",
            "Install it beside Java 17, in the project's folder: pip install '.[spark]'.",
        ) from None
    # Workers of another machine have their own; the environment may name it.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("loyalty-ladder")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    with tempfile.TemporaryDirectory(prefix="ladder-") as folder, warnings.catch_warnings():
        # Its word on its pandas API, of which nothing is used.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        try:
            spark = builder.getOrCreate()
            spark.sparkContext.setLogLevel("ERROR")
            spark.sparkContext.addPyFile(str(_packed(Path(folder))))
        except (PySparkException, Py4JError, OSError, RuntimeError) as error:
            raise _unreachable(master, _reason(str(error))) from error
        try:
            yield spark
        finally:
            with unless_gone(), warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Unable to cleanly shutdown Spark JVM process")
                spark.stop()


@contextmanager
def unless_gone() -> Iterator[None]:
    """Release something on a cluster, unless that is gone: what ended it is reported elsewhere."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    with suppress(PySparkException, Py4JError, ConnectionError):
        yield


@contextmanager
def jobs() -> Iterator[None]:
    """Raise what stopped a job as three sentences: a worker's own, where it refused the work.

    Raises
    ------
    LadderError
    """
    from py4j.protocol import Py4JError, Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        raise error_of(str(error)) from error
    except (Py4JError, ConnectionError) as error:  # of the line to Java, not of what it called
        raise LadderError(
            "Spark's driver, a Java process on this machine, must run until the work is done.",
            "It ended; this happens when its memory runs out.",
            "Give it more: spark.driver.memory in the spark-defaults.conf of SPARK_CONF_DIR.",
        ) from error


def error_of(text: str) -> LadderError:
    """Return the error to raise for what Spark says of a job that failed."""
    if refused := _REFUSED.search(text):
        kind = UsageError if refused["kind"] == "UsageError" else LadderError
        return kind(refused["must"], refused["came"], refused["do"])
    return LadderError(
        "The cluster must finish its work.",
        _reason(text),
        "See the logs of the Spark master and its workers; docs/scale.md says what they need.",
    )


def _refuse_unknown(master: str) -> None:
    """Stop where no master can answer: Spark itself would try for over a minute.

    Raises
    ------
    UsageError
    LadderError
    """
    if not _MASTER.fullmatch(master):
        raise UsageError(
            "--master must name a Spark cluster.",
            f"Got {master!r}.",
            "Write spark://HOST:PORT, yarn, k8s://ADDRESS or local[N].",
        )
    troubles = []
    standalone = master.removeprefix("spark://").split(",") if "spark://" in master else []
    for place in standalone:
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
        except (OSError, UnicodeError) as error:  # no answer, or no name that a machine can have
            troubles.append(f"{place}: {getattr(error, 'strerror', None) or error}.")
        else:
            return
    if troubles:
        raise _unreachable(master, " ".join(troubles))


def _unreachable(master: str, why: str) -> LadderError:
    return LadderError(
        f"The Spark cluster {master} must be reachable.",
        why,
        "Correct --master, and check that Java 17 is installed.",
    )


def _reason(text: str) -> str:
    """Return the line that says most.

    The last error of a worker's Python, else Java's exception, else the first line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR.fullmatch(line)]
    thrown = [line.removeprefix(": ") for line in lines if line.startswith(": ")]
    return (errors[-1:] or thrown or lines or ["Nothing was said."])[0][:300]


def _packed(folder: Path) -> Path:
    """Zip the product's packages, so that a worker needs only the libraries below them."""
    root = Path(__file__).parents[2]
    target = folder / "loyalty_ladder.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for package in _SENT:
            # The workers say reasons in the words of a language's file.
            shipped = (p for p in (root / package).rglob("*") if p.suffix in {".py", ".toml"})
            for path in sorted(shipped):
                packed.write(path, path.relative_to(root))
    return target
