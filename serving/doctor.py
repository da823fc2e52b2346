"""What ``ladder doctor`` looks at: all that serving stands on, one topic after another.

Nothing here changes anything but the score store's tables, which every command brings up to date.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from features.config import Config, load
from features.errors import LadderError
from features.units import count_of
from serving.home import MARK, SECRET, home_of, read_secret
from serving.store import Control, PublishedRun, RunReader
from serving.store.erasures import Erasures
from serving.store.folder import CONTROL_FILE
from serving.store.outbox import Outbox
from serving.store.run import now
from serving.tokens import SECOND
from training.bundle import Bundle, golden
from training.bundle.shelf import Shelf

FINE, WORTH_KNOWING, BROKEN = "ok", "note", "fails"

RESTORE = "Restore the home from its back-up, or run `ladder score` to publish anew."

LEAST_FREE = 2 * 10**9
"""Bytes that publishing a million customers needs beside the run that serves."""

PRIVATE = {SECRET: "the secret", CONTROL_FILE: "who is on lists, and what signs messages"}
"""Files of a home that are their owner's only, and what is in them."""

STALE = timedelta(days=35)
"""Scores older than a month and a little were forgotten rather than planned."""

SOON = 14 * 86_400 * SECOND
"""How long before its end a token is mentioned."""


@dataclass(frozen=True)
class Finding:
    """What was found about one topic.

    Parameters
    ----------
    topic : str
    state : {"ok", "note", "fails"}
    said : str
        A sentence.
    do : str
        What to do about it, a sentence; empty where all is well.
    """

    topic: str
    state: str
    said: str
    do: str = ""


class Installation:
    """What is examined, found from the shop's ``ladder.toml``, which may be missing; read once."""

    def __init__(self, config_path: Path) -> None:
        self.config_path = config_path

    @cached_property
    def home(self) -> Path:
        """Return the home; raises LadderError where there is none."""
        return home_of(self.config_path)

    @cached_property
    def config(self) -> Config | None:
        """Return the configuration, or None where there is no file."""
        return load(self.config_path) if self.config_path.is_file() else None

    @cached_property
    def runs(self) -> tuple[PublishedRun, ...]:
        """Return the published runs, newest first."""
        with Control(self.home) as control:
            return control.runs()


Remarks = Iterator[tuple[str, str]]
"""Sentences with what to do about each; nothing to do where all is well."""


def program(_: Installation) -> Remarks:
    """Say what runs here."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    ours, python = version("loyalty-ladder"), platform.python_version()
    yield f"Version {ours} on Python {python}, {cores} cores.", ""


def configuration(installation: Installation) -> Remarks:
    """Read the shop's configuration; `ladder check` reads its data."""
    if installation.config is None:
        yield f"There is no {installation.config_path}; serving needs none.", ""
        return
    shop = installation.config.shop
    here = datetime.now(UTC).astimezone(ZoneInfo(shop.timezone))
    yield f"{shop.name or 'A shop'} in {shop.timezone}, where it is {here:%Y-%m-%d %H:%M}.", ""


def home(installation: Installation) -> Remarks:
    """Write to the home, look at its disk and at who may read its secret."""
    folder = installation.home
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        raise LadderError(
            f"The folder with {MARK} must be writable.",
            f"{folder} is not: {error.strerror}.",
            "Mount it writable, or serve from PostgreSQL (LADDER_DATABASE_URL).",
        ) from error
    low = free < LEAST_FREE
    yield f"{folder}, {free / 1e9:,.1f} GB free.", "Make room before publishing." if low else ""
    read_secret(folder)
    for name, what in PRIVATE.items():
        file = folder / name
        if file.is_file() and stat.S_IMODE(file.stat().st_mode) & 0o077 and os.name == "posix":
            yield f"Others on this machine may read {what}.", f"chmod 600 {file}"


