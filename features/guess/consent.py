"""What shops write for yes and no where true and false are wanted."""

from __future__ import annotations

from collections.abc import Iterable

from features.workspace import literal

_READ = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "1", "0"})
"""What is read as it is."""

_YES = frozenset({"true", "t", "yes", "y", "1"}) | {
    *("ja", "j", "wahr", "oui", "vrai", "si", "sí", "sì", "verdadero", "vero", "waar"),
    *("x", "on", "opt-in", "opted-in", "opted_in", "optin", "subscribed"),
}
_NO = frozenset({"false", "f", "no", "n", "0"}) | {
    *("nein", "falsch", "non", "faux", "falso", "nee", "onwaar"),
    *("off", "opt-out", "opted-out", "opted_out", "optout", "unsubscribed"),
}


def agreed(column: str, values: Iterable[str], *, gaps: bool) -> str | None:
    """Return the SQL that reads a column of yes and no, None where it is read as it is.

    None, too, where a word is not known: what it means is not for a program to guess. Where there
    are only words for yes, an empty cell means no.

    Parameters
    ----------
    column : str
        As SQL writes it.
    values : iterable of str
        What stands in it.
    gaps : bool
        Whether some cells are empty.

    Examples
    --------
    >>> agreed("news", ["Ja", "nein"], gaps=True)
    "lower(trim(news)) in ('ja')"
    >>> agreed("news", ["yes"], gaps=True)
    "coalesce(lower(trim(news)) in ('yes'), false)"
    >>> agreed("news", ["yes", "no"], gaps=True), agreed("news", ["ja", "maybe"], gaps=False)
    (None, None)
    """
    words = {value.strip().lower() for value in values} - {""}
    silent = gaps and bool(words) and not words & _NO
    if not words <= _YES | _NO or (words <= _READ and not silent):
        return None
    listed = ", ".join(map(literal, sorted(words & _YES)))
    read = f"lower(trim({column})) in ({listed})"
    return f"coalesce({read}, false)" if silent else read
