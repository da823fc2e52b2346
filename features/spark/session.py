"""A session on a Spark cluster, with the product's own code sent to its workers."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from features.errors import LadderError, UsageError
from features.workspace import first_line

_SENT = ("features", "training", "serving")

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",  # Arrow times arrive as what they are
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.driver.maxResultSize": "0",  # what comes home is sized by docs/scale.md
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


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
        If pyspark is not installed.
    LadderError
        If the cluster cannot be reached.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            "--engine spark needs pyspark.",
            f"{error.name} is not installed.",
            "Install it beside Java 17: pip install 'loyalty-ladder[spark]'.",
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
        except (PySparkException, OSError, RuntimeError) as error:
            raise LadderError(
                f"The Spark cluster {master} must be reachable.",
                first_line(error),
                "Correct --master, and see that Java 17 is installed.",
            ) from error
        try:
            yield spark
        finally:
            spark.stop()


@contextmanager
def jobs() -> Iterator[None]:
    """Say in three sentences what stopped a job.

    Raises
    ------
    LadderError
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise LadderError(
            "The cluster must finish its work.",
            _reason(str(error)),
            "See the logs of the Spark master and its workers; docs/scale.md says what they need.",
        ) from error


def _reason(text: str) -> str:
    """Return the line that says most: the last error of a worker's Python, else the first line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [
        line for line in lines if "Error: " in line and not line.startswith(("at ", "Caused"))
    ]
    return (errors or lines or ["Nothing was said."])[-1 if errors else 0][:300]


def _packed(folder: Path) -> Path:
    """Zip the product's packages, so that a worker needs only the libraries below them."""
    root = Path(__file__).parents[2]
    target = folder / "loyalty_ladder.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for package in _SENT:
            for path in sorted((root / package).rglob("*.py")):
                packed.write(path, path.relative_to(root))
    return target
