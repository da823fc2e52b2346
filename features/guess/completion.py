"""What the names of columns leave open: how orders and events are made of what a file has."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import chain

from features.guess.events import kind_of_file, kinds_sql, match_kinds
from features.guess.matching import letters, words
from features.guess.names import NAMES
from features.guess.profile import FileProfile
from features.reading.notation import flag_sql
from features.resources.workspace import identifier, literal
from features.tables import KINDS

Texts = dict[str, str]
_ARMS = {
    **dict.fromkeys(("treated", "treatment", "treatmentgroup", "test", "testgroup"), "treated"),
    **dict.fromkeys(("exposed", "contacted", "variant"), "treated"),
    **dict.fromkeys(("control", "controlgroup", "holdout", "heldout", "holdoutgroup"), "control"),
}
_SCORES = ("nps", "csat")
"""Kinds that are answers: events that are named so must hold them."""
_OF_THINGS = {*NAMES["orders"]["order_id"].split(), *NAMES["orders"]["product_id"].split()}
_OF_SELLERS = ("seller", "vendor", "merchant", "supplier", "store", "shop")
_MAIL = ("email", "emailaddress", "mail")
_STARS = ("stars", "rating", "overall")
_RATINGS = (*_STARS, "score")
_REFUNDS = {"refund", "refunds", "returns", "retoure", "retouren", "chargebacks"}
_REFUNDED_SUMS = ("refund", "refunded", "erstattung", "erstattungsbetrag")
"""What a file of refunds calls its amounts; orders may have a column of that name beside theirs."""
_SENDERS = {"from": "to", "absender": "empfanger"}
"""How columns begin of who sent money, and of who received it."""


def find_customer(file: FileProfile, columns: Texts, remarks: Texts) -> None:
    """Take a column called just "id" for the customer's, else the only one of ids that repeat."""
    if "customer_id" in columns:
        return
    named = {letters(name): name for name in file.types}
    if {"source", "target"} <= named.keys():
        columns["customer_id"] = named["source"]
        remarks["customer_id"] = "is it the customer, and the target whom they dealt with?"
        return
    free = [name for name in file.types if name not in columns.values()]
    ids = [name for name in free if is_of_ids(name) and not file.is_unique(name)]
    own = [name for name in ids if letters(name) == "id"]
    repeated = [name for name in ids if len(file.commonest(name)) > 1]
    if own:
        columns["customer_id"] = own[0]
    elif len(repeated) == 1:
        columns["customer_id"], remarks["customer_id"] = repeated[0], "is it the customer's?"


def is_of_ids(column: str) -> bool:
    """Return whether a column is called the id of something, which no product, order or shop is.

    Examples
    --------
    >>> [is_of_ids(name) for name in ("id", "Rider ID", "riderId", "paid", "item_id", "seller_id")]
    [True, True, True, False, False, False]
    >>> is_of_ids("merchant-order-id"), is_of_ids("web_order_id")
    (False, False)
    """
    named = re.search(r"(^|[\W_])[iI][dD]$|[a-z]I[dD]$", column) or letters(column) == "id"
    plain = letters(column)
    is_of_thing = plain in _OF_THINGS or plain.endswith(("orderid", "productid", "itemid"))
    return bool(named) and not is_of_thing and not plain.startswith(_OF_SELLERS)


def give_back_to_payer(file: FileProfile, columns: Texts, remarks: Texts) -> None:
    """Take the receiver of money that went back for the customer, in a list of payments.

    There the sender of a payment is the customer, and the sender of a refund is the shop.
    """
    sender, amount = columns.get("customer_id", ""), columns.get("amount", "")
    if amount not in file.types or not letters(sender).startswith(tuple(_SENDERS)):
        return
    other = letters(sender)
    for of_sender, of_receiver in _SENDERS.items():
        other = other.replace(of_sender, of_receiver, 1)
    receiver = next((name for name in file.types if letters(name) == other), None)
    if receiver and any(text.strip().startswith("-") for text in file.texts(amount)):
        went = f"{file.number(amount)} < 0"
        read = f"case when {went} then {identifier(receiver)} else {identifier(sender)} end"
        columns["customer_id"] = read
        remarks["customer_id"] = "who paid, or got money back; an e-mail is not a good id"


