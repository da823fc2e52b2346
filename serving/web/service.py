"""What a running server holds: the run that serves, the live tokens, the reads not yet counted."""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from features.errors import LadderError
from serving.store import Control, PublishedRun, RunReader
from serving.store.bundles import fetch_bundle
from serving.store.erasures import Erased, Erasures
from serving.store.objections import Objecting, Objections
from serving.store.run import now
from serving.tokens import Token, TokenBook
from serving.web.background import running
from serving.web.imports import lean
from serving.web.logs import Entry, failure
from serving.web.settings import Settings
from training.bundle import manifest

if TYPE_CHECKING:
    from serving.live import LiveScorer

POLL_SECONDS = 1.0
"""How often the pointer and the tokens are read: a revocation takes at most twice this."""

RETRY_SECONDS = 60.0
"""How long a model that cannot be loaded is left alone: its bundle, or the store, may come back."""

MOST_DOWNLOADS = 10
"""Whole lists that are sent at once: each holds a connection for as long as its caller reads."""

MINUTE = 60_000_000

log = logging.getLogger("ladder")


class Loaded(NamedTuple):
    """What the store says of runs at one moment."""

    runs: tuple[PublishedRun, ...]
    new: dict[str, RunReader]
    bundle_fault: str | None
    objecting: Objecting | None


