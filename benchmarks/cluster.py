"""A Spark master and its workers on loopback, each a process of its own.

The benchmarks measure on one; the tests kill its workers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from benchmarks.ports import free_port, wait_for

_SETTINGS = """
spark.driver.host 127.0.0.1
spark.driver.memory {sizes.driver}
spark.executor.memory {sizes.executor}
spark.sql.shuffle.partitions {sizes.partitions}
spark.sql.warehouse.dir {folder}/warehouse
spark.local.dir {folder}/local
"""


@dataclass(frozen=True)
class Sizes:
    """What a cluster and its driver may take, memory in Java's notation.

    Parameters
    ----------
    driver, executor, worker : str
        An executor works in a worker, beside Python, for which the rest is.
    partitions : int
        Of what a shuffle makes.
    """

    driver: str = "1g"
    executor: str = "2g"
    worker: str = "3g"
    partitions: int = 8


class Cluster:
    """A master and its workers, each a process group of its own that can be killed.

    Parameters
    ----------
    folder : Path
        Of settings, logs and what workers write; it exists.
    sizes : Sizes

    Attributes
    ----------
    url : str
        Of the master.
    workers : list of Popen
    """

    def __init__(self, folder: Path, sizes: Sizes) -> None:
        self._folder, self._sizes = folder, sizes
        self.workers: list[subprocess.Popen[bytes]] = []
        self._logs = 0
        settings = _SETTINGS.format(sizes=sizes, folder=folder)
        (folder / "spark-defaults.conf").write_text(settings, encoding="utf-8")
        os.environ |= {  # the driver, which is this process, needs them too
            "SPARK_HOME": str(_spark()),
            "SPARK_CONF_DIR": str(folder),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "PYSPARK_PYTHON": sys.executable,
        }
        self._port = free_port()
        self.url = f"spark://127.0.0.1:{self._port}"
        self._master = self._start("master.Master", "--port", str(self._port))

    def start_worker(self) -> None:
        """Start a worker of one core, once the master listens."""
        wait_for(self._port)
        folder = str(self._folder / f"worker-{self._logs}")
        sizes = ["--cores", "1", "--memory", self._sizes.worker, "--work-dir", folder]
        self.workers.append(self._start("worker.Worker", *sizes, self.url))

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """End a worker with all that runs for it, without a word."""
        _end(worker)
        self.workers.remove(worker)

    def stop(self) -> None:
        """End everything."""
        for process in (*self.workers, self._master):
            _end(process)

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(_spark() / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}"]
        where = ["--host", "127.0.0.1", "--webui-port", "0"]
        self._logs += 1
        with (self._folder / f"{self._logs}.log").open("wb") as log:
            return subprocess.Popen(
                [*command, *where, *arguments], stdout=log, stderr=log, start_new_session=True
            )


@contextmanager
def cluster(folder: Path, sizes: Sizes, workers: int = 2) -> Iterator[Cluster]:
    """Yield a cluster with so many workers, ended afterwards."""
    begun = Cluster(folder, sizes)
    try:
        for _ in range(workers):
            begun.start_worker()
        yield begun
    finally:
        begun.stop()


def _spark() -> Path:
    """Return the folder that pyspark brings Spark in."""
    found = find_spec("pyspark")
    origin = found and found.origin
    assert origin, "the extra `spark` is installed"
    return Path(origin).parent


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