def guests_remark(file: FileProfile) -> str:
    """Return what to look at where guests share the customer 0, and what tells them apart."""
    mail = next((name for name in file.types if letters(name).endswith(_MAIL)), None)
    apart = f"; {mail} would tell them apart" if mail and not file.has_gaps(mail) else ""
    return f"guests have 0 and are left out{apart}"


def complete_orders(file: FileProfile, columns: Texts, remarks: Texts, file_name: str) -> None:
    """Add returns and order number where a file has them in other words.

    A file named so holds nothing but refunds.
    """
    quantity = columns.get("quantity")
    if "is_return" not in columns and quantity and file.range(quantity)[0] < 0:
        columns["is_return"] = f"{identifier(quantity)} < 0"
    if "is_return" not in columns and _REFUNDS.intersection(words(file_name)):
        columns["is_return"], remarks["is_return"] = "true", "every row gives money back"
        sums = (c for c in file.types if letters(c) in _REFUNDED_SUMS and file.texts(c))
        if "amount" not in columns and (given := next(sums, None)) is not None:
            columns["amount"] = given
    least, greatest = file.range(columns["discount"]) if "discount" in columns else (0.0, 0.0)
    if least >= 0 and 0 < greatest <= 1:
        del columns["discount"]  # a share, where money is wanted
    order = columns.get("order_id")
    # As invoices number some payments and leave others without.
    if order is None or (file.has_gaps(order) and _numbers_some(file, order)):
        _number_orders(file, columns, remarks)


def _numbers_some(file: FileProfile, order: str) -> bool:
    """Return whether no order has two rows, or some rows are payments of it and others of none."""
    return file.is_unique(order) or any(letters(name) == "transactionid" for name in file.types)


def _number_orders(file: FileProfile, columns: Texts, remarks: Texts) -> None:
    free = [column for column in file.types if column not in columns.values()]
    own = next((column for column in free if letters(column) in ("id", "transactionid")), None)
    numbered = next((column for column in free if _is_numbered(file.texts(column))), None)
    if own and file.is_unique(own) and not (numbered and file.has_gaps(own)):
        columns["order_id"] = own
    elif numbered:
        columns["order_id"] = numbered
    elif "order_id" not in columns and {"customer_id", "ordered_at"} <= columns.keys():
        parts = (columns["customer_id"], columns["ordered_at"])
        columns["order_id"] = f"concat_ws(' ', {', '.join(map(identifier, parts))})"
        remarks["order_id"] = "no order number found: what is bought at one instant is one order"


def _is_numbered(texts: Sequence[str]) -> bool:
    """Return whether texts are numbers of orders, as shops name them: #1001."""
    return bool(texts) and all(re.fullmatch(r"#[A-Z]*\d+", text) for text in texts)


def condition_on_first_lines(file: FileProfile, columns: Texts) -> list[str]:
    """Return the condition on the row that has an order's amount, where its other rows have none.

    Exports of orders with their lines say what was paid beside the first line. How many pieces that
    line has is no longer mapped then.
    """
    amount, order = columns.get("amount", ""), columns.get("order_id", "")
    if not {amount, order} <= file.types.keys() or not file.has_gaps(amount):
        return []
    if not file.is_once_in_each(amount, order):
        return []
    columns.pop("quantity", None)  # which is that of the first line
    return [f"{identifier(amount)} is not null"]