class Service:
    """The state behind the endpoints, kept up to date by :meth:`watching`.

    Attributes
    ----------
    current : RunReader
        Of the run that serves.
    erased : Erased or None
        Tells who was erased; None once somebody was, or objects, by another secret than this
        server's.
    objecting : Objecting
        Tells who objects to profiling, as of the newest run.
    bundle_fault : str or None
        What is wrong with the files of the model behind the run that serves; it is looked at
        before the run is taken over, again while something is wrong, and needs no LightGBM.

    Raises
    ------
    LadderError
        If no run is published, or people were erased, or object, by another secret.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.control = Control(settings.home)
        self.published: tuple[PublishedRun, ...] = ()
        self.objecting = Objecting(b"", array("q"))
        self._readers: dict[str, RunReader] = {}
        self.live: LiveScorer | None = None
        self.bundle_fault: str | None = None
        self._faultless: str | None = None
        self.scoring = asyncio.Semaphore(1)
        self.drawing = asyncio.Semaphore(1)  # apart: a long list is drawn while others are scored
        self.downloads = asyncio.Semaphore(MOST_DOWNLOADS)
        self._given_up = ("", 0.0)  # which run's model could not be loaded, and when to try again
        self._reads: Counter[tuple[str, int, str]] = Counter()
        self._looks = 0
        try:
            self._secret = Erasures(self.control).secret()
            self.erased: Erased | None = Erased(self._secret, frozenset())
            self.reload()
        except BaseException:
            self.control.close()
            raise

    def reload(self) -> None:
        """Look at the store now; on the event loop's thread."""
        self._looks += 1
        self._tokens, self.erased = self._people()
        self._adopt(self._load())
        self.forget_counts()

    def forget_counts(self) -> None:
        """Have lists counted anew, because somebody was erased or held out."""
        for reader in self._readers.values():
            reader.forget_counts()

    @property
    def live_scoring(self) -> Literal["ready", "loading", "off"]:
        """Return how far the model of the run that serves is; off where it cannot be loaded."""
        run_id = self.current.run.run_id
        if self.live and self.live.run.run_id == run_id:
            return "ready"
        return "off" if self._given_up[0] == run_id else "loading"

    def reader(self, run_id: str) -> RunReader | None:
        """Return the reader of a published run, or None once it is retired."""
        return self._readers.get(run_id)

    def token(self, text: str) -> Token | None:
        """Return the live token that a caller shows, or None."""
        return self._tokens.find(text, now())

    def count(self, token: Token, action: str, customers: int) -> None:
        """Count what a token asked about; written once a second, never whom."""
        self._reads[token.token_id, now() // MINUTE, action] += customers

    async def count_now(self, token: Token, action: str, customers: int) -> None:
        """Count and write before the answer, as lists and erasures require."""
        counted = {(token.token_id, now() // MINUTE, action): customers}
        await asyncio.to_thread(self.control.count_reads, counted)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Follow the store while the server runs; write the last counts and close at the end."""
        try:
            # Each on its own, so that no revoked token lives on: not while a model is being loaded
            # or a writer waited for, nor where a disk is full or a run cannot be read.
            steps = self._follow_people, self._follow_runs, self._count_reads, self._keep_live
            async with AsyncExitStack() as stack:
                for step in steps:
                    await stack.enter_async_context(running(_repeat(step)))
                yield
        finally:
            try:
                self.control.count_reads(self._taken())
            except (SQLAlchemyError, LadderError) as error:
                log.error(Entry(message="the last reads were not counted", **failure(error)))
            for reader in self._readers.values():
                reader.close()
            self.control.close()

    async def _count_reads(self) -> None:
        """Write the counts since the last time; what is not written is written later."""
        counts = self._taken()
        try:
            await asyncio.to_thread(self.control.count_reads, counts)
        except Exception:
            self._reads.update(counts)
            raise

    async def _follow_people(self) -> None:
        """Hear who may ask and who was erased, unless somebody looked after this look began."""
        looks = self._looks
        tokens, erased = await asyncio.to_thread(self._people)
        if looks == self._looks:
            self._tokens, self.erased = tokens, erased

    def _people(self) -> tuple[TokenBook, Erased | None]:
        tokens, erasures = TokenBook(self.control.tokens()), Erasures(self.control)
        persons = erasures.persons(self.erased.persons if self.erased else frozenset())
        if erasures.only_by(self._secret):  # after the people: its mark came with the first of them
            return tokens, Erased(self._secret, persons)
        if self.erased:  # else it has been said
            log.error(
                Entry(message="people were erased, or object, by another secret than this server's")
            )
        return tokens, None

    async def _follow_runs(self) -> None:
        """Adopt what the store says, unless somebody looked at it after this look began."""
        looks = self._looks
        found = await asyncio.to_thread(self._load)
        if looks == self._looks:
            self._adopt(found)
            return
        for reader in found.new.values():
            reader.close()

    async def _keep_live(self) -> None:
        """Have the model of the run that serves ready, loaded in a thread beside the answers."""
        run = self.current.run
        waits = self._given_up[0] == run.run_id and monotonic() < self._given_up[1]
        if not (waits or (self.live and self.live.run.run_id == run.run_id)):
            await self._load_live(run)

    async def _load_live(self, run: PublishedRun) -> None:
        try:
            self.live = await asyncio.to_thread(_load_model, self.settings, run)
        except Exception as error:
            # Published records need no model: they are served, and live scoring answers 503.
            self._given_up = run.run_id, monotonic() + RETRY_SECONDS
            why = {"came": error.came} if isinstance(error, LadderError) else failure(error)
            log.error(Entry(message="live scoring is off", **why))

    def _load(self) -> Loaded:
        """Return what the store says now, with readers of the runs that are new."""
        runs = self.control.runs()
        bundle_fault = self._look_at_bundle(runs)
        new = dict(self._opened(run for run in runs if run.run_id not in self._readers))
        objecting = Objections(self.control).read() if new else None  # they come with a run
        return Loaded(runs, new, bundle_fault, objecting)

    def _opened(self, runs: Iterable[PublishedRun]) -> Iterator[tuple[str, RunReader]]:
        """Yield readers of runs; one that does not serve and cannot be read is done without.

        Raises
        ------
        LadderError
            If the run that serves cannot be read.
        """
        for run in runs:
            try:
                yield run.run_id, RunReader(self.settings.home, run)
            except SQLAlchemyError as error:
                if run.serving:
                    raise LadderError(
                        "The run that serves must be readable.",
                        f"{run.run_id} is not: {type(error).__name__}.",
                        "Choose another with `ladder runs use`, or run `ladder score`.",
                    ) from error

    def _look_at_bundle(self, runs: Sequence[PublishedRun]) -> str | None:
        """Return what is wrong with the bundle of the run that serves."""
        version = next((run.info.model_version for run in runs if run.serving), None)
        if version in (None, self._faultless):
            return None
        try:
            manifest.read(fetch_bundle(self.control, version))
        except LadderError as error:
            return error.came
        except OSError as error:  # a disk that is full, or a file that may not be read
            return f"{error.strerror or type(error).__name__}."
        self._faultless = version
        return None

    def _adopt(self, found: Loaded) -> None:
        """Serve what was loaded; on the event loop, so that no look-up is under way."""
        serving = [run.run_id for run in found.runs if run.serving]
        if not serving:
            raise LadderError(
                "A run must be published before it can be served.",
                f"The score store in {self.settings.home} has none.",
                "Run `ladder score`, or `ladder demo` for the whole product on a made-up shop.",
            )
        self._readers |= found.new
        self.objecting = found.objecting or self.objecting
        self.current = self._readers[serving[0]]
        self.published, self.bundle_fault = found.runs, found.bundle_fault
        for gone in self._readers.keys() - {run.run_id for run in found.runs}:
            self._readers.pop(gone).close()

    def _taken(self) -> Counter[tuple[str, int, str]]:
        """Return the counts since the last time and begin anew."""
        counts, self._reads = self._reads, Counter()
        return counts


async def _repeat(step: Callable[[], Awaitable[None]]) -> None:
    """Take a step again and again; what is loaded keeps serving, whatever becomes of it."""
    while True:
        try:
            await step()
        except Exception as error:
            log.error(Entry(message="the store failed", **failure(error)))
        await asyncio.sleep(POLL_SECONDS)


def _load_model(settings: Settings, run: PublishedRun) -> LiveScorer:
    """Import what scores, Arrow and LightGBM, only now: published records are served without."""
    with lean():
        from serving.live import load

        return load(settings.home, run)
