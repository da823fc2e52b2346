"""What pydantic found wrong with a configuration, as sentences a person can act on."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from features.errors import UsageError

_TYPES = {
    "string_type": "text in quotes",
    "int_type": "a whole number without quotes",
    "float_type": "a number without quotes",
    "bool_type": "true or false",
    "dict_type": "a table of keys and values",
    "tuple_type": "a section, or an array of sections",
    "model_type": "a section of keys and values",
    "finite_number": "a finite number",
    "timezone": "an IANA timezone such as Europe/London",
    "string_pattern_mismatch": "an ISO 4217 code such as GBP",
    "path_type": "a path in quotes",
    "string_too_short": "something in the quotes",
}
_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("above", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("below", "lt"),
}
_ADVICE = {
    "timezone": "Name a place in it: an offset or an abbreviation knows no summer time.",
}
_SENTENCES_OF = {
    "password": (
        "A source must not spell out a password.",
        "{where} does (not shown).",
        "Put it into the environment and write ${{NAME}} in its place.",
    ),
    "twins": (
        "Every file of a query must have a name of its own, also in small letters.",
        "{where} has two of one name.",
        "Rename one of them.",
    ),
    "files": (
        "A source must be one address, or `files` with a `query` over them.",
        "{where} has `files` without a `query`, or beside a `source`.",
        "Name every file under `files` and select from those names in `query`.",
    ),
}


def nearest(name: str, names: Iterable[str], cutoff: float = 0.5) -> str:
    """Return the most similar of `names`, empty where none is at least `cutoff` similar (0 to 1).

    Examples
    --------
    >>> nearest("horizon", ["active_days", "horizon_days"])
    'horizon_days'
    """
    lowered = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=cutoff)
    return lowered[close[0]] if close else ""


def refusal(model: type[BaseModel], error: ValidationError, name: str) -> UsageError:
    """Return the error for the first problem found in a file, and how many more there are."""
    details = error.errors()
    must, came, do = _sentences(model, details[0], name)
    if len(details) > 1:
        do += f" ({len(details) - 1} more to correct in {name}.)"
    return UsageError(must, came, do)


def _sentences(model: type[BaseModel], detail: ErrorDetails, name: str) -> tuple[str, str, str]:
    kind, where = detail["type"], _where(detail["loc"])
    context: dict[str, Any] = detail.get("ctx", {})
    if kind in _SENTENCES_OF:
        must, came, do = _SENTENCES_OF[kind]
        return must, came.format(where=where), do.format()
    if kind == "extra_forbidden":
        *parent, key = detail["loc"]
        return _unknown(str(key), _section(parent) or name, _keys(model, parent), name)
    if kind == "column":
        names = context["names"]
        return _unknown(context["column"], f"{where} columns", names, name)
    came = f"{where} is {_shown(detail['input'])}."
    near = context.get("near")
    do = f"Did you mean {near}?" if near else _ADVICE.get(kind, f"Correct it in {name}.")
    return f"{where} must be {_expected(kind, context, detail['msg'])}.", came, do


def _unknown(key: str, where: str, names: list[str], file: str) -> tuple[str, str, str]:
    near = nearest(key, names)
    return (
        f"Only known keys may stand in {file}.",
        f"`{key}` in {where} is not one of them.",
        f"Did you mean `{near}`?" if near else f"Known there: {', '.join(names)}.",
    )


def _expected(kind: str, context: dict[str, Any], message: str) -> str:
    if kind in _LIMITS:
        words, key = _LIMITS[kind]
        return f"{words} {context[key]:g}"
    if kind == "literal_error":
        return f"one of {context['expected']}"
    return _TYPES.get(kind, message)


def _where(location: Iterable[int | str]) -> str:
    """Return a place in the file as people write it: ``[churn] horizon_days``."""
    parts = list(location)
    if not parts:
        return ""
    if len(parts) == 1:
        return f"`{parts[0]}`"
    keys = ".".join(str(part) for part in parts[1:] if not isinstance(part, int))
    return f"{_section(parts)} {keys}".rstrip()


def _section(location: list[int | str]) -> str:
    """Return the section of a place, with its number where it is not the first of an array."""
    if not location:
        return ""
    number = location[1] if len(location) > 1 else 0
    return f"[{location[0]}]" + (
        f" number {number + 1}" if isinstance(number, int) and number else ""
    )


def _shown(value: object) -> str:
    return f'the text "{value}"' if isinstance(value, str) else repr(value)


def _keys(model: type[BaseModel], location: list[int | str]) -> list[str]:
    """Return the keys known at a place in the file."""
    for part in location:
        if isinstance(part, str):
            model = _model(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model(part))), None)
