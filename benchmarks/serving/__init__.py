"""The server as a campaign tool meets it: real processes on loopback, a real client.

`section` measures, one after the other: a published record beside an empty route, a history scored
live, MLflow's own server on the same model, and a server of a million customers from its start.
"""

from __future__ import annotations

from benchmarks.sections import Options

_SOME, _MANY = 200_000, 1_000_000
_TRAINED = 10_000
"""Customers that are published, and those of the shop that the model learns from."""


def section(options: Options) -> str:
    """Measure the server."""
    # Here, so that the process of the empty route, `benchmarks.serving.empty`, is an empty one.
    from benchmarks.progress import say
    from benchmarks.serving import large, live, published
    from benchmarks.serving.client import require_wrk
    from benchmarks.serving.home import made

    require_wrk()
    learnt = min(options.customers, _TRAINED)
    with made(options.folder, learnt, (_SOME, _MANY)) as home:
        home.serve(_MANY)
        say(f"a server of {_MANY:,} customers")
        parts = [large.text(home, _MANY, options.rounds)]
        home.serve(_SOME)
        say("published records")
        parts.insert(0, published.text(home, _SOME, options.rounds))
        say("histories")
        parts.insert(1, live.text(home, _SOME, options.rounds))
    return "\n".join([_head(learnt), *parts])


def _head(learnt: int) -> str:
    return f"""
`ladder serve` with its defaults (one process, SQLite, a token) on loopback, with everything that a
request passes through: token, host, limits, request id, audit, metrics. The model was trained on
{learnt:,} customers of the made-up shop; a run repeats their records under new ids. **req/s** and
**p99**, the latency that 99 of 100 answers beat, are measured by wrk with 16 connections for 5
seconds, each request for a customer drawn at random; the client shares the machine's cores. Each
figure is the median of the rounds.
"""
