"""Golden files are held to what the vendors publish of their formats, written down in JSON Schema.

Only what we send is described, and nothing beside it is allowed, so that a field of ours which a
vendor does not know fails here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import validator_for

GOLDEN = Path(__file__).with_name("golden")
PLAIN = {"type": ["string", "number", "boolean", "null"]}


def parts(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object with just these parts."""
    required = sorted(properties)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def resource(kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return parts(type={"const": kind}, attributes=attributes)


# developers.klaviyo.com/en/reference/bulk_import_profiles, .../create_or_update_profile: JSON:API
# resources; properties of our own are below `properties`. The bulk job ignores null.
EXTERNAL_ID = {"type": "string", "minLength": 1}
PROPERTIES = {"type": "object", "additionalProperties": PLAIN, "minProperties": 1}
FILLED = {**PROPERTIES, "additionalProperties": {"type": ["string", "number", "boolean"]}}
KLAVIYO_JOB = parts(
    data=resource(
        "profile-bulk-import-job",
        parts(
            profiles=parts(
                data={
                    "type": "array",
                    "maxItems": 10_000,
                    "items": resource("profile", parts(external_id=EXTERNAL_ID, properties=FILLED)),
                }
            )
        ),
    )
)
KLAVIYO_PROFILE = parts(
    data=resource("profile", parts(external_id=EXTERNAL_ID, properties=PROPERTIES))
)

# braze.com/docs/api/endpoints/user_data/post_user_track and .../objects_filters: at most 75; names
# and texts of at most 255 characters, no `$` in front; null removes; no profile is made.
BRAZE = parts(
    attributes={
        "type": "array",
        "maxItems": 75,
        "items": {
            "type": "object",
            "required": ["external_id", "_update_existing_only"],
            "properties": {
                "external_id": {"type": "string", "maxLength": 997},
                "_update_existing_only": {"const": True},
            },
            "propertyNames": {"maxLength": 255, "pattern": "^[^$]"},
            "additionalProperties": {**PLAIN, "maxLength": 255},
        },
    }
)

# mailchimp.com/developer/marketing/api/batch-operations, .../list-members/update-list-member: the
# body is JSON as text; a member is the MD5 of the address; merge tags have at most ten characters.
MAILCHIMP = parts(
    operations={
        "type": "array",
        "maxItems": 500,
        "items": parts(
            method={"enum": ["GET", "POST", "PUT", "PATCH", "DELETE"]},
            path={"type": "string", "pattern": "^/lists/[0-9a-z]+/members/[0-9a-f]{32}$"},
            params=parts(skip_merge_validation={"const": "true"}),
            body={"type": "string"},
        ),
    }
)
MAILCHIMP_MEMBER = parts(
    merge_fields={
        "type": "object",
        "propertyNames": {"pattern": "^[A-Z0-9_]{1,10}$"},
        "additionalProperties": {"type": "string", "maxLength": 255},
    }
)

# developers.hubspot.com/docs/api/crm/contacts: at most 100; `properties` maps text to text, names
# in lower case; an empty text clears.
HUBSPOT = parts(
    inputs={
        "type": "array",
        "maxItems": 100,
        "items": parts(
            id={"type": "string", "minLength": 1},
            idProperty={"const": "customer_id"},
            properties={
                "type": "object",
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
                "additionalProperties": {"type": "string"},
            },
        ),
    }
)

SCHEMAS = {
    "profile-bulk-import-jobs.ndjson": KLAVIYO_JOB,
    "profile-import.ndjson": KLAVIYO_PROFILE,
    "users-track.ndjson": BRAZE,
    "batches.ndjson": MAILCHIMP,
    "contacts-batch-upsert.ndjson": HUBSPOT,
}


def golden(tool: str) -> Iterator[tuple[str, str]]:
    """Yield each file of a tool's golden hand-overs."""
    said = (GOLDEN / f"{tool}.txt").read_text(encoding="utf-8")
    for part in said.split("== ")[1:]:
        name, _, text = part.partition("\n")
        if name != "requests.json":
            yield name, text


@pytest.mark.parametrize("tool", ["klaviyo", "braze", "mailchimp", "hubspot"])
def test_every_request_is_as_the_vendor_describes_it(tool: str) -> None:
    files = [*golden(tool)]
    assert files
    for name, text in files:
        for line in text.splitlines():
            validator_for(SCHEMAS[name]).validate(json.loads(line))


def test_mailchimps_bodies_are_updates_of_merge_fields_alone() -> None:
    for _, text in golden("mailchimp"):
        for operation in json.loads(text)["operations"]:
            assert operation["method"] == "PATCH"  # nobody is subscribed by it
            validator_for(MAILCHIMP_MEMBER).validate(json.loads(operation["body"]))


def test_an_audience_is_a_column_of_hashes() -> None:
    """support.google.com/google-ads/answer/7659867: `Email`, SHA-256 in lower case."""
    files = dict(golden("customer-match"))
    assert files.keys() >= {"add.csv", "remove.csv"}
    for text in files.values():
        head, *rows = csv.reader(io.StringIO(text))
        assert head == ["Email"]
        assert rows
        assert all(re.fullmatch("[0-9a-f]{64}", value) for (value,) in rows)


@pytest.mark.parametrize(
    ("tool", "before", "after"),
    [
        ("klaviyo", '"external_id":"C-1"', '"customer":"C-1"'),
        ("braze", '"external_id":"C-1"', '"customer":"C-1"'),
        ("mailchimp", '"path":"/lists/', '"path":"/audiences/'),
        ("hubspot", '"ladder_at_risk":"true"', '"ladder_at_risk":true'),
    ],
)
def test_what_a_vendor_would_refuse_is_refused_here(tool: str, before: str, after: str) -> None:
    name, text = next(golden(tool))
    line = text.splitlines()[0]
    assert before in line
    assert not validator_for(SCHEMAS[name]).is_valid(json.loads(line.replace(before, after)))
