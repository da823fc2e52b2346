"""A Spark master and its workers on loopback, each a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyspark

_SPARK = Path(pyspark.__file__).parent
_SETTINGS = """
spark.driver.host 127.0.0.1
spark.driver.memory 1g
spark.executor.memory 2g
spark.sql.shuffle.partitions 8
spark.sql.warehouse.dir {folder}/warehouse
spark.local.dir {folder}/local
"""


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Yield the address of a master with so many workers of one core, ended afterwards."""
    begun: list[subprocess.Popen[bytes]] = []
    with TemporaryDirectory(prefix="ladder-bench-") as folder:
        settings = Path(folder) / "spark-defaults.conf"
        settings.write_text(_SETTINGS.format(folder=folder), encoding="utf-8")
        os.environ |= {
            "SPARK_HOME": str(_SPARK),
            "SPARK_CONF_DIR": folder,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "PYSPARK_PYTHON": sys.executable,
        }
        port = _free_port()
        url = f"spark://127.0.0.1:{port}"
        on = ["--host", "127.0.0.1", "--webui-port", "0"]
        one = ["--cores", "1", "--memory", "3g", "--work-dir", folder]
        try:
            begun.append(_begun("master.Master", *on, "--port", str(port)))
            _wait_for(port)
            begun += [_begun("worker.Worker", *on, *one, url) for _ in range(workers)]
            yield url
        finally:
            for process in begun:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _begun(name: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [str(_SPARK / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on {port}")
