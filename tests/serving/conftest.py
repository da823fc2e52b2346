"""Scored shops: one made by rule, one by a small model of the made-up shop; homes for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.block import Block
from features.clock import midnight
from features.engine import compute
from features.sample import SampleShop, make_shop
from serving.app import create_app
from serving.home import create_home
from serving.runs.scoring import Run, score_run
from serving.store import Control, RunInfo, publish
from serving.store.objections import Objections
from serving.tokens import SCOPES, mint
from serving.web.service import Service
from serving.web.settings import Settings
from tests.serving.ruled import CUSTOMERS, RUN, made_by_rule, renamed
from tests.serving.searching import places
from tests.serving.servers import Running, served, started
from tests.serving.shop import LIVED_UNTIL, SHOP_CONFIG, published, small_bundle
from tests.training.trainings import QUICK
from training.bundle import Bundle
from training.options import Options

# Before any server in this process hides it: Arrow would do without it for good.
import_module("pandas")


@pytest.fixture(scope="session")
def scored() -> Callable[..., pa.Table]:
    """Return a function from a number of customers to a table that can be published."""
    return made_by_rule


@pytest.fixture(scope="session")
def run_info() -> RunInfo:
    """Return what the made-up run says about itself."""
    return RUN


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test once on SQLite and once on a PostgreSQL server."""
    # Either way: a module's `store` may name a database of its own.
    monkeypatch.delenv("LADDER_DATABASE_URL", raising=False)
    if request.param == "postgresql":
        monkeypatch.setenv("LADDER_DATABASE_URL", request.getfixturevalue("postgres_url"))
    return str(request.param)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a module's tests once on SQLite and once on an empty database of a PostgreSQL server."""
    with ExitStack() as stack:
        if request.param == "postgresql":
            url = stack.enter_context(request.getfixturevalue("empty_database")())
            stack.enter_context(pytest.MonkeyPatch.context()).setenv("LADDER_DATABASE_URL", url)
        yield str(request.param)


@pytest.fixture(scope="module")
def quickly() -> Iterator[None]:
    """Let `ladder` train with quick settings: what it does is tested, not how good the fits are."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("training.options.Options", partial(Options, recipe=QUICK))
        yield


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty home."""
    return create_home(tmp_path / "models")


@pytest.fixture(scope="session")
def places_naming() -> Callable[[Path, str], set[str]]:
    """Return what finds the files and tables of a home that hold a text."""
    return places


@pytest.fixture(scope="session")
def made_up() -> SampleShop:
    """Return a small made-up shop."""
    return make_shop(customers=250, days=540, seed=5)


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Return a bundle without trees: models, a rule and a prior, and no `share`."""
    return small_bundle()


@pytest.fixture(scope="session")
def block_of() -> Callable[..., Block]:
    """Return a function from tables, and maybe ids, to those customers' block."""

    def make(tables: Any, ids: pa.Array | None = None) -> Block:
        def mine(table: pa.Table) -> pa.Table:
            return table if ids is None else table.filter(pc.is_in(table["customer_id"], ids))

        return Block(
            orders=mine(tables.orders),
            engagement=mine(tables.engagement),
            customers=mine(tables.customers),
            timezone="Europe/Berlin",
            currency="EUR",
        )

    return make


@pytest.fixture(scope="session")
def history_of(block_of: Callable[..., Block]) -> Callable[..., Any]:
    """Return a function from tables to what scoring asks of a history, in blocks of `size`."""

    def make(tables: Any, size: int = 1000) -> Any:
        ids = block_of(tables).ids

        def each(work: Callable[[Block], pa.Table]) -> Iterator[tuple[pa.Table, int]]:
            for start in range(0, len(ids), size):
                block = block_of(tables, ids.slice(start, size))
                yield work(block), len(block)

        return SimpleNamespace(config=SHOP_CONFIG, customers=len(ids), each=each)

    return make


@pytest.fixture(scope="session")
def made_up_columns(
    made_up: SampleShop, bundle: Bundle, block_of: Callable[..., Block]
) -> pa.Table:
    """Return the bundle's columns of the small made-up shop's customers."""
    cutoff = midnight(LIVED_UNTIL, SHOP_CONFIG.shop.timezone)
    return compute(block_of(made_up), [cutoff], bundle.columns)


@pytest.fixture(scope="session")
def made_up_run(made_up: SampleShop, bundle: Bundle, history_of: Callable[..., Any]) -> Run:
    """Return what scoring made of the small made-up shop."""
    return score_run(history_of(made_up), bundle, LIVED_UNTIL)


@pytest.fixture(scope="module")
def lived_in(
    store: str,
    tmp_path_factory: pytest.TempPathFactory,
    made_up: SampleShop,
    bundle: Bundle,
    history_of: Callable[..., Any],
) -> Path:
    """Return a home with a bundle and a published run of the small made-up shop."""
    home = create_home(tmp_path_factory.mktemp(f"lived-{store}") / "models")
    people = made_up.customers
    with Control(home) as control:
        objecting = people.filter(pc.invert(people["profiling_allowed"]))["customer_id"]
        Objections(control).replace(objecting.to_pylist())
    return published(home, bundle, history_of(made_up))


@pytest.fixture(scope="module")
def caller(lived_in: Path) -> Iterator[Callable[[str], httpx.Client]]:
    """Yield a function to a client of a server on that home, with a token.

    It is called with a scope, ``all`` of them, or for a token that is ``expired`` or ``revoked``.
    """
    shown: dict[str, str] = {}
    with Control(lived_in) as control:
        for name, scopes in {**{scope: [scope] for scope in SCOPES}, "all": [*SCOPES]}.items():
            token, shown[name] = mint(name, scopes, None)
            control.add_token(token)
        dead, shown["expired"] = mint("expired", SCOPES, -1)
        revoked, shown["revoked"] = mint("revoked", SCOPES, None)
        for token in (dead, revoked):
            control.add_token(token)
        control.revoke(revoked.token_id)
    service = Service(Settings.read(lived_in, {}))
    with served(create_app(service)) as url, httpx.Client(base_url=url, timeout=30) as client:
        while service.live is None:  # the model is loaded in the background
            time.sleep(0.01)

        def call(scope: str) -> httpx.Client:
            client.headers["authorization"] = f"Bearer {shown[scope]}"
            return client

        yield call


@pytest.fixture(scope="module")
def running(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Yield a server of a run made by rule, in which two customers have odd ids."""
    home = create_home(tmp_path_factory.mktemp(f"served-{store}") / "models")
    table = made_by_rule(CUSTOMERS)
    for position, customer_id in ((1, "a/b c?#ü"), (2, "=cmd()")):
        table = renamed(table, position, customer_id)
    publish(home, RUN, table)
    with started(home) as server:
        yield server
