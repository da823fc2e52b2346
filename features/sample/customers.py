"""The customers and contacts tables."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pyarrow as pa

from features.sample.draws import Ints, uniform
from features.sample.engagement import signed_up_at
from features.sample.ledger import Ledger, canonical, chosen
from features.sample.schedule import ASKS, CAMPAIGNS, LETTERS_LEAVE
from features.tables import CONTACTS, CUSTOMERS

FRIENDS_PER_REFERRAL, FRIENDS_WITHIN_DAYS = 0.5, 30
POSTAGE = 0.85
NOBODY = -1


def customers(ledger: Ledger) -> pa.Table:
    """Return who the customers are, in the order of their ids."""
    crowd, brought_by = ledger.lives.crowd, referrers(ledger)
    referred = pa.array(brought_by != NOBODY)
    alone = chosen(("advertising", "organic", "organic"), uniform(crowd.starts, "acquired", 0))
    hashes = [
        sha256(f"{name.lower()}@example.com".encode()).hexdigest()
        for name in ledger.ids.to_pylist()
    ]
    table = canonical(
        CUSTOMERS,
        {
            "customer_id": ledger.ids,
            "signed_up_at": signed_up_at(ledger),
            "acquired_by": pa.compute.if_else(referred, "referral", alone),
            "referred_by": ledger.ids.take(pa.array(brought_by, mask=brought_by == NOBODY)),
            "profiling_allowed": crowd.profiling,
            "marketing_allowed": crowd.marketing,
            "email_sha256": hashes,
        },
    )
    return table.sort_by("customer_id")


def referrers(ledger: Ledger) -> Ints:
    """Return who brought each customer, `NOBODY` for those who came alone, shape (customers,).

    Every other referral brings the next customer to sign up within the month. That they sign up,
    and all they do afterwards, is drawn beforehand: to be somebody's friend tells nothing about
    the friend, and about the referrer nothing that the referral did not.
    """
    referrals, crowd = ledger.lives.happenings["refer"], ledger.lives.crowd
    works = ledger.drawn(referrals, "friend") < FRIENDS_PER_REFERRAL
    brought_by = np.full(len(crowd.number), NOBODY)
    friend = 0
    for day, customer in zip(
        referrals.day[works].tolist(), referrals.customer[works].tolist(), strict=True
    ):
        friend = max(friend, crowd.present(day + 1))
        if friend < len(brought_by) and crowd.signed[friend] <= day + FRIENDS_WITHIN_DAYS:
            brought_by[friend] = customer
            friend += 1
    return brought_by


def contacts(ledger: Ledger) -> pa.Table:
    """Return the letters: campaigns to anyone, asks to the happy, both with a control arm."""
    parts = []
    for name, rounds in (("campaign", CAMPAIGNS), ("ask", ASKS)):
        letters = ledger.lives.happenings[name]
        kinds = pa.array([rounds.starting(day) for day in letters.day.tolist()], pa.string())
        columns = {
            "customer_id": ledger.ids.take(pa.array(letters.customer)),
            "campaign": [
                f"{kind}, day {day}"
                for kind, day in zip(kinds.to_pylist(), letters.day, strict=True)
            ],
            "contacted_at": ledger.at(letters.day, LETTERS_LEAVE),
            "arm": pa.array(("control", "treated")).take(pa.array(letters.mark)),
            "cost": POSTAGE * letters.mark,
        }
        parts.append(canonical(CONTACTS, columns | ({"ask": kinds} if name == "ask" else {})))
    return pa.concat_tables(parts).sort_by(
        [("contacted_at", "ascending"), ("customer_id", "ascending")]
    )