def complete_events(
    file: FileProfile, columns: Texts, remarks: Texts, file_name: str, sold: Collection[str]
) -> tuple[str, ...]:
    """Add what happened, in our words where a log has others.

    The file's name says what happened where no column does. Events that are `sold` are read as
    orders instead.

    Returns
    -------
    tuple of str
        The kinds, the commonest first.
    """
    value = columns.get("value")
    stars = _stars(file, value) if value else None
    if (event := columns.get("kind")) is not None:
        events = [name for name in file.commonest(event) if name not in sold]
        meaning = match_kinds(events, rated=stars is not None and stars[0] == value)
        asks = {name: kind for name, kind in meaning.items() if kind in _SCORES}
        for name in (name for name in asks if not _scored(file, columns, name, asks[name])):
            del meaning[name]
        columns["kind"] = kinds_sql(identifier(event), meaning)
        if meaning:
            remarks["kind"] = "the kinds above, where an event seems to be one"
        return tuple(meaning.get(name, name) for name in events)
    if "occurred_at" not in columns:
        return ()
    kind = "site_visited"
    if stars is not None:
        columns["value"], remarks["value"], kind = *stars, "reviewed"
    elif value and letters(value).endswith(_RATINGS):
        kind = "rated"
        if file.range(value)[0] < 0:
            good = f"case when {identifier(value)} > 0 then 5 else 1 end"
            remarks["value"] = f"for good ratings as reviews: kind 'reviewed', value {good}"
    elif (filed := kind_of_file(file_name)) is not None:
        kind = filed
    elif value and letters(value).startswith("points"):
        kind = "points_earned"
    elif {"login", "app"}.intersection(chain.from_iterable(map(words, file.types))):
        kind = "app_opened"
    columns["kind"], remarks["kind"] = literal(kind), "what happened: one of the kinds above"
    return (kind,)


def complete_contacts(file: FileProfile, columns: Texts, remarks: Texts) -> None:
    """Say which words mean that somebody was contacted, and which that they were held out."""
    arm = columns.get("arm", "")
    meaning = {text: _ARMS.get(letters(text)) for text in file.texts(arm)}
    known = {text: said for text, said in meaning.items() if said and said != text}
    if known and all(meaning.values()):
        columns["arm"], remarks["arm"] = kinds_sql(identifier(arm), known), "treated or control"


def _scored(file: FileProfile, columns: Texts, name: str, ask: str) -> bool:
    """Return whether the rows of an event hold answers to what they seem to ask."""
    if (value := columns.get("value")) is None:
        return False
    low, high = file.range(value, f"{identifier(columns['kind'])} = {literal(name)}")
    kind = KINDS[ask]
    return (kind.lowest or 0) <= low <= high <= (kind.highest or 0)


def _stars(file: FileProfile, column: str) -> tuple[str, str] | None:
    """Return the SQL that reads one to five stars, and what to look at; None for other values."""
    name = identifier(column)
    is_yes = flag_sql(name, file.texts(column), gaps=False)
    if is_yes or file.types[column] == "BOOLEAN":
        return f"case when {is_yes or name} then 5 else 1 end", "five stars for a yes, one for a no"
    if not letters(column).endswith(_STARS):
        return None
    low, high = file.range(column)
    if low < 0 or high > 10 or high < low:
        return None
    if high > 5:
        return f"greatest({name} / 2.0, 1)", "ten read as five stars"
    return (f"greatest({name}, 1)", "less than a star read as one") if low < 1 else (name, "stars")


def condition_on_values(
    file: FileProfile, column: str, values: Collection[str], *, negated: bool
) -> str:
    """Return the condition that a column holds one of some values, or none of them.

    The column is of text; where it is empty it holds none of them.
    """
    name = identifier(column)
    text = f"coalesce({name}, '')" if file.has_gaps(column) else name
    listed = [literal(value) for value in values]
    if len(listed) == 1:
        return f"{text} {'<>' if negated else '='} {listed[0]}"
    return f"{text} {'not in' if negated else 'in'} ({', '.join(listed)})"
