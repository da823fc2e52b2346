"""Which columns of customers are attributes, what they may be called, and what none may be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from features.errors import UsageError
from features.settings.validation import nearest
from features.tables import ATTRIBUTED, CUSTOMERS, TABLES, VALID_FROM, Table

KIND = "attribute:"
"""How the kind of a row that carries an attribute begins; its name follows."""

LONGEST = 200
"""Characters of a value."""

PROTECTED = (
    "sex, gender, age, birth, birthday, birthdate, dob, born, race, ethnicity, ethnic, "
    "skin colour, skin color, nationality, citizenship, religion, religious, belief, political, "
    "trade union, health, disability, disabled, pregnancy, pregnant, genetic, biometric, sexual, "
    "marital, married, maiden, caste"
)
"""What nobody may be treated by: protected by law, or standing for what is."""

PERSONAL = (
    "name, first name, last name, full name, family name, given name, middle name, customer name, "
    "user name, surname, firstname, lastname, fullname, username, email, e mail, mail, phone, "
    "telephone, mobile, address, street, postcode, postal code, zip, ip, passport, ssn, iban, "
    "salutation, title"
)
"""What says who somebody is, and nothing of what they will do."""

ELSEWHERE = (
    "geschlecht, alter, geburt, geburtstag, geburtsdatum, geburtsjahr, geburtsort, geburtsname, "
    "rasse, staatsangehorigkeit, staatsburgerschaft, konfession, behinderung, schwerbehindert, "
    "gesundheit, schwanger, familienstand, anrede, vorname, nachname, familienname, telefon, "
    "handy, strasse, hausnummer, adresse, anschrift, plz, postleitzahl, "
    "sexe, naissance, nationalite, citoyennete, handicap, sante, enceinte, etat civil, civilite, "
    "prenom, telephone portable, rue, code postal, courriel, "
    "sexo, genero, edad, nacimiento, nacionalidad, ciudadania, discapacidad, salud, embarazada, "
    "estado civil, apellido, apellidos, telefono, direccion, calle, codigo postal, correo, "
    "sesso, nascita, nazionalita, cittadinanza, religione, disabilita, stato civile, cognome, "
    "indirizzo, codice fiscale, "
    "geslacht, leeftijd, geboorte, geboortedatum, nationaliteit, godsdienst, religie, gezondheid, "
    "zwanger, burgerlijke staat, voornaam, achternaam, telefoon, straat, adres, nom, nome, nombre"
)
"""The same as German, French, Spanish, Italian and Dutch shops call it, without accents."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TEXTS = re.compile(r"'[^']*'")
_WORD = re.compile(r"[a-z]+")
_IDENTIFIER = re.compile(r"\"[^\"]+\"|\w+")
_LIKE_A_COLUMN = 0.85
"""A name so similar to a known column is a slip: consent must not become an attribute by one."""

_ALONE = frozenset({"name", "title", "mail", "mobile", "ip", "born", "nom", "nome", "nombre"})
"""Words that mean something else beside others, as in ``plan_name``."""


def mapped(columns: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes that a source of customers maps, with what they are mapped to."""
    known = {column.name for column in CUSTOMERS.columns} | {VALID_FROM.name}
    return {name: sql for name, sql in columns.items() if name not in known}


def dated(sources: Sequence[Mapping[str, str]]) -> dict[str, bool]:
    """Return the attributes that some sources' columns name, and whether each has a history."""
    return {name: VALID_FROM.name in columns for columns in sources for name in mapped(columns)}


def table_of(name: str, sources: Sequence[Mapping[str, str]]) -> Table:
    """Return an input table as it is read from sources with these columns."""
    return ATTRIBUTED if name == CUSTOMERS.name and dated(sources) else TABLES[name]


def problem(sources: Sequence[Mapping[str, str]]) -> UsageError | None:
    """Return what is wrong with the attributes that the columns of several sources name."""
    found = dated(sources)
    for columns in sources:
        has_history = VALID_FROM.name in columns
        for name, sql in mapped(columns).items():
            if found[name] != has_history:
                return _half_dated(name)
            if problem := _misnamed(name) or (_protected(name, sql) if has_history else None):
                return problem
    return None


def _misnamed(name: str) -> UsageError | None:
    near = nearest(name, [column.name for column in CUSTOMERS.columns], _LIKE_A_COLUMN)
    if near:
        return UsageError(
            "An attribute's name must not resemble a known column of customers.",
            f"`{name}` looks like `{near}`.",
            f"Write `{near}` if you mean that column, or choose another name.",
        )
    if _NAME.fullmatch(name):
        return None
    return UsageError(
        "An attribute's name must be letters a to z, digits and _, beginning with a letter, "
        "at most 40.",
        f"[customers] columns names `{name}`.",
        "Rename it there; the column in your file may have any name.",
    )


def _half_dated(name: str) -> UsageError:
    return UsageError(
        "An attribute must have a history in every source, or in none.",
        f"`{name}` has a {VALID_FROM.name} in one source of [customers] only.",
        f"Map {VALID_FROM.name} in both, or call the two something else.",
    )


def _protected(name: str, sql: str) -> UsageError | None:
    """Refuse what nobody may be treated by, whether its name or its origin says so."""
    word = next((found for text in (name, sql) for found in protected_words(text)), None)
    if word is None:
        return None
    return UsageError(
        "Features must not use protected or personal attributes: nobody may be treated by "
        "what they are, and who they are predicts nothing.",
        f"[customers] {name} = {sql!r} says {word!r}.",
        "Leave it unmapped. If it means something else, rename the column in a `query`.",
    )


def without_accents(text: str) -> str:
    """Return a text in letters that bear nothing.

    >>> without_accents("Größe, prénom")
    'Große, prenom'
    """
    parts = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def protected_words(text: str) -> Iterator[str]:
    """Yield the protected or personal words in a name or an expression, as whole words.

    Examples
    --------
    >>> [*protected_words("customer_gender")], [*protected_words("firstName")]
    (['gender'], ['first name'])
    >>> [*protected_words("plan_name")], [*protected_words("name")], [*protected_words("Straße")]
    ([], ['name'], ['strasse'])
    >>> [*protected_words("usage")], [*protected_words("CASE WHEN x = 'sex' THEN 1 END")]
    ([], [])
    """
    bare = without_accents(_TEXTS.sub(" ", text))
    whole = [bare] if re.fullmatch(r"[\w ]+", bare) else []  # a column's name may hold spaces
    for identifier in dict.fromkeys([*_IDENTIFIER.findall(bare), *whole]):
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", identifier).casefold()
        words = _WORD.findall(spaced)
        yield from (phrase for phrase in _PHRASES if _contains(words, phrase.split()))


def _contains(words: list[str], phrase: list[str]) -> bool:
    if len(phrase) == 1 and phrase[0] in _ALONE:
        return words == phrase
    size = len(phrase)
    return any(words[at : at + size] == phrase for at in range(len(words) - size + 1))


_PHRASES = (*PROTECTED.split(", "), *PERSONAL.split(", "), *ELSEWHERE.split(", "))
