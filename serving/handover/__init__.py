"""Handing a list to a campaign tool: what changed since the last time, in the tool's own words.

::

    serving.listing.drawing.draw        the list
    sharing.shared_with_excluded        addresses of people who must be left alone, too
    changes.changes                     beside what the tool was handed before: to set, to clear
    tools.TOOLS[...]                    the requests or files that the tool takes, within its limits
    delivery.hand_over                  a folder of them, written whole, then remembered

Nothing is sent from here: the shop's own job, with the shop's own keys, sends the folder.
"""
