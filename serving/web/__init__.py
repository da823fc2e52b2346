"""Web: what every request meets, and what the server holds meanwhile.

`gate` is what all requests pass, `head` answers HEAD as GET, `limits` says how often a token may
ask, `problems` are errors as RFC 9457 has them, and `metrics` are for Prometheus. `service` holds
the run that serves; `background` runs beside the answers, `imports` keeps heavy libraries out.
`server` runs an application, with the `settings` of its environment, and `logs` are its lines.
"""
