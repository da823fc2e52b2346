"""Make up a shop whose truth is known.

    shop = make_shop(customers=5_000, seed=7)
    shop.orders, shop.engagement, shop.customers, shop.contacts     canonical Arrow tables
    shop.write("made-up")                                           files and a ladder.toml
    shop.truth(date(2025, 7, 1))                                    what can be known that day

`people` holds the numbers, `schedule` the days, `model` the chances; `simulate` lets people live,
by `draws` of their own; `belief` and `horizon` look back and ahead for the `truth`; `orders`,
`engagement` and `customers` write the tables over a `ledger`. `docs/made-up-shop.md` tells the
model and its equations.
"""

from features.sample.shop import SampleShop, make_shop

__all__ = ["SampleShop", "make_shop"]
