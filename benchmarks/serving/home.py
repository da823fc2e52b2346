"""A home with a trained model and published runs of many customers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pyarrow as pa

from benchmarks.progress import say
from features.clock import local_date
from features.config import load
from features.history import open_history
from features.sample import make_shop
from serving import store
from serving.home import create_home
from serving.runs import publishing
from serving.runs.scoring import Run, score_run
from serving.runs.standing import Standing
from serving.store import Control
from serving.store.place import VARIABLE
from serving.tokens import mint
from training.train import train

DATABASE = "LADDER_BENCH_DATABASE_URL"
"""Names an empty PostgreSQL database, which is measured too and in which a run is left."""

_SEED = 7


@dataclass(frozen=True)
class Home:
    """A home whose runs differ in size.

    Parameters
    ----------
    path : Path
    token : str
        May read records and lists.
    runs : dict of int to str
        Number of customers to the run that holds them.
    """

    path: Path
    token: str
    runs: dict[int, str] = field(default_factory=dict)

    def serve(self, customers: int) -> None:
        """Make the run of so many customers the one that serves."""
        with Control(self.path) as control:
            control.use(self.runs[customers])

    def model(self) -> Path:
        """Return the folder of the model that MLflow keeps."""
        return next((self.path / "artifacts").rglob("MLmodel")).parent


@contextmanager
def made(folder: Path, trained: int, sizes: Sequence[int]) -> Iterator[Home]:
    """Train, publish a run of each size, and delete all of it at the end.

    Parameters
    ----------
    folder : Path
        Where the scratch folder goes: runs of a million customers take gigabytes.
    trained : int
        Customers of the shop.
    sizes : sequence of int
        Customers of each run.
    """
    with TemporaryDirectory(prefix="serving-", dir=folder) as scratch:
        config = load(make_shop(customers=trained, seed=_SEED).write(Path(scratch) / "shop"))
        home = create_home(Path(scratch) / "home")
        say(f"training on {trained:,} customers")
        bundle = train(config, home).bundle
        with open_history(config) as history:
            as_of = local_date(history.until, config.shop.timezone)
            run = score_run(history, bundle, as_of)
        standing = Standing.of(run.records, bundle.config.standing.high_value)
        info = publishing.info_of(bundle, as_of, standing, run.histories is not None)
        token, shown = mint("benchmark", ("score", "lists"), None)
        with Control(home) as control:
            control.add_token(token)
        found = Home(home, shown)
        for size in sizes:
            say(f"publishing {size:,} customers")
            found.runs[size] = store.publish(home, info, repeated(run, size))
        if database():
            say(f"publishing {sizes[0]:,} customers on PostgreSQL")
            with mock.patch.dict(os.environ, database()):
                with Control(home) as control:
                    control.add_token(token)
                store.publish(home, info, repeated(run, sizes[0]))
        shutil.rmtree(Path(scratch) / "shop")
        yield found


def database() -> dict[str, str]:
    """Return the environment of a server on PostgreSQL, nothing where no database is named."""
    address = os.environ.get(DATABASE)
    return {VARIABLE: address} if address else {}


def name(number: int) -> str:
    """Return the id of a customer of a run, counted from 0."""
    return f"C-{number:08d}"


def repeated(run: Run, customers: int) -> Iterator[pa.RecordBatch]:
    """Yield so many customers as the store takes them: a run's records under new ids."""
    for start in range(0, customers, len(run.records)):
        part = run.records.slice(0, customers - start)
        ids = pa.array([name(start + number) for number in range(len(part))])
        kept = None if run.histories is None else run.histories[: len(part)]
        part = part.set_column(0, part.schema.field(0), ids)
        yield from publishing.batches(Run(part, run.packed[: len(part)], kept))
