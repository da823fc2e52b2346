"""Demonstrations: shops to try the product on, each in a folder that is its home, too.

`demo` makes the folder and sums up what is known of the shop; `complete_journey` writes the
household purchases of that name as four tables.
"""
