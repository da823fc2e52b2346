"""Consent as shops write it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from features.config import Config
from features.guess import guesses, template
from features.history import open_history


@pytest.mark.parametrize(
    ("cells", "allowed"),
    [
        (("ja", "Nein", ""), [True, False, True]),
        (("opted-in", "opted-out", "opted-in"), [True, False, True]),
        (("yes", "", "yes"), [True, False, True]),
        (("1", "", "1"), [True, False, True]),
        (("Y", "N", ""), [True, False, True]),
    ],
)
def test_consent_is_read_in_the_words_of_the_shop(
    tmp_path: Path, cells: tuple[str, ...], allowed: list[bool]
) -> None:
    """Nothing said refuses nothing; but where only yes is ever said, the others did not agree."""
    people = [f"c{n},2024-01-01,{cell}" for n, cell in enumerate(cells)]
    bought = [f"c{n},{n},2024-01-0{n + 1},5" for n in range(3)]
    (tmp_path / "people.csv").write_text("\n".join(["id,signup_date,newsletter", *people]))
    (tmp_path / "orders.csv").write_text("\n".join(["customer,order,date,amount", *bought]))
    files = ("people.csv", "orders.csv")
    written = template([(name, one) for name in files for one in guesses(tmp_path / name)])
    with open_history(Config.from_dict(tomllib.loads(written), tmp_path)) as history:
        assert history.table("customers")["marketing_allowed"].to_pylist() == allowed


def test_consent_is_known_by_its_german_names(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "Kundennummer;Kunde seit;Profiling erlaubt;Werbung erlaubt\na;03.02.2024;ja;nein\n"
    )
    (found,) = guesses(tmp_path / "people.csv")
    assert found.columns["signed_up_at"].startswith('strptime("Kunde seit"')
    assert found.columns["profiling_allowed"] == "lower(trim(\"Profiling erlaubt\")) in ('ja')"
    assert found.columns["marketing_allowed"].endswith("not in ('nein')"), "nobody said yes"
