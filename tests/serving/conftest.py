"""Scored shops: one made by rule, one by a small model of the made-up shop; homes for them."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from psycopg import sql

from features.block import Block
from features.config import Config
from features.sample import SampleShop, make_shop
from features.standard import standard_columns
from serving import publishing, scoring
from serving.app import create_app
from serving.commands.serve import bind
from serving.home import create_home
from serving.records import OUTCOMES, SCHEMA, to_json
from serving.server import Server
from serving.service import Service
from serving.settings import Settings
from serving.store import Control, RunInfo
from serving.tokens import SCOPES, mint
from training import samples
from training.bundle import Bundle, OutcomeModel, SpendModel, golden
from training.bundle.affine import Affine
from training.bundle.blend import Blend
from training.bundle.linear import Linear
from training.bundle.money import Friends, Money, NextOrder
from training.bundle.rule import Rule
from training.bundle.shelf import Shelf
from training.bundle.trees import Trees

# Before any server in this process hides it: Arrow would do without it for good.
import_module("pandas")

RUN = RunInfo(
    as_of=date(2026, 6, 1),
    model_version="3f9a2c",
    churn_horizon_days=90,
    advocacy_horizon_days=180,
    shop="Tea & Sons",
    currency="GBP",
)


def _record(number: int, version: str) -> dict[str, Any]:
    """Return one customer's record: of every ten, the tenth has lapsed and the ninth objects."""
    lapsed, risk = number % 10 == 9, (number % 97) / 97
    tier = "lost" if lapsed else ("low", "medium", "high")[number % 3]
    return {
        "customer_id": f"c{number:06d}",
        "as_of": RUN.as_of,
        "churn_horizon_days": 90,
        "advocacy_horizon_days": 180,
        "model_version": version,
        "basis": "model",
        "churn_probability": None if lapsed else risk,
        "churn_percentile": None if lapsed else 50.0,
        "risk_tier": tier,
        "return_probability": 0.25 if lapsed else None,
        "spend_if_stays": None if lapsed else 80.0,
        "expected_spend": None if lapsed else 80.0 * (1 - risk),
        "value_at_risk": None if lapsed else 80.0 * risk,
        "extended_value_at_risk": None if lapsed else 90.0 * risk,
        "refer_probability": None if lapsed else 0.1,
        "share_probability": None,
        "review_probability": None if lapsed else 0.2,
        "advocate_probability": None if lapsed else 0.25,
        "advocacy_percentile": None if lapsed else 50.0,
        "rung": ("first_time", "repeat", "client")[number % 3],
        "quadrant": None if lapsed else "affluent",
        "expected_next_order": None if lapsed else date(2026, 7, 14),
        "reasons": ["78 days since the last order, where 30 is usual: raises the risk"],
        "bases": dict.fromkeys(OUTCOMES, "model"),
        "held_out": number % 20 == 7,
        "suppressed": number % 10 == 8,
    }


@pytest.fixture(scope="session")
def scored() -> Callable[..., pa.Table]:
    """Return a function from a number of customers to a table that can be published."""

    def make(customers: int, version: str = RUN.model_version) -> pa.Table:
        rows = [_record(number, version) for number in range(customers)]
        table = pa.Table.from_pylist(rows, SCHEMA)
        return table.append_column("record", pa.array(to_json(table), pa.binary()))

    return make


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


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty home."""
    return create_home(tmp_path / "models")


@pytest.fixture(scope="session")
def places_naming() -> Callable[[Path, str], set[str]]:
    """Return a function from a home and a text to the files and tables that hold the text.

    Every file below the home is searched, members of zip files and cells of SQLite files too, and
    every table of the database where the environment names one.
    """

    def find(home: Path, wanted: str) -> set[str]:
        found = {name for name, content in _contents(home) if wanted in content}
        return found | {name for name, row in _rows(home) if wanted in row}

    return find


def _contents(home: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every file, packed ones too."""
    for path in sorted(path for path in home.rglob("*") if path.is_file()):
        name = str(path.relative_to(home))
        yield name, path.read_bytes().decode("latin-1")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    yield f"{name}:{member}", archive.read(member).decode("latin-1")


