"""Telling other systems: a run was published, customers changed their tier or rung.

::

    serving.store.outbox    messages, written with what they tell, kept until delivered
    signing                 Standard Webhooks: id, timestamp, HMAC-SHA256
    addresses               no private networks, unless named in LADDER_WEBHOOK_HOSTS
    sending                 one request
    comparing               which customers changed between two runs
    courier                 takes what is due, tries again later, gives up in the end
"""
