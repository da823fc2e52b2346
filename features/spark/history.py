"""Opening a shop's history where its rows are: on this machine, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa

import features.history
from features.checking.notes import notes_on
from features.checking.reporting import report_on
from features.cleaning.canonical import midnight_after, refuse_too_few
from features.cleaning.refusal import refuse_empty
from features.cleaning.staging import Frames
from features.clock import DayLike, end_before
from features.config import Config
from features.history import History
from features.quality import merged
from features.resources.budget import DEFAULT
from features.resources.workspace import Workspace
from features.spark import tasks
from features.spark.cells import answers
from features.spark.examining import examined, refuse_bad
from features.spark.feeding import feed_of, rows_of, sources_of
from features.spark.feeds import Seen, Summary, Survey
from features.spark.frames import Task, collected, on_disk
from features.spark.session import session, unless_gone
from features.spark.spread import SparkHistory
from features.tables import DATED

T = TypeVar("T", Survey, Summary)


@contextmanager
def opened(
    config: Config,
    until: DayLike | None = None,
    frames: Frames | None = None,
    master: str | None = None,
    memory: str = DEFAULT,
    processes: int = 1,
) -> Iterator[History]:
    """Yield a shop's history, read and worked on by this machine or by a cluster.

    Parameters
    ----------
    config, until, frames
        As in :func:`features.history.open_history`; a cluster reads no frames.
    master : str or None
        The Spark cluster (:func:`features.spark.session.session`); None for this machine.
    memory, processes
        As in :func:`features.history.open_history`; a cluster has its own.
    """
    if master is None:
        with features.history.open_history(config, until, frames, memory, processes) as history:
            yield history
    else:
        with session(master) as spark, open_history(spark, config, until) as history:
            yield history


def open_history(spark: Any, config: Config, until: DayLike | None = None) -> SparkHistory:
    """Read, map and check a shop's sources on a cluster, as `features.history` does on a machine.

    Raises
    ------
    UsageError
        If the configuration does not fit the sources, or asks for what a cluster cannot do; or if
        `until` comes after tomorrow.
    LadderError
        If a source is damaged or empty, too many rows are bad, or too few customers remain.
    """
    home = Workspace(threads=1)
    try:
        return _opened(spark, config, until, home)
    except BaseException:
        home.close()
        raise


def _opened(spark: Any, config: Config, until: DayLike | None, home: Workspace) -> SparkHistory:
    zone = config.shop.timezone
    raw = sources_of(spark, config)
    feeds = tuple(feed_of(home, config, number, *found) for number, found in enumerate(raw))
    rows = on_disk(rows_of(feeds, [part for _, _, part in raw]))
    try:
        survey = _added_up(rows, partial(tasks.survey, feeds, config), Survey())
        staged = [examined(home, feed, survey.reports.get(feed.number)) for feed in feeds]
        refuse_empty(staged)
        notes = list(notes_on(config, survey.findings))
        if until is None:
            end = midnight_after(survey.days.values(), staged, zone)
        else:
            end = end_before(until, zone)
        ids = sorted(survey.objecting | survey.erased)
        left_out = pa.table({"customer_id": pa.array(ids, pa.string())})
        seen = Seen(config, end, left_out, strays=until is None)
        summary = _added_up(rows, partial(tasks.summarise, feeds, seen), Summary())
        for feed, source in zip(feeds, staged, strict=True):
            source.report = merged([source.report, summary.reports.get(feed.number, feed.blank())])
            refuse_bad(home, source)
        refuse_too_few(
            staged,
            end,
            zone,
            rows=any(name in summary.measure.tables for name in DATED),
            customers=summary.measure.customers,
        )
        history = SparkHistory(rows, feeds, seen, summary, home)
        history.report = report_on(
            config, summary.measure, end, staged, len(survey.objecting), notes
        )
        return history
    except BaseException:
        with unless_gone():
            rows.unpersist()
        raise


def _added_up(frame: Any, task: Task, none: T) -> T:
    return sum(answers(collected(frame, task)), start=none)
