"""An assignment to score: of what day, for whom reasons are found, and where the records go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import UsageError
from features.spark.spread import SparkHistory
from features.stages import Progress
from serving import files
from serving.dialects import Dialect
from serving.erasure import delete_everywhere
from serving.runs.explaining import Which, in_words, words_of
from serving.runs.publishing import info_of, publish, publish_batches
from serving.runs.scoring import score_run
from serving.runs.spread import scored
from serving.runs.totals import Totals
from serving.store import Control
from serving.store.objections import Objections
from training.bundle import Bundle

if TYPE_CHECKING:
    from features.history import History


@dataclass(frozen=True)
class Assignment:
    """What is to be scored, and where to.

    Parameters
    ----------
    home : Path
        Where the run is published.
    bundle : Bundle
        What scores.
    as_of : date
        Nothing at or after the start of this day is used.
    reasons : {"listed", "all", "none"}
        Whose reasons are found now.
    held_out : collection of str
        Who is in an open hold-out.
    out : str or None
        A file, or a cluster's new folder, for the records.
    publish : bool
    tag : str
        The language of the file's reasons.
    dialect : Dialect
        Of the file, where it is CSV.
    """

    home: Path
    bundle: Bundle
    as_of: date
    reasons: Which
    held_out: Collection[str]
    out: str | None
    publish: bool
    tag: str
    dialect: Dialect

    def carry_out(self, history: History, progress: Progress) -> tuple[str | None, Totals]:
        """Score, publish and write; return the run's id, where there is one, and its totals."""
        left_out = history.left_out()
        if self.publish:
            # First: live scoring leaves them out from now on, whatever becomes of this run.
            with Control(self.home) as control:
                Objections(control).replace(left_out)
        if isinstance(history, SparkHistory):
            run_id, totals = self._there(history, progress)
        else:
            run_id, totals = self._here(history, progress)
        if run_id and left_out:
            with Control(self.home) as control:
                delete_everywhere(control, left_out)
        return run_id, totals

    def _here(self, history: History, progress: Progress) -> tuple[str | None, Totals]:
        run = score_run(history, self.bundle, self.as_of, self.reasons, self.held_out, progress)
        if self.out:  # first: where there is no room for the file, nothing begins to serve
            records = in_words(run.records, words_of(self.bundle), self.tag)
            files.write(records, Path(self.out), self.dialect)
        run_id = None
        if self.publish:
            progress("publishing", None)
            run_id = publish(self.home, run, self.bundle, self.as_of)
        return run_id, Totals.of(run.records)

    def _there(self, history: SparkHistory, progress: Progress) -> tuple[str | None, Totals]:
        if self.out:
            history.refuse_existing(self.out)
        progress("scoring on the cluster", None)
        kept = self.publish and history.config.store.history
        with scored(
            history, self.bundle, self.as_of, self.reasons, self.held_out, histories=kept
        ) as run:
            if self.out:
                progress("writing on the cluster", None)
                run.write(self.out, words_of(self.bundle), self.tag)
            run_id = None
            if self.publish:
                progress("publishing", None)
                info = info_of(self.bundle, self.as_of, run.standing, kept, run.attributes)
                run_id = publish_batches(self.home, info, run.batches())
            return run_id, run.totals


def refuse_target(out: str | None, *, publish: bool, spread: bool) -> None:
    """Refuse, before the work, to write what cannot be written after it.

    Raises
    ------
    UsageError
    """
    if out is None:
        if not publish:
            raise UsageError(
                "Scores must be published or written to a file.",
                "--no-publish was given without --out.",
                "Add --out FILE, or leave --no-publish out.",
            )
        return
    if not spread:
        files.writer(Path(out))
    if spread and Path(out).suffix.lower() in set(files.WRITERS) - {".parquet"}:
        raise UsageError(
            "A cluster writes a folder of Parquet files.",
            f"Got {out!r}.",
            f"Write to {Path(out).with_suffix('.parquet')}, for example.",
        )
    if Path(out).is_dir() or (spread and Path(out).exists()):
        raise UsageError(
            "A cluster writes scores to a new folder; one machine writes them to a file.",
            f"Something else exists at {out}.",
            "Delete it, or choose another path.",
        )
