"""How a tool knows a customer: our id, or a hash of the e-mail address in the shop's own file.

E-mail addresses never enter the store: they are read from a file at the hand-over and hashed, or
the shop's customers table has their SHA-256 already.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from features.errors import UsageError
from serving.files import customer_id_of, delimiter_of, text_of

GMAIL = frozenset({"gmail.com", "googlemail.com"})
"""Hosts that do not tell jane.doe from janedoe."""


def addresses(kind: str, emails: Path | None, hashes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each customer whose address is known, with the address hashed.

    Parameters
    ----------
    kind : {"email_md5", "email_sha256"}
    emails : Path or None
        A CSV or Parquet file with `customer_id` and `email` (or, for SHA-256, `email_sha256`);
        the shop's own hashes are used where it is None.
    hashes : mapping of str to str
        Customer id to the SHA-256 of the address, as the shop knows it.

    Raises
    ------
    UsageError
        If the file cannot be read, or lacks the columns.
    """
    return _hashed(kind, _read(emails), emails) if emails else [*hashes.items()]


def normalised(email: str) -> str:
    """Return an e-mail address as tools hash it: trimmed, in lower case.

    Examples
    --------
    >>> normalised(" Jane@Example.com ")
    'jane@example.com'
    """
    return email.strip().lower()


def md5(email: str) -> str:
    """Return the key by which Mailchimp knows a member; it protects nothing."""
    return hashlib.md5(normalised(email).encode(), usedforsecurity=False).hexdigest()


def sha256(email: str) -> str:
    """Return the hash by which Google's audiences match: without spaces, Gmail's without dots.

    References
    ----------
    Google, Data Manager API, "Format user data": ``email_address``.

    Examples
    --------
    >>> sha256("Jane.Doe@gmail.com ") == sha256("janedoe@gmail.com")
    True
    >>> sha256("jane.doe@example.com") == sha256("janedoe@example.com")
    False
    """
    name, at, host = "".join(email.lower().split()).rpartition("@")
    if host in GMAIL:
        name = name.replace(".", "")
    return hashlib.sha256(f"{name}{at}{host}".encode()).hexdigest()


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix.lower() == ".parquet":
            return pq.read_table(path)
        texts = {"customer_id": pa.string(), "email": pa.string(), "email_sha256": pa.string()}
        options = pyarrow.csv.ConvertOptions(column_types=texts)
        text = text_of(path.read_bytes())
        parts = pyarrow.csv.ParseOptions(delimiter=delimiter_of(text))
        file = io.BytesIO(text.encode())
        return pyarrow.csv.read_csv(file, parse_options=parts, convert_options=options)
    except (OSError, UnicodeDecodeError, pa.ArrowInvalid) as error:
        raise _refusal(path, f"it cannot be read ({type(error).__name__})") from error


def _hashed(kind: str, table: pa.Table, path: Path) -> list[tuple[str, str]]:
    """Return customer ids with keys; rows without an address are left out."""
    ready = kind == "email_sha256" and "email_sha256" in table.column_names
    column = "email_sha256" if ready else "email"
    if missing := {"customer_id", column} - set(table.column_names):
        raise _refusal(path, f"it has no column {' and no column '.join(sorted(missing))}")
    hashes: dict[str, Callable[[str], str]] = {"email_md5": md5, "email_sha256": sha256}
    hash_of = normalised if ready else hashes[kind]
    ids = table["customer_id"].cast(pa.string()).to_pylist()
    values = table[column].cast(pa.string()).to_pylist()
    return [
        (customer_id_of(customer), hash_of(value))
        for customer, value in zip(ids, values, strict=True)
        if customer and value and value.strip()
    ]


def _refusal(path: Path, came: str) -> UsageError:
    return UsageError(
        "A file of addresses must be CSV or Parquet with customer_id and email.",
        f"{path.name}: {came}.",
        "Export it from the shop's system with these two columns.",
    )