def models(installation: Installation) -> Remarks:
    """Read every bundle to the last byte, and have the champion score its made-up customers."""
    shelf = Shelf(installation.home)
    for name in shelf.ids():
        if name != shelf.champion():
            Bundle.read(shelf.path(name))
    golden.proven(shelf.champion_path())
    yield f"{len(shelf.ids())} on the shelf, {shelf.champion()} serves and scores as trained.", ""


def runs(installation: Installation) -> Remarks:
    """Open the run that serves, and look at its age and its model."""
    run = next((run for run in installation.runs if run.serving), None)
    if run is None:
        yield "No run is published yet.", "Run `ladder score`."
        return
    with closing(RunReader(installation.home, run)) as reader:
        found = reader.size()
    if found != run.customers:
        raise LadderError(
            "A run must still have all the records it was published with.",
            f"{run.run_id} has {found:,} of {run.customers:,}.",
            "If `ladder forget` was interrupted, repeat it. Otherwise choose another run with "
            "`ladder runs use`, or run `ladder score`.",
        )
    age = datetime.now(UTC).date() - run.info.as_of
    passed = count_of(age.days, "day")
    do = f"That is {passed} ago: with newer rows, run `ladder score`." if age > STALE else ""
    yield f"{run.run_id} serves {count_of(found, 'customer')} as of {run.info.as_of}.", do
    champion = Shelf(installation.home).champion()
    if champion not in (None, run.info.model_version):
        yield (
            f"It was scored by {run.info.model_version}, not by {champion}.",
            "Run `ladder score`.",
        )


def tokens(installation: Installation) -> Remarks:
    """Count who may ask, and name the tokens about to end."""
    with Control(installation.home) as control:
        live = [token for token in control.tokens() if token.live(now())]
    yield (
        f"{count_of(len(live), 'token')} can ask the API.",
        "" if live else "Run `ladder token create`.",
    )
    for token in live:
        if token.expires_at is not None and token.expires_at < now() + SOON:
            days = max(0, token.expires_at - now()) // (86_400 * SECOND)
            yield f"{token.name!r} ends in {count_of(days, 'day')}.", "Run `ladder token create`."


def erasures(installation: Installation) -> Remarks:
    """Count who was erased; another secret than the one by which they were is refused."""
    with Control(installation.home) as control:
        told = Erasures(control)
        told.secret()
        yield f"{count_of(len(told.persons()), 'customer')} erased, whom no import brings back.", ""


def webhooks(installation: Installation) -> Remarks:
    """Count the messages that nobody took."""
    with Control(installation.home) as control:
        outbox = Outbox(control)
        hooks, waiting = outbox.webhooks(), outbox.waiting()
    dead = sum(message["due_at"] is None for message in waiting)
    number, messages = count_of(len(hooks), "webhook"), count_of(len(waiting), "message")
    said = f"{number}, {messages} waiting, {dead} given up."
    yield said, "Run `ladder webhook send --retry` once the address answers." if dead else ""


Examination = Callable[[Installation], Remarks]

TOPICS: tuple[Examination, ...] = (
    program,
    configuration,
    home,
    models,
    runs,
    tokens,
    erasures,
    webhooks,
)


def examine(
    installation: Installation, topics: tuple[Examination, ...] = TOPICS
) -> Iterator[Finding]:
    """Yield what is found, topic by topic; what one topic lacks does not hide the next."""
    known = set()  # without a home, for instance, most topics would say the same
    for topic in topics:
        try:
            for said, do in topic(installation):
                yield Finding(topic.__name__, WORTH_KNOWING if do else FINE, said, do)
        except LadderError as error:
            if (came := f"{error.must} {error.came}") not in known:
                yield Finding(topic.__name__, BROKEN, came, error.do)
            known.add(came)
        except SQLAlchemyError as error:
            said = str(error.__cause__ or error).splitlines()[0]
            yield Finding(topic.__name__, BROKEN, f"The store says: {said}.", RESTORE)