def _rows(home: Path) -> Iterator[tuple[str, str]]:
    """Yield the table and the text of every row, of SQLite files and of the database."""
    for path in sorted(home.rglob("*.sqlite")) + sorted(home.rglob("*.db")):
        with closing(sqlite3.connect(path)) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table'")
            for (table,) in tables.fetchall():
                for row in connection.execute(f'select * from "{table}"'):
                    yield f"{path.relative_to(home)}:{table}", str(row)
    if url := os.environ.get("LADDER_DATABASE_URL"):
        every = (
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema not like 'pg_%'"
        )
        with psycopg.connect(url) as connection:
            for schema, table in connection.execute(every).fetchall():
                name = sql.Identifier(schema, table)
                for row in connection.execute(sql.SQL("select * from {}").format(name)):
                    yield f"{schema}.{table}", str(row)


SHOP_CONFIG = Config.from_dict(
    {
        "shop": {"currency": "EUR", "timezone": "Europe/Berlin"},
        "churn": {"active_days": 120, "horizon_days": 60},
    }
)
LIVED_UNTIL = date(2025, 3, 1)
FLAT = Affine(1.0, (0.0, 0.0, 0.0))
FEATURES = ("days_since_order", "orders_90d", "orders_365d", "spend_90d")


def _linear(*weights: float, intercept: float = 0.0) -> Blend:
    """Return a regression on `FEATURES` as a blend without trees."""
    ones = np.ones(len(FEATURES))
    line = Linear(0 * ones, 2 * ones, ones, np.array(weights), intercept)
    return Blend(FEATURES, Trees(()), line, 0.0)


def _model(name: str, asked: str, **parts: Any) -> OutcomeModel:
    plain: dict[str, Any] = {"horizon_days": 60, "gap_days": 0, "base": 0.3, "calibration": FLAT}
    return OutcomeModel(**{"name": name, "asked": asked, **plain, "basis": "model", **parts})


@pytest.fixture(scope="session")
def made_up() -> SampleShop:
    """Return a small made-up shop."""
    return make_shop(customers=250, days=540, seed=5)


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """Return a bundle without trees: models, a rule and a prior, and no `share`."""
    rule = Rule("inactivity", ("recency",), (-1.0,), 0.0, {}, FLAT)
    prior = Affine(1.0, (-3.0, -2.5, -2.0))
    made = Bundle(
        settings=SHOP_CONFIG.settings(),
        columns=standard_columns(SHOP_CONFIG, ("orders", "engagement"), ("email_sent", "reviewed")),
        outcomes={
            "churn": _model("churn", "active", blend=_linear(0.9, -0.3, -0.5, -0.1)),
            "return": _model("return", "lapsed", basis="rule", rule=rule, base=0.001),
            "refer": _model("refer", "active", basis="prior", calibration=prior),
            "review": _model("review", "active", blend=_linear(0, 0.2, 0.3, 0, intercept=-2.0)),
            "advocate": _model(
                "advocate", "active", base=0.1, blend=_linear(0, 0.9, 0.3, 0, intercept=-3.0)
            ),
        },
        spend=SpendModel(
            name="spend",
            asked="active",
            horizon_days=60,
            gap_days=0,
            basis="model",
            base=50.0,
            calibration=FLAT,
            blend=_linear(0, 0, 0, 0.4, intercept=4.0),
            most=500.0,
        ),
        money=Money(
            leavers=(1.0, 2.0, 3.0),
            friends=Friends(1.5, 40.0),
            next_order=NextOrder(3.0, (0.5, 1.0), (0.2, 0.6, 1.4), 60),
        ),
        thresholds={
            "risk_tier": {"base_rate": 0.3, "medium_odds": 1.0, "high_odds": 2.0},
            "quadrant": {"advocate_probability": 0.1},
        },
    )
    rows = golden.make(samples.made_up(), samples.AS_OF, made.config, made.columns, made.outcomes)
    return replace(made, golden=rows)


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
    bundle.write(Shelf(home).path(bundle.id))
    run = scoring.score_run(history_of(made_up), bundle, LIVED_UNTIL)
    publishing.publish(home, run, bundle, LIVED_UNTIL)
    return home


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
    server = Server(create_app(service), lambda: None)
    with bind("127.0.0.1", 0) as listener, httpx.Client(timeout=30) as client:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while service.live is None:  # the model is loaded in the background
            time.sleep(0.01)

        def call(scope: str) -> httpx.Client:
            client.base_url = httpx.URL(f"http://127.0.0.1:{listener.getsockname()[1]}")
            client.headers["authorization"] = f"Bearer {shown[scope]}"
            return client

        yield call
        server.should_exit = True
        thread.join()
