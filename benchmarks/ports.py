"""Ports on loopback: one that is free, and when somebody listens."""

from __future__ import annotations

import socket
import time

_STEP, _STEPS = 0.1, 300
"""Seconds between two looks, and how many of them before it is given up."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    """Return when somebody listens.

    Raises
    ------
    TimeoutError
        After half a minute.
    """
    for _ in range(_STEPS):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_STEP)
    raise TimeoutError(f"nobody listens on {port}")
