"""What every part of the suite may use: the checkout, real histories, a database, a browser."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import hypothesis
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from benchmarks.cluster import Cluster, Sizes, cluster
from benchmarks.ports import free_port

ROOT = Path(__file__).parents[1]
OWN_SETTINGS = ("LADDER_HOME", "LADDER_DATABASE_URL", "LADDER_SECRET", "MLFLOW_TRACKING_URI")

# Deadlines and slow draws measure the machine, and this suite also runs on busy ones.
hypothesis.settings.register_profile(
    "ladder",
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("ladder")


def pytest_configure() -> None:
    """Forget the developer's own home and database: tests make theirs."""
    for name in OWN_SETTINGS:
        os.environ.pop(name, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Collect no garbage while a doctest runs.

    Each begins with `linecache.checkcache` walking a table that SQLAlchemy's generated functions
    leave when they are collected, and one that leaves meanwhile is a KeyError.
    """
    if not isinstance(item, pytest.DoctestItem):
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def missing(what: str, do: str) -> NoReturn:
    """Skip for want of a service, or fail where every service must be there."""
    message = f"{what} is not installed here. {do}"
    if os.environ.get("LADDER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{message} (LADDER_REQUIRE_SERVICES=1 forbids skipping.)")
    pytest.skip(message)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the top folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return a function from a real history's name (``online_retail``) to its folder, or skip."""

    def find(name: str) -> Path:
        folder = ROOT.parent / "shared" / "data" / name
        if not folder.is_dir():
            pytest.skip(f"Needs the real history {name}, which lies beside the author's checkout.")
        return folder

    return find


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server: its URL, and `control(...)`, which gives words to its ``pg_ctl``."""

    url: str
    control: Callable[..., None]


@pytest.fixture(scope="session")
def postgres_in() -> Callable[..., AbstractContextManager[Postgres]]:
    """Return what starts a PostgreSQL server of our own in a folder, on loopback, and stops it.

    The folder must not lie below pytest's temporary one: that is 0700, and the server is another
    user. Further arguments are initdb's.
    """
    binaries = _postgres_binaries()
    if binaries is None:
        missing("PostgreSQL", "On Debian and Ubuntu: apt-get install postgresql")

    @contextmanager
    def server(folder: Path, *initdb: str) -> Iterator[Postgres]:
        password, port = secrets.token_hex(16), free_port()
        (folder / "password").write_text(password, encoding="ascii")
        if os.geteuid() == 0:
            for path in (folder, folder / "password"):
                shutil.chown(path, "postgres", "postgres")
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"  # nothing outlives the tests
        data, log = str(folder / "data"), str(folder / "log")
        usual = ["-D", data, "-U", "ladder", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C"]

        def control(*words: str) -> None:
            _as_postgres(binaries / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", *words)

        password_file = ["--pwfile", str(folder / "password")]
        _as_postgres(binaries / "initdb", *usual, *password_file, *initdb)
        control("start")
        try:
            yield Postgres(f"postgresql://ladder:{password}@127.0.0.1:{port}/postgres", control)
        finally:
            control("-m", "immediate", "stop")

    return server


@pytest.fixture(scope="session")
def postgres(postgres_in: Callable[..., AbstractContextManager[Postgres]]) -> Iterator[Postgres]:
    """Yield a PostgreSQL server of our own."""
    folder = Path(tempfile.mkdtemp(prefix="ladder-postgres-"))
    try:
        with postgres_in(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(postgres: Postgres) -> str:
    """Return the URL of that server's own database."""
    return postgres.url


@pytest.fixture(scope="session")
def empty_database(postgres_server: str) -> Callable[[], AbstractContextManager[str]]:
    """Return what makes an empty PostgreSQL database, gives its URL and drops it at the end."""

    @contextmanager
    def database() -> Iterator[str]:
        name = f"ladder_{secrets.token_hex(4)}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"create database {name}")  # hexadecimal digits of our own
        yield postgres_server.removesuffix("/postgres") + f"/{name}"
        # Connected anew: a test may restart the server.
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")

    return database


@pytest.fixture
def postgres_url(empty_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """Yield the URL of an empty PostgreSQL database, dropped after the test."""
    with empty_database() as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a headless Chromium.

    Per module, because Playwright's synchronous API keeps an event loop running meanwhile, and
    ``asyncio.run`` in another module's tests would refuse to start a second one.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        missing("Chromium", "On Debian and Ubuntu: apt-get install chromium fonts-noto-core")
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs rights that root in a container does not have.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Yield a standalone Spark master with two workers on loopback, stopped at the end."""
    if find_spec("pyspark") is None or shutil.which("java") is None:
        missing("Spark", "make test-spark installs pyspark; Java 17 comes from the system.")
    sizes = Sizes(driver="512m", executor="512m", worker="1g", partitions=4)
    with cluster(tmp_path_factory.mktemp("spark"), sizes) as started:
        yield started


def _postgres_binaries() -> Path | None:
    """Find the folder of initdb and pg_ctl: Debian keeps them out of the search path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    return newest.parent if newest else None


def _as_postgres(program: Path, *arguments: str) -> None:
    """Run a PostgreSQL program, which refuses to run as root, and show its output if it fails."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server
        # From /, because the other user may not be allowed to enter this folder.
        command = [*user, str(program), *arguments]
        done = subprocess.run(command, cwd="/", stdout=output, stderr=output, check=False)
        output.seek(0)
        assert done.returncode == 0, output.read().decode(errors="replace")
