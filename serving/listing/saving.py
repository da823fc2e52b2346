"""Saving a list: drawn, kept under a name, its hold-out left alone until the horizon ends."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pyarrow as pa

from features.config import Config
from features.stages import Progress, silent
from serving.explanations.stored import StoredReason
from serving.listing.drawing import Listed, NotDrawnError, Request, draw
from serving.listing.exclusions import horizon_days
from serving.listing.lists import Drawn
from serving.store import Control
from serving.store.audit import COMMAND_LINE
from serving.store.campaigns import Campaigns, Member, SavedList, new_list_id
from serving.store.edits import hold_out
from serving.store.run import now

NOBODY = pa.schema(
    [("customer_id", pa.string()), ("contact", pa.string()), ("reasons", pa.list_(pa.string()))]
)

ATTEMPTS = 5
"""How often a list is drawn anew because another one, saved meanwhile, took some of its people."""


def save(
    control: Control,
    request: Request,
    who: str,
    *,
    key: str | None = None,
    config: Config | None = None,
    progress: Progress = silent,
) -> tuple[SavedList, Listed | None]:
    """Draw a list from the run that serves and keep it.

    Parameters
    ----------
    control : Control
        Of the home.
    request : Request
    who : str
        For the audit.
    key : str, optional
        Names the request: whoever repeats it gets the list that was saved first.
    config, progress
        As in `serving.listing.drawing.draw`.

    Returns
    -------
    SavedList, and the Listed it was made of (None where the key was known)

    Raises
    ------
    NotDrawnError
        If the outcome was skipped, or others save lists faster than this one can be drawn.
    LadderError
        As `serving.listing.drawing.draw` says.
    """
    campaigns = Campaigns(control)
    if key and (found := campaigns.by_key(key)):
        _mark_held_out(control, found)  # whoever saved it may have been cut short before
        return found, None
    for _ in range(ATTEMPTS):
        listed = draw(control.home, request, config, progress)
        drawn = _to_saved_list(listed, request)
        saved = campaigns.save(drawn, members(listed), who, key, listed.rest_days)
        if saved is not None:
            _mark_held_out(control, saved)
            return saved, listed if saved.list_id == drawn.list_id else None
    raise NotDrawnError(
        "A list must be drawn while nobody else takes its people.",
        f"Others saved lists {ATTEMPTS} times meanwhile.",
        "Try again in a moment.",
    )


def save_once(
    control: Control, request: Request, config: Config | None, progress: Progress
) -> tuple[SavedList, Listed]:
    """Draw a list at the command line and keep it; the same question gets the same list.

    The same question is the same request, of the same run, on the same terms.
    """
    terms = config.settings() if config else {}
    question = [control.serving(), request_data(request), terms.get("lists"), terms.get("shop")]
    key = sha256(f"{COMMAND_LINE} {json.dumps(question)}".encode()).hexdigest()
    saved, listed = save(control, request, COMMAND_LINE, key=key, config=config, progress=progress)
    return saved, listed or restored(control, saved)


def restored(control: Control, saved: SavedList) -> Listed:
    """Return a list as it was drawn, from what was kept of it."""
    run = next(run for run in control.runs() if run.run_id == saved.run_id)
    people = [member for _, member in Campaigns(control).members(saved.list_id, None)]
    rows = [_row(member) for member in people]
    summary = saved.summary
    profit = tuple(summary["expected_profit"]) if summary["expected_profit"] else None
    table = pa.Table.from_pylist(rows) if rows else NOBODY.empty_table()
    drawn = Drawn(table, profit, summary["expected_cost"], tuple(summary["notes"]))
    return Listed(drawn, run, saved.words)


def members(listed: Listed) -> list[Member]:
    """Return the people of a list as it is kept."""
    return [_member(row) for row in listed.rounded().to_pylist()]


def request_data(request: Request) -> dict[str, Any]:
    """Return a request as it is kept: JSON data, without what was left open."""
    given = {name: value for name, value in asdict(request).items() if value not in (None, {}, ())}
    kept: dict[str, Any] = json.loads(json.dumps(given))
    return kept


def _member(row: dict[str, Any]) -> Member:
    row["reasons"] = [json.loads(text) for text in row["reasons"]]
    return Member(row.pop("customer_id"), row.pop("contact"), row)


def _row(member: Member) -> dict[str, Any]:
    """Return what `_member` took, reasons as texts again."""
    kept = member.shown["reasons"]
    texts = [
        reason if isinstance(reason, str) else StoredReason.from_dict(reason).json
        for reason in kept
    ]
    return {
        "customer_id": member.customer_id,
        "contact": member.contact,
        **member.shown,
        "reasons": texts,
    }


def _to_saved_list(listed: Listed, request: Request) -> SavedList:
    info, drawn = listed.run.info, listed.drawn
    days = listed.gap_days + horizon_days(info, request.kind)
    summary = {
        "contacted": drawn.contacted,
        "held_out": len(drawn.members) - drawn.contacted,
        "expected_profit": list(drawn.profit) if drawn.profit else None,
        "expected_cost": drawn.cost,
        "currency": info.currency,
        "notes": list(drawn.notes),
        "phrases": _phrases(listed),
    }
    return SavedList(
        new_list_id(),
        request_data(request),
        listed.run.run_id,
        info.as_of,
        info.as_of + timedelta(days),
        summary,
        now(),
    )


def _phrases(listed: Listed) -> dict[str, list[str]]:
    """Return what is said of the features that reasons quote: a list outlives its run."""
    kept = [text for texts in listed.drawn.members["reasons"].to_pylist() for text in texts]
    codes = {StoredReason.from_json(text).code for text in kept}
    known = listed.words.phrases
    return {code: [*known[code]] for code in sorted(codes & known.keys())}


def _mark_held_out(control: Control, saved: SavedList) -> None:
    """Mark the hold-out in every run of the list's horizon, so that no preview names it."""
    held = Campaigns(control).people(saved.list_id, "held_out")
    for run in control.runs():
        if run.info.as_of < saved.ends_on:
            hold_out(control, run.run_id, held)
