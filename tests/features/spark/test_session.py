"""A cluster that cannot be had is refused in words, and nothing is left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from features.errors import LadderError, UsageError
from features.spark.session import error_of, session

HELLO = """
from features.spark.session import session, error_of
with session("local[1]") as spark:
    print(spark.range(5).count())
"""

LOST = """
import os, signal
from features.errors import LadderError
from features.spark.kept import Kept
from features.spark.session import jobs, session
try:
    with session("local[1]") as spark, Kept(spark.range(5)) as rows, jobs():
        driver = spark.sparkContext._jvm.java.lang.ProcessHandle.current().pid()
        os.kill(driver, signal.SIGKILL)
        rows.frame.toArrow()
except LadderError as error:
    print(error.must)
"""


@pytest.mark.parametrize("master", ["", "cluster", "local[x]", "spark://hub", "http://hub:7077"])
def test_a_master_that_is_none_is_refused(master: str) -> None:
    with pytest.raises(UsageError, match="must name a Spark cluster"), session(master):
        pytest.fail("there is no such cluster")


def test_a_master_that_does_not_answer_is_refused_at_once() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        master = f"spark://127.0.0.1:{probe.getsockname()[1]}"  # bound, and nobody listens
        with pytest.raises(LadderError, match="must be reachable") as refused, session(master):
            pytest.fail("there is no such cluster")
    assert "refused" in refused.value.came


def test_a_master_whose_name_no_machine_can_have_is_unreachable() -> None:
    master = "spark://hub..shop:7077"
    with pytest.raises(LadderError, match="must be reachable") as refused, session(master):
        pytest.fail("there is no such cluster")
    assert "hub..shop:7077" in refused.value.came


TRACEBACK = """An exception was thrown from the Python worker:
Traceback (most recent call last):
  File "features/engine.py", line 7, in compute
    raise SomethingError
"""


def test_what_a_worker_refuses_is_said_as_on_one_machine() -> None:
    refused = UsageError("Ids must be short.", "Error: one has 300 letters.", "Shorten them.")
    for error in (refused, LadderError(*refused.args)):
        name = f"{type(error).__module__}.{type(error).__name__}"
        said = error_of(f"{TRACEBACK}{name}: {error}\n\n\tat org.apache.spark.api.python.Runner\n")
        assert (type(said), str(said)) == (type(error), str(error))


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ("MemoryError", "MemoryError"),
        ("ValueError: Error: row 7\nis odd", "ValueError: Error: row 7"),
        ("java.lang.OutOfMemoryError: Java heap", "java.lang.OutOfMemoryError: Java heap"),
    ],
)
def test_whatever_else_stops_a_worker_is_named(last: str, reason: str) -> None:
    said = error_of(f"{TRACEBACK}{last}\n\tat org.apache.spark.api.python.Runner\n")
    assert said.must == "The cluster must finish its work."
    assert said.came == reason


def in_another_process(
    root: Path, script: str = HELLO, **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=root,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.spark
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("spark_cluster")
def test_a_session_leaves_no_files_behind(root: Path, tmp_path: Path) -> None:
    done = in_another_process(
        root, TMPDIR=str(tmp_path), _JAVA_OPTIONS=f"-Djava.io.tmpdir={tmp_path}"
    )
    assert done.stdout.strip() == "5", done.stderr
    assert [path.name for path in tmp_path.iterdir() if "hsperf" not in path.name] == []


@pytest.mark.spark
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("spark_cluster")
def test_a_machine_without_java_is_told(root: Path, tmp_path: Path) -> None:
    for name in ("bash", "env", "dirname", "uname", "sh", "readlink"):
        found = next(
            Path(folder) / name for folder in ("/bin", "/usr/bin") if (Path(folder) / name).exists()
        )
        (tmp_path / name).symlink_to(found)
    done = in_another_process(root, PATH=str(tmp_path), JAVA_HOME="")
    assert done.returncode == 1
    assert "must be reachable" in done.stderr
    assert "Java 17" in done.stderr


@pytest.mark.spark
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("spark_cluster")
def test_a_driver_that_is_ended_is_said_to_be(root: Path, tmp_path: Path) -> None:
    done = in_another_process(root, LOST, TMPDIR=str(tmp_path))
    assert done.stdout.startswith("Spark's driver, a Java process"), done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("ladder-")] == []
