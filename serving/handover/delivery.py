"""A hand-over: a folder that a job sends to a tool, written whole, then remembered."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from typing import TYPE_CHECKING

from features.errors import UsageError
from features.resources.durable import sync, sync_all
from serving.handover.changes import changes, fields_of, one_per_key
from serving.handover.keys import addresses
from serving.handover.sharing import shared_with_excluded
from serving.handover.tools import TOOLS, Request
from serving.languages.language import ENGLISH
from serving.store import Control
from serving.store.handed import Handed

if TYPE_CHECKING:
    from serving.listing.drawing import Listed


@dataclass(frozen=True)
class HandedOver:
    """How many customers were listed, changed and left the list, and how many were left out.

    The `keyless` have no address by which the tool could know them; the `sharing` have the address
    of somebody who must be left alone.
    """

    listed: int
    changed: int
    left: int
    keyless: int
    sharing: int = 0


@dataclass(frozen=True)
class Recipient:
    """To whom a list is handed.

    Parameters
    ----------
    tool : str
        A key of ``TOOLS``.
    audience : str
        Mailchimp's list id; empty for the others.
    emails : Path or None
        The shop's file of e-mail addresses, for tools that know people by them.
    hashes : mapping of str to str
        What the shop's customers table knows of them: customer id to SHA-256.
    refusing : frozenset of str
        Who refuses marketing or objects to profiling, as that table says.
    tag : str
        The language of the reasons that it is told.
    """

    tool: str
    audience: str = ""
    emails: Path | None = None
    hashes: Mapping[str, str] = field(default_factory=dict, repr=False)
    refusing: frozenset[str] = field(default=frozenset(), repr=False)
    tag: str = ENGLISH

    def __post_init__(self) -> None:
        """Refuse Mailchimp without its audience."""
        if self.tool == "mailchimp" and not self.audience:
            raise UsageError(
                "Mailchimp needs an audience.",
                "None was given.",
                "Add --audience ID; Mailchimp shows it in the audience's settings.",
            )


def require(recipient: Recipient, folder: Path) -> None:
    """Refuse a hand-over that could not be written, before any work.

    Raises
    ------
    UsageError
        If the folder exists, or addresses are needed and no file of them is given.
    """
    if folder.exists():
        raise UsageError(
            "An export for a tool needs a new folder.",
            f"{folder} exists.",
            "Choose another with --out.",
        )
    key = TOOLS[recipient.tool].key
    known = key == "email_sha256" and recipient.hashes
    if key != "customer_id" and recipient.emails is None and not known:
        column = " or map `email_sha256` in [customers]" if key == "email_sha256" else ""
        raise UsageError(
            f"{recipient.tool} identifies people by their hashed e-mail address.",
            "No file with addresses was given.",
            f"Add --emails FILE, a CSV or Parquet file with customer_id and email{column}.",
        )


def hand_over(
    home: Path, kind: str, listed: Listed, recipient: Recipient, folder: Path, full: bool = False
) -> HandedOver:
    """Write what a tool is to be sent into a new folder, and remember it as sent.

    The folder must not exist, so that no file of another hand-over is sent again. `full` repeats
    what the tool knows already.

    Raises
    ------
    UsageError
        If the folder exists, or addresses are needed and not given.
    """
    require(recipient, folder)
    tool = TOOLS[recipient.tool]
    members = listed.for_people(recipient.tag, observed=True)
    fields = fields_of(kind, members, tool.members_only)
    held = set(members["customer_id"].to_pylist()) - fields.keys()
    with Control(home) as control:
        known_as, shared = _known_as(control, recipient, [*fields], held)
        now = one_per_key(
            {who: (known_as[who], fields[who]) for who in known_as if who not in shared}
        )
        memory = Handed(control, recipient.tool, recipient.audience, kind)
        before = memory.read()
        found = list(changes(before, now, full))
        requests = list(tool.requests(kind, found, recipient.audience))
        keyless = len(fields) - len(known_as)
        about = {
            "tool": recipient.tool,
            "list": kind,
            "run_id": listed.run.run_id,
            "left_out": {"without_address": keyless, "shared_address": len(shared)},
        }
        _write(folder, requests, about)
        # Last: where this fails, the same changes are handed over again, which changes nothing.
        memory.write(before, now)
    left = sum(not change.listed for change in found)
    return HandedOver(len(now), len(found) - left, left, keyless, len(shared))


def _known_as(
    control: Control, recipient: Recipient, customers: Sequence[str], held: Collection[str]
) -> tuple[dict[str, str], frozenset[str]]:
    """Return the tool's keys of customers, and who shares an address with somebody left alone."""
    kind = TOOLS[recipient.tool].key
    if kind == "customer_id":
        return {customer: customer for customer in customers}, frozenset()
    pairs = addresses(kind, recipient.emails, recipient.hashes)
    hashed = dict(pairs)
    known_as = {customer: hashed[customer] for customer in customers if customer in hashed}
    alone = shared_with_excluded(control, known_as, pairs, held, recipient.refusing)
    return known_as, frozenset(who for who, key in known_as.items() if key in alone)


def _write(folder: Path, requests: list[Request], about: Mapping[str, object]) -> None:
    """Write the files beside `folder` and rename them into place together."""
    draft = folder.with_name(f".{folder.name}.{token_hex(4)}")
    draft.mkdir(parents=True)
    try:
        files = []
        for request in filter(lambda request: request.bodies, requests):
            ending = b"\n" if request.name.endswith(".ndjson") else b""
            (draft / request.name).write_bytes(b"".join(body + ending for body in request.bodies))
            files.append({"file": request.name, "send": request.send, "count": len(request.bodies)})
        content = json.dumps({**about, "files": files}, indent=2) + "\n"
        (draft / "requests.json").write_text(content, encoding="utf-8")
        sync_all(draft)
        os.replace(draft, folder)
        sync(folder.parent)
    except BaseException:
        rmtree(draft, ignore_errors=True)
        raise
