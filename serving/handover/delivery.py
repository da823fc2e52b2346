"""A hand-over: a folder that a job sends to a tool, written whole, then remembered."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from shutil import rmtree
from typing import TYPE_CHECKING

from features.errors import UsageError
from serving.handover.changes import changes, one_each, told
from serving.handover.keys import keys
from serving.handover.tools import TOOLS, Request
from serving.languages.language import ENGLISH
from serving.store import Control
from serving.store.handed import Handed

if TYPE_CHECKING:
    from serving.listing.drawing import Listed


@dataclass(frozen=True)
class HandedOver:
    """What was written: people on the list, changed, left; and those the tool cannot know."""

    listed: int
    changed: int
    left: int
    keyless: int


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
    tag : str
        The language of the reasons that it is told.
    """

    tool: str
    audience: str = ""
    emails: Path | None = None
    hashes: Mapping[str, str] = field(default_factory=dict, repr=False)
    tag: str = ENGLISH

    def __post_init__(self) -> None:
        """Refuse Mailchimp without its audience."""
        if self.tool == "mailchimp" and not self.audience:
            raise UsageError(
                "Mailchimp's members belong to an audience.",
                "None was named.",
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
            "A hand-over needs a folder of its own.",
            f"{folder} exists.",
            "Name a new one with --out.",
        )
    key = TOOLS[recipient.tool].key
    known = key == "email_sha256" and recipient.hashes
    if key != "customer_id" and recipient.emails is None and not known:
        column = " or map `email_sha256` in [customers]" if key == "email_sha256" else ""
        raise UsageError(
            f"The tool {recipient.tool} knows people by their e-mail address, hashed.",
            "No file with addresses was given.",
            f"Add --emails FILE, a CSV or Parquet file with customer_id and email{column}.",
        )


def hand_over(
    home: Path, kind: str, listed: Listed, recipient: Recipient, folder: Path, full: bool = False
) -> HandedOver:
    """Write what a tool is to be sent into a new folder, and remember it as sent.

    Parameters
    ----------
    home : Path
        An open home.
    kind : {"at-risk", "win-back", "advocates"}
    listed : Listed
        The list as drawn.
    recipient : Recipient
    folder : Path
        Must not exist, so that no file of another hand-over is sent again.
    full : bool
        Whether to repeat what the tool knows already.

    Raises
    ------
    UsageError
        If the folder exists, or addresses are needed and not given.
    """
    require(recipient, folder)
    tool = TOOLS[recipient.tool]
    members = listed.for_people(recipient.tag, observed=True)
    fields = told(kind, members, tool.members_only)
    known_as = keys(tool.key, fields, recipient.emails, recipient.hashes)
    now = one_each({who: (key, fields[who]) for who, key in known_as.items()})
    with Control(home) as control:
        memory = Handed(control, recipient.tool, recipient.audience, kind)
        before = memory.read()
        found = list(changes(before, now, full))
        requests = list(tool.requests(kind, found, recipient.audience))
        about = {"tool": recipient.tool, "list": kind, "run_id": listed.run.run_id}
        _write(folder, requests, about)
        # Last: where this fails, the same changes are handed over again, which changes nothing.
        memory.write(before, now)
    left = sum(not change.listed for change in found)
    return HandedOver(len(now), len(found) - left, left, len(fields) - len(known_as))


def _write(folder: Path, requests: list[Request], about: dict[str, str]) -> None:
    """Write the files beside `folder` and rename them into place together."""
    draft = folder.with_name(f".{folder.name}.{token_hex(4)}")
    draft.mkdir(parents=True)
    try:
        files = []
        for request in filter(lambda request: request.bodies, requests):
            ending = b"\n" if request.name.endswith(".ndjson") else b""
            (draft / request.name).write_bytes(b"".join(body + ending for body in request.bodies))
            files.append({"file": request.name, "send": request.send, "count": len(request.bodies)})
        said = json.dumps({**about, "files": files}, indent=2) + "\n"
        (draft / "requests.json").write_text(said, encoding="utf-8")
        os.replace(draft, folder)
    except BaseException:
        rmtree(draft, ignore_errors=True)
        raise
