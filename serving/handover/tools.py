"""The requests and files that campaign tools take, each split to the tool's limits.

A file of requests is NDJSON: one line, one request's body, sent to the path beside it in
``requests.json``. Nothing in them is neutralised for spreadsheets: programs read them.

References
----------
Klaviyo, Bulk Import Profiles (10,000 profiles and 5 MB a request; it ignores null, so that fields
are cleared by Create or Update Profile). Braze, ``/users/track`` (75 objects a request; null
removes an attribute; only deltas, because data points are billed). Mailchimp, batch operations on
``/lists/{list}/members/{MD5 of the e-mail}``: unlike the batch of members, which must state a
subscription status, an update can never subscribe anybody; it would fail for members who lack what
the shop's own form requires, if that were checked again. HubSpot, batch upsert of contacts (100
inputs; an empty text clears). Google Customer Match, a CSV of SHA-256 of e-mail addresses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.handover.changes import Change, Fields

KLAVIYO_PROFILES, KLAVIYO_BYTES = 10_000, 5_000_000
BRAZE_OBJECTS = 75
MAILCHIMP_OPERATIONS = 500
HUBSPOT_INPUTS = 100

TAGS = {"at-risk": "AR", "win-back": "WB", "advocates": "AD"}
"""How Mailchimp's merge tags begin, which have ten characters at most."""

TAG_ENDS = {"listed": "LISTED", "probability": "PROB"}


@dataclass(frozen=True)
class Request:
    """A file for a tool.

    Parameters
    ----------
    name : str
        Of the file.
    send : str
        Method and path, or what to do with the file.
    bodies : tuple of bytes
        A request's body each; a file that is not requests has one.
    """

    name: str
    send: str
    bodies: tuple[bytes, ...]


@dataclass(frozen=True)
class Tool:
    """A campaign tool.

    Parameters
    ----------
    key : {"customer_id", "email_md5", "email_sha256"}
        By what it knows people.
    requests : callable
        From a list's kind, the changes and the tool's audience to its files.
    members_only : bool
        Whether it keeps nothing of people but that they are members.
    """

    key: str
    requests: Callable[[str, Sequence[Change], str], Iterator[Request]]
    members_only: bool = False


def klaviyo(kind: str, changes: Sequence[Change], _: str) -> Iterator[Request]:
    """Yield bulk import jobs for what is set, single profiles for what is cleared."""
    profiles = [_profile(kind, c.key, c.to_set) for c in changes if c.to_set]
    head, tail = (
        b'{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[',
        b"]}}}}",
    )
    room = KLAVIYO_BYTES - len(head) - len(tail)
    jobs = tuple(
        head + b",".join(part) + tail for part in _packed(profiles, KLAVIYO_PROFILES, room)
    )
    yield Request("profile-bulk-import-jobs.ndjson", "POST /api/profile-bulk-import-jobs", jobs)
    cleared = (_profile(kind, c.key, c.to_clear) for c in changes if c.to_clear)
    bodies = tuple(b'{"data":%b}' % profile for profile in cleared)
    yield Request("profile-import.ndjson", "POST /api/profile-import", bodies)


def braze(kind: str, changes: Sequence[Change], _: str) -> Iterator[Request]:
    """Yield requests of attributes of users whom Braze has; others would be made, and billed."""
    people = [
        {"external_id": c.key, "_update_existing_only": True, **_named(kind, c.fields)}
        for c in changes
    ]
    bodies = tuple(_json({"attributes": part}) for part in _parts(people, BRAZE_OBJECTS))
    yield Request("users-track.ndjson", "POST /users/track", bodies)


def mailchimp(kind: str, changes: Sequence[Change], audience: str) -> Iterator[Request]:
    """Yield batches of updates to members' merge fields."""
    operations = [
        {
            "method": "PATCH",
            "path": f"/lists/{audience}/members/{c.key}",
            "params": {"skip_merge_validation": "true"},
            "body": _json({"merge_fields": _tagged(kind, c.fields)}).decode(),
        }
        for c in changes
    ]
    parts = _parts(operations, MAILCHIMP_OPERATIONS)
    bodies = tuple(_json({"operations": part}) for part in parts)
    yield Request("batches.ndjson", "POST /3.0/batches", bodies)


def hubspot(kind: str, changes: Sequence[Change], _: str) -> Iterator[Request]:
    """Yield batches of contacts, known by a unique property `customer_id`."""
    inputs = [
        {
            "id": c.key,
            "idProperty": "customer_id",
            "properties": {n: _text(v) for n, v in _named(kind, c.fields).items()},
        }
        for c in changes
    ]
    bodies = tuple(_json({"inputs": part}) for part in _parts(inputs, HUBSPOT_INPUTS))
    yield Request(
        "contacts-batch-upsert.ndjson", "POST /crm/v3/objects/contacts/batch/upsert", bodies
    )


def customer_match(_: str, changes: Sequence[Change], __: str) -> Iterator[Request]:
    """Yield who joins and who leaves, as hashes of e-mail addresses."""
    for name, send, listed in (
        ("add.csv", "Upload: add to the audience", True),
        ("remove.csv", "Upload: remove from the audience", False),
    ):
        keys = [c.key for c in changes if c.listed is listed]
        yield Request(name, send, ("\r\n".join(["Email", *keys, ""]).encode(),) if keys else ())


TOOLS: Mapping[str, Tool] = {
    "klaviyo": Tool("customer_id", klaviyo),
    "braze": Tool("customer_id", braze),
    "mailchimp": Tool("email_md5", mailchimp),
    "hubspot": Tool("customer_id", hubspot),
    "customer-match": Tool("email_sha256", customer_match, members_only=True),
}
"""Tools by the name that ``--for`` takes."""


def _named(kind: str, fields: Fields) -> dict[str, Any]:
    """Return fields under lower-case names that say whose they are."""
    stem = f"ladder_{kind.replace('-', '_')}"
    return {stem if name == "listed" else f"{stem}_{name}": v for name, v in fields.items()}


def _tagged(kind: str, fields: Fields) -> dict[str, Any]:
    """Return fields under Mailchimp's merge tags; an empty text clears one."""
    return {
        f"{TAGS[kind]}_{TAG_ENDS.get(name, name.upper())}": _text(value)
        for name, value in fields.items()
    }


def _profile(kind: str, key: str, fields: Fields) -> bytes:
    attributes = {"external_id": key, "properties": _named(kind, fields)}
    return _json({"type": "profile", "attributes": attributes})


def _parts(items: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    """Yield the items in order, in parts of at most so many."""
    return (items[start : start + most] for start in range(0, len(items), most))


def _packed(items: Iterable[bytes], most: int, room: int) -> Iterator[list[bytes]]:
    """Yield the items in order, in parts of at most so many items and bytes with commas."""
    part: list[bytes] = []
    size = 0
    for item in items:
        if part and (len(part) == most or size + len(item) + 1 > room):
            yield part
            part, size = [], 0
        part.append(item)
        size += len(item) + 1
    if part:
        yield part


def _text(value: object) -> str:
    """Return a value as tools take it that know only texts."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
