"""Refuses sources that are empty, or of which too much is bad, and says what to do about it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Container, Sequence

from features.cleaning.staged import Staged
from features.clock import EARLIEST
from features.errors import LadderError
from features.quality import UNREADABLE
from features.reading.formats import date_formats, month_sql
from features.reading.notation import decimal_mark, in_brackets, number_sql, plain, plain_sql
from features.resources.workspace import Workspace, identifier, literal, names_in
from features.settings.sections import Source

_EXPRESSION = re.compile(r"[('\"*/+|]| - |^case\b", re.IGNORECASE)
_STRPTIME = re.compile(r"(?:try_)?strptime\((.+?), (\[?'.*'\]?)\)", re.IGNORECASE)
_SIGNED = re.compile(r"[^0-9\s.,'+-]")
_OTHERWISE = "Correct the export or the mapping, or raise max_bad_share."
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


def where_line(source: Source, condition: str) -> str:
    """Return the line that reads only rows which meet a condition, besides those that are there.

    Examples
    --------
    >>> print(where_line(Source(where="a > 1"), "b is not null"))
    where = "(a > 1) and b is not null"
    """
    both = f"({source.where}) and {condition}" if source.where else condition
    return _setting("where", both)


def mapped_sql(source: Source, name: str, columns: Container[str] = ()) -> str:
    """Return what a column of ours is mapped to, as an expression has it.

    `columns` are those of the source, where they are known; else the text tells whether it is one.

    Examples
    --------
    >>> source = Source(columns={"ordered_at": "Created at", "amount": "Quantity * Price"})
    >>> [mapped_sql(source, name) for name in ("ordered_at", "amount", "currency")]
    ['"Created at"', 'Quantity * Price', 'currency']
    """
    text = source.columns.get(name, name)
    return text if text not in columns and _EXPRESSION.search(text) else identifier(text)


def refuse_if_bad(workspace: Workspace, staged: Staged) -> None:
    """Stop where more of a source is bad than the shop accepts.

    Raises
    ------
    LadderError
        With every reason, its count and samples.
    """
    report = staged.report
    if report.bad_share > staged.limit:
        raise LadderError(
            f"At most {staged.limit:.2%} of the rows of [{report.table}] may be bad "
            "(max_bad_share).",
            f"{report.label}: {report.bad + report.emptied:,} of {report.read:,} are: "
            f"{'; '.join(map(str, report.problems))}.",
            _advice(workspace, staged),
        )


def refuse_empty(staged: Sequence[Staged]) -> None:
    """Stop where a table has sources and no rows.

    Raises
    ------
    LadderError
    """
    for table in dict.fromkeys(source.table.name for source in staged):
        sources = [source for source in staged if source.table.name == table]
        if not any(source.report.read for source in sources):
            raise LadderError(
                f"The table {table} must have rows.",
                f"{' and '.join(source.relation.label for source in sources)} gave none.",
                f"Export it again, correct `where`, or leave [{table}] out.",
            )


def _advice(workspace: Workspace, staged: Staged) -> str:
    """Return what to do about the commonest problem."""
    report, source, columns = staged.report, staged.source, staged.relation.columns
    worst = max(report.problems, key=lambda problem: problem.rows)
    column = worst.reason.partition(" ")[0]
    mapped = mapped_sql(source, column, columns)
    if worst.reason.endswith("is not a date"):
        return _date_advice(workspace, staged.name, worst.reason, column, mapped)
    if worst.reason.endswith("is not a number"):
        texts = _texts(workspace, staged.name, worst.reason)
        return _number_advice(column, _read_by(mapped, columns), texts) or _OTHERWISE
    if worst.reason.endswith("is neither true nor false"):
        line = _setting(column, f"{mapped} in ('...')")
        return f"Say which values mean yes: {line}."
    if worst.reason == UNREADABLE and any("encoding" in text for text in worst.samples):
        return f'Say how the file is encoded: encoding = "latin-1" in [{report.table}].'
    # Where most are, the dates are misread.
    if worst.reason.endswith(f"is before {EARLIEST}") and 2 * worst.rows < report.read:
        line = where_line(source, f"{mapped} >= '{EARLIEST}'")
        return f"Correct the export, or leave those rows out: {line}."
    if worst.reason.startswith("no "):
        empty = mapped_sql(source, worst.reason.split()[1], columns)
        line = where_line(source, f"{empty} is not null")
        return f"Correct the export, or leave those rows out: {line}."
    return _OTHERWISE


def _number_advice(column: str, mapped: str, samples: Sequence[str]) -> str | None:
    """Return how to read numbers that are written with commas or money signs."""
    mark = decimal_mark(samples)
    if mark is not None and any(_SIGNED.search(text) for text in samples):
        bracketed = any(map(in_brackets, samples))
        read = number_sql(plain_sql(mapped, samples), mark, bracketed=bracketed)
        line = _setting(column, read)
        other = any(plain(text) != text for text in samples)
        return f"{'Read the digits' if other else 'Take the money signs out'}: {line}."
    if mark is not None and any("," in text for text in samples):
        return _comma_advice(column, mapped, samples)
    return None


def _read_by(mapped: str, columns: Collection[str]) -> str:
    """Return the one column that an expression reads, which is what is written otherwise.

    Examples
    --------
    >>> _read_by("replace(paid, ',', '.')", ["paid", "fee"]), _read_by("paid * n", ["paid", "n"])
    ('paid', 'paid * n')
    """
    read = names_in(mapped).intersection(columns)
    return identifier(read.pop()) if len(read) == 1 else mapped


def _comma_advice(column: str, mapped: str, samples: Sequence[str]) -> str:
    """Return how to read numbers with commas, and with points where they group thousands."""
    verb, number = "Read the comma", f"replace({mapped}, ',', '.')"
    if all(_THOUSANDS.fullmatch(text) for text in samples if "," in text):
        verb, number = "Take the commas out", f"replace({mapped}, ',', '')"
    elif any(0 <= text.find(".") < text.find(",") for text in samples):
        number = f"replace(replace({mapped}, '.', ''), ',', '.')"
    line = _setting(column, f"try_cast({number} AS DOUBLE)")
    return f"{verb}: {line}."


def _date_advice(workspace: Workspace, staged: str, reason: str, column: str, mapped: str) -> str:
    texts = _texts(workspace, staged, reason)
    found = date_formats(map(plain, texts))
    if middle := month_sql(plain_sql(mapped, texts), [plain(text) for text in texts]):
        return f"Say which day of the month is meant: {_setting(column, middle)}."
    if not found:
        return f"Write {column} as an expression that gives a date, or correct the export."
    mapped, tried = _date_text_and_formats(mapped)
    mapped = plain_sql(mapped, texts)
    if not tried and workspace.number(f"SELECT count({column}) FROM {staged}"):
        tried = ["%Y-%m-%d"]
    formats = [literal(form) for form in dict.fromkeys([*tried, *found])]
    if len(formats) == 1:
        line = _setting(column, f"strptime({mapped}, {formats[0]})")
        return f"Say how the dates are written: {line}."
    line = _setting(column, f"try_strptime({mapped}, [{', '.join(formats)}])")
    return f"The dates are written in several ways; correct the export, or name them all: {line}."


def _texts(workspace: Workspace, staged: str, reason: str) -> list[str]:
    """Return what could not be read: numbers with thousands come first, however few they are."""
    rows = workspace.rows(
        f"SELECT DISTINCT regexp_replace(sample, '^[^=]+=', '') AS text FROM {staged} "
        f"WHERE problem = {literal(reason)} ORDER BY text LIKE '%.%,%' DESC, text LIMIT 10000"
    )
    return [row["text"] for row in rows]


def _date_text_and_formats(mapped: str) -> tuple[str, list[str]]:
    """Return what a mapping reads dates from, and the formats that it tries already.

    >>> _date_text_and_formats("strptime(paid, '%d.%m.%Y')"), _date_text_and_formats("paid")
    (('paid', ['%d.%m.%Y']), ('paid', []))
    """
    if not (tried := _STRPTIME.fullmatch(mapped)):
        return mapped, []
    return tried[1], re.findall("'([^']*)'", tried[2])


def _setting(name: str, sql: str) -> str:
    """Return a line of TOML, whose basic strings escape like JSON's."""
    return f"{name} = {json.dumps(sql, ensure_ascii=False)}"
